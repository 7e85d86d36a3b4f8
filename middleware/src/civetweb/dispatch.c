/* CivetWeb adapter: handlers that trail runs itself. What decides which one is read without a lock;
 * who takes a handler away waits for those that run it. */
#include "civetweb/dispatch.h"

#include "civetweb/exchange.h"
#include "civetweb/handlers.h"
#include "civetweb/server.h"
#include "core/clock.h"
#include "core/likely.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* How long it may go unnoticed that CivetWeb would no longer lead a request here. */
#define LED_NS UINT64_C(1000000000)

static struct trl_dispatch_bucket *bucket_of(struct trl_dispatch *dispatch, const char *path,
                                             size_t size)
{
    size_t mixed = size * 7;

    if (size > 0) {
        mixed += (unsigned char)path[size - 1] * 31U + (unsigned char)path[size / 2];
    }
    return &dispatch->buckets[mixed % TRL_DISPATCH_BUCKETS];
}

static bool is_of(const struct trl_handler *handler, const char *path, size_t size)
{
    return handler->route_size == size && memcmp(handler->route, path, size) == 0;
}

static struct trl_handler *find(struct trl_dispatch *dispatch, const char *path, size_t size)
{
    struct trl_handler *handler =
        __atomic_load_n(&bucket_of(dispatch, path, size)->first, __ATOMIC_ACQUIRE);

    while (handler != NULL && TRL_UNLIKELY(!is_of(handler, path, size))) {
        handler = __atomic_load_n(&handler->chained, __ATOMIC_ACQUIRE);
    }
    return handler;
}

static bool is_set(const struct mg_context *ctx, const char *option)
{
    const char *value = mg_get_option(ctx, option);

    return value == NULL || value[0] != '\0';
}

void trl_dispatch_init(struct trl_dispatch *ret_dispatch, const struct mg_context *ctx,
                       bool possible)
{
    const char *version = mg_version();

    memset(ret_dispatch, 0, sizeof(*ret_dispatch));
    ret_dispatch->allowed = possible && !is_set(ctx, "protect_uri") &&
                            !is_set(ctx, "global_auth_file") &&
                            (strcmp(version, "1.15") == 0 || strcmp(version, "1.16") == 0);
}

static bool is_dispatchable(const struct trl_exchange *exchange)
{
    const struct mg_request_info *info = exchange->info;

    return exchange->asked.upgrade == NULL && info->request_method != NULL &&
           info->request_method[0] != 'O' && info->http_version != NULL &&
           info->http_version[0] == '1';
}

/* The application's own callback may have taken its time, and even another path. */
static struct trl_handler *find_led(const struct trl_exchange *exchange)
{
    struct trl_server *server = exchange->server;
    const char *path = exchange->info->local_uri;
    size_t size = exchange->path_size;
    uint64_t now_ns = exchange->started_ns;

    if (TRL_UNLIKELY(server->app.begin_request != NULL)) {
        size = path != NULL ? strlen(path) : 0;
        now_ns = trl_clock_monotonic_ns();
    }
    struct trl_handler *handler = size > 0 ? find(&server->dispatch, path, size) : NULL;
    uint64_t led_ns = handler != NULL ? __atomic_load_n(&handler->led_ns, __ATOMIC_RELAXED) : 0;
    return led_ns != 0 && now_ns - led_ns < LED_NS ? handler : NULL;
}

/* CivetWeb's look for a file of passwords leaves ENOENT, nothing else on its way leaves anything.
 */
static int go_usual_way(void)
{
    errno = 0;
    return 0;
}

