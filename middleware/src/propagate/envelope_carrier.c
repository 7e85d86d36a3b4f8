/* Propagate: the envelope as headers, for the carriers of message brokers: AMQP, NATS, Kafka, Redis
 * streams. */
#include "core/clock.h"
#include "core/config.h"
#include "propagate/envelope.h"
#include "propagate/outgoing.h"

#include <stdio.h>

#define JOB_ID      "trail-job-id"
#define ATTEMPT     "trail-attempt"
#define ENQUEUED_AT "trail-enqueued-at"
#define PARENT_ID   "trail-parent-id"
#define LEVEL       "X-Trail-Level"

enum trail_status trail_envelope_put(const struct trail_envelope *envelope, trail_put_fn *put,
                                     void *carrier)
{
    const struct trl_outgoing_names names = trl_outgoing_headers();
    char attempt[16];
    char enqueued_at[TRL_TIMESTAMP_SIZE + 1] = "";

    if (envelope == NULL || put == NULL) {
        return TRAIL_ERR_INVALID;
    }
    const struct trl_outgoing outgoing = {
        .request_id = envelope->request_id,
        .traceparent = envelope->traceparent,
        .tracestate = envelope->tracestate,
        .baggage = envelope->baggage,
        .level = envelope->level,
    };
    snprintf(attempt, sizeof(attempt), "%u", envelope->attempt);
    if (envelope->enqueued_at_ms != 0) {
        trl_clock_format_ms(envelope->enqueued_at_ms, enqueued_at);
        enqueued_at[TRL_TIMESTAMP_SIZE] = '\0';
    }
    const struct {
        const char *name;
        const char *value;
    } own[] = {{JOB_ID, envelope->job_id},
               {ATTEMPT, attempt},
               {ENQUEUED_AT, enqueued_at},
               {PARENT_ID, envelope->parent_id}};
    enum trail_status status = trl_outgoing_put(&outgoing, &names, put, carrier);
    for (size_t i = 0; status == TRAIL_OK && i < sizeof(own) / sizeof(own[0]); i++) {
        status = trl_put_printable(put, carrier, own[i].name, own[i].value);
    }
    return status;
}

/* One that came twice with two values is none: nobody can say which is meant. */
static struct trl_text get_one(trail_get_fn *get, void *carrier, const char *name)
{
    struct trl_text value = {NULL, 0};
    size_t size = 0;

    value.text = get(carrier, name, 0, &value.size);
    const char *second = value.text != NULL ? get(carrier, name, 1, &size) : NULL;
    if (second != NULL && !trl_text_same(value, (struct trl_text){second, size})) {
        value = (struct trl_text){NULL, 0};
    }
    return value;
}

enum trail_status trail_envelope_get(struct trail_envelope *ret_envelope, trail_get_fn *get,
                                     void *carrier)
{
    const struct trl_list *id_names = &trl_config()->request_id_headers;
    struct trl_envelope_parts parts = {.request_id = {NULL, 0}};

    if (ret_envelope == NULL || get == NULL) {
        return TRAIL_ERR_INVALID;
    }
    for (size_t i = 0; i < id_names->count && parts.request_id.text == NULL; i++) {
        parts.request_id = get_one(get, carrier, id_names->items[i]);
    }
    parts.traceparent = get_one(get, carrier, "traceparent");
    parts.tracestate = get_one(get, carrier, "tracestate");
    parts.baggage = get_one(get, carrier, "baggage");
    parts.job_id = get_one(get, carrier, JOB_ID);
    parts.attempt = get_one(get, carrier, ATTEMPT);
    parts.enqueued_at = get_one(get, carrier, ENQUEUED_AT);
    parts.parent_id = get_one(get, carrier, PARENT_ID);
    parts.level = get_one(get, carrier, LEVEL);
    return trl_envelope_complete(ret_envelope, &parts);
}
