/* CivetWeb adapter: what CivetWeb calls, in the order of a request's life. */
#include "civetweb/callbacks.h"

#include "civetweb/dispatch.h"
#include "civetweb/error.h"
#include "civetweb/exchange.h"
#include "civetweb/fields.h"
#include "civetweb/lifecycle.h"
#include "core/likely.h"

static int on_begin_request(struct mg_connection *conn)
{
    struct trl_server *server = trl_server_of(conn);
    struct trl_exchange *exchange = server != NULL ? trl_exchange_mine() : NULL;
    int result = 0;

    if (TRL_LIKELY(exchange != NULL)) {
        trl_exchange_begin(exchange, server, conn);
        trl_log_started(exchange);
    }
    if (TRL_UNLIKELY(server != NULL && server->app.begin_request != NULL)) {
        result = server->app.begin_request(conn);
    }
    if (TRL_UNLIKELY(exchange != NULL && result != 0)) {
        trl_exchange_handled(exchange, conn);
    } else if (TRL_LIKELY(exchange != NULL)) {
        trl_fields_pass_on(exchange);
        result = trl_dispatch(exchange, conn);
    }
    return result;
}

/* CivetWeb answered before it asked: a redirect to HTTPS, or an error that was told. */
static struct trl_exchange *begin_late(struct trl_server *server, struct mg_connection *conn)
{
    struct trl_exchange *exchange = trl_exchange_mine();

    if (exchange != NULL && exchange->told == conn) {
        exchange->told = NULL;
        return NULL;
    }
    if (exchange != NULL) {
        trl_exchange_begin(exchange, server, conn);
    }
    return exchange;
}

static void on_end_request(const struct mg_connection *conn, int status)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    struct trl_server *server = exchange != NULL ? exchange->server : trl_server_of(conn);

    if (TRL_UNLIKELY(server == NULL)) {
        return;
    }
    if (TRL_UNLIKELY(exchange == NULL)) {
        exchange = begin_late(server, (struct mg_connection *)(uintptr_t)conn);
    }
    if (TRL_LIKELY(exchange != NULL)) {
        trl_exchange_settle(exchange);
    }
    if (TRL_UNLIKELY(server->app.end_request != NULL)) {
        server->app.end_request(conn, status);
    }
    if (TRL_LIKELY(exchange != NULL)) {
        trl_log_ended(exchange);
        trl_exchange_end(exchange);
    }
}

static int on_init_connection(const struct mg_connection *conn, void **conn_data)
{
    const struct trl_server *server = trl_server_of(conn);

    trl_error_connected(conn);
    return server != NULL && server->app.init_connection != NULL
               ? server->app.init_connection(conn, conn_data)
               : 0;
}

static void on_connection_close(const struct mg_connection *conn)
{
    struct trl_server *server = trl_server_of(conn);

    if (server == NULL) {
        return;
    }
    trl_error_closing(server, (struct mg_connection *)(uintptr_t)conn);
    if (server->app.connection_close != NULL) {
        server->app.connection_close(conn);
    }
}

/* Also while a server starts, or fails to: before it is known. */
static int on_log_message(const struct mg_connection *conn, const char *message)
{
    const struct mg_callbacks *app = trl_server_app(conn);

    trl_log_message(message);
    return app != NULL && app->log_message != NULL ? app->log_message(conn, message) : 0;
}

static int on_http_error(struct mg_connection *conn, int status, const char *message)
{
    struct trl_server *server = trl_server_of(conn);

    return server != NULL ? trl_error_answer(server, conn, status, message) : 1;
}

void trl_callbacks_set(struct mg_callbacks *callbacks)
{
    callbacks->begin_request = on_begin_request;
    callbacks->end_request = on_end_request;
    callbacks->init_connection = on_init_connection;
    callbacks->connection_close = on_connection_close;
    callbacks->log_message = on_log_message;
    callbacks->http_error = on_http_error;
    callbacks->init_context = trl_server_started;
    callbacks->exit_context = trl_server_stopped;
}

bool trl_callbacks_are_ours(const struct mg_callbacks *callbacks)
{
    return callbacks->begin_request == on_begin_request;
}
