/* Propagate: the spans of calls and jobs. */
#include "propagate/span.h"

#include "core/config.h"
#include "core/id.h"

#include <string.h>

void trl_span_init(struct trl_span *ret_span, const struct trl_context *context)
{
    if (context == NULL) {
        trl_id_uuid(trl_config()->request_id_format, ret_span->request_id);
        trl_id_trace_and_span(ret_span->trace_id, ret_span->span_id);
        ret_span->parent_span_id[0] = '\0';
        ret_span->job_id[0] = '\0';
        ret_span->flags =
            TRL_FLAG_RANDOM | TRL_FLAG_SAMPLED; /* nothing outside scopes is left out */
        return;
    }
    memcpy(ret_span->request_id, context->request_id, sizeof(ret_span->request_id));
    memcpy(ret_span->trace_id, context->trace_id, sizeof(ret_span->trace_id));
    trl_id_hex(ret_span->span_id, TRAIL_SPAN_ID_SIZE);
    memcpy(ret_span->parent_span_id, context->span_id, sizeof(ret_span->parent_span_id));
    memcpy(ret_span->job_id, context->job_id, sizeof(ret_span->job_id));
    ret_span->flags = context->flags;
}

void trl_span_traceparent(const struct trl_span *span, char ret_text[TRAIL_TRACEPARENT_BYTES])
{
    trl_traceparent_write(span->trace_id, span->span_id, span->flags, ret_text);
}

void trl_span_logger(struct trail_logger *ret_logger, const struct trl_span *span,
                     const struct trl_context *context)
{
    const struct trl_scope *scope = trl_scope_current();
    const struct trl_ids ids = {
        .request_id = span->request_id,
        .trace_id = span->trace_id,
        .span_id = span->span_id,
        .parent_span_id = span->parent_span_id,
        .job_id = span->job_id,
    };
    /* The memory of a context that is gone may be another one's now. */
    bool is_current = scope != NULL && context != NULL && scope->context == context &&
                      strcmp(context->span_id, span->parent_span_id) == 0;

    trl_logger_init_ids(ret_logger, &ids, is_current ? &scope->log.logger : NULL);
}
