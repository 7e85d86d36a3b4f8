/* The parts of an envelope as they come out of any carrier, before they are believed. */
#ifndef TRL_PROPAGATE_ENVELOPE_H
#define TRL_PROPAGATE_ENVELOPE_H

#include "context/text.h"

#include <trail/job.h>

/* Why an envelope's request ID was made anew: what is held in its rejected_. */
enum trl_envelope_fault {
    TRL_ENVELOPE_GOOD,
    TRL_ENVELOPE_MALFORMED,   /* not in its form at all */
    TRL_ENVELOPE_ID_MISSING,  /* no request ID */
    TRL_ENVELOPE_ID_TOO_LONG, /* and why the one that came was replaced */
    TRL_ENVELOPE_ID_BAD_CHARACTER,
    TRL_ENVELOPE_FAULTS_
};

/* The constant word for `reason`. */
const char *trl_envelope_reason(unsigned fault);

/* A part that did not come has a NULL text. */
struct trl_envelope_parts {
    struct trl_text request_id;
    struct trl_text traceparent;
    struct trl_text tracestate;
    struct trl_text baggage;
    struct trl_text job_id;
    struct trl_text parent_id;
    struct trl_text level;
    struct trl_text attempt;
    struct trl_text enqueued_at;
};

/* Makes a complete envelope of what is valid in parts; the rest is made anew.
 * TRAIL_ERR_MALFORMED: the request ID was. */
enum trail_status trl_envelope_complete(struct trail_envelope *ret_envelope,
                                        const struct trl_envelope_parts *parts);

/* `2026-01-31T23:59:59.999Z` (RFC 3339) as milliseconds since 1970; 0 for anything else. */
int64_t trl_envelope_parse_time(struct trl_text text);

#endif
