/* The words that keys are made of, as far as they say what a key stands for. */
#ifndef TRL_LOG_REDACT_WORD_H
#define TRL_LOG_REDACT_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last bytes of a text, which are compared at once. */
#define TRL_WORD_TAIL 8

/* What a key's last word makes of it, the stronger last. */
enum trl_word_role {
    TRL_WORD_SUFFIX, /* follows a secret's name without changing what the value is */
    TRL_WORD_TEXT,   /* a secret as a text, harmless as a number or an object */
    TRL_WORD_VALUE,  /* a secret */
    TRL_WORD_QUERY,  /* keys and values themselves; whole keys only */
};

struct trl_word {
    uint64_t tail; /* as trl_load_8() has it, with zeros before a shorter word */
    uint64_t tail_mask;
    const char *text;
    unsigned char size;
    unsigned char role;
    bool whole; /* no other word's end: shipping is no pin */
};

/* Some of them. */
struct trl_words {
    const struct trl_word *words;
    size_t count;
};

/* Those that end in a character, with the one before it; both in lower case. It may be that none of
 * what is returned has the latter. */
struct trl_words trl_words_ending_in(char before, char last);

/* For each letter's low bits: those of the letters that stand before it where a word ends. */
extern const uint32_t trl_word_ends[32];

#endif
