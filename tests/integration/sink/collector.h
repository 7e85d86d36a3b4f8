/* An HTTP receiver that does to each connection what its script says. */
#ifndef TRAIL_TESTS_COLLECTOR_H
#define TRAIL_TESTS_COLLECTOR_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

enum { COLLECTOR_REQUESTS_MAX = 256 };

/* One step: the bytes to answer with after the request was read; then the connection is closed.
 * NULL: hold it open and say nothing. "": close at once. */
struct collector {
    int listener; /* -1: not listening */
    int port;
    const char *const *script; /* ends with the answer that stands for all that follow */
    size_t steps;
    bool unread; /* answers before it has read the body */
    pthread_t thread;
    pthread_mutex_t mutex;
    size_t count; /* requests so far */
    char *heads[COLLECTOR_REQUESTS_MAX];
    char *bodies[COLLECTOR_REQUESTS_MAX];
    sem_t arrived;
    int held[COLLECTOR_REQUESTS_MAX];
    size_t held_count;
};

/* Takes a port and, if listening, serves it. */
void collector_start(struct collector *ret_collector, const char *const *script, size_t steps,
                     bool listening);
void collector_listen(struct collector *collector);
void collector_stop(struct collector *collector);

/* Waits for the next request; its number from 0. */
size_t collector_wait(struct collector *collector);

/* Opens a trail that sends to it; with async delivery, if there is a folder for the spool. */
struct trail *collector_open(const struct collector *collector, const char *spool_dir);

/* How many records it got under an event, and in how many requests. */
size_t collector_records(const struct collector *collector, const char *event);
size_t collector_requests(const struct collector *collector, const char *event);

#endif
