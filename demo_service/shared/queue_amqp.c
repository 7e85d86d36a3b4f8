/* Queue on RabbitMQ. Jobs lie in a quorum queue, and are published with confirms. A job that failed
 * waits in one of a few retry queues until it expires there, and then goes back by itself. What is
 * rejected for good goes to the dead-letter exchange. What the broker can't know, that a job came
 * twice or was done already, the consumer's ledger does. */
#include "shared/amqp_link.h"
#include "shared/amqp_message.h"
#include "shared/amqp_topology.h"
#include "shared/clock.h"
#include "shared/job_ledger.h"

#include <amqp_framing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

struct queue_amqp {
    struct queue base;
    struct amqp_link out;
    struct amqp_link in;       /* used with a ledger only */
    struct job_ledger *ledger; /* NULL: this handle only publishes */
    bool declared;             /* the queues are there, unless the broker says otherwise */
};

/* Connects and sets up what is needed to publish, unless that stands already. */
static enum queue_status make_out_ready(struct queue_amqp *self)
{
    enum queue_status status = amqp_link_connect(&self->out);

    if (status != QUEUE_OK || self->out.ready) {
        return status;
    }
    if (!self->declared) {
        status = amqp_topology_declare(&self->out);
        self->declared = status == QUEUE_OK;
    }
    if (status == QUEUE_OK) {
        status = amqp_link_ask_confirms(&self->out);
    }
    self->out.ready = status == QUEUE_OK;
    return status;
}

/* The same for jobs. One at a time: the others stay with the broker, for whoever is free. */
static enum queue_status make_in_ready(struct queue_amqp *self)
{
    enum queue_status status = self->declared ? QUEUE_OK : make_out_ready(self);

    if (status == QUEUE_OK) {
        status = amqp_link_connect(&self->in);
    }
    if (status != QUEUE_OK || self->in.ready) {
        return status;
    }
    (void)amqp_basic_qos(self->in.connection, AMQP_CHANNEL, 0, 1, false);
    status = amqp_link_check_rpc(&self->in, "asking for one job at a time");
    if (status == QUEUE_OK) {
        (void)amqp_basic_consume(self->in.connection, AMQP_CHANNEL,
                                 amqp_cstring_bytes(QUEUE_EMAILS), amqp_empty_bytes, false, false,
                                 false, amqp_empty_table);
        status = amqp_link_check_rpc(&self->in, "asking for jobs");
    }
    self->in.ready = status == QUEUE_OK;
    /* A broker that lost its queues has refused: they are declared anew at the next try. */
    self->declared = self->declared && status == QUEUE_OK;
    return status;
}

static enum queue_status publish_to(struct queue_amqp *self, const char *routing_key,
                                    const struct trail_envelope *envelope, const char *payload,
                                    size_t payload_size, uint64_t expires_ms)
{
    struct amqp_outgoing message;
    amqp_bytes_t body = {payload_size, (void *)(uintptr_t)payload};
    enum queue_status status = make_out_ready(self);

    if (payload_size > QUEUE_PAYLOAD_MAX || !amqp_message_write(&message, envelope, expires_ms)) {
        (void)snprintf(self->base.error, sizeof(self->base.error), "the job is too large");
        return QUEUE_BROKEN;
    }
    if (status == QUEUE_OK) {
        status = amqp_link_publish(&self->out, routing_key, &message.properties, body);
        self->declared = self->declared && status == QUEUE_OK;
    }
    return status;
}

static enum queue_status publish(struct queue *queue, const struct trail_envelope *envelope,
                                 const char *payload, size_t payload_size)
{
    struct queue_amqp *self = (struct queue_amqp *)queue;
    bool stale = self->out.connection != NULL;
    enum queue_status status = publish_to(self, QUEUE_EMAILS, envelope, payload, payload_size, 0);

    if (status == QUEUE_UNAVAILABLE && stale) {
        /* A connection that was idle may have been broken long since. */
        status = publish_to(self, QUEUE_EMAILS, envelope, payload, payload_size, 0);
    }
    return status;
}

/* Delivery tags belong to their connection, so a lease is both numbers. */
static uint64_t make_tag(const struct queue_amqp *self, uint64_t delivery_tag)
{
    return (uint64_t)self->in.generation << 40 | delivery_tag;
}

static bool is_ours(const struct queue_amqp *self, const struct queue_job *job)
{
    return self->in.connection != NULL && job->tag >> 40 == self->in.generation;
}

