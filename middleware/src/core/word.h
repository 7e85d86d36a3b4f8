/* Texts, eight bytes at a time (Warren, Hacker's Delight, 6-1). */
#ifndef TRL_CORE_WORD_H
#define TRL_CORE_WORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TRL_WORD_ONES UINT64_C(0x0101010101010101)
#define TRL_WORD_TOPS UINT64_C(0x8080808080808080)

static inline uint64_t trl_load_8(const char *text)
{
    uint64_t word;

    memcpy(&word, text, sizeof(word));
    return word;
}

static inline uint64_t trl_load_4(const char *text)
{
    uint32_t word;

    memcpy(&word, text, sizeof(word));
    return word;
}

/* A text of 8 bytes at most, with zeros behind it; no byte outside of it is read. */
static inline uint64_t trl_load_short(const char *text, size_t size)
{
    uint64_t word = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (size >= 4) { /* bytes that are in both halves fall on themselves */
        word = trl_load_4(text) | trl_load_4(text + size - 4) << (8 * (size - 4));
    } else if (size > 0) {
        word = (uint64_t)(unsigned char)text[0] |
               (uint64_t)(unsigned char)text[size / 2] << (8 * (size / 2)) |
               (uint64_t)(unsigned char)text[size - 1] << (8 * (size - 1));
    }
#else
    memcpy(&word, text, size);
#endif
    return word;
}

/* Has the top bit of a byte set if one of the eight is c; which one only the lowest tells. */
static inline uint64_t trl_word_find(uint64_t word, char c)
{
    uint64_t zero = word ^ (TRL_WORD_ONES * (unsigned char)c);

    return (zero - TRL_WORD_ONES) & ~zero & TRL_WORD_TOPS;
}

#endif
