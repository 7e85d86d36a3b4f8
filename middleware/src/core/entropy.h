/* Random bytes for IDs, read from the kernel in blocks, one block for each thread. */
#ifndef TRL_CORE_ENTROPY_H
#define TRL_CORE_ENTROPY_H

#include <stddef.h>

/* Fills out. A block is wiped as it is used, and a child process starts with an empty one, so that
 * no two processes or threads ever draw the same bytes. Where the kernel gives none, a generator
 * seeded from clock, address and thread serves: an ID that is merely unlikely to repeat beats a
 * request without one. Any thread. */
void trl_entropy(void *out, size_t size);

#endif
