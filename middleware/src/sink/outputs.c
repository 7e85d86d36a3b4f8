/* Sink: opening, closing, and everything that concerns all outputs at once. */
#include "sink/outputs.h"

#include "core/clock.h"
#include "sink/state.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct trl_outputs trl_outputs_;

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

/* A child has no threads but the one that forked: sinks set their locks right. */
static void forked(void)
{
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
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
    trl_outputs_.transforms = false;
    atomic_store(&trl_outputs_.accepted, 0);
    atomic_store(&trl_outputs_.written, 0);
    atomic_store(&trl_outputs_.sink_errors, 0);
    for (int reason = 0; reason < TRAIL_DROP_REASONS_; reason++) {
        for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
            atomic_store(&trl_outputs_.dropped[reason][level], 0);
        }
    }
}

enum trail_status trl_outputs_open(const struct trl_outputs_options *options)
{
    if (atomic_load(&trl_outputs_.delivery) != TRL_DELIVERY_NONE) {
        return TRAIL_ERR_STATE;
    }
    if (options->count > TRL_OUTPUTS_MAX) {
        snprintf(options->error_text, options->error_size, "more than %d outputs", TRL_OUTPUTS_MAX);
        return TRAIL_ERR_CONFIG;
    }
    pthread_once(&fork_once, watch_forks);
    clear();
    for (size_t i = 0; i < options->count; i++) {
        trl_outputs_.sinks[i] = options->sinks[i];
        trl_outputs_.transforms |= options->sinks[i]->transform.fn != NULL;
    }
    trl_outputs_.count = options->count;
    trl_outputs_.overflow_drop = options->overflow_drop;
    snprintf(trl_outputs_.identity, sizeof(trl_outputs_.identity), "%s", options->identity);
    atomic_store_explicit(&trl_outputs_.delivery, TRL_DELIVERY_SYNC, memory_order_release);
    return TRAIL_OK;
}

void trl_outputs_close(unsigned timeout_ms)
{
    if (atomic_load(&trl_outputs_.delivery) == TRL_DELIVERY_NONE) {
        return;
    }
    enum trail_status flushed = trl_outputs_flush(timeout_ms);
    (void)flushed; /* what did not leave in time has been counted */
    atomic_store(&trl_outputs_.delivery, TRL_DELIVERY_NONE);
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        trl_outputs_.sinks[i]->ops->close(trl_outputs_.sinks[i]);
    }
    trl_outputs_.count = 0;
}

enum trail_status trl_outputs_reopen(void)
{
    enum trail_status status = TRAIL_OK;

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
    stats->accepted = atomic_load_explicit(&trl_outputs_.accepted, memory_order_relaxed);
    stats->written = atomic_load_explicit(&trl_outputs_.written, memory_order_relaxed);
    stats->sink_errors = atomic_load_explicit(&trl_outputs_.sink_errors, memory_order_relaxed);
    stats->spool_depth_bytes = 0;
    stats->spool_lag_ns = 0;
    for (int reason = 0; reason < TRAIL_DROP_REASONS_; reason++) {
        for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
            stats->dropped[reason][level] =
                atomic_load_explicit(&trl_outputs_.dropped[reason][level], memory_order_relaxed);
        }
    }
}

void trl_outputs_crash(enum trail_level level, const char *line, size_t size)
{
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
        if (sink->ops->crash != NULL && level >= sink->level) {
            sink->ops->crash(sink, line, size);
        }
    }
}

void trl_outputs_crash_flush(unsigned timeout_ms)
{
    (void)timeout_ms;
}
