/* A neighbour that behaves as it is told: a server on a raw socket, one connection at a time. */
#ifndef TRAIL_TESTS_PEER_H
#define TRAIL_TESTS_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define PEER_HEAD_MAX 8192

enum peer_manner {
    PEER_ANSWERS,   /* 200 with `answer` as JSON */
    PEER_SILENT,    /* reads, and never says a word */
    PEER_RESETS,    /* closes by a reset */
    PEER_DRIPS,     /* one byte of an endless head every 100 ms */
    PEER_BABBLES,   /* bytes that are no HTTP */
    PEER_ENDLESS,   /* a body without end */
    PEER_REDIRECTS, /* to itself, for ever */
};

struct peer {
    enum peer_manner manner;
    const char *answer;
    int socket;
    unsigned port;
    pthread_t thread;
    atomic_bool stopping;
    atomic_uint calls;        /* requests that it has read */
    char head[PEER_HEAD_MAX]; /* of the last one; read it after peer_stop() */
};

/* Listens on 127.0.0.1, at a port of the kernel's choice. */
void peer_start(struct peer *peer, enum peer_manner manner, const char *answer);
void peer_stop(struct peer *peer);

#endif
