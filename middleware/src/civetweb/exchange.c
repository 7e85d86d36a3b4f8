/* CivetWeb adapter: the requests in flight, found by their connection from any thread, without a
 * lock. */
#include "civetweb/exchange.h"

#include "civetweb/limit.h"
#include "civetweb/request.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/counters.h"
#include "core/entropy.h"
#include "core/likely.h"
#include "core/prefetch.h"
#include "log/keep.h"
#include "setup/crash.h"
#include "sink/output.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct trl_exchange *head;

static __thread struct trl_exchange *mine __attribute__((tls_model("initial-exec")));
static pthread_key_t mine_key;
static pthread_once_t mine_once = PTHREAD_ONCE_INIT;
static bool mine_usable;

static void release(void *exchange)
{
    struct trl_exchange *released = exchange;

    mine = NULL;
    __atomic_store_n(&released->runs, NULL, __ATOMIC_RELEASE);
    __atomic_store_n(&released->taken, 0, __ATOMIC_RELEASE);
}

static void make_key(void)
{
    mine_usable = pthread_key_create(&mine_key, release) == 0;
}

static struct trl_exchange *take_free(void)
{
    struct trl_exchange *exchange = __atomic_load_n(&head, __ATOMIC_ACQUIRE);

    for (; exchange != NULL; exchange = exchange->next) {
        unsigned expected = 0;
        if (__atomic_compare_exchange_n(&exchange->taken, &expected, 1, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            return exchange;
        }
    }
    return NULL;
}

static int send_to_connection(void *sink, const char *bytes, size_t size)
{
    struct trl_exchange *exchange = sink;

    if (TRL_UNLIKELY(exchange->response.event_stream && !exchange->stream)) {
        exchange->stream = true;
        trl_inflight_set_stream(exchange->inflight);
    }
    return mg_write(exchange->out, bytes, size);
}

static struct trl_exchange *take_new(void)
{
    struct trl_exchange *exchange = malloc(sizeof(*exchange));

    if (exchange == NULL) {
        return NULL;
    }
    memset(exchange, 0, offsetof(struct trl_exchange, context));
    exchange->taken = 1;
    trl_response_init(&exchange->response, exchange->buffer);
    exchange->response.send = send_to_connection;
    exchange->next = __atomic_load_n(&head, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&head, &exchange->next, exchange, true, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED)) {}
    return exchange;
}

struct trl_exchange *trl_exchange_mine(void)
{
    struct trl_exchange *exchange = mine;

    if (exchange != NULL) {
        return exchange;
    }
    pthread_once(&mine_once, make_key);
    if (!mine_usable) {
        return NULL;
    }
    exchange = take_free();
    if (exchange == NULL) {
        exchange = take_new();
    }
    if (exchange != NULL && pthread_setspecific(mine_key, exchange) != 0) {
        release(exchange);
        return NULL;
    }
    mine = exchange;
    return exchange;
}

struct trl_exchange *trl_exchange_current(void)
{
    return mine != NULL && mine->conn != NULL ? mine : NULL;
}

struct trl_exchange *trl_exchange_of(const struct mg_connection *conn)
{
    struct trl_exchange *exchange = mine;

    if (TRL_UNLIKELY(conn == NULL)) {
        return NULL;
    }
    if (TRL_LIKELY(exchange != NULL && exchange->conn == conn)) {
        return exchange;
    }
    exchange = __atomic_load_n(&head, __ATOMIC_ACQUIRE);
    for (; exchange != NULL; exchange = exchange->next) {
        if (__atomic_load_n(&exchange->conn, __ATOMIC_ACQUIRE) == conn) {
            return exchange;
        }
    }
    return NULL;
}

bool trl_exchange_any_runs(const struct trl_handler *handler)
{
    const struct trl_exchange *exchange = __atomic_load_n(&head, __ATOMIC_SEQ_CST);

    while (exchange != NULL && __atomic_load_n(&exchange->runs, __ATOMIC_SEQ_CST) != handler) {
        exchange = exchange->next;
    }
    return exchange != NULL;
}

static void enter_registry(struct trl_exchange *exchange)
{
    const struct trl_context *context = &exchange->context;
    const struct mg_request_info *info = exchange->info;
    const struct trl_inflight_request request = {
        .request_id = {context->request_id, exchange->response.id_size},
        .trace_id = {context->trace_id, TRAIL_TRACE_ID_SIZE},
        .span_id = {context->span_id, TRAIL_SPAN_ID_SIZE},
        .method = {info->request_method, exchange->method_size},
        .path = {info->local_uri, exchange->path_size},
        .started_ns = exchange->started_ns,
        .scope = &exchange->scope.log,
    };

    exchange->inflight = trl_inflight_enter(&request);
    trl_crash_cover_thread();
}

/* What need not be found out for each request. */
static void follow_config(struct trl_exchange *exchange)
{
    unsigned generation = trl_config_generation();

    if (TRL_UNLIKELY(exchange->generation != generation)) {
        exchange->generation = generation;
        exchange->peer.known = false;
        exchange->firsts = trl_inbound_firsts();
        trl_id_name_init(&exchange->id_name, trl_config()->request_id_headers.items[0]);
    }
}

