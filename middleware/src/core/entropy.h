/* Random bytes for IDs, read from the kernel in blocks, one block for each thread. */
#ifndef TRL_CORE_ENTROPY_H
#define TRL_CORE_ENTROPY_H

#include "core/likely.h"
#include "core/thread.h"

#include <stddef.h>
#include <string.h>

/* What this thread has drawn and not used yet. */
struct trl_entropy_block {
    unsigned generation; /* of the process it was drawn in */
    size_t left;         /* bytes, at its end */
    unsigned char bytes[2048];
};

extern TRL_THREAD_LOCAL struct trl_entropy_block trl_entropy_own_;

/* Counts the forks behind this process; a block of another generation is the parent's. */
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

#endif
