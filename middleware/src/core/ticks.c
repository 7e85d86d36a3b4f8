/* Core: the rate of the processor's counter, measured between two calls of one thread, once for the
 * process. */
#include "core/ticks.h"

#include "core/likely.h"
#include "core/thread.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SPAN_MIN_NS UINT64_C(16000000)
#define SPAN_MAX_NS UINT64_C(60000000000)

/* Ticks in 2^20 ns, of counters of 0.1 to 10 GHz. */
#define RATE_BITS     20
#define RATE_MIN      ((UINT64_C(1) << RATE_BITS) / 10)
#define RATE_MAX      (UINT64_C(10) << RATE_BITS)
#define RATE_UNUSABLE 1 /* too low for a tick in any time that is asked for */

/* A quarter is taken off: when the rate is measured the clock may be slewed one way and later the
 * other, by up to a tenth (adjtimex(2)). */
#define MARGIN_SHIFT 2

static _Atomic uint64_t rate = RATE_UNUSABLE; /* 0: not known yet */

/* Whether the kernel has found the counter fit for its own clocks. */
static bool is_kernels_clock(void)
{
    static const char file[] = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    static const char wanted[] = "tsc\n";
    char name[sizeof(wanted)] = "";
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, name, sizeof(name)) : -1;

    if (fd >= 0) {
        close(fd);
    }
    return size == (ssize_t)sizeof(wanted) - 1 && memcmp(name, wanted, sizeof(wanted) - 1) == 0;
}

void trl_ticks_prepare(void)
{
    uint64_t unusable = RATE_UNUSABLE;

    if (trl_ticks() != 0 && is_kernels_clock()) {
        atomic_compare_exchange_strong(&rate, &unusable, 0);
    }
}

/* The counter was at `before` or more when the clock was read, and at `after` or less. */
struct reading {
    uint64_t before;
    uint64_t ns;
    uint64_t after;
};

/* By a clock that goes on while the machine sleeps, as the counter may or may not: if that comes
 * between two readings, the rate is too low, not too high. */
static struct reading read_both(void)
{
    struct reading reading = {.before = trl_ticks()};
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    reading.ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    reading.after = trl_ticks();
    return reading;
}

/* 0: the readings do not tell. */
static uint64_t rate_between(const struct reading *first, const struct reading *second)
{
    uint64_t span_ns = second->ns - first->ns;

    if (span_ns > SPAN_MAX_NS || second->before <= first->after) {
        return 0;
    }
    uint64_t ticks = second->before - first->after;
    if (ticks > UINT64_MAX >> RATE_BITS) {
        return 0;
    }
    uint64_t found = (ticks << RATE_BITS) / span_ns;
    found -= found >> MARGIN_SHIFT;
    return found >= RATE_MIN && found <= RATE_MAX ? found : 0;
}

static __attribute__((noinline)) void measure_rate(void)
{
    static TRL_THREAD_LOCAL struct reading first;
    struct reading now = read_both();

    if (first.ns == 0) {
        first = now;
    } else if (now.ns - first.ns >= SPAN_MIN_NS) {
        atomic_store_explicit(&rate, rate_between(&first, &now), memory_order_relaxed);
        first = now;
    }
}

uint64_t trl_ticks_within(uint64_t ns)
{
    uint64_t known = atomic_load_explicit(&rate, memory_order_relaxed);

    if (TRL_UNLIKELY(known == 0)) {
        measure_rate();
        return 0;
    }
    return ns * known >> RATE_BITS;
}
