/* The four services as one: started in order, found by what they log, stopped in order. */
#ifndef DEMO_FLEET_H
#define DEMO_FLEET_H

#include "demo/process.h"

#include <stdbool.h>
#include <stddef.h>

#define FLEET_PATH_MAX    4096
#define FLEET_ARGUMENTS   12
#define FLEET_START_MS    20000
#define FLEET_STOP_MS     20000
#define FLEET_ERROR_BYTES 512

/* In the order in which they are started: each after those that it calls. */
enum fleet_service { FLEET_PAYMENT, FLEET_WORKER, FLEET_CHECKOUT, FLEET_GATEWAY, FLEET_SERVICES_ };

/* All borrowed for as long as the fleet is used. */
struct fleet_settings {
    const char *programs; /* the folder that they lie in */
    const char *folder;   /* log/, outbox/ and data/ are made below it */
    const char *queue;    /* an engine; NULL: the services' default */
    const char *orders;
    unsigned ports[FLEET_SERVICES_];                         /* 0: picked by the kernel */
    const char *arguments[FLEET_SERVICES_][FLEET_ARGUMENTS]; /* further ones; NULL ends them */
    const char *const *environment; /* further NAME=VALUE; NULL ends them; NULL: none */
    bool quiet;                     /* keep what they write to stderr in log/SERVICE.err */
};

struct fleet {
    struct fleet_settings settings;
    struct process processes[FLEET_SERVICES_];
    unsigned ports[FLEET_SERVICES_]; /* that they listen on, or did before they ended; 0: none */
    char error[FLEET_ERROR_BYTES];   /* why the last start failed */
};

/* The name of a service, as it stands in its events. */
const char *fleet_name(enum fleet_service which);

/* Makes the folders. False: error tells. */
bool fleet_init(struct fleet *fleet, const struct fleet_settings *settings);

/* Starts one, and returns when it is ready: what it calls must have been started before. A service
 * that ran before gets the port that it had. False: error tells. */
bool fleet_start_one(struct fleet *fleet, enum fleet_service which);

/* Starts all. False: error tells, and none is left running. */
bool fleet_start(struct fleet *fleet);

/* Stops all, the edge first, so that each may still call the next. Returns 0, or the exit status
 * of the first that did not end as it should. */
int fleet_stop(struct fleet *fleet);

/* Writes http://127.0.0.1:PORT and path. */
void fleet_url(const struct fleet *fleet, enum fleet_service which, const char *path, char *ret_url,
               size_t size);

/* Writes the path of a service's log. */
void fleet_log(const struct fleet *fleet, enum fleet_service which, char *ret_path, size_t size);

#endif
