/* Context: what travels with a request, a job, or work of one's own, and how it comes about when
 * nothing has come in. */
#include "context/context.h"

#include "context/make.h"
#include "core/config.h"
#include "core/counters.h"
#include "core/id.h"
#include "log/sample.h"

#include <string.h>

/* Of texts, the first bytes alone matter when they are empty. */
void trl_context_clear(struct trl_context *ret_context)
{
    ret_context->request_id[0] = '\0';
    ret_context->trace_id[0] = '\0';
    ret_context->span_id[0] = '\0';
    ret_context->parent_span_id[0] = '\0';
    ret_context->flags = 0;
    ret_context->level = 0;
    ret_context->trusted = TRL_TRUST_NONE;
    ret_context->job_id[0] = '\0';
    ret_context->client_request_id[0] = '\0';
    ret_context->client_traceparent[0] = '\0';
    ret_context->rejected_reason = NULL;
    ret_context->rejected_size = 0;
    ret_context->tracestate_size = 0;
    ret_context->baggage_size = 0;
    ret_context->tracestate[0] = '\0';
    ret_context->baggage[0] = '\0';
}

void trl_context_new_trace(struct trl_context *context)
{
    trl_id_trace_and_span(context->trace_id, context->span_id);
    context->parent_span_id[0] = '\0';
    /* 3.2.2.5.2: the ID is random. 3.2.2.5.1: whether what happens here is recorded. */
    context->flags = TRL_FLAG_RANDOM;
    if (trl_sample_keeps(context->request_id, trl_config()->sample)) {
        context->flags |= TRL_FLAG_SAMPLED;
    }
}

void trl_context_new_request_id(struct trl_context *context)
{
    trl_id_uuid(trl_config()->request_id_format, context->request_id);
    context->request_id_size = TRL_UUID_SIZE;
}

void trl_context_init_new(struct trl_context *ret_context, const char *request_id)
{
    size_t size = request_id != NULL ? strnlen(request_id, TRAIL_REQUEST_ID_MAX + 1) : 0;

    trl_context_clear(ret_context);
    ret_context->request_id_size = (uint32_t)size;
    if (request_id == NULL || trl_id_take(request_id, size, ret_context->request_id) != NULL) {
        trl_context_new_request_id(ret_context);
    }
    trl_context_new_trace(ret_context);
}

void trl_context_copy(struct trl_context *ret_context, const struct trl_context *context)
{
    size_t used = offsetof(struct trl_context, tracestate) + context->tracestate_size + 1;

    memcpy(ret_context, context, used);
    memcpy(ret_context->baggage, context->baggage, context->baggage_size + 1u);
}

void trl_context_report(const struct trl_context *context, const struct trail_logger *logger)
{
    if (context->rejected_reason != NULL) {
        trl_count(TRL_COUNT_REJECTED_IDS);
        TRAIL_EMIT_(logger, TRAIL_LEVEL_WARN, "request_id_rejected",
                    "The incoming request ID was replaced",
                    trail_kv("reason", context->rejected_reason),
                    trail_kv("length", context->rejected_size));
    }
}

/* An empty text is an absent ID. */
void trl_context_logger(const struct trl_context *context, const struct trail_logger *bound,
                        struct trail_logger *ret_logger)
{
    const struct trl_ids ids = {
        .request_id = context->request_id,
        .trace_id = context->trace_id,
        .span_id = context->span_id,
        .parent_span_id = context->parent_span_id,
        .job_id = context->job_id,
    };

    trl_logger_init_ids(ret_logger, &ids, bound);
}

/* A longer value finds no room in a logger, which leaves it out as a whole. */
enum { BAGGAGE_FIELD_MAX = TRAIL_LOGGER_BYTES };

void trl_bind_baggage(const struct trl_context *context, struct trail_logger *logger)
{
    const struct trl_list *names = &trl_config()->baggage_fields;
    struct trl_text rest = {context->baggage, context->baggage_size};
    struct trl_baggage_member member;
    char value[BAGGAGE_FIELD_MAX];

    while (names->count > 0 && trl_baggage_next(&rest, &member)) {
        if (trl_baggage_is_named(names, member.key)) {
            size_t size = trl_baggage_decode(member.value, value, sizeof(value));
            struct trail_field field =
                trail_field_text(member.key.text, member.key.size, value, size);
            trl_logger_bind(logger, &field, 1);
        }
    }
}