static uint64_t delivery_tag(const struct queue_job *job)
{
    return job->tag & (((uint64_t)1 << 40) - 1);
}

static enum queue_status acknowledge_delivery(struct queue_amqp *self, const struct queue_job *job)
{
    return amqp_link_check_status(
        &self->in, "acknowledging",
        amqp_basic_ack(self->in.connection, AMQP_CHANNEL, delivery_tag(job), false));
}

/* What came in place of a delivery: a late confirm is nothing, anything else ends the channel. */
static enum queue_status take_other_frame(struct queue_amqp *self)
{
    amqp_frame_t frame;
    int code = amqp_simple_wait_frame(self->in.connection, &frame);

    if (code == AMQP_STATUS_OK && frame.frame_type == AMQP_FRAME_METHOD &&
        frame.payload.method.id == AMQP_BASIC_ACK_METHOD) {
        return QUEUE_EMPTY;
    }
    (void)snprintf(self->base.error, sizeof(self->base.error), "the broker ended the subscription");
    self->declared = false;
    amqp_link_drop(&self->in);
    return QUEUE_UNAVAILABLE;
}

static enum queue_status receive(struct queue_amqp *self, unsigned wait_ms,
                                 struct queue_job *ret_job)
{
    struct timeval wait = {.tv_sec = wait_ms / 1000,
                           .tv_usec = (suseconds_t)(wait_ms % 1000 * 1000)};
    amqp_envelope_t delivery;

    amqp_maybe_release_buffers(self->in.connection);
    amqp_rpc_reply_t reply = amqp_consume_message(self->in.connection, &delivery, &wait, 0);
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) {
        if (reply.library_error == AMQP_STATUS_TIMEOUT) {
            return QUEUE_EMPTY;
        }
        if (reply.library_error == AMQP_STATUS_UNEXPECTED_STATE) {
            return take_other_frame(self);
        }
    }
    enum queue_status status = amqp_link_check(&self->in, "waiting for a job", reply);
    if (status == QUEUE_OK) {
        amqp_message_read(&delivery.message, ret_job);
        ret_job->tag = make_tag(self, delivery.delivery_tag);
        amqp_destroy_envelope(&delivery);
    }
    return status == QUEUE_BROKEN ? QUEUE_UNAVAILABLE : status;
}

/* Asks the ledger. QUEUE_EMPTY: the job was done before, and is acknowledged now. */
static enum queue_status enter(struct queue_amqp *self, struct queue_job *job)
{
    bool done = false;

    if (!job_ledger_begin(self->ledger, job->envelope.job_id, &job->envelope.attempt, &done)) {
        (void)snprintf(self->base.error, sizeof(self->base.error), "the ledger can't be written");
        amqp_link_drop(&self->in);
        return QUEUE_UNAVAILABLE;
    }
    if (!done) {
        return QUEUE_OK;
    }
    enum queue_status status = acknowledge_delivery(self, job);
    return status == QUEUE_OK ? QUEUE_EMPTY : status;
}

static enum queue_status lease(struct queue *queue, unsigned wait_ms, struct queue_job *ret_job)
{
    struct queue_amqp *self = (struct queue_amqp *)queue;
    uint64_t started_ns = clock_now_ns();
    enum queue_status status = make_in_ready(self);
    unsigned waited_ms = 0;

    if (status != QUEUE_OK) {
        return status;
    }
    do {
        status = receive(self, wait_ms - waited_ms, ret_job);
        if (status == QUEUE_OK) {
            status = enter(self, ret_job);
        }
        waited_ms = (unsigned)(clock_since_ns(started_ns) / 1000000u);
    } while (status == QUEUE_EMPTY && waited_ms < wait_ms);
    return status;
}

static enum queue_status lost(struct queue_amqp *self)
{
    (void)snprintf(self->base.error, sizeof(self->base.error),
                   "the connection that the job came by is gone");
    return QUEUE_LOST;
}

/* The ledger decides: a broker that is away delivers the job again, and then learns it. */
static enum queue_status acknowledge(struct queue *queue, const struct queue_job *job)
{
    struct queue_amqp *self = (struct queue_amqp *)queue;

    if (!job_ledger_done(self->ledger, job->envelope.job_id)) {
        (void)snprintf(queue->error, sizeof(queue->error), "the ledger can't be written");
        return QUEUE_UNAVAILABLE;
    }
    if (is_ours(self, job)) {
        (void)acknowledge_delivery(self, job);
    }
    return QUEUE_OK;
}

