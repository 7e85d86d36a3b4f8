/* The floors: what formatting by hand costs, without a library, and
 *   (default)        one write(2) for each event
 *   -DFLOOR_BUFFER   a buffer of 64 KiB for each thread
 * The facts are copied, integers formatted by pairs, the date formatted once a second, the context
 * serialised once for each child; texts are looked through for what JSON must escape. The lines are
 * as long as trail's, span ID included: bytes cost more than formatting them. */
#include "bench.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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

#define PUT(at, literal) put((at), (literal), sizeof(literal) - 1)

static inline char *put(char *at, const char *text, size_t size)
{
    memcpy(at, text, size);
    return at + size;
}

static inline char *put_natural(char *at, uint64_t value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char digits[20];
    char *start = digits + sizeof(digits);

    for (; value >= 100; value /= 100) {
        start -= 2;
        memcpy(start, pairs + 2 * (value % 100), 2);
    }
    if (value >= 10) {
        start -= 2;
        memcpy(start, pairs + 2 * value, 2);
    } else {
        *--start = (char)('0' + value);
    }
    return put(at, start, (size_t)(digits + sizeof(digits) - start));
}

static inline char *put_text(char *at, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (__builtin_expect(byte < 0x20 || byte == '"' || byte == '\\', 0)) {
            at += sprintf(at, "\\u%04x", byte);
        } else {
            *at++ = (char)byte;
        }
    }
    return at;
}

/* Three decimals at the most: enough for these facts. */
static inline char *put_decimal(char *at, double value)
{
    uint64_t scaled = (uint64_t)(value * 1000.0 + 0.5);
    unsigned rest = (unsigned)(scaled % 1000);

    at = put_natural(at, scaled / 1000);
    if (rest != 0) {
        *at++ = '.';
        *at++ = (char)('0' + rest / 100);
        if (rest % 100 != 0) {
            *at++ = (char)('0' + rest / 10 % 10);
            if (rest % 10 != 0) {
                *at++ = (char)('0' + rest % 10);
            }
        }
    }
    return at;
}

static inline char *put_time(char *at)
{
    static _Thread_local time_t second = -1;
    static _Thread_local char date[24];
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (__builtin_expect(now.tv_sec != second, 0)) {
        struct tm civil;
        gmtime_r(&now.tv_sec, &civil);
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S.", &civil);
        second = now.tv_sec;
    }
    at = put(at, date, 20);
    unsigned millisecond = (unsigned)(now.tv_nsec / 1000000);
    *at++ = (char)('0' + millisecond / 100);
    *at++ = (char)('0' + millisecond / 10 % 10);
    *at++ = (char)('0' + millisecond % 10);
    *at++ = 'Z';
    return at;
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
