/* Sink: opening, closing, and everything that concerns all outputs at once. */
#include "sink/outputs.h"

#include "core/clock.h"
#include "core/counters.h"
#include "sink/output.h"
#include "sink/spool.h"
#include "sink/spool_file.h"
#include "sink/spool_recover.h"
#include "sink/state.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct trl_outputs trl_outputs_;

/* Where a crash handler, which has no memory of its own, forms lines. */
static char crash_room[TRL_TRANSFORM_MAX];

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

/* How long a start may be held up by outputs that do not take a dead process's lines. */
#define RECOVER_TIMEOUT_MS 5000u
#define REOPEN_TIMEOUT_NS  UINT64_C(5000000000)

/* A child has no threads but the one that forked, and the spool is its parent's: it logs by one
 * write for each line. */
static void forked(void)
{
    if (atomic_load(&trl_outputs_.mode) == TRL_MODE_ASYNC) {
        trl_spool_forked();
        atomic_store(&trl_outputs_.mode, TRL_MODE_SYNC);
    }
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
        trl_sink_gap_forked(sink);
        if (sink->ops->forked != NULL) {
            sink->ops->forked(sink);
        }
    }
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forked);
}

static void clear(void)
{
    trl_outputs_.count = 0;
    trl_outputs_.accepted_before = trl_counter_sum(TRL_COUNT_ACCEPTED);
    trl_outputs_.written_before = trl_counter_sum(TRL_COUNT_WRITTEN);
    atomic_store(&trl_outputs_.sink_errors, 0);
    for (int reason = 0; reason < TRAIL_DROP_REASONS_; reason++) {
        for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
            atomic_store(&trl_outputs_.dropped[reason][level], 0);
        }
    }
}

/* What was found of dead processes, to be told when the outputs are open. */
struct recovered {
    uint64_t lines;
    uint64_t damaged_bytes;
    int64_t pid;
    unsigned spools;
};

static void note_recovered(void *arg, const struct trl_recover_report *report)
{
    struct recovered *recovered = arg;

    if (report->result == TRL_RECOVER_DELIVERED || report->result == TRL_RECOVER_LEFT) {
        recovered->lines += report->lines;
        recovered->damaged_bytes += report->damaged_bytes;
        recovered->spools += report->lines > 0;
        recovered->pid = report->pid;
    }
    if (report->result == TRL_RECOVER_LEFT || report->result == TRL_RECOVER_DAMAGED) {
        char text[768];
        int size = snprintf(text, sizeof(text), "trail: spool %s: %s\n", report->path,
                            report->result == TRL_RECOVER_LEFT
                                ? "its outputs did not take all lines; left for the next start"
                                : "it is damaged and was left as it is");
        if (size > 0 && write(STDERR_FILENO, text, strnlen(text, sizeof(text))) < 0) {
            return; /* nobody is there to be told */
        }
    }
}

static void tell_recovered(const struct recovered *recovered)
{
    char now[TRL_TIMESTAMP_SIZE];
    char pid[48] = "";

    if (recovered->lines == 0 && recovered->damaged_bytes == 0) {
        return;
    }
    char *line = trl_output_begin(TRAIL_LEVEL_INFO);
    if (line == NULL) {
        return;
    }
    if (recovered->spools == 1) {
        snprintf(pid, sizeof(pid), ",\"pid\":%lld", (long long)recovered->pid);
    }
    trl_clock_timestamp(now);
    int size = snprintf(line, TRAIL_LINE_MAX,
                        "{\"timestamp\":\"%.*s\",\"level\":\"info\",%s,\"event\":"
                        "\"log_recovered\",\"message\":\"Lines of a dead process were "
                        "delivered\",\"count\":%llu,\"processes\":%u%s,\"damagedBytes\":%llu}\n",
                        TRL_TIMESTAMP_SIZE, now, trl_outputs_.identity,
                        (unsigned long long)recovered->lines, recovered->spools, pid,
                        (unsigned long long)recovered->damaged_bytes);
    trl_output_end(TRAIL_LEVEL_INFO, (size_t)size);
}

static enum trail_status open_async(const struct trl_outputs_options *options,
                                    struct recovered *ret_recovered)
{
    char own_dir[TRL_SPOOL_DIR_MAX];
    const char *dir = options->spool_dir;

    if (dir == NULL || *dir == '\0') {
        trl_spool_dir_default(own_dir);
        dir = own_dir;
    }
    enum trail_status status = trl_spool_dir_prepare(dir, options->error_text, options->error_size);

    if (status != TRAIL_OK) {
        return status;
    }
    if (options->recover_open != NULL) {
        status = trl_spool_recover(&(struct trl_recover_options){
            .dir = dir,
            .service = options->service,
            .timeout_ms = RECOVER_TIMEOUT_MS,
            .open = options->recover_open,
            .open_arg = options->recover_arg,
            .report = note_recovered,
            .report_arg = ret_recovered,
        });
        if (status != TRAIL_OK) {
            snprintf(options->error_text, options->error_size, "can't read the spool directory %s",
                     dir);
            return status;
        }
    }
    return trl_spool_open(dir, options);
}

static void set_sinks(const struct trl_outputs_options *options)
{
    clear();
    for (size_t i = 0; i < options->count; i++) {
        trl_outputs_.sinks[i] = options->sinks[i];
    }
    trl_outputs_.count = options->count;
    trl_outputs_.overflow_drop = options->overflow_drop;
    snprintf(trl_outputs_.identity, sizeof(trl_outputs_.identity), "%s", options->identity);
}

