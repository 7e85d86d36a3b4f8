/* Counters of events. Each thread has a set of its own, so that counting is an addition and no
 * cache line is shared; reading adds up the sets of all threads, also of those that have ended. */
#ifndef TRL_CORE_COUNTERS_H
#define TRL_CORE_COUNTERS_H

#include "core/likely.h"
#include "core/prefetch.h"
#include "core/thread.h"

#include <trail/base.h>

enum trl_counter {
    TRL_COUNT_REDACTED,
    TRL_COUNT_TRUNCATED,
    TRL_COUNT_REJECTED_IDS,
    TRL_COUNT_ACCEPTED, /* by outputs in sync delivery, and past the spool */
    TRL_COUNT_WRITTEN,
    TRL_COUNT_EVENTS_, /* TRL_COUNT_EVENTS(level): those of one level; the last one is fatal's */
    TRL_COUNTERS_ = TRL_COUNT_EVENTS_ + TRAIL_LEVEL_FATAL
};

#define TRL_COUNT_EVENTS(level)                                                                    \
    ((enum trl_counter)(TRL_COUNT_EVENTS_ + (int)(level) - (int)TRAIL_LEVEL_DEBUG))

/* The counters of one thread. */
struct trl_counter_set {
    uint64_t counts[TRL_COUNTERS_];
    struct trl_counter_set *next; /* of all sets; never removed */
    bool taken;
};

extern TRL_THREAD_LOCAL struct trl_counter_set *trl_counters_own_;

/* For a thread's first count, and where there is no memory for a set of its own. */
void trl_count_anew_(enum trl_counter counter, uint64_t amount);

/* Any thread; no lock; no allocation after the first call of a thread. */
static inline void trl_count_add(enum trl_counter counter, uint64_t amount)
{
    struct trl_counter_set *own = trl_counters_own_;

    if (TRL_UNLIKELY(own == NULL)) {
        trl_count_anew_(counter, amount);
        return;
    }
    /* Only this thread writes here; readers must see whole numbers. */
    uint64_t now = __atomic_load_n(&own->counts[counter], __ATOMIC_RELAXED);
    __atomic_store_n(&own->counts[counter], now + amount, __ATOMIC_RELAXED);
}

static inline void trl_count(enum trl_counter counter)
{
    trl_count_add(counter, 1);
}

/* Asks for the memory of this thread's counters. */
static inline void trl_counters_prefetch(void)
{
    struct trl_counter_set *own = trl_counters_own_;

    if (TRL_LIKELY(own != NULL)) {
        trl_prefetch_for_write(own->counts);
        trl_prefetch_for_write(own->counts + TRL_COUNTERS_ - 1);
    }
}

/* What this thread has counted; 0 where it has no set of its own. */
static inline uint64_t trl_count_own(enum trl_counter counter)
{
    const struct trl_counter_set *own = trl_counters_own_;

    return own != NULL ? own->counts[counter] : 0;
}

/* Takes back what this thread has counted since trl_count_own() said so much. */
static inline void trl_count_back(enum trl_counter counter, uint64_t counted)
{
    if (trl_counters_own_ != NULL) {
        __atomic_store_n(&trl_counters_own_->counts[counter], counted, __ATOMIC_RELAXED);
    }
}

/* The sum since the process started. Any thread. */
uint64_t trl_counter_sum(enum trl_counter counter);

#endif
