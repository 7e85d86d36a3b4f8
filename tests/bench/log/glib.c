/* GLib's g_log_structured() with a writer function that makes one JSON line and one write(2). GLib
 * has no JSON writer and no bound fields: every field is passed as a string. */
#define G_LOG_DOMAIN         "bench"
#define G_LOG_USE_STRUCTURED 1

#include "bench.h"

#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int sink = -1;

static char *put_text(char *at, const char *text, gssize size)
{
    for (gssize i = 0; size < 0 ? text[i] != '\0' : i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20 || byte == '"' || byte == '\\') {
            at += sprintf(at, "\\u%04x", byte);
        } else {
            *at++ = (char)byte;
        }
    }
    return at;
}

static GLogWriterOutput write_line(GLogLevelFlags level, const GLogField *fields, gsize count,
                                   gpointer data)
{
    char line[2048];
    char *at = line;
    struct timespec now;
    struct tm civil;

    (void)level;
    (void)data;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &civil);
    at += strftime(at, 64, "{\"time\":\"%Y-%m-%dT%H:%M:%S", &civil);
    at += sprintf(at, ".%03dZ\"", (int)(now.tv_nsec / 1000000));
    for (gsize i = 0; i < count; i++) {
        at += sprintf(at, ",\"%s\":\"", fields[i].key);
        at = put_text(at, fields[i].value, fields[i].length);
        *at++ = '"';
    }
    *at++ = '}';
    *at++ = '\n';
    return write(sink, line, (size_t)(at - line)) < 0 ? G_LOG_WRITER_UNHANDLED
                                                      : G_LOG_WRITER_HANDLED;
}

static void open_sink(const char *path)
{
    sink = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (sink < 0) {
        exit(2);
    }
    g_log_set_writer_func(write_line, NULL, NULL);
}

static void flush(void) {}

#define IDS                                                                                        \
    "SERVICE", fact_service, "ENVIRONMENT", fact_environment, "REQUEST_ID", fact_request_id,       \
        "TRACE_ID", fact_trace_id

static void log_started(void)
{
    g_log_structured(G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, IDS, "EVENT", "request_started", "METHOD",
                     fact_method, "PATH", fact_path, "MESSAGE", "Request started");
}

static void log_created(void)
{
    char items[12];
    char total[32];

    snprintf(items, sizeof(items), "%d", fact_items);
    snprintf(total, sizeof(total), "%.2f", fact_total);
    g_log_structured(G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, IDS, "EVENT", "order_created", "ORDER_ID",
                     fact_order_id, "ITEMS", items, "TOTAL", total, "MESSAGE", "Order created");
}

static void log_completed(void)
{
    char status[12];
    char duration[32];
    char bytes[12];

    snprintf(status, sizeof(status), "%d", fact_status);
    snprintf(duration, sizeof(duration), "%.3f", fact_duration_ms);
    snprintf(bytes, sizeof(bytes), "%d", fact_bytes_out);
    g_log_structured(G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, IDS, "EVENT", "request_completed", "METHOD",
                     fact_method, "PATH", fact_path, "STATUS", status, "DURATION_MS", duration,
                     "BYTES_OUT", bytes, "USER_ID", fact_user_id, "MESSAGE", "Request completed");
}

static void *begin_thread(void)
{
    return NULL;
}

static void end_thread(void *state)
{
    (void)state;
}

static void log_events(void *state, long count)
{
    (void)state;
    while (count-- > 0) {
        log_completed();
    }
}

static void log_requests(void *state, long count)
{
    (void)state;
    while (count-- > 0) {
        log_started();
        log_created();
        log_completed();
    }
}

static void close_sink(void)
{
    close(sink);
}

int main(int argc, char **argv)
{
    static const struct bench_logger logger = {
        .name = "glib",
        .open = open_sink,
        .flush = flush,
        .thread_begin = begin_thread,
        .events = log_events,
        .requests = log_requests,
        .thread_end = end_thread,
        .close = close_sink,
    };
    return bench_main(argc, argv, &logger);
}
