/* A span that is not the scope's: of an outbound call, or of a job that is enqueued. */
#ifndef TRL_PROPAGATE_SPAN_H
#define TRL_PROPAGATE_SPAN_H

#include "context/context.h"

struct trl_span {
    char request_id[TRAIL_REQUEST_ID_MAX + 1];
    char trace_id[TRAIL_TRACE_ID_SIZE + 1];
    char span_id[TRAIL_SPAN_ID_SIZE + 1];
    char parent_span_id[TRAIL_SPAN_ID_SIZE + 1];
    char job_id[TRL_JOB_ID_MAX + 1];
    uint8_t flags;
};

/* A new span under the context's; with NULL, under nothing and with IDs of its own. */
void trl_span_init(struct trl_span *ret_span, const struct trl_context *context);

void trl_span_traceparent(const struct trl_span *span, char ret_text[TRAIL_TRACEPARENT_BYTES]);

/* A logger with the span's IDs, and the fields that are bound in context's scope if that is the
 * current one and the span is under it. context may be gone: unless it is the current one, nobody
 * looks at it. */
void trl_span_logger(struct trail_logger *ret_logger, const struct trl_span *span,
                     const struct trl_context *context);

#endif