static void recognise(struct trl_peer *peer, const char *address)
{
    if (TRL_LIKELY(peer->known && strcmp(peer->address, address) == 0)) {
        return;
    }
    peer->known = true;
    trl_copy_text(peer->address, sizeof(peer->address), address);
    peer->trust = trl_trust_of(address);
    trl_client_ip_text(address, peer->text);
    peer->text_size = strlen(peer->text);
}

static void find_client(struct trl_exchange *exchange)
{
    const struct trl_inbound *inbound = &exchange->inbound;
    char address[TRL_CLIENT_TEXT_SIZE];

    exchange->client[0] = '\0';
    if (inbound->forwarded.count > 0 || inbound->x_forwarded_for.count > 0) {
        trl_client_address(inbound, exchange->info->remote_addr, address);
        trl_client_ip_text(address, exchange->client);
    }
}

static void begin_response(struct trl_exchange *exchange, struct mg_connection *conn)
{
    struct trl_response *response = &exchange->response;

    response->sink = exchange;
    exchange->out = conn;
    exchange->stream = false;
    response->id_name = exchange->id_name.text;
    response->id_name_size = exchange->id_name.size;
    response->id = exchange->context.request_id;
    response->id_size = exchange->context.request_id_size;
    response->head_request =
        exchange->method_size == 4 && memcmp(exchange->info->request_method, "HEAD", 4) == 0;
    trl_response_begin(response);
}

/* What is below the level is kept until it is known how the request ends. */
static void enter_scope(struct trl_exchange *exchange)
{
    const struct trl_config *config = trl_config();
    struct trl_log_scope *log = &exchange->scope.log;

    trl_scope_enter(&exchange->scope, &exchange->context, NULL);
    log->keeps = config->keep_debug;
    trl_log_scope_changed();
}

/* The counter counts them all. */
static void report_id(const struct trl_context *context)
{
    if (TRL_LIKELY(context->rejected_reason == NULL)) {
        return;
    }
    if (trl_limit_pass(TRL_LIMITED_ID_REJECTED)) {
        trl_context_report(context, NULL);
    } else {
        trl_count(TRL_COUNT_REJECTED_IDS);
    }
}

void trl_exchange_set_route(struct trl_exchange *exchange, const char *route, size_t size)
{
    exchange->route = route;
    exchange->route_size = size;
    trl_inflight_set_route(exchange->inflight, route, size);
}

/* Since this thread's last request the kernel's own path, and other threads, have put out of the
 * nearest caches what each request writes: it comes back while the request's head is looked at. */
static inline __attribute__((always_inline)) void prefetch(const struct trl_exchange *exchange)
{
    trl_prefetch_bytes_for_write(exchange->inflight, 256); /* this thread's for its life */
    trl_prefetch_bytes_for_write(exchange->response.buffer + TRL_RESPONSE_GAP, 256);
    trl_prefetch_bytes_for_write(&exchange->inbound, 256);
    trl_entropy_prefetch();
    trl_counters_prefetch();
    trl_output_prefetch();
}

void trl_exchange_begin(struct trl_exchange *exchange, struct trl_server *server,
                        struct mg_connection *conn)
{
    struct trl_inbound *inbound = &exchange->inbound;
    const struct mg_request_info *info = mg_get_request_info(conn);

    prefetch(exchange);
    follow_config(exchange);
    recognise(&exchange->peer, info->remote_addr);
    exchange->started_ns = trl_clock_monotonic_ns();
    exchange->cpu_started_ns = TRL_UNLIKELY(trl_config()->cpu_time) ? trl_clock_thread_cpu_ns() : 0;
    exchange->told = NULL;
    exchange->server = server;
    exchange->site = trl_site_of(server, info);
    exchange->info = info;
    exchange->method_size =
        TRL_LIKELY(info->request_method != NULL) ? strlen(info->request_method) : 0;
    exchange->path_size = TRL_LIKELY(info->local_uri != NULL) ? strlen(info->local_uri) : 0;
    exchange->route = NULL;
    exchange->route_size = 0;
    exchange->declined = false;
    exchange->claimed = false;
    exchange->must_close = false;
    exchange->websocket = false;
    exchange->error_status = 0;
    exchange->unseen_status = 0;
    exchange->handed = 0;
    exchange->body_in = 0;
    exchange->body_broken = false;
    exchange->body_ended = false;
    exchange->form_read = false;
    exchange->form_failed = false;
    trl_inbound_init(inbound, exchange->firsts);
    trl_request_read_headers(info, server->request_max, &exchange->id_name, inbound,
                             &exchange->asked);
    trl_context_init_inbound(&exchange->context, inbound, exchange->peer.trust);
    find_client(exchange);
    begin_response(exchange, conn);
    enter_scope(exchange);
    enter_registry(exchange);
    __atomic_store_n(&exchange->conn, conn, __ATOMIC_RELEASE);
    report_id(&exchange->context);
}

void trl_exchange_end(struct trl_exchange *exchange)
{
    __atomic_store_n(&exchange->conn, NULL, __ATOMIC_RELEASE);
    trl_inflight_leave(exchange->inflight);
    trl_response_end(&exchange->response);
    trl_scope_leave(&exchange->scope);
    trl_keep_give_back(exchange->scope.log.keep);
}
