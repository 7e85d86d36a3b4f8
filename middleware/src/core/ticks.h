/* The processor's time stamp counter: read in a third of the time that the kernel's clocks take. It
 * serves to say that a time is not over yet, and for nothing else; only where the kernel itself
 * takes its time from it, so that it runs at one rate and shows the same on all processors. Any
 * thread. */
#ifndef TRL_CORE_TICKS_H
#define TRL_CORE_TICKS_H

#include <stdint.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

/* 0, where there is no such counter. */
static inline uint64_t trl_ticks(void)
{
#ifdef __x86_64__
    return __rdtsc();
#else
    return 0;
#endif
}

/* Asks the kernel, once: in a log call a file need not be opened, and in a sandbox may not. Until
 * then there are no ticks. Setup only. */
void trl_ticks_prepare(void);

/* Ticks that are over before ns nanoseconds are, of which there are 1000000 at most; 0: that is not
 * known, or not known yet. */
uint64_t trl_ticks_within(uint64_t ns);

#endif
