/* CivetWeb adapter: the lifecycle events, with what the wire has shown. */
#include "civetweb/lifecycle.h"

#include "civetweb/fields.h"
#include "civetweb/limit.h"
#include "civetweb/metrics.h"
#include "civetweb/outcome.h"
#include "civetweb/receive.h"
#include "civetweb/websocket.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/likely.h"
#include "log/gate.h"
#include "log/keep.h"
#include "log/member.h"

#include <string.h>

#define NS_PER_MS 1000000u

enum { FIELDS_MAX = 24 };

/* The fields of one event. */
struct event {
    size_t count;
    struct trail_field fields[FIELDS_MAX];
};

static void put(struct event *event, struct trail_field field)
{
    if (TRL_LIKELY(event->count < FIELDS_MAX)) {
        event->fields[event->count++] = field;
    }
}

/* Absent when unknown. */
static inline __attribute__((always_inline)) void put_text(struct event *event,
                                                           struct trail_field field)
{
    if (TRL_LIKELY(field.type == TRAIL_FIELD_STRING && field.value_size > 0)) {
        put(event, field);
    }
}

/* Writes an event of the current scope. */
#define EMIT(level, name, event)                                                                   \
    do {                                                                                           \
        static struct {                                                                            \
            struct trail_site_ site;                                                               \
            struct trail_site_key_ keys[FIELDS_MAX + 1];                                           \
        } place;                                                                                   \
        trail_emit_at_(&place.site, false, NULL, (level), TRAIL_KEY_(name), NULL, (event)->fields, \
                       (event)->count);                                                            \
    } while (0)

/* Of trail's own making: no secret, and named once. */
static struct trail_field plain(struct trail_field field)
{
    field.literal = TRL_FIELD_PLAIN;
    return field;
}

static void put_request(struct event *event, const struct trl_exchange *exchange)
{
    const struct mg_request_info *info = exchange->info;

    put_text(event, plain(trail_text("method", info->request_method, exchange->method_size)));
    put_text(event, trail_text("path", info->local_uri, exchange->path_size));
    if (TRL_UNLIKELY(info->query_string != NULL)) {
        put_text(event, trail_kv("query", info->query_string));
    }
    put_text(event, plain(trail_text("route", exchange->route, exchange->route_size)));
}

static void put_who(struct event *event, const struct trl_exchange *exchange)
{
    const struct trl_peer *peer = &exchange->peer;
    const struct trl_context *context = &exchange->context;
    bool forwarded = TRL_UNLIKELY(exchange->client[0] != '\0');
    const char *client = forwarded ? exchange->client : peer->text;

    put_text(event, plain(trail_text("peerIp", peer->text, peer->text_size)));
    put_text(event,
             plain(trail_text("clientIp", client, forwarded ? strlen(client) : peer->text_size)));
    put_text(event, trail_kv("userAgent", exchange->asked.user_agent));
    if (TRL_UNLIKELY(context->client_request_id[0] != '\0')) {
        put(event, trail_kv("clientRequestId", (const char *)context->client_request_id));
    }
    if (TRL_UNLIKELY(context->client_traceparent[0] != '\0')) {
        put(event, trail_kv("clientTraceparent", (const char *)context->client_traceparent));
    }
}

void trl_log_started(struct trl_exchange *exchange)
{
    struct event event;

    /* Not for being kept: the terminal event bears the same. */
    if (TRL_UNLIKELY(trl_gate_process() == TRAIL_LEVEL_DEBUG ||
                     exchange->scope.log.level == TRAIL_LEVEL_DEBUG)) {
        event.count = 0;
        put_request(&event, exchange);
        put_who(&event, exchange);
        EMIT(TRAIL_LEVEL_DEBUG, "request_started", &event);
    }
}

/* Paths differ early, so that a loop is done sooner than a call. */
static inline bool same_path(const char *path, const char *other)
{
    while (*path == *other && *path != '\0') {
        path++;
        other++;
    }
    return *path == *other;
}

static bool is_quiet(const struct trl_exchange *exchange)
{
    const struct trl_list *quiet = &trl_config()->quiet;
    const char *path = exchange->info->local_uri;

    for (size_t i = 0; path != NULL && i < quiet->count; i++) {
        if (same_path(path, quiet->items[i])) {
            return true;
        }
    }
    return false;
}

