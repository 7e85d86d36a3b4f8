/* What all network outputs have in common: a queue of their own, a thread that empties it, pauses
 * when the peer can't be reached, and an end that does not wait for the peer. The kinds embed
 * struct trl_relay as their first member. */
#ifndef TRL_SINK_RELAY_H
#define TRL_SINK_RELAY_H

#include "sink/network.h"
#include "sink/ring.h"
#include "sink/sink.h"

#include <pthread.h>

/* Bytes that the queue of one network output holds. */
#define TRL_RELAY_CAPACITY ((size_t)4 << 20)

/* Lines that are delivered in one go. */
#define TRL_RELAY_BATCH 512

struct trl_relay;

struct trl_relay_ops {
    const char *thread_name; /* 15 bytes at most */
    size_t batch_bytes;      /* lines of about so many bytes are delivered in one go */
    unsigned linger_ms;      /* how long a batch waits to be filled, to one half at least */
    unsigned pause_max_ms;   /* the longest pause between two attempts */

    /* Delivers lines, oldest first, and returns how many of them are done with: delivered, or
     * refused for good, which is counted here by trl_sink_dropped(). Fewer than count: the peer
     * can't be reached now; the rest comes again after a pause. The relay's thread. */
    size_t (*deliver)(struct trl_relay *relay, const struct trl_ring_line *lines, size_t count);

    /* In a child process: closes what the parent goes on using. */
    void (*forked)(struct trl_relay *relay);

    /* Releases what the kind has, and the relay's memory. */
    void (*free)(struct trl_relay *relay);
};

/* What the thread waits for. */
enum trl_relay_sleep {
    TRL_RELAY_AWAKE,
    TRL_RELAY_RESTS,   /* for a line */
    TRL_RELAY_LINGERS, /* for a batch worth delivering, or the end of linger_ms */
};

struct trl_relay {
    struct trl_sink sink;
    const struct trl_relay_ops *ops;
    struct trl_ring ring;
    int wake_fd;             /* readable: look again */
    int stop_fd;             /* readable, for ever: end now */
    int sleeping;            /* enum trl_relay_sleep of the thread */
    int running;             /* 1: the thread was started in this process */
    bool patient;            /* write() waits for room */
    int hurry;               /* how many wait in flush */
    int crashed;             /* 1: what comes now can't wait for a pause to end */
    uint64_t asked_pause_ms; /* by the peer, for the next pause alone; 0: none */
    pthread_t thread;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t changed;
    bool ended;    /* the thread is through */
    bool orphaned; /* the owner did not wait: the thread frees the relay */
};

/* Makes the common part; the thread is started by trl_relay_open(), and in a child process by its
 * first line. With options->queue_dir the queue is a file there, and takes over what dead processes
 * left for this output. On failure nothing is left, and options->error_text tells why.
 * TRAIL_ERR_NOMEM, TRAIL_ERR_IO, TRAIL_ERR_CONFIG: queue_dir can't be used. */
TRAIL_NODISCARD enum trail_status trl_relay_init(struct trl_relay *relay,
                                                 const struct trl_relay_ops *ops, const char *name,
                                                 const struct trl_network_options *options);

/* Releases the common part. The thread has ended. */
void trl_relay_fini(struct trl_relay *relay);

struct trl_endpoint;

/* Starts the thread, and gives the relay out as a sink; what can't be opened is freed.
 * TRAIL_ERR_NOMEM: no thread can be had. TRAIL_ERR_IO: with options->patient, nobody is at peer. */
TRAIL_NODISCARD enum trail_status trl_relay_open(struct trl_relay *relay,
                                                 const struct trl_network_options *options,
                                                 const struct trl_endpoint *peer,
                                                 struct trl_sink **ret_sink);

/* Whether so much waits that it is delivered at once. Any thread. */
bool trl_relay_is_full(const struct trl_relay *relay);

/* What the thread does until the relay is to end. */
void trl_relay_work(struct trl_relay *relay);

/* For deliver(): waits until fd (-1: none) is ready for events of poll(), until deadline_ns of the
 * monotonic clock. 1: ready. 0: the time is over. -1: the relay is to end. */
int trl_relay_wait(struct trl_relay *relay, int fd, short events, uint64_t deadline_ns);

#endif
