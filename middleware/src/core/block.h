/* Texts, 16 bytes at a time. What is found is told by a mask: a bit for each byte, the lowest for
 * the first. Where there is no SSE2, byte by byte. */
#ifndef TRL_CORE_BLOCK_H
#define TRL_CORE_BLOCK_H

#include "core/ascii.h"
#include "core/word.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define TRL_BLOCK 16

#ifdef __SSE2__

typedef __m128i trl_block;

static inline trl_block trl_block_load(const char *text)
{
    return _mm_loadu_si128((const __m128i *)(const void *)text);
}

static inline void trl_block_store(char *out, trl_block block)
{
    _mm_storeu_si128((__m128i *)(void *)out, block);
}

/* A text of less than 16 bytes, with zeros behind it; no byte outside of it is read. */
static inline trl_block trl_block_load_short(const char *text, size_t size)
{
    if (size > 8) {
        return _mm_set_epi64x((long long)(trl_load_8(text + size - 8) >> (8 * (TRL_BLOCK - size))),
                              (long long)trl_load_8(text));
    }
    return _mm_set_epi64x(0, (long long)trl_load_short(text, size));
}

static inline trl_block trl_block_equal(trl_block block, char c)
{
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(c));
}

/* Tells by the top bit of each byte whether it is below c. Signed, so that bytes from 0x80 on are
 * below any ASCII character. */
static inline trl_block trl_block_below(trl_block block, char c)
{
    return _mm_subs_epi8(block, _mm_set1_epi8(c));
}

/* Zero for each byte that is low to high. */
static inline trl_block trl_block_beyond(trl_block block, char low, char high)
{
    return _mm_subs_epu8(_mm_sub_epi8(block, _mm_set1_epi8(low)),
                         _mm_set1_epi8((char)(high - low)));
}

/* All bits of each byte that is low to high. */
static inline trl_block trl_block_between(trl_block block, char low, char high)
{
    return _mm_cmpeq_epi8(trl_block_beyond(block, low, high), _mm_setzero_si128());
}

/* The bytes that don't stand for themselves in a JSON string. */
static inline uint32_t trl_block_special(trl_block block)
{
    trl_block outside = _mm_or_si128(trl_block_below(block, 0x20), trl_block_equal(block, 0x7F));
    trl_block escaped = _mm_or_si128(trl_block_equal(block, '"'), trl_block_equal(block, '\\'));

    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(outside, escaped));
}

/* The bytes that are c. */
static inline uint32_t trl_block_find(trl_block block, char c)
{
    return (uint32_t)_mm_movemask_epi8(trl_block_equal(block, c));
}

/* The bytes that are digits. */
static inline uint32_t trl_block_digits(trl_block block)
{
    return (uint32_t)_mm_movemask_epi8(trl_block_between(block, '0', '9'));
}

/* The bytes that base64url (RFC 4648, 5) is made of. */
static inline uint32_t trl_block_base64url(trl_block block)
{
    trl_block letters = trl_block_between(_mm_or_si128(block, _mm_set1_epi8(0x20)), 'a', 'z');
    trl_block digits = trl_block_between(block, '0', '9');
    trl_block others = _mm_or_si128(trl_block_equal(block, '-'), trl_block_equal(block, '_'));

    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(letters, digits), others));
}

#else

typedef struct {
    char bytes[TRL_BLOCK];
} trl_block;

static inline trl_block trl_block_load(const char *text)
{
    trl_block block;

    memcpy(block.bytes, text, TRL_BLOCK);
    return block;
}

static inline void trl_block_store(char *out, trl_block block)
{
    memcpy(out, block.bytes, TRL_BLOCK);
}

static inline trl_block trl_block_load_short(const char *text, size_t size)
{
    trl_block block = {{0}};

    for (size_t i = 0; i < size; i++) {
        block.bytes[i] = text[i];
    }
    return block;
}

static inline uint32_t trl_block_special(trl_block block)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < TRL_BLOCK; i++) {
        unsigned char c = (unsigned char)block.bytes[i];
        mask |= (uint32_t)(c < 0x20 || c >= 0x7F || c == '"' || c == '\\') << i;
    }
    return mask;
}

static inline uint32_t trl_block_find(trl_block block, char c)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < TRL_BLOCK; i++) {
        mask |= (uint32_t)(block.bytes[i] == c) << i;
    }
    return mask;
}

static inline uint32_t trl_block_digits(trl_block block)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < TRL_BLOCK; i++) {
        mask |= (uint32_t)trl_is_digit(block.bytes[i]) << i;
    }
    return mask;
}

static inline uint32_t trl_block_base64url(trl_block block)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < TRL_BLOCK; i++) {
        char c = block.bytes[i];
        mask |= (uint32_t)(trl_is_alnum(c) || c == '-' || c == '_') << i;
    }
    return mask;
}

#endif

/* The bits of the first size bytes; size is 16 at most. */
static inline uint32_t trl_block_first(size_t size)
{
    return (UINT32_C(1) << size) - 1;
}

/* Copies a text, if all of it stands for itself in a JSON string; else out holds nothing of use.
 * out has room for 15 bytes more. */
static inline _Bool trl_block_copy_plain(char *out, const char *text, size_t size)
{
    if (size < TRL_BLOCK) {
        trl_block block = trl_block_load_short(text, size);
        trl_block_store(out, block);
        return (trl_block_special(block) & trl_block_first(size)) == 0;
    }
    for (size_t i = 0;; i += TRL_BLOCK) {
        size_t from = i + TRL_BLOCK < size ? i : size - TRL_BLOCK;
        trl_block block = trl_block_load(text + from);
        trl_block_store(out + from, block);
        if (trl_block_special(block) != 0) {
            return 0;
        }
        if (from + TRL_BLOCK == size) {
            return 1;
        }
    }
}

#endif
