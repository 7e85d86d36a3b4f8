/* CivetWeb adapter: handlers, wrapped. CivetWeb may run a handler that has been replaced just now,
 * so what wraps it is released when the server has stopped. */
#include "civetweb/handlers.h"

#include "civetweb/direct.h"
#include "civetweb/dispatch.h"
#include "civetweb/exchange.h"
#include "civetweb/fields.h"
#include "civetweb/lifecycle.h"
#include "core/likely.h"

#include <stdlib.h>
#include <string.h>

struct trl_handler *trl_handler_new(const struct mg_context *ctx, const char *uri, void *cbdata)
{
    struct trl_server *server = ctx != NULL ? trl_server_find(ctx) : NULL;
    struct trl_handler *handler = NULL;
    size_t size;

    if (server == NULL || uri == NULL) {
        return NULL;
    }
    size = strlen(uri) + 1;
    handler = calloc(1, sizeof(*handler) + size);
    if (handler != NULL) {
        memcpy(handler->route, uri, size);
        handler->route_size = size - 1;
        handler->cbdata = cbdata;
        trl_server_lock();
        handler->next = server->handlers;
        server->handlers = handler;
        trl_server_unlock();
    }
    return handler;
}

void trl_handlers_release(struct trl_server *server)
{
    while (server->handlers != NULL) {
        struct trl_handler *next = server->handlers->next;
        free(server->handlers);
        server->handlers = next;
    }
}

int trl_handler_run(struct mg_connection *conn, const struct trl_handler *handler)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    int result;

    if (TRL_LIKELY(exchange != NULL)) {
        trl_exchange_set_route(exchange, handler->route, handler->route_size);
    }
    result = handler->request(conn, handler->cbdata);
    if (TRL_LIKELY(exchange != NULL && result > 0)) {
        trl_exchange_handled(exchange, conn);
    } else if (exchange != NULL) {
        trl_exchange_declined(exchange);
    }
    return result;
}

/* One that has declined already is not asked again. */
static int run_request(struct mg_connection *conn, void *cbdata)
{
    struct trl_handler *handler = cbdata;
    const struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange != NULL) {
        trl_dispatch_led(exchange, handler);
    }
    if (exchange != NULL && exchange->declined) {
        return 0;
    }
    return trl_handler_run(conn, handler);
}

void trail_mg_set_request_handler(struct mg_context *ctx, const char *uri,
                                  mg_request_handler handler, void *cbdata)
{
    struct trl_handler *wrapped = handler != NULL ? trl_handler_new(ctx, uri, cbdata) : NULL;
    struct trl_dispatch_change change;

    trl_dispatch_change_begin(&change, ctx, uri);
    if (wrapped != NULL) {
        wrapped->request = handler;
        trl_direct_set_request_handler(ctx, uri, run_request, wrapped);
    } else {
        trl_direct_set_request_handler(ctx, uri, handler, cbdata);
    }
    trl_dispatch_change_end(&change, wrapped);
}

static int run_authorize(struct mg_connection *conn, void *cbdata)
{
    const struct trl_handler *handler = cbdata;
    struct trl_exchange *exchange = trl_exchange_of(conn);
    int allowed = handler->authorize(conn, handler->cbdata);

    if (exchange != NULL && !allowed) {
        exchange->claimed = true;
        trl_scope_restore(&exchange->scope);
        (void)trl_response_finish(&exchange->response);
    } else if (exchange != NULL) {
        trl_fields_pass_on(exchange);
    }
    return allowed;
}

void trail_mg_set_auth_handler(struct mg_context *ctx, const char *uri,
                               mg_authorization_handler handler, void *cbdata)
{
    struct trl_handler *wrapped = handler != NULL ? trl_handler_new(ctx, uri, cbdata) : NULL;

    if (handler != NULL) {
        trl_dispatch_never(ctx);
    }
    if (wrapped == NULL) {
        trl_direct_set_auth_handler(ctx, uri, handler, cbdata);
        return;
    }
    wrapped->authorize = handler;
    trl_direct_set_auth_handler(ctx, uri, run_authorize, wrapped);
}
