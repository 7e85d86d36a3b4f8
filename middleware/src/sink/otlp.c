/* Sink: events to an OpenTelemetry collector, by OTLP over HTTP. The client is of its own: libcurl
 * would draw thirty libraries into every server that logs, for a POST to a collector next door. */
#include "core/clock.h"
#include "sink/http_post.h"
#include "sink/network.h"
#include "sink/otlp_format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OpenTelemetry's default for an export. */
#define EXPORT_TIMEOUT_NS UINT64_C(10000000000)

struct otlp_sink {
    struct trl_relay relay;
    struct trl_http_url url;
    char *service;
    char *environment;
    struct trl_transform form; /* into OpenTelemetry's data model */
    struct trl_grown_text body;
    char formed[TRL_TRANSFORM_MAX];
};

/* OTLP 1.5, "OTLP/HTTP Response": these may be tried again, everything else must not. */
static bool is_retryable(int status)
{
    return status == 429 || status == 502 || status == 503 || status == 504;
}

static void drop(struct otlp_sink *sink, const struct trl_ring_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        trl_sink_dropped(&sink->relay.sink, TRAIL_DROP_SINK_ERROR, lines[i].level, 1);
    }
}

static bool encode(struct otlp_sink *sink, const struct trl_ring_line *lines, size_t count)
{
    bool first = true;

    trl_grown_clear(&sink->body);
    trl_otlp_begin(&sink->body, sink->service, sink->environment);
    for (size_t i = 0; i < count; i++) {
        size_t size = sink->form.fn(sink->form.arg, lines[i].text, lines[i].size, sink->formed,
                                    sizeof(sink->formed));
        first = !trl_otlp_add(&sink->body, first, sink->formed, size) && first;
    }
    trl_otlp_end(&sink->body);
    return !sink->body.failed;
}

/* A final answer: what was refused is counted, and never sent again. */
static void settle(struct otlp_sink *sink, const struct trl_http_response *response,
                   const struct trl_ring_line *lines, size_t count)
{
    char reason[64];

    if (response->status >= 200 && response->status < 300) {
        unsigned long rejected = trl_otlp_rejected(response->body, response->body_size);
        if (rejected > 0) {
            trl_sink_failed(&sink->relay.sink, "the collector refused some records", 0);
            drop(sink, lines, rejected < count ? rejected : count);
        }
        return;
    }
    snprintf(reason, sizeof(reason), "the collector answered %d", response->status);
    trl_sink_failed(&sink->relay.sink, reason, 0);
    drop(sink, lines, count);
}

static size_t deliver(struct trl_relay *relay, const struct trl_ring_line *lines, size_t count)
{
    struct otlp_sink *sink = (struct otlp_sink *)relay;
    struct trl_http_response response;
    char reason[64];

    if (!encode(sink, lines, count)) {
        trl_sink_failed(&relay->sink, "no memory for a request", ENOMEM);
        return 0;
    }
    enum trail_status status =
        trl_http_post(relay, &sink->url, sink->body.bytes, sink->body.size,
                      trl_clock_monotonic_ns() + EXPORT_TIMEOUT_NS, &response);
    if (status != TRAIL_OK) {
        trl_sink_failed(&relay->sink, "no answer from the collector",
                        status == TRAIL_ERR_IO ? errno : EPROTO);
        return 0;
    }
    if (is_retryable(response.status)) {
        snprintf(reason, sizeof(reason), "the collector answered %d", response.status);
        trl_sink_failed(&relay->sink, reason, 0);
        relay->asked_pause_ms = response.retry_after_ms;
        return 0;
    }
    settle(sink, &response, lines, count);
    return count;
}

static void forked(struct trl_relay *relay)
{
    (void)relay; /* a connection lives as long as one request, on the parent's thread */
}

static void release(struct trl_relay *relay)
{
    struct otlp_sink *sink = (struct otlp_sink *)relay;

    trl_grown_fini(&sink->body);
    free(sink->service);
    free(sink->environment);
    trl_relay_fini(relay);
    free(sink);
}

static const struct trl_relay_ops otlp_ops = {
    .thread_name = "trail-otlp",
    .batch_bytes = 262144,
    .linger_ms = 200,
    .pause_max_ms = 10000,
    .deliver = deliver,
    .forked = forked,
    .free = release,
};

enum trail_status trl_sink_new_otlp(const struct trl_network_options *options,
                                    struct trl_sink **ret_sink)
{
    struct trl_http_url url;
    char name[TRL_SINK_NAME_MAX];

    if (trl_http_url_parse(options->address, "4318", "/v1/logs", &url) != TRAIL_OK) {
        snprintf(
            options->error_text, options->error_size,
            "the address is not http://HOST:PORT/PATH; TLS is left to a collector on this host");
        return TRAIL_ERR_CONFIG;
    }
    struct otlp_sink *sink = calloc(1, sizeof(*sink));
    if (sink == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    snprintf(name, sizeof(name), "otlp:%s", options->address);
    enum trail_status status = trl_relay_init(&sink->relay, &otlp_ops, name, options);
    if (status != TRAIL_OK) {
        free(sink);
        return status;
    }
    sink->url = url;
    sink->form = options->form;
    sink->service = strdup(options->service);
    sink->environment = strdup(options->environment);
    if (sink->service == NULL || sink->environment == NULL) {
        release(&sink->relay);
        return TRAIL_ERR_NOMEM;
    }
    return trl_relay_open(&sink->relay, options, &sink->url.endpoint, ret_sink);
}
