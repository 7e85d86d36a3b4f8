/* Asking for memory ahead of its use. */
#ifndef TRL_CORE_PREFETCH_H
#define TRL_CORE_PREFETCH_H

#include <stddef.h>
#include <stdint.h>

#define TRL_CACHE_LINE 64

/* Asks for the cache line at address, which need not be valid, to write to it. Where another core
 * has the line it must be asked for as the only one's: a line that is shared by then costs the
 * first store as much again. __builtin_prefetch() does not say so to an x86-64 for which it is not
 * told to; those that do not know PREFETCHW take it for a NOP (Intel's before Broadwell). */
static inline void trl_prefetch_for_write(const void *address)
{
#ifdef __x86_64__
    __asm__ volatile("prefetchw (%0)" : : "r"(address));
#else
    __builtin_prefetch(address, 1);
#endif
}

/* The same for each 64 bytes from address on; size is a constant, and small. */
static inline __attribute__((always_inline)) void trl_prefetch_bytes_for_write(const void *address,
                                                                               size_t size)
{
#pragma GCC unroll 8
    for (size_t at = 0; at < size; at += TRL_CACHE_LINE) {
        trl_prefetch_for_write((const void *)((uintptr_t)address + at));
    }
}

#endif
