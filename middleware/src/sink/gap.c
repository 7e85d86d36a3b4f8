/* Sink: what is lost on the way to an output. Counted for the process, told once every 10 s on
 * stderr while the output fails, and once in the output's own stream when it works again. */
#include "core/clock.h"
#include "sink/spool.h"
#include "sink/state.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOTICE_EVERY_NS UINT64_C(10000000000)
#define GAP_OVER_NS     UINT64_C(50000000)
#define GAP_RETELL_NS   UINT64_C(1000000000)

static const char *const reasons[TRAIL_DROP_REASONS_] = {
    [TRAIL_DROP_SINK_ERROR] = "sink_error",
    [TRAIL_DROP_OVERFLOW] = "overflow",
    [TRAIL_DROP_LIMIT] = "limit",
};

void trl_sink_init(struct trl_sink *sink, const struct trl_sink_ops *ops, const char *name)
{
    memset(sink, 0, sizeof(*sink));
    sink->ops = ops;
    snprintf(sink->name, sizeof(sink->name), "%s", name);
}

void trl_sink_dropped(struct trl_sink *sink, enum trail_drop_reason reason, enum trail_level level,
                      uint64_t count)
{
    atomic_fetch_add_explicit(&trl_outputs_.dropped[reason][level], count, memory_order_relaxed);
    trl_sink_lost(sink, reason, level, count);
}

void trl_sink_lost(struct trl_sink *sink, enum trail_drop_reason reason, enum trail_level level,
                   uint64_t count)
{
    int64_t none = 0;

    atomic_fetch_add_explicit(&sink->gap.lost[reason][level], count, memory_order_relaxed);
    atomic_compare_exchange_strong(&sink->gap.since_ms, &none, trl_clock_wall_ms());
    atomic_store_explicit(&sink->gap.last_ns, trl_clock_monotonic_ns(), memory_order_relaxed);
    atomic_store_explicit(&sink->gap.open, true, memory_order_release);
}

bool trl_sink_gap_due(const struct trl_sink *sink, uint64_t now_ns)
{
    const struct trl_gap *gap = &sink->gap;

    if (!atomic_load_explicit(&gap->open, memory_order_acquire)) {
        return false;
    }
    return (now_ns >= atomic_load_explicit(&gap->last_ns, memory_order_relaxed) + GAP_OVER_NS ||
            now_ns >= atomic_load_explicit(&gap->told_ns, memory_order_relaxed) + GAP_RETELL_NS);
}

/* stderr may be a pipe that nobody reads, maybe the very one that is full. */
static bool tell(const char *text, size_t size)
{
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};

    return poll(&ready, 1, 0) > 0 && write(STDERR_FILENO, text, size) >= 0;
}

void trl_sink_failed(struct trl_sink *sink, const char *what, int error)
{
    int saved = errno;
    char text[TRL_SINK_NAME_MAX + 256];
    char reason[128] = "";
    uint64_t now = trl_clock_monotonic_ns();
    uint64_t next = atomic_load_explicit(&sink->next_notice_ns, memory_order_relaxed);

    atomic_fetch_add_explicit(&trl_outputs_.sink_errors, 1, memory_order_relaxed);
    if (now < next ||
        !atomic_compare_exchange_strong(&sink->next_notice_ns, &next, now + NOTICE_EVERY_NS)) {
        errno = saved;
        return;
    }
    if (error != 0) {
        snprintf(reason, sizeof(reason), ": %s", strerrordesc_np(error));
    }
    int size = snprintf(text, sizeof(text), "trail: output %s: %s%s\n", sink->name, what, reason);
    if (size > 0) {
        size_t length = (size_t)size < sizeof(text) ? (size_t)size : sizeof(text) - 1;
        if (!tell(text, length)) {
            atomic_fetch_add_explicit(&trl_outputs_.sink_errors, 1, memory_order_relaxed);
        }
    }
    errno = saved;
}

/* Moves what was lost into telling; returns how much that is. */
static uint64_t take(struct trl_gap *gap)
{
    uint64_t total = 0;

    atomic_store_explicit(&gap->open, false, memory_order_relaxed);
    gap->telling_since_ms = atomic_exchange(&gap->since_ms, 0);
    for (int reason = 0; reason < TRAIL_DROP_REASONS_; reason++) {
        for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
            gap->telling[reason][level] =
                atomic_exchange_explicit(&gap->lost[reason][level], 0, memory_order_relaxed);
            total += gap->telling[reason][level];
        }
    }
    return total;
}

