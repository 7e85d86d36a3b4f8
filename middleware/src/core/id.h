/* Request IDs, trace IDs, span IDs: made and checked. */
#ifndef TRL_CORE_ID_H
#define TRL_CORE_ID_H

#include <trail/context.h>

#include <stdbool.h>
#include <stddef.h>

#define TRL_UUID_SIZE 36

enum trl_id_format { TRL_ID_UUID4, TRL_ID_UUID7 };

/* A new UUID (RFC 9562, 5.4 or 5.7), 36 characters and a terminator. Any thread. */
void trl_id_uuid(enum trl_id_format format, char out[TRL_UUID_SIZE + 1]);

/* size lower-case hexadecimal digits, 16 or 32, and a terminator; not all zero. */
void trl_id_hex(char *out, size_t size);

/* A new trace ID of 32 and span ID of 16 such digits, each with a terminator. */
void trl_id_trace_and_span(char *ret_trace_id, char *ret_span_id);

/* Whether text is 1 to 128 bytes of [A-Za-z0-9._~:+/=@-]; if not, why, as a constant word for
 * `reason`: empty, too_long, bad_character. NULL if it is valid. */
const char *trl_id_reject_reason(const char *text, size_t size);

/* The same, and takes a copy of a valid one, with a terminator; of another, "". */
const char *trl_id_take(const char *text, size_t size, char out[TRAIL_REQUEST_ID_MAX + 1]);

/* Whether text is size lower-case hexadecimal digits, 16 or 32, not all zero. */
bool trl_id_is_hex(const char *text, size_t size);

#endif
