/* Ordinary texts: those that can be copied into a line as they are. */
#ifndef TRL_LOG_TEXT_H
#define TRL_LOG_TEXT_H

#include "core/block.h"
#include "log/secret.h"

/* Longer texts are looked through by trl_secrets_begin(). */
#define TRL_TEXT_MAX 64

#ifdef __SSE2__

/* The bytes that need an escape, or are a secret's anchors, and a few others: those that differ
 * from one of them in a bit or two and are rare as well are found with it. */
static inline uint32_t trl_text_suspects(trl_block block)
{
    /* " B b */
    trl_block letter = trl_block_equal(_mm_or_si128(block, _mm_set1_epi8(0x60)), 'b');
    trl_block capital = trl_block_equal(_mm_or_si128(block, _mm_set1_epi8(0x02)), 'K'); /* and I */
    /* = \ _ DEL, and < > ? ] ^ | } ~ */
    trl_block sign = trl_block_equal(_mm_or_si128(block, _mm_set1_epi8(0x63)), 0x7F);
    trl_block high = _mm_or_si128(block, _mm_set1_epi8(0x08));
    /* % - and & . */
    trl_block joint = _mm_or_si128(trl_block_equal(high, '-'), trl_block_equal(high, '.'));
    trl_block other = _mm_or_si128(trl_block_below(block, 0x20), trl_block_equal(block, ':'));

    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(
        _mm_or_si128(_mm_or_si128(letter, capital), _mm_or_si128(sign, joint)), other));
}

/* Those below '0': they are in no long word. */
static inline uint32_t trl_text_gaps(trl_block block)
{
    return (uint32_t)_mm_movemask_epi8(trl_block_below(block, '0'));
}

static inline uint32_t trl_text_digits(trl_block block)
{
    return (uint32_t)_mm_movemask_epi8(
        _mm_andnot_si128(trl_block_below(block, '0'), trl_block_below(block, '9' + 1)));
}

/* What a pair can't be without. */
static inline uint32_t trl_text_pairs(trl_block block)
{
    trl_block pair = _mm_or_si128(trl_block_equal(block, ':'), trl_block_equal(block, '='));

    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(pair, trl_block_equal(block, '%')));
}

#else

static inline uint32_t trl_text_any_of(trl_block block, const char *set, size_t size)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < TRL_BLOCK; i++) {
        mask |= (uint32_t)(memchr(set, block.bytes[i], size) != NULL) << i;
    }
    return mask;
}

static inline uint32_t trl_text_suspects(trl_block block)
{
    return trl_block_special(block) | trl_text_any_of(block, ":=_-.~%IKbB>", 12);
}

static inline uint32_t trl_text_gaps(trl_block block)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < TRL_BLOCK; i++) {
        mask |= (uint32_t)(block.bytes[i] < '0' || (unsigned char)block.bytes[i] >= 0x80) << i;
    }
    return mask;
}

static inline uint32_t trl_text_digits(trl_block block)
{
    return trl_text_any_of(block, "0123456789", 10);
}

static inline uint32_t trl_text_pairs(trl_block block)
{
    return trl_text_any_of(block, ":=%", 3);
}

#endif

static inline bool trl_text_has_four_digits(uint64_t digits)
{
    uint64_t pairs = digits & digits >> 1;

    return (pairs & pairs >> 2) != 0;
}

static inline bool trl_text_copy_short(char *out, const char *text, size_t size)
{
    trl_block block = trl_block_load_short(text, size);

    trl_block_store(out, block);
    if (size < TRL_SECRET_ALONE_MIN) {
        uint32_t found = trl_block_special(block) | trl_text_pairs(block);
        return (found & trl_block_first(size)) == 0;
    }
    return (trl_text_suspects(block) & trl_block_first(size)) == 0 &&
           !trl_text_has_four_digits(trl_text_digits(block));
}

/* Of TRL_BLOCK bytes or more. Apart, since it takes nearly all registers. */
bool trl_text_copy_long(char *out, const char *text, size_t size);

static inline bool trl_text_copy(char *out, const char *text, size_t size)
{
    return size < TRL_BLOCK ? trl_text_copy_short(out, text, size)
                            : trl_text_copy_long(out, text, size);
}

/* Writes a text as a JSON string in one pass, if nothing in it needs an escape or a closer look for
 * secrets, and returns where the line goes on; NULL: something may, and at holds nothing of use.
 * There is room for size + 17 bytes. */
static inline char *trl_text_put(char *at, const char *text, size_t size)
{
    if (!trl_text_copy(at + 1, text, size)) {
        return NULL;
    }
    at[0] = '"';
    at[size + 1] = '"';
    return at + size + 2;
}

/* The same for a text that may be a secret's look-alike. */
static inline char *trl_text_put_allowed(char *at, const char *text, size_t size)
{
    if (size > TRL_TEXT_MAX || !trl_block_copy_plain(at + 1, text, size)) {
        return NULL;
    }
    at[0] = '"';
    at[size + 1] = '"';
    return at + size + 2;
}

#endif
