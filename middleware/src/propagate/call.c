/* Propagate: an outbound call: its span, what of the context it carries, and its events. */
#include "context/context.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/id.h"
#include "propagate/forgotten.h"
#include "propagate/outgoing.h"
#include "propagate/reach.h"
#include "propagate/span.h"
#include "propagate/url.h"

#include <trail/propagate.h>

#include <stdio.h>
#include <string.h>

/* host:port, with brackets; a longer name is no DNS name. */
enum { TARGET_MAX = 280 };

struct call {
    const struct trl_context *context; /* the caller's; NULL: outside any scope */
    const char *method;
    struct trl_url url; /* borrowed from the options */
    uint64_t started_ns;
    struct trl_span span;
    unsigned attempt;
    bool may_propagate;
    bool injected;
    bool ended;
};

_Static_assert(sizeof(struct call) <= sizeof(struct trail_call), "it fits the caller's memory");

static struct call *inside(struct trail_call *call)
{
    return (struct call *)(void *)call;
}

static void read_target(struct call *call, const struct trail_call_options *options)
{
    struct trl_url target;
    bool known = options->url != NULL && trl_url_split(options->url, &call->url);

    if (!known) {
        memset(&call->url, 0, sizeof(call->url));
    }
    if (options->target != NULL) {
        known = trl_target_split(options->target, &target);
        if (known) {
            call->url.host = target.host;
            call->url.port = target.port;
        }
    }
    if (options->path != NULL) {
        call->url.path = (struct trl_text){options->path, strcspn(options->path, "?#")};
    }
    const struct trl_reach *reach = &trl_config()->propagate_to;
    call->may_propagate = known ? trl_reach_has(reach, call->url.host) : reach->all;
}

static void format_target(const struct trl_url *url, char ret_text[TARGET_MAX])
{
    bool is_ipv6 = url->host.size > 0 && memchr(url->host.text, ':', url->host.size) != NULL;
    int size = (int)(url->host.size < 256 ? url->host.size : 256);
    char port[8] = "";

    if (url->port != 0) {
        snprintf(port, sizeof(port), ":%u", url->port);
    }
    snprintf(ret_text, TARGET_MAX, is_ipv6 ? "[%.*s]%s" : "%.*s%s", size,
             url->host.text != NULL ? url->host.text : "", port);
}

/* The fields of an event, one after the other. */
struct fields {
    struct trail_field item[16];
    size_t count;
};

static void add(struct fields *fields, struct trail_field field)
{
    fields->item[fields->count++] = field;
}

static void add_call(struct fields *fields, const struct call *call, const char *target)
{
    if (target[0] != '\0') {
        add(fields, trail_kv("target", target));
    }
    if (call->method[0] != '\0') {
        add(fields, trail_kv("method", call->method));
    }
    if (call->url.path.size > 0) {
        add(fields, trail_text("path", call->url.path.text, call->url.path.size));
    }
}

static void tell_started(const struct call *call)
{
    struct trail_logger logger;
    struct fields fields = {.count = 0};
    char target[TARGET_MAX];

    if (!trail_enabled(TRAIL_LEVEL_DEBUG)) {
        return;
    }
    format_target(&call->url, target);
    add_call(&fields, call, target);
    add(&fields, trail_kv("attempt", call->attempt));
    trl_span_logger(&logger, &call->span, call->context);
    trail_emit(&logger, TRAIL_LEVEL_DEBUG, TRAIL_KEY_("outbound_started"), NULL, fields.item,
               fields.count);
}

void trail_call_begin(const struct trail_call_options *options, struct trail_call *ret_call)
{
    static const struct trail_call_options none;
    struct call *call = inside(ret_call);

    if (options == NULL) {
        options = &none;
    }
    call->context = trl_context_current();
    call->method = options->method != NULL ? options->method : "GET";
    call->attempt = options->attempt != 0 ? options->attempt : 1;
    call->injected = false;
    call->ended = false;
    read_target(call, options);
    trl_span_init(&call->span, call->context);
    call->started_ns = trl_clock_monotonic_ns();
    tell_started(call);
}

bool trail_may_propagate(const char *url)
{
    const struct trl_reach *reach = &trl_config()->propagate_to;
    struct trl_url parts;

    return url != NULL && trl_url_split(url, &parts) ? trl_reach_has(reach, parts.host)
                                                     : reach->all;
}

void trail_call_forgotten(const char *url, const char *where)
{
    if (where != NULL && trl_context_current() != NULL && trail_may_propagate(url)) {
        trl_forgotten_tell("call", (struct trl_text){where, strlen(where)});
    }
}

