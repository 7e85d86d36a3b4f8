/* Core: IDs. The random bytes and the digits are ours: libuuid's generator costs six system calls
 * an ID, and its printing more than all else that a request's IDs need. A request ID is hard to
 * guess (RFC 9562, section 6.9); IDs of a trace need be unique alone, and may be pseudo-random
 * (W3C Trace Context Level 2, "Considerations for trace-id field generation"). */
#include "core/id.h"

#include "core/ascii.h"
#include "core/block.h"
#include "core/clock.h"
#include "core/entropy.h"
#include "core/hex.h"

#include <stdint.h>
#include <string.h>

/* 8-4-4-4-12 digits (RFC 9562, section 4) and a terminator. */
static void write_uuid(const unsigned char bytes[16], char out[TRL_UUID_SIZE + 1])
{
    char digits[32];

    trl_hex_8(bytes, digits);
    trl_hex_8(bytes + 8, digits + 16);
    memcpy(out, digits, 8);
    memcpy(out + 9, digits + 8, 4);
    memcpy(out + 14, digits + 12, 4);
    memcpy(out + 19, digits + 16, 4);
    memcpy(out + 24, digits + 20, 12);
    out[8] = out[13] = out[18] = out[23] = '-';
    out[TRL_UUID_SIZE] = '\0';
}

void trl_id_uuid(enum trl_id_format format, char out[TRL_UUID_SIZE + 1])
{
    unsigned char uuid[16];

    trl_entropy(uuid, sizeof(uuid));
    if (format == TRL_ID_UUID7) {
        int64_t now_ms = trl_clock_wall_ms();
        for (int i = 0; i < 6; i++) {
            uuid[i] = (unsigned char)(now_ms >> (40 - 8 * i));
        }
        uuid[6] = (unsigned char)((uuid[6] & 0x0Fu) | 0x70u);
    } else {
        uuid[6] = (unsigned char)((uuid[6] & 0x0Fu) | 0x40u);
    }
    uuid[8] = (unsigned char)((uuid[8] & 0x3Fu) | 0x80u);
    write_uuid(uuid, out);
}

/* Digits, and a terminator behind them. All zeros is no ID: those are drawn again. */
static inline void write_hex(char *out, size_t digits)
{
    uint64_t any = 0;

    while (any == 0) {
        for (size_t i = 0; i < digits; i += 16) {
            uint64_t word = trl_entropy_unique();
            any |= word;
            trl_hex_8((const unsigned char *)&word, out + i);
        }
    }
    out[digits] = '\0';
}

void trl_id_hex(char *out, size_t size)
{
    write_hex(out, size);
}

void trl_id_trace_and_span(char *ret_trace_id, char *ret_span_id)
{
    write_hex(ret_trace_id, TRAIL_TRACE_ID_SIZE);
    write_hex(ret_span_id, TRAIL_SPAN_ID_SIZE);
}

#ifdef __SSE2__

/* The bytes that an ID may have: letters, `-./`, digits and `:`, which follow each other, and
 * five more. */
static inline uint32_t id_bytes(trl_block block)
{
    trl_block found =
        _mm_or_si128(trl_block_between(_mm_or_si128(block, _mm_set1_epi8(0x20)), 'a', 'z'),
                     trl_block_between(block, '-', ':'));

    found = _mm_or_si128(found, trl_block_equal(block, '+'));
    found = _mm_or_si128(found, trl_block_equal(block, '='));
    found = _mm_or_si128(found, trl_block_equal(block, '@'));
    found = _mm_or_si128(found, trl_block_equal(block, '_'));
    found = _mm_or_si128(found, trl_block_equal(block, '~'));
    return (uint32_t)_mm_movemask_epi8(found);
}

static inline uint32_t hex_bytes(trl_block block)
{
    return (uint32_t)_mm_movemask_epi8(
        _mm_or_si128(trl_block_between(block, '0', '9'), trl_block_between(block, 'a', 'f')));
}

#else

static inline uint32_t id_bytes(trl_block block)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < TRL_BLOCK; i++) {
        char c = block.bytes[i];
        mask |= (uint32_t)(trl_is_alpha(c) || (c >= '-' && c <= ':') || c == '+' || c == '=' ||
                           c == '@' || c == '_' || c == '~')
                << i;
    }
    return mask;
}

static inline uint32_t hex_bytes(trl_block block)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < TRL_BLOCK; i++) {
        mask |= (uint32_t)(trl_hex_value(block.bytes[i]) >= 0 && !trl_is_upper(block.bytes[i]))
                << i;
    }
    return mask;
}

#endif

#define ALL_BYTES trl_block_first(TRL_BLOCK)

static inline bool are_id_bytes(const char *text, size_t size)
{
    if (size < TRL_BLOCK) {
        return (~id_bytes(trl_block_load_short(text, size)) & trl_block_first(size)) == 0;
    }
    for (size_t i = 0; i + TRL_BLOCK < size; i += TRL_BLOCK) {
        if (id_bytes(trl_block_load(text + i)) != ALL_BYTES) {
            return false;
        }
    }
    return id_bytes(trl_block_load(text + size - TRL_BLOCK)) == ALL_BYTES;
}

static __attribute__((noinline)) const char *take_unusual(const char *text, size_t size, char *out)
{
    const char *reason = NULL;

    if (size == 0) {
        reason = "empty";
    } else if (size > TRAIL_REQUEST_ID_MAX) {
        reason = "too_long";
    } else if (!are_id_bytes(text, size)) {
        reason = "bad_character";
    } else {
        memcpy(out, text, size);
    }
    out[reason == NULL ? size : 0] = '\0';
    return reason;
}

/* size is 16 to 48. */
static inline void copy_blocks(char *out, const char *text, size_t size)
{
    size_t last = size - TRL_BLOCK;
    size_t middle = last < TRL_BLOCK ? last : TRL_BLOCK;

    trl_block_store(out, trl_block_load(text));
    trl_block_store(out + middle, trl_block_load(text + middle));
    trl_block_store(out + last, trl_block_load(text + last));
}

const char *trl_id_take(const char *text, size_t size, char out[TRAIL_REQUEST_ID_MAX + 1])
{
    if (size >= TRL_BLOCK && size <= 3 * TRL_BLOCK && trl_id_is_usual(text, size)) {
        copy_blocks(out, text, size);
        out[size] = '\0';
        return NULL;
    }
    return take_unusual(text, size, out);
}

const char *trl_id_reject_reason(const char *text, size_t size)
{
    char taken[TRAIL_REQUEST_ID_MAX + 1];

    return trl_id_take(text, size, taken);
}

bool trl_id_is_hex(const char *text, size_t size)
{
    uint32_t zeros = ALL_BYTES;
    uint32_t digits = ALL_BYTES;

    for (size_t i = 0; i < size; i += TRL_BLOCK) {
        trl_block block = trl_block_load(text + i);
        zeros &= trl_block_find(block, '0');
        digits &= hex_bytes(block);
    }
    return digits == ALL_BYTES && zeros != ALL_BYTES;
}
