/* Publisher: the queue may be locked or away while orders are taken; no order waits for it long,
 * and no job is forgotten. */
#include "checkout/publisher.h"

#include "shared/clock.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <trail/trail.h>

#define IDLE_NS  500000000u
#define PAUSE_NS 1000000000u

/* The headers of an envelope, by which a thread gets back into the request that caused the job. The
 * request ID goes by whatever names TRAIL_REQUEST_ID_HEADER has for it. */
static const char *get_header(void *context, const char *name, size_t index, size_t *ret_size)
{
    const struct trail_envelope *envelope = context;
    const char *value = strcasecmp(name, "traceparent") == 0  ? envelope->traceparent
                        : strcasecmp(name, "tracestate") == 0 ? envelope->tracestate
                        : strcasecmp(name, "baggage") == 0    ? envelope->baggage
                                                              : envelope->request_id;

    if (index > 0 || value[0] == '\0') {
        return NULL;
    }
    *ret_size = strlen(value);
    return value;
}

static void log_enqueued(const struct order_job *job)
{
    cJSON *payload = cJSON_ParseWithLength(job->payload, job->payload_size);
    const char *order_id =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(payload, "orderId"));

    trail_job_enqueued(&job->envelope, QUEUE_EMAILS);
    trail_info("confirmation_email_enqueued", "Confirmation mail enqueued",
               trail_kv("orderId", order_id), trail_kv("emailJobId", job->envelope.job_id));
    cJSON_Delete(payload);
}

/* Notes how the queue is, and tells it once for each change. With the mutex. */
static void note(struct publisher *publisher, enum queue_status status)
{
    uint64_t now_ns = clock_now_ns();

    if (status == QUEUE_OK && publisher->down_since_ns != 0) {
        trail_info("queue_available", "The queue takes jobs again",
                   trail_duration_ns("downMs", now_ns - publisher->down_since_ns));
        publisher->down_since_ns = 0;
    } else if (status != QUEUE_OK) {
        publisher->retry_at_ns = now_ns + PAUSE_NS;
        if (publisher->down_since_ns == 0) {
            publisher->down_since_ns = now_ns;
            trail_warn("queue_unavailable", "Jobs stay in the outbox until the queue is back",
                       trail_kv("errorCode", queue_status_code(status)),
                       trail_kv("reason", publisher->queue->error));
        }
    }
}

/* With the mutex. */
static enum queue_status publish(struct publisher *publisher, const struct order_job *job)
{
    enum queue_status status = publisher->queue->ops->publish(publisher->queue, &job->envelope,
                                                              job->payload, job->payload_size);

    note(publisher, status);
    return status;
}

static void published(struct publisher *publisher, const struct order_job *job)
{
    enum store_status status = STORE_OK;

    log_enqueued(job);
    status = publisher->store->ops->outbox_done(publisher->store, job->envelope.job_id);
    if (status != STORE_OK) {
        trail_warn("outbox_not_cleared", "The job may be published again, under the same ID",
                   trail_kv("errorCode", store_status_code(status)));
    }
}

void publisher_publish(struct publisher *publisher, const struct order_job *job)
{
    enum queue_status status = QUEUE_UNAVAILABLE;

    (void)pthread_mutex_lock(&publisher->mutex);
    if (publisher->down_since_ns == 0 || clock_now_ns() >= publisher->retry_at_ns) {
        status = publish(publisher, job);
    }
    (void)pthread_mutex_unlock(&publisher->mutex);
    if (status == QUEUE_OK) {
        published(publisher, job);
    }
}

/* Publishes the oldest job of the outbox under the context of its request. False: there is none,
 * or the queue or the store is away. */
static bool relay_one(struct publisher *publisher, struct order_job *job)
{
    struct trail_context *context = NULL;
    struct trail_scope scope;

    if (publisher->store->ops->outbox_next(publisher->store, job) != STORE_OK) {
        return false;
    }
    if (trail_extract(get_header, &job->envelope, true, &context) != TRAIL_OK) {
        context = NULL;
    }
    trail_enter(context, &scope);
    (void)pthread_mutex_lock(&publisher->mutex);
    enum queue_status status = publish(publisher, job);
    (void)pthread_mutex_unlock(&publisher->mutex);
    if (status == QUEUE_OK) {
        published(publisher, job);
    }
    trail_leave(&scope);
    trail_context_free(context);
    return status == QUEUE_OK;
}

static bool wait_for_work(struct publisher *publisher, bool found)
{
    struct timespec until;

    (void)pthread_mutex_lock(&publisher->mutex);
    if (!found && !publisher->stopping) {
        uint64_t pause_ns = publisher->down_since_ns != 0 ? PAUSE_NS : IDLE_NS;
        uint64_t until_ns = clock_now_ns() + pause_ns;
        until.tv_sec = (time_t)(until_ns / 1000000000u);
        until.tv_nsec = (long)(until_ns % 1000000000u);
        (void)pthread_cond_timedwait(&publisher->wake, &publisher->mutex, &until);
    }
    bool stopping = publisher->stopping;
    (void)pthread_mutex_unlock(&publisher->mutex);
    return !stopping;
}

static void *relay(void *context)
{
    struct publisher *publisher = context;
    struct order_job job;
    bool found = true;

    while (wait_for_work(publisher, found)) {
        found = relay_one(publisher, &job);
    }
    return NULL;
}

bool publisher_start(struct publisher *publisher, struct order_store *store, struct queue *queue)
{
    pthread_condattr_t attributes;

    *publisher = (struct publisher){.store = store, .queue = queue};
    (void)pthread_mutex_init(&publisher->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&publisher->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return pthread_create(&publisher->relay, NULL, relay, publisher) == 0;
}

void publisher_stop(struct publisher *publisher)
{
    (void)pthread_mutex_lock(&publisher->mutex);
    publisher->stopping = true;
    (void)pthread_cond_signal(&publisher->wake);
    (void)pthread_mutex_unlock(&publisher->mutex);
    (void)pthread_join(publisher->relay, NULL);
    (void)pthread_cond_destroy(&publisher->wake);
    (void)pthread_mutex_destroy(&publisher->mutex);
}
