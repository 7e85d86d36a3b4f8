/* Core: IDs. The random bytes and the digits are ours: libuuid's generator costs six system calls
 * an ID, and its printing more than all else that a request's IDs need. */
#include "core/id.h"

#include "core/ascii.h"
#include "core/block.h"
#include "core/clock.h"
#include "core/entropy.h"
#include "core/hex.h"

#include <trail/context.h>

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

/* Writes size bytes, a multiple of 8, as digits and a terminator. False if all were zero: that is
 * no ID. */
static inline bool write_hex(const unsigned char *bytes, size_t size, char *out)
{
    uint64_t any = 0;

    for (size_t i = 0; i < size; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        any |= word;
        trl_hex_8(bytes + i, out + 2 * i);
    }
    out[2 * size] = '\0';
    return any != 0;
}

void trl_id_hex(char *out, size_t size)
{
    unsigned char bytes[16];

    do {
        trl_entropy(bytes, size / 2);
    } while (!write_hex(bytes, size / 2, out));
}

void trl_id_trace_and_span(char *ret_trace_id, char *ret_span_id)
{
    unsigned char bytes[24];

    do {
        trl_entropy(bytes, sizeof(bytes));
    } while (!write_hex(bytes, 16, ret_trace_id) || !write_hex(bytes + 16, 8, ret_span_id));
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

const char *trl_id_reject_reason(const char *text, size_t size)
{
    if (size == 0) {
        return "empty";
    }
    if (size > TRAIL_REQUEST_ID_MAX) {
        return "too_long";
    }
    return are_id_bytes(text, size) ? NULL : "bad_character";
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
