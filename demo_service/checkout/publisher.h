/* Bringing jobs from the outbox of the order store to the queue. */
#ifndef DEMO_PUBLISHER_H
#define DEMO_PUBLISHER_H

#include "checkout/order_store.h"
#include "shared/queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* The request's own thread publishes at once, for that is when the queue is reachable almost
 * always. What it could not publish, or left when the process died, the relay's thread does. */
struct publisher {
    struct order_store *store;
    struct queue *queue;
    pthread_mutex_t mutex; /* guards queue and what follows */
    pthread_cond_t wake;
    bool stopping;
    uint64_t down_since_ns; /* 0: the queue took the last job */
    uint64_t retry_at_ns;   /* until then requests don't wait for a queue that is down */
    pthread_t relay;
};

/* Starts the relay. store and queue are borrowed until publisher_stop(). */
bool publisher_start(struct publisher *publisher, struct order_store *store, struct queue *queue);

/* Publishes a job of an order that was just settled, and logs it; leaves it to the relay if the
 * queue is away. This request's thread. */
void publisher_publish(struct publisher *publisher, const struct order_job *job);

/* Stops the relay. What is in the outbox stays there. */
void publisher_stop(struct publisher *publisher);

#endif
