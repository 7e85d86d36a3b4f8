/* Random bytes for IDs, read from the kernel in blocks, one block for each thread; and what is made
 * of them where it need not be secret. */
#ifndef TRL_CORE_ENTROPY_H
#define TRL_CORE_ENTROPY_H

#include "core/likely.h"
#include "core/prefetch.h"
#include "core/thread.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What this thread has drawn and not used yet. */
struct trl_entropy_block {
    unsigned generation; /* of the process that bytes were drawn in */
    unsigned seeded;     /* of the process that the state was drawn in; 0: none */
    unsigned words_left; /* until the state is drawn anew */
    uint64_t state[4];
    size_t left; /* of bytes, at their end */
    unsigned char bytes[512];
};

extern TRL_THREAD_LOCAL struct trl_entropy_block trl_entropy_own_;

/* Counts the forks behind this process, from 1; a block of another generation is the parent's. */
extern unsigned trl_entropy_generation_;

/* Where the block does not have as much. */
void trl_entropy_anew_(void *out, size_t size);

/* Fills out. A block is wiped as it is used, and a child process starts with an empty one, so that
 * no two processes or threads ever draw the same bytes. Where the kernel gives none, a generator
 * seeded from clock, address and thread serves: an ID that is merely unlikely to repeat beats a
 * request without one. Any thread. */
static inline void trl_entropy(void *out, size_t size)
{
    struct trl_entropy_block *own = &trl_entropy_own_;
    unsigned generation = __atomic_load_n(&trl_entropy_generation_, __ATOMIC_RELAXED);

    if (TRL_UNLIKELY(size > sizeof(own->bytes) || size > own->left ||
                     own->generation != generation)) {
        trl_entropy_anew_(out, size);
        return;
    }
    memcpy(out, own->bytes + sizeof(own->bytes) - own->left, size);
    memset(own->bytes + sizeof(own->bytes) - own->left, 0, size);
    own->left -= size;
}

/* Asks for the memory of this thread's next IDs. */
static inline void trl_entropy_prefetch(void)
{
    struct trl_entropy_block *own = &trl_entropy_own_;

    trl_prefetch_for_write(own);
    trl_prefetch_for_write(own->bytes + sizeof(own->bytes) - own->left);
}

void trl_entropy_seed_(void);

static inline uint64_t trl_rotate_left_(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

/* The next word of an ID that is to be unique, and need not be hard to guess: pseudo-random
 * (xoshiro256++, Blackman and Vigna 2019), from a state that trl_entropy() draws once for each
 * thread and process. Any thread. */
static inline uint64_t trl_entropy_unique(void)
{
    struct trl_entropy_block *own = &trl_entropy_own_;
    uint64_t *state = own->state;

    if (TRL_UNLIKELY(own->words_left == 0 ||
                     own->seeded != __atomic_load_n(&trl_entropy_generation_, __ATOMIC_RELAXED))) {
        trl_entropy_seed_();
    }
    own->words_left--;
    uint64_t word = trl_rotate_left_(state[0] + state[3], 23) + state[0];
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = trl_rotate_left_(state[3], 45);
    return word;
}

#endif
