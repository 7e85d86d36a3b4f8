/* Queue: the choice of the engine, and what all engines share. */
#include "shared/queue.h"

#include "shared/options.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define RETRY_DELAY_MAX_MS 60000u

enum queue_status queue_open(const struct queue_settings *settings, struct queue **ret_queue,
                             char *error, size_t error_size)
{
    static const char sqlite[] = "sqlite:";
    static const char amqp[] = "amqp://";
    char shown[OPTIONS_SHOWN_BYTES];

    if (strncmp(settings->url, sqlite, sizeof(sqlite) - 1) == 0) {
        return queue_sqlite_open(settings, settings->url + sizeof(sqlite) - 1, ret_queue, error,
                                 error_size);
    }
    if (strncmp(settings->url, amqp, sizeof(amqp) - 1) == 0) {
        return queue_amqp_open(settings, ret_queue, error, error_size);
    }
    (void)snprintf(error, error_size,
                   "no such queue: \"%s\"; allowed: sqlite:PATH, amqp://HOST:PORT",
                   options_shown_url(settings->url, shown));
    return QUEUE_BROKEN;
}

void queue_close(struct queue *queue)
{
    if (queue != NULL) {
        queue->ops->close(queue);
    }
}

const char *queue_status_code(enum queue_status status)
{
    switch (status) {
    case QUEUE_OK:
        return "ok";
    case QUEUE_EMPTY:
        return "empty";
    case QUEUE_UNAVAILABLE:
        return "queue_unavailable";
    case QUEUE_LOST:
        return "lease_lost";
    case QUEUE_BROKEN:
        return "queue_broken";
    }
    return "queue_broken";
}

uint64_t queue_retry_delay_ms(unsigned attempt, unsigned base_ms)
{
    uint64_t delay_ms = base_ms;
    uint32_t dice = 0;

    for (unsigned i = 1; i < attempt && delay_ms < RETRY_DELAY_MAX_MS; i++) {
        delay_ms *= 2;
    }
    if (delay_ms > RETRY_DELAY_MAX_MS) {
        delay_ms = RETRY_DELAY_MAX_MS;
    }
    (void)getrandom(&dice, sizeof(dice), 0);
    return delay_ms / 2 + dice % (delay_ms / 2 + 1);
}
