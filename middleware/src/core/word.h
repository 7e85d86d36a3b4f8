/* Texts, eight bytes at a time (Warren, Hacker's Delight, 6-1). */
#ifndef TRL_CORE_WORD_H
#define TRL_CORE_WORD_H

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

/* Has the top bit of a byte set if one of the eight is c; which one only the lowest tells. */
static inline uint64_t trl_word_find(uint64_t word, char c)
{
    uint64_t zero = word ^ (TRL_WORD_ONES * (unsigned char)c);

    return (zero - TRL_WORD_ONES) & ~zero & TRL_WORD_TOPS;
}

#endif
