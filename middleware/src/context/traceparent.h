/* The traceparent header of W3C Trace Context Level 2, 3.2. */
#ifndef TRL_CONTEXT_TRACEPARENT_H
#define TRL_CONTEXT_TRACEPARENT_H

#include <trail/context.h>

#define TRL_FLAG_SAMPLED 0x01u
#define TRL_FLAG_RANDOM  0x02u

struct trl_traceparent {
    char trace_id[TRAIL_TRACE_ID_SIZE + 1];
    char parent_id[TRAIL_SPAN_ID_SIZE + 1];
    uint8_t flags; /* the known ones; all others are cleared */
};

/* Reads one value, with optional white space around it. False if the trace must be restarted. */
bool trl_traceparent_parse(const char *text, size_t size, struct trl_traceparent *ret_traceparent);

/* Writes version 00, the highest that is known (3.2.4). Both IDs are valid. */
void trl_traceparent_write(const char *trace_id, const char *span_id, uint8_t flags,
                           char ret_text[TRAIL_TRACEPARENT_BYTES]);

#endif
