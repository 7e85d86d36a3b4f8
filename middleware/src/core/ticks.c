/* Core: the rate of the processor's counter, measured against the monotonic clock between two calls
 * of one thread, once for the process. */
#include "core/ticks.h"

#include "core/clock.h"
#include "core/thread.h"

#include <stdatomic.h>
#include <stdbool.h>

#ifdef __x86_64__

#include <cpuid.h>

#define SPAN_MIN_NS UINT64_C(16000000)
#define SPAN_MAX_NS UINT64_C(60000000000)

/* Ticks in 2^20 ns, of counters of 0.1 to 10 GHz: a machine that slept in between, or was moved,
 * must not make a time seem longer than a few times itself. */
#define RATE_BITS 20
#define RATE_MIN  ((UINT64_C(1) << RATE_BITS) / 10)
#define RATE_MAX  (UINT64_C(10) << RATE_BITS)

/* The clocks may be slewed by half as much (adjtimex(2): 500 ppm). */
#define MARGIN_SHIFT 10

static _Atomic uint64_t rate;

/* Whether the counter runs at one rate in all states of the processor (AMD64 Architecture
 * Programmer's Manual 3, CPUID Fn8000_0007_EDX[8], TscInvariant; Intel's tells the same). */
static bool is_invariant(void)
{
    unsigned a;
    unsigned b;
    unsigned c;
    unsigned d;

    return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & 1u << 8) != 0;
}

/* The counter was at `before` or more when the clock was read, and at `after` or less. */
struct reading {
    uint64_t before;
    uint64_t ns;
    uint64_t after;
};

static struct reading read_both(void)
{
    struct reading reading = {.before = trl_ticks()};

    reading.ns = trl_clock_monotonic_ns();
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

static void measure_rate(void)
{
    static TRL_THREAD_LOCAL struct reading first;
    struct reading now = read_both();

    if (first.ns != 0 && now.ns - first.ns < SPAN_MIN_NS) {
        return;
    }
    uint64_t found = first.ns != 0 ? rate_between(&first, &now) : 0;
    if (found != 0 && is_invariant()) {
        atomic_store_explicit(&rate, found, memory_order_relaxed);
    }
    first = now;
}

uint64_t trl_ticks_within(uint64_t ns)
{
    uint64_t known = atomic_load_explicit(&rate, memory_order_relaxed);

    if (known == 0) {
        measure_rate();
        return 0;
    }
    return ns * known >> RATE_BITS;
}

#else

uint64_t trl_ticks_within(uint64_t ns)
{
    (void)ns;
    return 0;
}

#endif
