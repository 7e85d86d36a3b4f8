/* A downstream that behaves as badly as a test wants, on a port that the kernel picks. It keeps the
 * head of each request that it got. */
#ifndef TRAIL_TESTS_ROGUE_H
#define TRAIL_TESTS_ROGUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum rogue_manner {
    ROGUE_ANSWER, /* sends text and closes */
    ROGUE_HANG,   /* reads the request and says nothing */
    ROGUE_RESET,  /* reads the request and resets the connection */
    ROGUE_CLOSE,  /* reads the request and closes */
    ROGUE_DRIP,   /* sends text one byte at a time, one every 20 ms, for ever */
    ROGUE_FLOOD,  /* sends text, and then bytes without an end, 1 GB of them */
};

#define ROGUE_HEADS_MAX 64

struct rogue {
    const char *host; /* an address of the loopback network */
    int port;
    enum rogue_manner manner;
    const char *text; /* borrowed; may be changed between calls */
    int listener;
    int stop[2];
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    size_t count;
    char *heads[ROGUE_HEADS_MAX];
};

/* host and text are borrowed until rogue_stop(). */
void rogue_start(struct rogue *ret_rogue, const char *host, enum rogue_manner manner,
                 const char *text);
void rogue_stop(struct rogue *rogue);

/* How many requests came so far. */
size_t rogue_count(struct rogue *rogue);

/* The value of a header of the index th request, copied to a buffer of the function's own; NULL if
 * it is absent; more than one fails the test. */
const char *rogue_header(struct rogue *rogue, size_t index, const char *name);

#endif
