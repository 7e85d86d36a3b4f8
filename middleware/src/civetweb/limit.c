/* CivetWeb adapter: at most so many rejections a second are logged: whoever floods a server with
 * garbage shall not flood its log. */
#include "civetweb/limit.h"

#include "core/clock.h"
#include "sink/output.h"

enum { PER_SECOND = 20 };

bool trl_limit_pass(enum trl_limited kind)
{
    static uint64_t windows[TRL_LIMITED_KINDS_]; /* the second; below, how many there were */
    uint64_t *window = &windows[kind];
    uint64_t second = trl_clock_monotonic_ns() / 1000000000u;
    uint64_t seen = __atomic_load_n(window, __ATOMIC_RELAXED);
    uint64_t next;

    do {
        next = seen >> 32 == (second & UINT32_MAX) ? seen + 1 : second << 32 | 1;
    } while (!__atomic_compare_exchange_n(window, &seen, next, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    if ((next & UINT32_MAX) > PER_SECOND) {
        trl_output_dropped(TRAIL_DROP_LIMIT, TRAIL_LEVEL_WARN);
        return false;
    }
    return true;
}