static struct trl_outcome decide(const struct trl_exchange *exchange, uint64_t duration_ns)
{
    const struct trl_ending ending = {
        .response = &exchange->response,
        .claimed = exchange->claimed,
        .stopping = __atomic_load_n(&exchange->server->stopping, __ATOMIC_RELAXED),
        .body_broken = exchange->body_broken,
        .stream = exchange->websocket || exchange->response.event_stream,
        .error_status = exchange->error_status,
        .unseen_status = exchange->unseen_status,
        .duration_ns = duration_ns,
        .slow_ns = trl_config()->slow_ms * NS_PER_MS,
    };

    return trl_outcome_of(&ending);
}

static uint64_t bytes_out(const struct trl_response *response)
{
    return TRL_UNLIKELY(response->chunked) ? response->chunks.content : response->body_sent;
}

static void put_result(struct event *event, const struct trl_exchange *exchange,
                       const struct trl_outcome *outcome, uint64_t duration_ns)
{
    if (TRL_LIKELY(outcome->status != 0)) {
        put(event, plain(trail_kv("status", outcome->status)));
    }
    put(event, plain(trail_duration_ns("durationMs", duration_ns)));
    if (TRL_UNLIKELY(exchange->cpu_started_ns != 0)) {
        put(event, plain(trail_duration_ns("cpuMs",
                                           trl_clock_thread_cpu_ns() - exchange->cpu_started_ns)));
    }
    if (TRL_LIKELY(!exchange->form_read)) {
        put(event, plain(trail_kv("bytesIn", exchange->body_in)));
    }
    if (TRL_LIKELY(outcome->status != 0 || outcome->phase != NULL ||
                   exchange->response.body_sent > 0)) {
        put(event, plain(trail_kv("bytesOut", bytes_out(&exchange->response))));
    }
}

static bool is_asked_to_keep(const struct trl_exchange *exchange)
{
    return TRL_UNLIKELY(exchange->scope.keep_asked) || trl_keep_is_asked(exchange->scope.log.keep);
}

/* Detail below the level comes first, if the request is worth it. */
static void release_detail(struct trl_exchange *exchange, const struct trl_outcome *outcome)
{
    struct trl_log_scope *log = &exchange->scope.log;
    bool asked = is_asked_to_keep(exchange);

    if (TRL_LIKELY(outcome->kind == TRL_COMPLETED && !outcome->slow && !asked)) {
        return;
    }
    log->sampled_out = false;
    if (trl_keep_is_wanted(outcome->level, asked)) {
        trl_keep_write(log->keep, outcome->level);
    }
}

static void emit_outcome(const struct event *event, const struct trl_outcome *outcome)
{
    switch (__builtin_expect_with_probability(outcome->kind, TRL_COMPLETED, 1.0)) {
    case TRL_ABORTED:
        EMIT(outcome->level, "request_aborted", event);
        break;
    case TRL_FAILED:
        EMIT(outcome->level, "request_failed", event);
        break;
    default:
        EMIT(outcome->level, "request_completed", event);
        break;
    }
}

void trl_log_ended(struct trl_exchange *exchange)
{
    uint64_t now_ns = trl_clock_monotonic_ns();
    uint64_t duration_ns = now_ns - exchange->started_ns;
    struct trl_outcome outcome = decide(exchange, duration_ns);
    const struct trl_measured measured = {
        .method = exchange->info->request_method,
        .method_size = exchange->method_size,
        .route = exchange->route,
        .status = outcome.status,
        .duration_ns = duration_ns,
        .now_ns = now_ns,
        .request_id = exchange->context.request_id,
        .trace_id = exchange->context.trace_id,
    };
    struct event event;

    trl_metrics_record(&measured);
    if (outcome.kind == TRL_COMPLETED && !outcome.slow && outcome.status < 400 &&
        !is_asked_to_keep(exchange) && is_quiet(exchange)) {
        return;
    }
    release_detail(exchange, &outcome);
    event.count = 0;
    put_request(&event, exchange);
    put_result(&event, exchange, &outcome, duration_ns);
    put_who(&event, exchange);
    if (TRL_UNLIKELY(outcome.slow)) {
        put(&event, trail_bool("slow", true));
    }
    if (TRL_UNLIKELY(outcome.error_code != NULL)) {
        put_text(&event, trail_kv("errorCode", outcome.error_code));
    }
    if (TRL_UNLIKELY(outcome.phase != NULL)) {
        put_text(&event, trail_kv("phase", outcome.phase));
    }
    emit_outcome(&event, &outcome);
}

/* Why CivetWeb refused, by the error that it raised. */
static const char *rejection(int raised)
{
    switch (raised) {
    case 400:
        return "malformed";
    case 408:
        return "timeout";
    case 411:
        return "bad_content_length";
    case 413:
        return "head_too_large";
    case 414:
        return "uri_too_long";
    case 505:
        return "bad_http_version";
    default:
        return "refused";
    }
}

