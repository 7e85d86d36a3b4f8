/* CivetWeb adapter: durations of requests. A table that only grows, of counters that any thread
 * adds to; what finds no room in it is counted under one series of others. */
#include "civetweb/metrics.h"

#include "core/clock.h"
#include "core/likely.h"
#include "core/thread.h"
#include "core/word.h"

#include <sched.h>
#include <string.h>

enum { SERIES_MAX = 512, ROUTE_MAX = 127, OTHERS = 0 };

enum { STATE_FREE, STATE_CLAIMED, STATE_READY };

struct exemplar_slot {
    uint32_t sequence; /* odd while it is written */
    uint32_t second;   /* monotonic, of the one that is kept; 0: none is */
    struct trl_exemplar exemplar;
};

struct slot {
    int state;
    uint8_t method;
    uint8_t status_class;
    char route[ROUTE_MAX + 1];
    uint64_t buckets[TRL_METRICS_BUCKETS];
    uint64_t sum_ns;
    struct exemplar_slot exemplars[TRL_METRICS_BUCKETS];
};

const char *const trl_metrics_bounds[TRL_METRICS_BUCKETS] = {
    "0.005", "0.01", "0.025", "0.05", "0.075", "0.1",  "0.25", "0.5",
    "0.75",  "1.0",  "2.5",   "5.0",  "7.5",   "10.0", "+Inf",
};

static const uint64_t bounds_ns[TRL_METRICS_BUCKETS - 1] = {
    5000000,   10000000,  25000000,   50000000,   75000000,   100000000,  250000000,
    500000000, 750000000, 1000000000, 2500000000, 5000000000, 7500000000, 10000000000,
};

/* Any other name is a client's invention, and would make a series for each. */
static const char *const methods[] = {"_OTHER", "GET",   "HEAD",  "POST",    "PUT",
                                      "DELETE", "PATCH", "TRACE", "CONNECT", "OPTIONS"};

static struct slot slots[SERIES_MAX];

static uint8_t method_index(const char *method)
{
    for (uint8_t i = 1; method != NULL && i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i], method) == 0) {
            return i;
        }
    }
    return 0;
}

static bool is_slot_of(const struct slot *slot, uint8_t method, const char *route, int status_class)
{
    return slot->method == method && slot->status_class == status_class &&
           strncmp(slot->route, route, ROUTE_MAX) == 0;
}

/* Takes a free slot for this series; false if another thread was faster. */
static bool claim(struct slot *slot, uint8_t method, const char *route, int status_class)
{
    int expected = STATE_FREE;

    if (!__atomic_compare_exchange_n(&slot->state, &expected, STATE_CLAIMED, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        return false;
    }
    slot->method = method;
    slot->status_class = (uint8_t)status_class;
    memcpy(slot->route, route, strnlen(route, ROUTE_MAX));
    __atomic_store_n(&slot->state, STATE_READY, __ATOMIC_RELEASE);
    return true;
}

/* The series that this thread recorded last: most requests are like the one before. */
static TRL_THREAD_LOCAL struct {
    struct slot *slot;
    uint64_t method; /* as a word, which methods fit in; 0: it did not */
    const char *route;
    int status_class;
} last;

static struct slot *search(uint8_t method, const char *route, int status_class)
{
    uint32_t hash = (uint32_t)(method * 8 + status_class) * 2654435761u;

    for (const char *c = route; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    }
    for (uint32_t i = 0; i < SERIES_MAX - 1; i++) {
        struct slot *slot = &slots[1 + (hash + i) % (SERIES_MAX - 1)];
        int state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
        if (state == STATE_FREE && claim(slot, method, route, status_class)) {
            return slot;
        }
        while ((state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE)) == STATE_CLAIMED) {
            sched_yield(); /* some bytes are copied, once in the life of a series */
        }
        if (is_slot_of(slot, method, route, status_class)) {
            return slot;
        }
    }
    return &slots[OTHERS];
}

/* Routes stand where they were registered as long as the server runs; afterwards another may stand
 * there. */
static struct slot *find(const struct trl_measured *measured, int status_class)
{
    const char *route = TRL_LIKELY(measured->route != NULL) ? measured->route : "";
    size_t size = measured->method_size;
    uint64_t method = TRL_LIKELY(size <= 8) ? trl_load_short(measured->method, size) : 0;