bool trail_call_may_propagate(const struct trail_call *call)
{
    return call != NULL && ((const struct call *)(const void *)call)->may_propagate;
}

enum trail_status trail_call_inject(struct trail_call *call, trail_put_fn *put, void *carrier)
{
    char traceparent[TRAIL_TRACEPARENT_BYTES];
    char tracestate[TRL_TRACESTATE_MAX + 1];
    char baggage[TRL_BAGGAGE_MAX + 1];
    const struct trl_outgoing_names names = trl_outgoing_headers();

    if (call == NULL || put == NULL) {
        return TRAIL_ERR_INVALID;
    }
    struct call *own = inside(call);
    own->injected = true;
    if (!own->may_propagate) {
        return TRAIL_ERR_DENIED;
    }
    trl_span_traceparent(&own->span, traceparent);
    trl_outgoing_tracestate(own->context, own->span.span_id, tracestate);
    trl_outgoing_baggage(own->context, baggage);
    const struct trl_outgoing outgoing = {
        .request_id = own->span.request_id,
        .traceparent = traceparent,
        .tracestate = tracestate,
        .baggage = baggage,
        .level = own->context != NULL ? own->context->level : 0,
    };
    return trl_outgoing_put(&outgoing, &names, put, carrier);
}

static void add_timing(struct fields *fields, const struct trail_call_result *result)
{
    const struct trail_field timing[] = {
        trail_duration_ns("dnsMs", result->dns_ns),
        trail_duration_ns("connectMs", result->connect_ns),
        trail_duration_ns("tlsMs", result->tls_ns),
        trail_duration_ns("firstByteMs", result->first_byte_ns),
    };

    for (size_t i = 0; i < sizeof(timing) / sizeof(timing[0]); i++) {
        if (timing[i].value.natural != 0) {
            add(fields, timing[i]);
        }
    }
}

static void add_result(struct fields *fields, const struct call *call,
                       const struct trail_call_result *result, const char *error_code)
{
    if (result->status != 0) {
        add(fields, trail_kv("status", result->status));
    }
    if (error_code != NULL) {
        add(fields, trail_kv("errorCode", error_code));
    }
    add(fields, trail_duration_ns("durationMs", trl_clock_monotonic_ns() - call->started_ns));
    add(fields, trail_kv("attempt", call->attempt));
    if (result->bytes_in >= 0) {
        add(fields, trail_kv("bytesIn", result->bytes_in));
    }
    if (result->bytes_out >= 0) {
        add(fields, trail_kv("bytesOut", result->bytes_out));
    }
    if (trail_enabled(TRAIL_LEVEL_DEBUG)) {
        add_timing(fields, result);
    }
}

/* Where the context was allowed to go, a carrier was there to take it, and nobody put it in. */
static void tell_if_forgotten(const struct call *call, const struct trail_call_result *result,
                              const char *target)
{
    if (call->context != NULL && call->may_propagate && !call->injected && result->status != 0) {
        trl_forgotten_tell("call", (struct trl_text){target, strlen(target)});
    }
}

void trail_call_end(struct trail_call *call, const struct trail_call_result *result)
{
    static const struct trail_call_result unknown = {.bytes_in = -1, .bytes_out = -1};
    struct trail_logger logger;
    struct fields fields = {.count = 0};
    char target[TARGET_MAX];

    if (call == NULL || inside(call)->ended) {
        return;
    }
    struct call *own = inside(call);
    own->ended = true;
    result = result != NULL ? result : &unknown;
    own->method = result->method != NULL ? result->method : own->method;
    const char *error_code = result->error_code;
    if (error_code == NULL && result->status == 0) {
        error_code = "no_response";
    }
    format_target(&own->url, target);
    tell_if_forgotten(own, result, target);
    enum trail_level level = error_code != NULL ? TRAIL_LEVEL_ERROR : TRAIL_LEVEL_INFO;
    if (!trail_enabled(level)) {
        return;
    }
    add_call(&fields, own, target);
    add_result(&fields, own, result, error_code);
    trl_span_logger(&logger, &own->span, own->context);
    if (error_code != NULL) {
        trail_emit(&logger, level, TRAIL_KEY_("outbound_failed"), NULL, fields.item, fields.count);
    } else {
        trail_emit(&logger, level, TRAIL_KEY_("outbound_completed"), NULL, fields.item,
                   fields.count);
    }
}
