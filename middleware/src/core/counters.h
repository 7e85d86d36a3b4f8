/* Counters of events. Each thread has a set of its own, so that counting is an addition and no
 * cache line is shared; reading adds up the sets of all threads, also of those that have ended. */
#ifndef TRL_CORE_COUNTERS_H
#define TRL_CORE_COUNTERS_H

#include <trail/base.h>

enum trl_counter {
    TRL_COUNT_REDACTED,
    TRL_COUNT_TRUNCATED,
    TRL_COUNT_REJECTED_IDS,
    TRL_COUNT_EVENTS_, /* TRL_COUNT_EVENTS(level): those of one level; the last one is fatal's */
    TRL_COUNTERS_ = TRL_COUNT_EVENTS_ + TRAIL_LEVEL_FATAL
};

#define TRL_COUNT_EVENTS(level)                                                                    \
    ((enum trl_counter)(TRL_COUNT_EVENTS_ + (int)(level) - (int)TRAIL_LEVEL_DEBUG))

/* Any thread; no lock; no allocation after the first call of a thread. */
void trl_count(enum trl_counter counter);
void trl_count_add(enum trl_counter counter, uint64_t amount);

/* The sum since the process started. Any thread. */
uint64_t trl_counter_sum(enum trl_counter counter);

#endif
