/* CivetWeb adapter: which servers there are, whose callbacks trail's precede, and what they were
 * configured with. Found without a lock; changed under one. */
#include "civetweb/server.h"

#include "civetweb/callbacks.h"
#include "civetweb/direct.h"
#include "civetweb/handlers.h"
#include "civetweb/lifecycle.h"
#include "civetweb/stall.h"
#include "civetweb/whole.h"
#include "core/likely.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What an application had set in a struct mg_callbacks before trail was installed in it. */
struct install {
    struct install *next;
    const struct mg_callbacks *callbacks; /* its address */
    struct mg_callbacks app;
    struct trail *trail;
};

bool trl_whole_program;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct install *installs; /* the latest first */
static struct trl_server *servers;

/* The callbacks that this thread is starting a server with. */
static __thread const struct mg_callbacks *starting;

void trl_server_lock(void)
{
    pthread_mutex_lock(&lock);
}

void trl_server_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

struct trl_server *trl_server_find(const struct mg_context *ctx)
{
    struct trl_server *server = __atomic_load_n(&servers, __ATOMIC_ACQUIRE);

    while (TRL_UNLIKELY(server != NULL && __atomic_load_n(&server->ctx, __ATOMIC_ACQUIRE) != ctx)) {
        server = server->next;
    }
    return server;
}

struct trl_server *trl_server_of(const struct mg_connection *conn)
{
    const struct mg_context *ctx = mg_get_context(conn);

    return TRL_LIKELY(ctx != NULL) ? trl_server_find(ctx) : NULL;
}

bool trl_servers_running(void)
{
    const struct trl_server *server = __atomic_load_n(&servers, __ATOMIC_ACQUIRE);

    while (server != NULL && __atomic_load_n(&server->ctx, __ATOMIC_ACQUIRE) == NULL) {
        server = server->next;
    }
    return server != NULL;
}

static struct install *find_install(const struct mg_callbacks *callbacks)
{
    struct install *install = installs;

    while (install != NULL && install->callbacks != callbacks) {
        install = install->next;
    }
    return install;
}

const struct mg_callbacks *trl_server_app(const struct mg_connection *conn)
{
    const struct trl_server *server = trl_server_of(conn);
    const struct install *install;

    if (server != NULL) {
        return &server->app;
    }
    trl_server_lock();
    install = starting != NULL ? find_install(starting) : NULL;
    trl_server_unlock();
    return install != NULL ? &install->app : NULL;
}

/* What is known of callbacks; of those that are not known, as a copy, the latest is meant. */
static struct install *find_meant(const struct mg_callbacks *callbacks)
{
    struct install *install = find_install(callbacks);

    return install != NULL ? install : installs;
}

static struct install *take_install(const struct mg_callbacks *callbacks)
{
    struct install *install = find_install(callbacks);

    if (install == NULL) {
        install = calloc(1, sizeof(*install));
        if (install != NULL) {
            install->callbacks = callbacks;
            install->next = installs;
            installs = install;
        }
    }
    return install;
}

void trail_civetweb_install(struct trail *trail, struct mg_callbacks *callbacks)
{
    bool again;
    struct install *install;

    if (trail == NULL || callbacks == NULL) {
        return;
    }
    again = trl_callbacks_are_ours(callbacks);
    trl_server_lock();
    install = again ? find_meant(callbacks) : take_install(callbacks);
    if (install != NULL) {
        install->trail = trail;
    }
    if (install != NULL && !again) {
        install->app = *callbacks;
        trl_callbacks_set(callbacks);
    }
    trl_server_unlock();
}

/* An entry of the list that no server has, or a new one. */
static struct trl_server *take_entry(void)
{
    struct trl_server *server = servers;

    while (server != NULL && server->ctx != NULL) {
        server = server->next;
    }
    if (server == NULL) {
        server = calloc(1, sizeof(*server));
        if (server != NULL) {
            server->next = servers;
            __atomic_store_n(&servers, server, __ATOMIC_RELEASE);
        }
    }
    return server;
}

static size_t request_max(const struct mg_context *ctx)
{
    const char *bytes = mg_get_option(ctx, "max_request_size");
    long size = bytes != NULL ? atol(bytes) : 0;

    return size > 0 ? (size_t)size : 0;
}

void trl_server_started(const struct mg_context *ctx)
{
    bool shown = starting != NULL && trl_names_are_shown();
    struct install *install;
    struct trl_server *server = NULL;

    trl_server_lock();
    install = find_meant(starting); /* NULL where the code that starts is not routed */
    if (install != NULL) {
        server = take_entry();
    }
    if (server != NULL) {
        server->app = install->app;
        server->trail = install->trail;
        server->stopping = false;
        server->handlers = NULL;
        server->modern = strcmp(mg_version(), "1.15") != 0;
        server->request_max = request_max(ctx);
        trl_site_init(&server->site, ctx);
        trl_stall_watch_begin();
        trl_dispatch_init(&server->dispatch, ctx, shown && trl_callbacks_are_ours(starting));
        __atomic_store_n(&server->ctx, (struct mg_context *)(uintptr_t)ctx, __ATOMIC_RELEASE);
    }
    trl_server_unlock();
    if (server != NULL) {
        trl_log_server_started(server);
        if (server->app.init_context != NULL) {
            server->app.init_context(ctx);
        }
    }
}

void trl_server_stopped(const struct mg_context *ctx)
{
    struct trl_server *server = trl_server_find(ctx);

    if (server == NULL) {
        return;
    }
    if (server->app.exit_context != NULL) {
        server->app.exit_context(ctx);
    }
    trl_log_server_stopped(server);
    trl_server_lock();
    trl_stall_watch_end();
    trl_handlers_release(server);
    trl_sites_release(server);
    __atomic_store_n(&server->ctx, NULL, __ATOMIC_RELEASE);
    trl_server_unlock();
}

struct mg_context *trail_mg_start2(struct mg_init_data *init, struct mg_error_data *error)
{
    const struct mg_callbacks *before = starting;
    struct mg_context *ctx;

    starting = init != NULL ? init->callbacks : NULL;
    ctx = mg_start2(init, error);
    starting = before;
    return ctx;
}

struct mg_context *trail_mg_start(const struct mg_callbacks *callbacks, void *user_data,
                                  const char **configuration_options)
{
    struct mg_init_data init = {.callbacks = callbacks,
                                .user_data = user_data,
                                .configuration_options = configuration_options};

    return trail_mg_start2(&init, NULL);
}

void trail_mg_stop(struct mg_context *ctx)
{
    struct trl_server *server = ctx != NULL ? trl_server_find(ctx) : NULL;

    if (server != NULL) {
        __atomic_store_n(&server->stopping, true, __ATOMIC_RELAXED);
    }
    trl_direct_stop(ctx);
}