static enum queue_status retry(struct queue *queue, const struct queue_job *job, uint64_t delay_ms,
                               const char *error_code)
{
    struct queue_amqp *self = (struct queue_amqp *)queue;
    struct trail_envelope envelope = job->envelope;
    char name[AMQP_QUEUE_NAME_BYTES];

    (void)error_code;
    if (!is_ours(self, job)) {
        return lost(self);
    }
    amqp_topology_retry_queue(delay_ms, name);
    envelope.attempt++;
    enum queue_status status = publish_to(self, name, &envelope, job->payload, job->payload_size,
                                          delay_ms > 0 ? delay_ms : 1);
    return status == QUEUE_OK ? acknowledge_delivery(self, job) : status;
}

static enum queue_status dead_letter(struct queue *queue, const struct queue_job *job,
                                     const char *error_code)
{
    struct queue_amqp *self = (struct queue_amqp *)queue;

    (void)error_code;
    if (!is_ours(self, job)) {
        return lost(self);
    }
    int code = amqp_basic_reject(self->in.connection, AMQP_CHANNEL, delivery_tag(job), false);
    enum queue_status status = amqp_link_check_status(&self->in, "dead-lettering", code);
    if (status == QUEUE_OK) {
        (void)job_ledger_forget(self->ledger, job->envelope.job_id);
    }
    return status;
}

static enum queue_status ping(struct queue *queue)
{
    struct queue_amqp *self = (struct queue_amqp *)queue;
    enum queue_status status = make_out_ready(self);

    if (status == QUEUE_OK) {
        (void)amqp_queue_declare(self->out.connection, AMQP_CHANNEL,
                                 amqp_cstring_bytes(QUEUE_EMAILS), true, true, false, false,
                                 amqp_empty_table);
        status = amqp_link_check_rpc(&self->out, "asking for the queue");
    }
    return status;
}

static void close_queue(struct queue *queue)
{
    struct queue_amqp *self = (struct queue_amqp *)queue;

    amqp_link_fini(&self->in);
    amqp_link_fini(&self->out);
    job_ledger_close(self->ledger);
    free(self);
}

static const struct queue_ops ops = {
    .publish = publish,
    .lease = lease,
    .acknowledge = acknowledge,
    .retry = retry,
    .dead_letter = dead_letter,
    .ping = ping,
    .close = close_queue,
};

static bool open_ledger(struct queue_amqp *self, const struct queue_settings *settings)
{
    char path[4096];

    if (settings->folder == NULL) {
        return true;
    }
    (void)snprintf(path, sizeof(path), "%s/ledger.db", settings->folder);
    self->ledger =
        job_ledger_open(path, settings->busy_ms, self->base.error, sizeof(self->base.error));
    return self->ledger != NULL;
}

static enum queue_status init_links(struct queue_amqp *self, const struct queue_settings *settings)
{
    enum queue_status status = amqp_link_init(&self->out, settings->url, settings->busy_ms,
                                              self->base.error, sizeof(self->base.error));
    if (status == QUEUE_OK) {
        status = amqp_link_init(&self->in, settings->url, settings->busy_ms, self->base.error,
                                sizeof(self->base.error));
    }
    /* A worker that hangs loses its job when its heartbeat is missed, as by a lease. */
    self->in.heartbeat_s = 1 + settings->lease_ms / 2000;
    return status;
}

enum queue_status queue_amqp_open(const struct queue_settings *settings, struct queue **ret_queue,
                                  char *error, size_t error_size)
{
    struct queue_amqp *self = calloc(1, sizeof(*self));

    if (self == NULL) {
        (void)snprintf(error, error_size, "no memory");
        return QUEUE_BROKEN;
    }
    self->base.ops = &ops;
    enum queue_status status = init_links(self, settings);
    if (status == QUEUE_OK && !open_ledger(self, settings)) {
        status = QUEUE_BROKEN;
    }
    if (status == QUEUE_OK) {
        status = self->ledger != NULL ? make_in_ready(self) : make_out_ready(self);
    }
    if (status != QUEUE_OK) {
        (void)snprintf(error, error_size, "can't use the queue: %s", self->base.error);
        close_queue(&self->base);
        return status;
    }
    *ret_queue = &self->base;
    return QUEUE_OK;
}
