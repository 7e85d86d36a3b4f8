/* CivetWeb adapter: the counters as Prometheus and OpenMetrics read them. */
#include "civetweb/exchange.h"
#include "civetweb/metrics.h"
#include "civetweb/request.h"
#include "core/counters.h"
#include "core/locale.h"
#include "core/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
    FILE *out;
    bool open_metrics; /* OpenMetrics 1.0; else the Prometheus text format 0.0.4 */
};

/* In OpenMetrics a counter's family has no `_total`, its samples have. */
static void begin_family(const struct page *page, const char *name, const char *type,
                         const char *help)
{
    const char *suffix = strcmp(type, "counter") == 0 && !page->open_metrics ? "_total" : "";

    fprintf(page->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name, suffix, type);
}

/* Both formats are UTF-8; a route need not be, and was cut. */
static void put_label(FILE *out, const char *value)
{
    const char *end = value + strlen(value);
    size_t size;

    for (; value < end; value += size) {
        uint32_t code_point = trl_utf8_decode(value, (size_t)(end - value), &size);
        char bytes[4];

        if (code_point == '"' || code_point == '\\') {
            fputc('\\', out);
        }
        if (code_point == '\n') {
            fputs("\\n", out);
        } else {
            fwrite(bytes, 1, trl_utf8_encode(code_point, bytes), out);
        }
    }
}

static void put_labels(FILE *out, const struct trl_series *series)
{
    fprintf(out, "method=\"%s\",route=\"", series->method);
    put_label(out, series->route);
    if (series->status_class > 0) {
        fprintf(out, "\",status_class=\"%dxx\"", series->status_class);
    } else {
        fputs("\",status_class=\"none\"", out);
    }
}

static void put_exemplar(const struct page *page, const struct trl_exemplar *exemplar)
{
    if (page->open_metrics && exemplar->wall_ms != 0) {
        fprintf(page->out, " # {request_id=\"%s\",trace_id=\"%s\"} %.9g %lld.%03d",
                exemplar->request_id, exemplar->trace_id, exemplar->seconds,
                (long long)(exemplar->wall_ms / 1000), (int)(exemplar->wall_ms % 1000));
    }
}

static void put_series(const struct page *page, const struct trl_series *series)
{
    static const char name[] = "http_server_request_duration_seconds";
    uint64_t count = 0;

    for (size_t i = 0; i < TRL_METRICS_BUCKETS; i++) {
        count += series->buckets[i];
        fprintf(page->out, "%s_bucket{", name);
        put_labels(page->out, series);
        fprintf(page->out, ",le=\"%s\"} %llu", trl_metrics_bounds[i], (unsigned long long)count);
        put_exemplar(page, &series->exemplars[i]);
        fputc('\n', page->out);
    }
    fprintf(page->out, "%s_sum{", name);
    put_labels(page->out, series);
    fprintf(page->out, "} %.9g\n%s_count{", series->sum_seconds, name);
    put_labels(page->out, series);
    fprintf(page->out, "} %llu\n", (unsigned long long)count);
}

static void put_durations(const struct page *page)
{
    struct trl_series series;
    size_t cursor = 0;

    begin_family(page, "http_server_request_duration_seconds", "histogram",
                 "Duration of requests, until the handler and CivetWeb were done with them.");
    while (trl_metrics_read(&cursor, &series)) {
        put_series(page, &series);
    }
}

static void put_active(const struct page *page)
{
    struct trl_inflight_facts facts;
    unsigned active = 0;

    for (struct trl_inflight *entry = trl_inflight_next(NULL); entry != NULL;
         entry = trl_inflight_next(entry)) {
        active += trl_inflight_read(entry, &facts);
    }
    begin_family(page, "http_server_active_requests", "gauge", "Requests in flight.");
    fprintf(page->out, "http_server_active_requests %u\n", active);
}

static void put_events(const struct page *page)
{
    begin_family(page, "trail_events", "counter", "Events that passed the thresholds, by level.");
    for (int level = TRAIL_LEVEL_DEBUG; level <= TRAIL_LEVEL_FATAL; level++) {
        fprintf(page->out, "trail_events_total{level=\"%s\"} %llu\n",
                trail_level_name((enum trail_level)level),
                (unsigned long long)trl_counter_sum(TRL_COUNT_EVENTS(level)));
    }
}

static void put_dropped(const struct page *page, const struct trail_stats *stats)
{
    static const char *const reasons[TRAIL_DROP_REASONS_] = {"sink_error", "overflow", "limit"};

    begin_family(page, "trail_events_dropped", "counter",
                 "Events that reached no output, by reason and level.");
    for (int reason = 0; reason < TRAIL_DROP_REASONS_; reason++) {
        for (int level = TRAIL_LEVEL_DEBUG; level <= TRAIL_LEVEL_FATAL; level++) {
            fprintf(page->out, "trail_events_dropped_total{reason=\"%s\",level=\"%s\"} %llu\n",
                    reasons[reason], trail_level_name((enum trail_level)level),
                    (unsigned long long)stats->dropped[reason][level]);
        }
    }
}

static void put_number(const struct page *page, const char *name, const char *type,
                       const char *help, double value)
{
    begin_family(page, name, type, help);
    fprintf(page->out, "%s%s %.17g\n", name, strcmp(type, "counter") == 0 ? "_total" : "", value);
}

static void put_stats(const struct page *page, const struct trail *trail)
{
    struct trail_stats stats;

    if (trail_get_stats(trail, &stats) != TRAIL_OK) {
        return;
    }
    put_dropped(page, &stats);
    put_number(page, "trail_events_written", "counter", "Events that an output has taken.",
               (double)stats.written);
    put_number(page, "trail_request_ids_rejected", "counter",
               "Incoming request IDs that were replaced.", (double)stats.rejected_ids);
    put_number(page, "trail_sink_errors", "counter", "Failed system calls of outputs.",
               (double)stats.sink_errors);
    put_number(page, "trail_spool_depth_bytes", "gauge", "Bytes accepted and not yet delivered.",
               (double)stats.spool_depth_bytes);
    put_number(page, "trail_spool_lag_seconds", "gauge", "Age of the oldest of them.",
               (double)stats.spool_lag_ns / 1e9);
}

int trail_metrics_handler(struct mg_connection *conn, void *cbdata)
{
    const struct trl_server *server = trl_server_of(conn);
    const char *accept = mg_get_header(conn, "Accept");
    struct page page = {.open_metrics = accept != NULL &&
                                        strstr(accept, "application/openmetrics-text") != NULL};
    char *text = NULL;
    size_t size = 0;
    int result;

    (void)cbdata;
    page.out = server != NULL ? open_memstream(&text, &size) : NULL;
    if (page.out == NULL) {
        return trail_send_problem(conn, 500, NULL, NULL);
    }
    locale_t before = uselocale(trl_c_locale());
    put_durations(&page);
    put_active(&page);
    put_events(&page);
    put_stats(&page, server->trail);
    if (page.open_metrics) {
        fputs("# EOF\n", page.out);
    }
    fclose(page.out);
    uselocale(before);
    result = trail_send_text(conn, 200,
                             page.open_metrics
                                 ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                 : "text/plain; version=0.0.4; charset=utf-8",
                             text, size);
    free(text);
    return result;
}
