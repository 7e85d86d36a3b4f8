/* The queue between checkout-api and email-worker. An engine is one struct queue_ops; queue_open()
 * chooses it by the URL. Delivery is at least once: a job that was published stays until it is
 * acknowledged or dead-lettered, and whoever runs it may die at any time. */
#ifndef DEMO_QUEUE_H
#define DEMO_QUEUE_H

#include <trail/job.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_EMAILS       "emails" /* the one queue of the checkout system */
#define QUEUE_ATTEMPTS_MAX 5
#define QUEUE_PAYLOAD_MAX  16384

enum queue_status {
    QUEUE_OK = 0,
    QUEUE_EMPTY,       /* lease: no job became due within the time */
    QUEUE_UNAVAILABLE, /* locked, or the broker is away: the same call may succeed later */
    QUEUE_LOST,        /* the lease has lapsed and the job is another's: nothing was changed */
    QUEUE_BROKEN,      /* can't be used as it stands: no such directory, refused credentials */
};

/* A job in the hands of a worker. attempt stands in the envelope: 1 at the first delivery, one more
 * at each further one, whether the last worker failed, died, or let the lease lapse. */
struct queue_job {
    struct trail_envelope envelope;
    char payload[QUEUE_PAYLOAD_MAX];
    size_t payload_size;
    uint64_t tag; /* the engine's own */
};

struct queue;

/* One handle is used by one thread at a time. Each call returns within the engine's own deadline,
 * and leaves the reason of a failure in the error of struct queue. */
struct queue_ops {
    /* Returns when the job is stored durably. A job ID that is in the queue already, or was worked
     * off lately, is not stored twice: that, too, is QUEUE_OK. */
    enum queue_status (*publish)(struct queue *queue, const struct trail_envelope *envelope,
                                 const char *payload, size_t payload_size);
    /* Waits for the next job that is due, wait_ms at most, and hides it from others for the lease.
     * An envelope that can't be read is delivered all the same, as trail_envelope_from_json()
     * makes it. */
    enum queue_status (*lease)(struct queue *queue, unsigned wait_ms, struct queue_job *ret_job);
    /* The job is done: forget it. */
    enum queue_status (*acknowledge)(struct queue *queue, const struct queue_job *job);
    /* The job failed: make it due again after delay_ms. */
    enum queue_status (*retry)(struct queue *queue, const struct queue_job *job, uint64_t delay_ms,
                               const char *error_code);
    /* The job failed for good: keep it where an operator finds it, never to run again. */
    enum queue_status (*dead_letter)(struct queue *queue, const struct queue_job *job,
                                     const char *error_code);
    /* Whether the queue can be reached now, without changing it. */
    enum queue_status (*ping)(struct queue *queue);
    void (*close)(struct queue *queue);
};

/* The head of each engine's own struct. */
struct queue {
    const struct queue_ops *ops;
    char error[256];
};

struct queue_settings {
    const char *url;    /* sqlite:PATH or amqp://…; borrowed until queue_open() returns */
    unsigned lease_ms;  /* how long a job is hidden while a worker has it */
    unsigned busy_ms;   /* how long one call waits for a lock or the broker */
    const char *folder; /* where a consumer keeps what it must remember; NULL: only publishes */
};

/* Opens the queue that the URL names. On failure error holds a sentence that names it and why.
 * Returns QUEUE_OK, QUEUE_UNAVAILABLE or QUEUE_BROKEN. ret_queue is owned by the caller. */
enum queue_status queue_open(const struct queue_settings *settings, struct queue **ret_queue,
                             char *error, size_t error_size);

/* NULL is allowed. */
void queue_close(struct queue *queue);

/* A word for events: ok, empty, queue_unavailable, lease_lost, queue_broken. */
const char *queue_status_code(enum queue_status status);

/* Milliseconds until the attempt after this one: doubled each time, half of it random, so that jobs
 * that failed together do not come back together. At most one minute. */
uint64_t queue_retry_delay_ms(unsigned attempt, unsigned base_ms);

/* Engines. */
enum queue_status queue_sqlite_open(const struct queue_settings *settings, const char *path,
                                    struct queue **ret_queue, char *error, size_t error_size);
enum queue_status queue_amqp_open(const struct queue_settings *settings, struct queue **ret_queue,
                                  char *error, size_t error_size);

#endif
