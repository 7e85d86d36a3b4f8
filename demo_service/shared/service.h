/* What every service is: a log, a server with health endpoints, and a stop that loses nothing. */
#ifndef DEMO_SERVICE_H
#define DEMO_SERVICE_H

#include <trail/civetweb.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Exit statuses of a service. */
#define SERVICE_STOPPED  0
#define SERVICE_FAILED   1 /* it could not be stopped in time */
#define SERVICE_UNUSABLE 2 /* configuration, port, file: a message says which, and why */

#define SERVICE_ROUTES_MAX 16

/* app is what stands in the settings; the result is CivetWeb's. */
typedef int service_handler(struct mg_connection *conn, void *app);

struct service_route {
    const char *uri;
    const char *methods; /* "GET, POST"; others are answered 405 */
    service_handler *handle;
    bool below; /* everything below the URI, too */
};

struct service_settings {
    const char *host;
    unsigned port; /* 0: the kernel picks one; it stands in server_started */
    const struct service_route *routes;
    size_t route_count;
    const char *(*not_ready)(void *app); /* NULL when ready, else why not; any thread */
    void *app;
};

struct service;

/* One route as CivetWeb's callback data. */
struct service_mount {
    struct service *service;
    struct service_route route;
};

struct service {
    const char *name;
    struct trail *trail;
    struct mg_context *server;
    struct service_settings settings;
    struct service_mount mounts[SERVICE_ROUTES_MAX];
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t idle;
    unsigned in_flight;
    bool stopping;
    char server_error[256];
};

/* Blocks the signals that service_wait() takes, for this thread and all that it starts, and opens
 * the log. False: a message was printed; exit with SERVICE_UNUSABLE. Before any thread. */
bool service_open(struct service *service, const char *name);

/* Prints "NAME: reason" on stderr: what stops a start, where no log can be relied on. */
void service_complain(const struct service *service, const char *reason);

/* Starts the server. False: a message was printed, nothing runs. settings are borrowed until
 * service_stop(). */
bool service_start(struct service *service, const struct service_settings *settings);

/* Returns at SIGTERM or SIGINT; reopens the log at each SIGHUP. */
void service_wait(struct service *service);

/* Answers new requests 503, waits for those at work, and stops the server. False: some were still
 * at work after ten seconds. */
bool service_stop(struct service *service);

/* Closes the log. After all threads have ended. */
void service_close(struct service *service);

#endif
