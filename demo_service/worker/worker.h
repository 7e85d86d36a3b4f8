/* email-worker: taking jobs from the queue, one after the other. */
#ifndef DEMO_WORKER_H
#define DEMO_WORKER_H

#include "shared/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct worker {
    struct queue *queue;
    const char *outbox;
    unsigned retry_ms; /* before the second attempt; doubled for each further one */
    unsigned work_ms;  /* how long writing a mail is made to take */
    atomic_bool stopping;
    atomic_bool down; /* the queue can't be reached */
    pthread_t thread;
};

/* Starts the thread. queue and outbox are borrowed until worker_stop(). */
bool worker_start(struct worker *worker);

/* Lets the job at work come to its end, and joins the thread. */
void worker_stop(struct worker *worker);

/* Runs one leased job to its outcome, and tells the queue. */
void worker_run_job(struct worker *worker, const struct queue_job *job);

#endif