void trl_log_rejected(struct trl_exchange *exchange, int raised)
{
    const struct trl_response *response = &exchange->response;
    struct event event = {.count = 0};

    if (!trl_limit_pass(TRL_LIMITED_REQUEST_REJECTED)) {
        return;
    }
    put(&event, trail_kv("reason", rejection(raised)));
    if (response->head_sent) {
        put(&event, trail_kv("status", response->status));
    }
    put_who(&event, exchange);
    EMIT(TRAIL_LEVEL_WARN, "request_rejected", &event);
}

void trl_log_message(const char *message)
{
    trail_emit(NULL, TRAIL_LEVEL_WARN, TRAIL_KEY_("civetweb_message"), message, NULL, 0);
}

void trl_log_server_started(const struct trl_server *server)
{
    struct mg_server_port ports[16];
    int count = mg_get_server_ports(server->ctx, 16, ports);
    struct event event = {.count = 0};

    if (count > 0) {
        put(&event, trail_kv("port", ports[0].port));
        put(&event, trail_bool("tls", ports[0].is_ssl != 0));
    }
    EMIT(TRAIL_LEVEL_INFO, "server_started", &event);
}

static uint64_t dropped(const struct trail_stats *stats)
{
    uint64_t sum = 0;

    for (int reason = 0; reason < TRAIL_DROP_REASONS_; reason++) {
        for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
            sum += stats->dropped[reason][level];
        }
    }
    return sum;
}

void trl_log_server_stopped(const struct trl_server *server)
{
    struct trail_stats stats;
    struct event event = {.count = 0};

    if (trail_get_stats(server->trail, &stats) == TRAIL_OK) {
        put(&event, trail_kv("accepted", stats.accepted));
        put(&event, trail_kv("written", stats.written));
        put(&event, trail_kv("dropped", dropped(&stats)));
    }
    EMIT(TRAIL_LEVEL_INFO, "server_stopped", &event);
}

void trl_exchange_handled(struct trl_exchange *exchange, struct mg_connection *conn)
{
    exchange->claimed = true;
    trl_scope_restore(&exchange->scope);
    (void)trl_response_finish(&exchange->response);
    trl_receive_rest(exchange, conn);
}

/* Whether the client could take the next response on the connection for a part of this one, or for
 * all of it. What CivetWeb sends by itself is its own matter. */
static bool needs_close(const struct trl_exchange *exchange)
{
    const struct trl_response *response = &exchange->response;

    if (TRL_UNLIKELY(exchange->must_close || exchange->websocket || exchange->unseen_status != 0)) {
        return false;
    }
    return TRL_UNLIKELY(response->phase <= TRL_RESPONSE_BUILDING)
               ? exchange->claimed
               : !trl_response_delimited(response);
}

void trl_exchange_settle(struct trl_exchange *exchange)
{
    trl_scope_restore(&exchange->scope);
    (void)trl_response_finish(&exchange->response);
    if (TRL_UNLIKELY(needs_close(exchange))) {
        mg_disable_connection_keep_alive(exchange->out);
    }
}

void trl_exchange_declined(struct trl_exchange *exchange)
{
    trl_scope_restore(&exchange->scope);
    (void)trl_response_finish(&exchange->response);
    trl_fields_pass_on(exchange);
}

void trl_log_websocket_opened(struct trl_exchange *exchange)
{
    struct event event = {.count = 0};

    put_request(&event, exchange);
    put_text(&event, trail_kv("subprotocol", exchange->info->acceptedWebSocketSubprotocol));
    put_who(&event, exchange);
    EMIT(TRAIL_LEVEL_INFO, "websocket_opened", &event);
}

void trl_log_websocket_closed(struct trl_exchange *exchange)
{
    const struct trl_frames *frames = &exchange->frames;
    struct event event = {.count = 0};

    put_request(&event, exchange);
    put(&event, trail_duration_ns("durationMs", trl_clock_monotonic_ns() - exchange->started_ns));
    put(&event, trail_kv("framesIn", frames->in));
    put(&event, trail_kv("bytesIn", frames->bytes_in));
    put(&event, trail_kv("framesOut", __atomic_load_n(&frames->out, __ATOMIC_RELAXED)));
    put(&event, trail_kv("bytesOut", __atomic_load_n(&frames->bytes_out, __ATOMIC_RELAXED)));
    EMIT(TRAIL_LEVEL_INFO, "websocket_closed", &event);
}
