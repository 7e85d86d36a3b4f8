/* The tracestate header of W3C Trace Context Level 2, 3.3. */
#ifndef TRL_CONTEXT_TRACESTATE_H
#define TRL_CONTEXT_TRACESTATE_H

#include "context/text.h"

#define TRL_TRACESTATE_MAX         2048
#define TRL_TRACESTATE_MEMBERS_MAX 32

/* The key of trail's own member. It is put before those of others, so that they can tell whose
 * span the traceparent names (3.1); where there are none, nothing is sent. */
#define TRL_TRACESTATE_KEY "trail"

struct trl_tracestate {
    unsigned count;
    struct trl_text member[TRL_TRACESTATE_MEMBERS_MAX]; /* borrowed from the values */
};

/* Joins several headers in order (3.3.2). False, and no member, if the whole is discarded: a
 * member is malformed, or there are more than 32. */
bool trl_tracestate_parse(const struct trl_values *values, struct trl_tracestate *ret_tracestate);

/* Writes the list, terminated, and returns its size. With own_value, trail's own member is put in
 * front, in place of the one that was there, and the rightmost of 32 others falls off (3.3.2). What
 * is longer than capacity loses whole members: the rightmost over 128 bytes first (3.3.3.1). */
size_t trl_tracestate_write(const struct trl_tracestate *tracestate, const char *own_value,
                            char *ret_text, size_t capacity);

#endif
