/* Propagate: the envelope of a job, made under the current scope or out of what a store gave back.
 * A store can hold anything; whatever it holds, the job runs. */
#include "propagate/envelope.h"

#include "context/context.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/id.h"
#include "propagate/outgoing.h"
#include "propagate/span.h"

#include <string.h>

_Static_assert(TRAIL_TRACESTATE_MAX == TRL_TRACESTATE_MAX, "one bound");
_Static_assert(TRAIL_BAGGAGE_MAX == TRL_BAGGAGE_MAX, "one bound");
_Static_assert(TRAIL_JOB_ID_MAX == TRL_JOB_ID_MAX, "one bound");

enum { ATTEMPT_MAX = 1000000 };

const char *trl_envelope_reason(unsigned fault)
{
    static const char *const reasons[TRL_ENVELOPE_FAULTS_] = {
        "none", "malformed", "request_id_missing", "request_id_too_long",
        "request_id_bad_character"};

    return reasons[fault < TRL_ENVELOPE_FAULTS_ ? fault : TRL_ENVELOPE_MALFORMED];
}

static void take_job_id(struct trail_envelope *envelope, struct trl_text id)
{
    if (id.text != NULL && id.size <= TRAIL_JOB_ID_MAX &&
        trl_id_reject_reason(id.text, id.size) == NULL) {
        memcpy(envelope->job_id, id.text, id.size);
        envelope->job_id[id.size] = '\0';
    } else {
        trl_id_uuid(trl_config()->request_id_format, envelope->job_id);
    }
}

void trail_envelope_init(struct trail_envelope *ret_envelope, const char *job_id)
{
    const struct trl_context *context = trl_context_current();
    struct trl_text id = {job_id, job_id != NULL ? strnlen(job_id, TRAIL_JOB_ID_MAX + 1) : 0};
    struct trl_span span;

    trl_span_init(&span, context);
    memcpy(ret_envelope->request_id, span.request_id, sizeof(ret_envelope->request_id));
    memcpy(ret_envelope->parent_id, span.parent_span_id, sizeof(ret_envelope->parent_id));
    trl_span_traceparent(&span, ret_envelope->traceparent);
    trl_outgoing_tracestate(context, span.span_id, ret_envelope->tracestate);
    trl_outgoing_baggage(context, ret_envelope->baggage);
    take_job_id(ret_envelope, id);
    ret_envelope->level = context != NULL ? context->level : 0;
    ret_envelope->attempt = 1;
    ret_envelope->enqueued_at_ms = trl_clock_wall_ms();
    ret_envelope->rejected_ = TRL_ENVELOPE_GOOD;
}

static uint8_t judge_request_id(struct trl_text id)
{
    if (id.text == NULL || id.size == 0) {
        return TRL_ENVELOPE_ID_MISSING;
    }
    if (id.size > TRAIL_REQUEST_ID_MAX) {
        return TRL_ENVELOPE_ID_TOO_LONG;
    }
    return trl_id_reject_reason(id.text, id.size) != NULL ? TRL_ENVELOPE_ID_BAD_CHARACTER
                                                          : TRL_ENVELOPE_GOOD;
}

static void take_request_id(struct trail_envelope *envelope, struct trl_text id)
{
    envelope->rejected_ = judge_request_id(id);
    if (envelope->rejected_ == TRL_ENVELOPE_GOOD) {
        memcpy(envelope->request_id, id.text, id.size);
        envelope->request_id[id.size] = '\0';
    } else {
        trl_id_uuid(trl_config()->request_id_format, envelope->request_id);
    }
}

/* A tracestate without its traceparent means nothing (W3C Trace Context 2, 3.3). */
static void take_trace(struct trail_envelope *envelope, const struct trl_envelope_parts *parts)
{
    struct trl_text state = parts->tracestate;
    struct trl_values states = {.count = 1, .item = &state};
    struct trl_traceparent parent;
    struct trl_tracestate list;
    struct trl_span span;

    envelope->tracestate[0] = '\0';
    envelope->parent_id[0] = '\0';
    if (parts->traceparent.text == NULL ||
        !trl_traceparent_parse(parts->traceparent.text, parts->traceparent.size, &parent)) {
        trl_span_init(&span, NULL);
        trl_span_traceparent(&span, envelope->traceparent);
        return;
    }
    trl_traceparent_write(parent.trace_id, parent.parent_id, parent.flags, envelope->traceparent);
    if (trl_tracestate_parse(&states, &list)) {
        trl_tracestate_write(&list, NULL, envelope->tracestate, sizeof(envelope->tracestate));
    }
    if (parts->parent_id.size == TRAIL_SPAN_ID_SIZE &&
        trl_id_is_hex(parts->parent_id.text, TRAIL_SPAN_ID_SIZE)) {
        memcpy(envelope->parent_id, parts->parent_id.text, TRAIL_SPAN_ID_SIZE);
        envelope->parent_id[TRAIL_SPAN_ID_SIZE] = '\0';
    }
}

static unsigned read_number(struct trl_text text, unsigned limit)
{
    unsigned value = 0;

    for (size_t i = 0; i < text.size; i++) {
        if (text.text[i] < '0' || text.text[i] > '9' || value > limit) {
            return 0;
        }
        value = value * 10 + (unsigned)(text.text[i] - '0');
    }
    return value <= limit ? value : 0;
}

static uint8_t read_level(struct trl_text text)
{
    for (int level = TRAIL_LEVEL_DEBUG; level < TRAIL_LEVEL_OFF; level++) {
        if (text.text != NULL && trl_text_equals(text, trail_level_name((enum trail_level)level))) {
            return (uint8_t)level;
        }
    }
    return 0;
}

enum trail_status trl_envelope_complete(struct trail_envelope *ret_envelope,
                                        const struct trl_envelope_parts *parts)
{
    struct trl_text text = parts->baggage;
    struct trl_values baggage = {.count = 1, .item = &text};

    take_request_id(ret_envelope, parts->request_id);
    take_trace(ret_envelope, parts);
    trl_baggage_join(&baggage, ret_envelope->baggage, sizeof(ret_envelope->baggage));
    take_job_id(ret_envelope, parts->job_id);
    ret_envelope->level = read_level(parts->level);
    ret_envelope->attempt = read_number(parts->attempt, ATTEMPT_MAX);
    if (ret_envelope->attempt == 0) {
        ret_envelope->attempt = 1;
    }
    ret_envelope->enqueued_at_ms = trl_envelope_parse_time(parts->enqueued_at);
    return ret_envelope->rejected_ == TRL_ENVELOPE_GOOD ? TRAIL_OK : TRAIL_ERR_MALFORMED;
}

int64_t trl_envelope_parse_time(struct trl_text text)
{
    int64_t wall_ms;

    return trl_clock_parse_ms(text.text, text.size, &wall_ms) && wall_ms > 0 ? wall_ms : 0;
}
