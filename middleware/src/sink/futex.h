/* Waiting with a bound by the monotonic clock, whatever happens to the wall clock. */
#ifndef TRL_SINK_FUTEX_H
#define TRL_SINK_FUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Ends by a wake, when *word is not expected, by a signal, or after timeout_ns. */
void trl_futex_wait(atomic_uint *word, unsigned expected, uint64_t timeout_ns);

/* Changes *word and wakes all who wait for it. Async-signal-safe. */
void trl_futex_wake(atomic_uint *word);

/* A mutex whose wait is bounded; zeroed memory is one that is free. */
struct trl_lock {
    atomic_uint state; /* 0: free, 1: taken, 2: taken, and waited for */
};

/* False: not taken by the deadline. */
bool trl_lock_until(struct trl_lock *lock, uint64_t deadline_ns);
void trl_unlock(struct trl_lock *lock);

#endif
