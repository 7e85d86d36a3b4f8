/* The floors: what formatting by hand costs, without a library, and
 *   (default)        one write(2) for each event
 *   -DFLOOR_BUFFER   a buffer of 64 KiB for each thread
 * The facts are copied, integers formatted by pairs, the date formatted once a second, the context
 * serialised once for each child; texts are looked through for what JSON must escape. The lines are
 * as long as trail's, span ID included: bytes cost more than formatting them. */
#include "bench.h"
#include "by_hand.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef FLOOR_BUFFER
enum { BUFFER_SIZE = 65536, BUFFERED = 1 };
#else
enum { BUFFER_SIZE = 1024, BUFFERED = 0 };
#endif

enum { LINE_MAX_SIZE = 1024, CONTEXT_SIZE = 256, STATES_MAX = 16 };

struct child {
    char context[CONTEXT_SIZE];
    size_t size;
};

struct state {
    struct child child;
    size_t used;
    char buffer[BUFFER_SIZE];
};

static int sink = -1;
static struct state *states[STATES_MAX];

static void write_all(const char *text, size_t size)
{
    if (write(sink, text, size) != (ssize_t)size) {
        abort();
    }
}

static void make_child(struct child *child)
{
    char *at = child->context;

    at = put_text(PUT(at, "\",\"service\":\""), fact_service);
    at = put_text(PUT(at, "\",\"environment\":\""), fact_environment);
    at = put_text(PUT(at, "\",\"requestId\":\""), fact_request_id);
    at = put_text(PUT(at, "\",\"traceId\":\""), fact_trace_id);
    at = put_text(PUT(at, "\",\"spanId\":\""), fact_span_id);
    child->size = (size_t)(at - child->context);
}

static inline char *begin(struct state *state, const struct child *child)
{
    if (BUFFERED && state->used > BUFFER_SIZE - LINE_MAX_SIZE) {
        write_all(state->buffer, state->used);
        state->used = 0;
    }
    char *at = PUT(state->buffer + state->used, "{\"level\":\"info\",\"timestamp\":\"");
    return put(put_time(at), child->context, child->size);
}

static inline void end(struct state *state, const char *at)
{
    if (BUFFERED) {
        state->used = (size_t)(at - state->buffer);
    } else {
        write_all(state->buffer, (size_t)(at - state->buffer));
    }
}

static void log_completed(struct state *state, const struct child *child)
{
    char *at = begin(state, child);

    at = put_text(PUT(at, "\",\"event\":\"request_completed\",\"method\":\""), fact_method);
    at = put_text(PUT(at, "\",\"path\":\""), fact_path);
    at = put_natural(PUT(at, "\",\"status\":"), (uint64_t)fact_status);
    at = put_decimal(PUT(at, ",\"durationMs\":"), fact_duration_ms);
    at = put_natural(PUT(at, ",\"bytesOut\":"), (uint64_t)fact_bytes_out);
    at = put_text(PUT(at, ",\"userId\":\""), fact_user_id);
    end(state, PUT(at, "\",\"message\":\"Request completed\"}\n"));
}

static void log_started(struct state *state, const struct child *child)
{
    char *at = begin(state, child);

    at = put_text(PUT(at, "\",\"event\":\"request_started\",\"method\":\""), fact_method);
    at = put_text(PUT(at, "\",\"path\":\""), fact_path);
    end(state, PUT(at, "\",\"message\":\"Request started\"}\n"));
}

static void log_created(struct state *state, const struct child *child)
{
    char *at = begin(state, child);

    at = put_text(PUT(at, "\",\"event\":\"order_created\",\"orderId\":\""), fact_order_id);
    at = put_natural(PUT(at, "\",\"items\":"), (uint64_t)fact_items);
    at = put_decimal(PUT(at, ",\"total\":"), fact_total);
    end(state, PUT(at, ",\"message\":\"Order created\"}\n"));
}

static void open_sink(const char *path)
{
    sink = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (sink < 0) {
        perror(path);
        exit(2);
    }
}

static void flush(void)
{
    for (size_t i = 0; BUFFERED && i < STATES_MAX && states[i] != NULL; i++) {
        write_all(states[i]->buffer, states[i]->used);
        states[i]->used = 0;
    }
}

static void *begin_thread(void)
{
    static size_t count;
    struct state *state = calloc(1, sizeof(*state));

    if (state == NULL) {
        abort();
    }
    make_child(&state->child);
    states[__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED)] = state;
    return state;
}

static void log_events(void *opaque, long count)
{
    struct state *state = opaque;

    while (count-- > 0) {
        log_completed(state, &state->child);
    }
}

static void log_requests(void *opaque, long count)
{
    while (count-- > 0) {
        struct child child;
        make_child(&child);
        log_started(opaque, &child);
        log_created(opaque, &child);
        log_completed(opaque, &child);
    }
}

static void close_sink(void)
{
    close(sink);
}

int main(int argc, char **argv)
{
    static const struct bench_logger logger = {
        .name = BUFFERED ? "floor, buffer" : "floor, write",
        .open = open_sink,
        .flush = flush,
        .thread_begin = begin_thread,
        .events = log_events,
        .requests = log_requests,
        .thread_end = free,
        .close = close_sink,
    };
    return bench_main(argc, argv, &logger);
}
