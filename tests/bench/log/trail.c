/* trail under the benchmark's driver; TRAIL_DELIVERY chooses how lines leave. */
#include "bench.h"

#include <trail/trail.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct trail *trail;

static void open_trail(const char *path)
{
    char output[512];

    snprintf(output, sizeof(output), "file:%s", path);
    const struct trail_options options = {
        .service = fact_service,
        .environment = fact_environment,
        .output = strcmp(path, "/dev/null") == 0 ? "stderr" : output,
        .format = "json",
    };
    if (strcmp(path, "/dev/null") == 0 && freopen(path, "w", stderr) == NULL) {
        exit(2);
    }
    if (trail_open(&options, &trail) != TRAIL_OK) {
        exit(2);
    }
}

static void flush(void)
{
    if (trail_flush_outputs(trail, 60000) != TRAIL_OK) {
        abort();
    }
}

/* The context brings requestId, traceId and spanId; the process service and environment. */
struct state {
    struct trail_context *context;
    struct trail_scope scope;
};

static void log_started(void)
{
    trail_info("request_started", "Request started", trail_kv("method", fact_method),
               trail_kv("path", fact_path));
}

static void log_created(void)
{
    trail_info("order_created", "Order created", trail_kv("orderId", fact_order_id),
               trail_kv("items", fact_items), trail_kv("total", fact_total));
}

static void log_completed(void)
{
    trail_info("request_completed", "Request completed", trail_kv("method", fact_method),
               trail_kv("path", fact_path), trail_kv("status", fact_status),
               trail_kv("durationMs", fact_duration_ms), trail_kv("bytesOut", fact_bytes_out),
               trail_kv("userId", fact_user_id));
}

static void *begin_thread(void)
{
    struct state *state = calloc(1, sizeof(*state));

    if (state == NULL || trail_context_new(fact_request_id, &state->context) != TRAIL_OK) {
        abort();
    }
    trail_enter(state->context, &state->scope);
    return state;
}

static void end_thread(void *opaque)
{
    struct state *state = opaque;

    trail_leave(&state->scope);
    trail_context_free(state->context);
    free(state);
}

static void log_events(void *state, long count)
{
    (void)state;
    while (count-- > 0) {
        log_completed();
    }
}

static void log_requests(void *opaque, long count)
{
    const struct state *state = opaque;

    while (count-- > 0) {
        struct trail_scope scope;
        trail_enter(state->context, &scope);
        log_started();
        log_created();
        log_completed();
        trail_leave(&scope);
    }
}

static void close_trail(void)
{
    trail_close(trail);
}

int main(int argc, char **argv)
{
    const char *delivery = getenv("TRAIL_DELIVERY");
    const struct bench_logger logger = {
        .name = delivery != NULL && strcmp(delivery, "async") == 0 ? "trail, async" : "trail, sync",
        .open = open_trail,
        .flush = flush,
        .thread_begin = begin_thread,
        .events = log_events,
        .requests = log_requests,
        .thread_end = end_thread,
        .close = close_trail,
    };
    return bench_main(argc, argv, &logger);
}