    if (TRL_UNLIKELY(last.slot == NULL || last.route != route ||
                     last.status_class != status_class || last.method != method || method == 0 ||
                     strncmp(last.slot->route, route, ROUTE_MAX) != 0)) {
        last.slot = search(method_index(measured->method), route, status_class);
        last.method = method;
        last.route = route;
        last.status_class = status_class;
    }
    return last.slot;
}

/* One a second is kept of each bucket: writing more would tell no more. */
static void keep_exemplar(struct exemplar_slot *slot, const struct trl_measured *measured)
{
    uint32_t second = (uint32_t)(measured->now_ns / 1000000000u) + 1;
    uint32_t sequence = __atomic_load_n(&slot->sequence, __ATOMIC_RELAXED);
    struct trl_exemplar exemplar;

    if (TRL_LIKELY(__atomic_load_n(&slot->second, __ATOMIC_RELAXED) == second) ||
        sequence % 2 != 0 || strlen(measured->request_id) > TRL_METRICS_ID_MAX ||
        !__atomic_compare_exchange_n(&slot->sequence, &sequence, sequence + 1, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        return;
    }
    memset(&exemplar, 0, sizeof(exemplar));
    __atomic_store_n(&slot->second, second, __ATOMIC_RELAXED);
    exemplar.seconds = (double)measured->duration_ns / 1e9;
    exemplar.wall_ms = trl_clock_wall_ms();
    strcpy(exemplar.request_id, measured->request_id);
    memcpy(exemplar.trace_id, measured->trace_id,
           strnlen(measured->trace_id, sizeof(exemplar.trace_id) - 1));
    /* Each after the one before: a reader of any new word sees the odd number, too. */
    for (size_t i = 0; i < sizeof(exemplar) / 8; i++) {
        uint64_t word;
        memcpy(&word, (char *)&exemplar + i * 8, 8);
        __atomic_store_n((uint64_t *)&slot->exemplar + i, word, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&slot->sequence, sequence + 2, __ATOMIC_RELEASE);
}

void trl_metrics_record(const struct trl_measured *measured)
{
    uint64_t duration_ns = measured->duration_ns;
    int status = measured->status;
    int status_class = TRL_LIKELY(status >= 100 && status < 600) ? status / 100 : 0;
    struct slot *slot = find(measured, status_class);
    size_t bucket = 0;

    while (bucket < TRL_METRICS_BUCKETS - 1 && duration_ns > bounds_ns[bucket]) {
        bucket++;
    }
    __atomic_fetch_add(&slot->buckets[bucket], 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&slot->sum_ns, duration_ns, __ATOMIC_RELAXED);
    keep_exemplar(&slot->exemplars[bucket], measured);
}

static void read_exemplar(const struct exemplar_slot *slot, struct trl_exemplar *ret_exemplar)
{
    uint32_t before = __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE);

    for (size_t i = 0; i < sizeof(*ret_exemplar) / 8; i++) {
        uint64_t word = __atomic_load_n((const uint64_t *)&slot->exemplar + i, __ATOMIC_ACQUIRE);
        memcpy((char *)ret_exemplar + i * 8, &word, 8);
    }
    if (before % 2 != 0 || __atomic_load_n(&slot->sequence, __ATOMIC_RELAXED) != before) {
        ret_exemplar->wall_ms = 0;
    }
}

static bool is_used(size_t at)
{
    return at == OTHERS ? __atomic_load_n(&slots[at].sum_ns, __ATOMIC_RELAXED) > 0
                        : __atomic_load_n(&slots[at].state, __ATOMIC_ACQUIRE) == STATE_READY;
}

bool trl_metrics_read(size_t *cursor, struct trl_series *ret_series)
{
    size_t at = *cursor;

    while (at < SERIES_MAX && !is_used(at)) {
        at++;
    }
    if (at == SERIES_MAX) {
        return false;
    }
    *cursor = at + 1;
    ret_series->method = methods[slots[at].method];
    ret_series->route = at == OTHERS ? "_OTHER" : slots[at].route;
    ret_series->status_class = slots[at].status_class;
    ret_series->sum_seconds = (double)__atomic_load_n(&slots[at].sum_ns, __ATOMIC_RELAXED) / 1e9;
    for (size_t i = 0; i < TRL_METRICS_BUCKETS; i++) {
        ret_series->buckets[i] = __atomic_load_n(&slots[at].buckets[i], __ATOMIC_RELAXED);
        read_exemplar(&slots[at].exemplars[i], &ret_series->exemplars[i]);
    }
    return true;
}
