/* What leaves the process with a call, a job or a child, and how it is written into a carrier. */
#ifndef TRL_PROPAGATE_OUTGOING_H
#define TRL_PROPAGATE_OUTGOING_H

#include "context/context.h"

#include <trail/propagate.h>

/* Texts are borrowed, "" is absent. */
struct trl_outgoing {
    const char *request_id;
    const char *traceparent;
    const char *tracestate;
    const char *baggage;
    uint8_t level; /* enum trail_level; 0: none */
};

/* The names under which each part goes; NULL: it does not. */
struct trl_outgoing_names {
    const char *request_id;
    const char *traceparent;
    const char *tracestate;
    const char *baggage;
    const char *level;
};

/* The names of HTTP headers, with the configured one for the request ID. */
struct trl_outgoing_names trl_outgoing_headers(void);

/* Writes what is there, each once. A value with a byte that is not printable ASCII is left out: it
 * would break out of its header. */
enum trail_status trl_outgoing_put(const struct trl_outgoing *outgoing,
                                   const struct trl_outgoing_names *names, trail_put_fn *put,
                                   void *carrier);

/* Puts one pair under the same rule. */
enum trail_status trl_put_printable(trail_put_fn *put, void *carrier, const char *name,
                                    const char *value);

/* The tracestate for a span that is ours, as it goes out of context (3.3.2 and 3.5): trail's own
 * member in front, if there are others. Terminated. */
void trl_outgoing_tracestate(const struct trl_context *context, const char *span_id,
                             char ret_text[TRL_TRACESTATE_MAX + 1]);

/* The baggage of context that TRAIL_PROPAGATE_BAGGAGE names. Terminated. */
void trl_outgoing_baggage(const struct trl_context *context, char ret_text[TRL_BAGGAGE_MAX + 1]);

#endif