void trl_sink_gap_forked(struct trl_sink *sink)
{
    (void)take(&sink->gap);
}

/* Appends formatted text where it fits; a line that does not fit is cut by the caller's bound,
 * which TRL_GAP_LINE_MAX rules out. */
#define APPEND(...)                                                                                \
    (used += (size_t)snprintf(out + used, used < TRL_GAP_LINE_MAX ? TRL_GAP_LINE_MAX - used : 0,   \
                              __VA_ARGS__))

static size_t append_counts(const struct trl_gap *gap, char *out, size_t used)
{
    const char *reason_name = "";
    uint64_t by_level[TRAIL_LEVEL_OFF] = {0};
    const char *comma = "";

    for (int reason = 0; reason < TRAIL_DROP_REASONS_; reason++) {
        for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
            by_level[level] += gap->telling[reason][level];
            if (gap->telling[reason][level] > 0) {
                reason_name = *reason_name == '\0' || reason_name == reasons[reason]
                                  ? reasons[reason]
                                  : "several";
            }
        }
    }
    APPEND(",\"reason\":\"%s\",\"levels\":{", reason_name);
    for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
        if (by_level[level] > 0) {
            APPEND("%s\"%s\":%llu", comma, trail_level_name((enum trail_level)level),
                   (unsigned long long)by_level[level]);
            comma = ",";
        }
    }
    APPEND("}");
    return used;
}

size_t trl_sink_gap_line(struct trl_sink *sink, char out[TRL_GAP_LINE_MAX])
{
    char now[TRL_TIMESTAMP_SIZE];
    char since[TRL_TIMESTAMP_SIZE];
    size_t used = 0;

    if (!atomic_load_explicit(&sink->gap.open, memory_order_acquire)) {
        return 0;
    }
    uint64_t total = take(&sink->gap);
    if (total == 0) {
        return 0;
    }
    trl_clock_timestamp(now);
    trl_clock_format_ms(sink->gap.telling_since_ms, since);
    APPEND("{\"timestamp\":\"%.*s\",\"level\":\"warn\"%s%s,\"event\":\"log_events_dropped\","
           "\"message\":\"Log events were dropped\",\"count\":%llu",
           TRL_TIMESTAMP_SIZE, now, *trl_outputs_.identity == '\0' ? "" : ",",
           trl_outputs_.identity, (unsigned long long)total);
    used = append_counts(&sink->gap, out, used);
    APPEND(",\"since\":\"%.*s\"}\n", TRL_TIMESTAMP_SIZE, since);
    return used;
}

/* The first output's word counts for the spool, which keeps one count for all. */
static void note_told(const struct trl_sink *sink)
{
    if (trl_outputs_.count > 0 && sink == trl_outputs_.sinks[0]) {
        trl_spool_overflow_told(sink->gap.telling[TRAIL_DROP_OVERFLOW]);
    }
}

void trl_sink_gap_told(struct trl_sink *sink, bool told)
{
    struct trl_gap *gap = &sink->gap;
    int64_t none = 0;

    if (told) {
        atomic_store_explicit(&gap->told_ns, trl_clock_monotonic_ns(), memory_order_relaxed);
        note_told(sink);
        return;
    }
    for (int reason = 0; reason < TRAIL_DROP_REASONS_; reason++) {
        for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
            atomic_fetch_add_explicit(&gap->lost[reason][level], gap->telling[reason][level],
                                      memory_order_relaxed);
        }
    }
    if (!atomic_compare_exchange_strong(&gap->since_ms, &none, gap->telling_since_ms)) {
        atomic_store(&gap->since_ms, gap->telling_since_ms);
    }
    atomic_store_explicit(&gap->open, true, memory_order_release);
}

const char *trl_sink_transformed_(const struct trl_sink *sink, const char *line, size_t *size,
                                  char out[TRL_TRANSFORM_MAX])
{
    if (out == NULL) {
        return line;
    }
    size_t formed = sink->transform.fn(sink->transform.arg, line, *size, out, TRL_TRANSFORM_MAX);
    if (formed == 0) {
        return line;
    }
    *size = formed;
    return out;
}
