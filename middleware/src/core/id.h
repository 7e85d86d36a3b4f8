/* Request IDs, trace IDs, span IDs: made and checked. */
#ifndef TRL_CORE_ID_H
#define TRL_CORE_ID_H

#include "core/block.h"

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

#ifdef __SSE2__

/* Each byte is zero where that of the block is a letter, a digit, or one of `-./:`. */
static inline trl_block trl_id_unusual_(trl_block block)
{
    trl_block letters = trl_block_beyond(_mm_or_si128(block, _mm_set1_epi8(0x20)), 'a', 'z');

    return _mm_min_epu8(letters, trl_block_beyond(block, '-', ':'));
}

/* Whether a text of 16 to 48 bytes has no other bytes than most IDs have. */
static inline bool trl_id_is_usual(const char *text, size_t size)
{
    size_t last = size - TRL_BLOCK;
    size_t middle = last < TRL_BLOCK ? last : TRL_BLOCK;
    trl_block unusual = _mm_or_si128(trl_id_unusual_(trl_block_load(text)),
                                     trl_id_unusual_(trl_block_load(text + middle)));

    unusual = _mm_or_si128(unusual, trl_id_unusual_(trl_block_load(text + last)));
    return trl_block_find(unusual, '\0') == trl_block_first(TRL_BLOCK);
}

#else

static inline bool trl_id_is_usual(const char *text, size_t size)
{
    (void)text, (void)size;
    return false;
}

#endif

/* Whether text is size lower-case hexadecimal digits, 16 or 32, not all zero. */
bool trl_id_is_hex(const char *text, size_t size);

#endif