static void begin_sinks(void)
{
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        if (trl_outputs_.sinks[i]->ops->begin != NULL) {
            trl_outputs_.sinks[i]->ops->begin(trl_outputs_.sinks[i]);
        }
    }
}

enum trail_status trl_outputs_open(const struct trl_outputs_options *options)
{
    struct recovered recovered = {0};

    if (atomic_load(&trl_outputs_.mode) != TRL_MODE_NONE) {
        return TRAIL_ERR_STATE;
    }
    if (options->count > TRL_OUTPUTS_MAX) {
        snprintf(options->error_text, options->error_size, "more than %d outputs", TRL_OUTPUTS_MAX);
        return TRAIL_ERR_CONFIG;
    }
    pthread_once(&fork_once, watch_forks);
    set_sinks(options);
    if (options->async) {
        enum trail_status status = open_async(options, &recovered);
        if (status != TRAIL_OK) {
            trl_outputs_.count = 0;
            return status;
        }
    }
    begin_sinks();
    atomic_store_explicit(&trl_outputs_.mode, options->async ? TRL_MODE_ASYNC : TRL_MODE_SYNC,
                          memory_order_release);
    tell_recovered(&recovered);
    return TRAIL_OK;
}

void trl_outputs_close(unsigned timeout_ms)
{
    int mode = atomic_load(&trl_outputs_.mode);
    uint64_t deadline_ns = trl_clock_monotonic_ns() + (uint64_t)timeout_ms * 1000000u;

    if (mode == TRL_MODE_NONE) {
        return;
    }
    atomic_store(&trl_outputs_.mode, TRL_MODE_NONE);
    if (mode == TRL_MODE_ASYNC) {
        trl_spool_close(deadline_ns);
    }
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
        if (sink->ops->flush != NULL && sink->ops->flush(sink, deadline_ns) != TRAIL_OK) {
            trl_sink_failed(sink, "lines were left when the process ended", 0);
        }
        sink->ops->close(sink);
    }
    trl_outputs_.count = 0;
}

enum trail_status trl_outputs_reopen(void)
{
    enum trail_status status = TRAIL_OK;

    if (atomic_load(&trl_outputs_.mode) == TRL_MODE_ASYNC) {
        return trl_spool_reopen(trl_clock_monotonic_ns() + REOPEN_TIMEOUT_NS);
    }
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
        if (sink->ops->reopen != NULL && sink->ops->reopen(sink) != TRAIL_OK) {
            status = TRAIL_ERR_IO;
        }
    }
    return status;
}

enum trail_status trl_outputs_flush(unsigned timeout_ms)
{
    uint64_t deadline_ns = trl_clock_monotonic_ns() + (uint64_t)timeout_ms * 1000000u;
    enum trail_status status = TRAIL_OK;

    if (atomic_load(&trl_outputs_.mode) == TRL_MODE_ASYNC) {
        status = trl_spool_flush(deadline_ns);
    }
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
        if (sink->ops->flush != NULL && sink->ops->flush(sink, deadline_ns) != TRAIL_OK) {
            status = TRAIL_ERR_IO;
        }
    }
    return status;
}

void trl_outputs_stats(struct trail_stats *stats)
{
    stats->accepted = trl_counter_sum(TRL_COUNT_ACCEPTED) - trl_outputs_.accepted_before;
    stats->written = trl_counter_sum(TRL_COUNT_WRITTEN) - trl_outputs_.written_before;
    stats->sink_errors = atomic_load_explicit(&trl_outputs_.sink_errors, memory_order_relaxed);
    stats->spool_depth_bytes = 0;
    stats->spool_lag_ns = 0;
    if (atomic_load(&trl_outputs_.mode) == TRL_MODE_ASYNC) {
        trl_spool_stats(stats);
    }
    for (int reason = 0; reason < TRAIL_DROP_REASONS_; reason++) {
        for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
            stats->dropped[reason][level] =
                atomic_load_explicit(&trl_outputs_.dropped[reason][level], memory_order_relaxed);
        }
    }
}

void trl_outputs_crash(enum trail_level level, const char *line, size_t size)
{
    int mode = atomic_load(&trl_outputs_.mode);

    if (mode == TRL_MODE_ASYNC) {
        trl_spool_crash(level, line, size);
        return;
    }
    for (size_t i = 0; mode == TRL_MODE_SYNC && i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
        if (sink->ops->crash != NULL && level >= sink->level) {
            size_t formed_size = size;
            const char *formed = trl_sink_transform(sink, line, &formed_size, crash_room);
            sink->ops->crash(sink, formed, formed_size);
        }
    }
}

static bool crash_pending(void)
{
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
        if (sink->ops->crash_pending != NULL && sink->ops->crash_pending(sink)) {
            return true;
        }
    }
    return false;
}

void trl_outputs_crash_flush(unsigned timeout_ms)
{
    enum { LOOK_EVERY_MS = 5 };
    uint64_t deadline_ns = trl_clock_monotonic_ns() + (uint64_t)timeout_ms * 1000000u;
    int mode = atomic_load(&trl_outputs_.mode);

    if (mode == TRL_MODE_ASYNC) {
        trl_spool_crash_flush(timeout_ms);
    }
    while (crash_pending() && trl_clock_monotonic_ns() < deadline_ns) {
        poll(NULL, 0, LOOK_EVERY_MS);
    }
    for (size_t i = 0; mode == TRL_MODE_SYNC && i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
        if (sink->ops->crash_settle != NULL) {
            sink->ops->crash_settle(sink);
        }
    }
}