int trl_dispatch(struct trl_exchange *exchange, struct mg_connection *conn)
{
    struct trl_handler *handler = TRL_LIKELY(is_dispatchable(exchange)) ? find_led(exchange) : NULL;
    int result = 0;

    if (TRL_UNLIKELY(handler == NULL)) {
        return go_usual_way();
    }
    __atomic_store_n(&exchange->runs, handler, __ATOMIC_SEQ_CST);
    if (TRL_LIKELY(!__atomic_load_n(&handler->gone, __ATOMIC_SEQ_CST) &&
                   __atomic_load_n(&exchange->server->dispatch.allowed, __ATOMIC_SEQ_CST))) {
        result = trl_handler_run(conn, handler);
        exchange->declined = result <= 0;
    }
    __atomic_store_n(&exchange->runs, NULL, __ATOMIC_RELEASE);
    return TRL_LIKELY(result > 0) ? result : go_usual_way();
}

/* Of a file that is there, what it includes may be missing; but then CivetWeb has let somebody in
 * by name. */
void trl_dispatch_led(const struct trl_exchange *exchange, struct trl_handler *handler)
{
    const struct mg_request_info *info = exchange->info;

    if (errno == ENOENT && info->remote_user == NULL &&
        is_of(handler, info->local_uri, strlen(info->local_uri)) &&
        trl_request_header(info, "Authorization") == NULL) {
        __atomic_store_n(&handler->led_ns, exchange->started_ns, __ATOMIC_RELAXED);
    }
}

void trl_dispatch_change_begin(struct trl_dispatch_change *ret_change, const struct mg_context *ctx,
                               const char *uri)
{
    struct trl_server *server = ctx != NULL && uri != NULL ? trl_server_find(ctx) : NULL;
    struct trl_handler *handler;

    *ret_change = (struct trl_dispatch_change){.server = server, .uri = uri};
    if (server == NULL) {
        return;
    }
    ret_change->size = strlen(uri);
    trl_server_lock();
    struct trl_dispatch_bucket *bucket = bucket_of(&server->dispatch, uri, ret_change->size);
    ret_change->alone = bucket->changing++ == 0;
    ret_change->number = ++bucket->changes;
    ret_change->first = bucket->first;
    for (handler = ret_change->first; handler != NULL; handler = handler->chained) {
        if (is_of(handler, uri, ret_change->size)) {
            __atomic_store_n(&handler->gone, true, __ATOMIC_SEQ_CST);
        }
    }
    trl_server_unlock();
}

static void wait_until_unused(const struct trl_dispatch_change *change)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    for (struct trl_handler *handler = change->first; handler != NULL;
         handler = __atomic_load_n(&handler->chained, __ATOMIC_ACQUIRE)) {
        while (is_of(handler, change->uri, change->size) && trl_exchange_any_runs(handler)) {
            (void)nanosleep(&pause, NULL);
        }
    }
}

/* Who stands at one that is left out goes on from there. */
static void leave_out(struct trl_handler **link, const struct trl_dispatch_change *change)
{
    while (*link != NULL) {
        if ((*link)->gone && is_of(*link, change->uri, change->size)) {
            __atomic_store_n(link, (*link)->chained, __ATOMIC_RELEASE);
        } else {
            link = &(*link)->chained;
        }
    }
}

void trl_dispatch_change_end(const struct trl_dispatch_change *change, struct trl_handler *handler)
{
    struct trl_server *server = change->server;

    if (server == NULL) {
        return;
    }
    wait_until_unused(change);
    trl_server_lock();
    struct trl_dispatch_bucket *bucket = bucket_of(&server->dispatch, change->uri, change->size);
    leave_out(&bucket->first, change);
    bucket->changing--;
    if (handler != NULL && change->alone && change->number == bucket->changes) {
        handler->chained = bucket->first;
        __atomic_store_n(&bucket->first, handler, __ATOMIC_RELEASE);
    }
    trl_server_unlock();
}

void trl_dispatch_never(const struct mg_context *ctx)
{
    struct trl_server *server = ctx != NULL ? trl_server_find(ctx) : NULL;

    if (server != NULL) {
        __atomic_store_n(&server->dispatch.allowed, false, __ATOMIC_SEQ_CST);
    }
}
