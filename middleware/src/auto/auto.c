/* libtrail-auto: a whole unmodified program under trail, by LD_PRELOAD. What it and CivetWeb's
 * shared library call by CivetWeb's names comes here first, so that also the responses that
 * CivetWeb makes by itself are seen: files, listings, redirects, 401, preflights, CGI, handshakes.
 */
#include "auto/real.h"
#include "civetweb/exchange.h"
#include "civetweb/lifecycle.h"
#include "civetweb/whole.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>

#define SHOWN __attribute__((visibility("default")))

enum { FLUSH_TIMEOUT_MS = 2000 };

static struct trail *trail;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The threads of a server that was not stopped go on until the process is gone, and use what
 * closing would release. */
static void close_trail(void)
{
    if (trl_servers_running()) {
        (void)(trail_flush_outputs(trail, FLUSH_TIMEOUT_MS) == TRAIL_OK); /* what can be done */
        return;
    }
    trail_close(trail);
    trail = NULL;
}

/* A configuration that can't be used stops the start, as the environment's manual says. */
static void open_trail(void)
{
    if (trail_open(NULL, &trail) != TRAIL_OK) {
        exit(2);
    }
    trl_whole_program = true;
    atexit(close_trail);
}

SHOWN struct mg_context *mg_start2(struct mg_init_data *init, struct mg_error_data *error)
{
    struct mg_callbacks callbacks;
    struct mg_init_data wrapped;

    pthread_once(&once, open_trail);
    memset(&callbacks, 0, sizeof(callbacks));
    memset(&wrapped, 0, sizeof(wrapped));
    if (init != NULL) {
        wrapped = *init;
    }
    if (wrapped.callbacks != NULL) {
        callbacks = *wrapped.callbacks;
    }
    trail_civetweb_install(trail, &callbacks);
    wrapped.callbacks = &callbacks;
    return trail_mg_start2(&wrapped, error);
}

SHOWN struct mg_context *mg_start(const struct mg_callbacks *callbacks, void *user_data,
                                  const char **options)
{
    struct mg_init_data init = {
        .callbacks = callbacks, .user_data = user_data, .configuration_options = options};

    return mg_start2(&init, NULL);
}

SHOWN void mg_stop(struct mg_context *ctx)
{
    trail_mg_stop(ctx);
}

SHOWN int mg_write(struct mg_connection *conn, const void *bytes, size_t size)
{
    return trail_mg_write(conn, bytes, size);
}

SHOWN int mg_printf(struct mg_connection *conn, const char *format, ...)
{
    va_list arguments;
    int written;

    va_start(arguments, format);
    written = trl_vprintf(conn, format, arguments);
    va_end(arguments);
    return written;
}

SHOWN int mg_send_http_error(struct mg_connection *conn, int status, const char *format, ...)
{
    va_list arguments;
    int result;

    va_start(arguments, format);
    result = trl_send_http_error(conn, status, format, arguments);
    va_end(arguments);
    return result;
}

static bool are_of_one_object(const void *code, const void *other)
{
    Dl_info one;
    Dl_info two;

    return dladdr(code, &one) != 0 && dladdr(other, &two) != 0 && one.dli_fbase == two.dli_fbase;
}

/* CivetWeb's own begins as well: it holds the status that CivetWeb's access log tells. After a 401
 * of its own CivetWeb closes, and the head must say so. */
SHOWN int mg_response_header_start(struct mg_connection *conn, int status)
{
    TRL_REAL(mg_response_header_start)
    struct trl_exchange *exchange = trl_exchange_of(conn);
    int result = real(conn, status);

    if (result == 0 && exchange != NULL) {
        if (status == 401 && are_of_one_object(__builtin_return_address(0), *(void **)&real)) {
            exchange->must_close = true;
        }
        result = trail_mg_response_header_start(conn, status);
    }
    return result;
}

/* On a port that leads to HTTPS CivetWeb answers before it calls back, and closes. */
static void begin_early(struct mg_connection *conn)
{
    struct trl_server *server = trl_server_of(conn);
    struct trl_exchange *exchange = server != NULL ? trl_exchange_mine() : NULL;

    if (exchange != NULL && exchange->conn == NULL) {
        trl_exchange_begin(exchange, server, conn);
        trl_log_started(exchange);
        exchange->must_close = true;
    }
}

SHOWN int mg_send_http_redirect(struct mg_connection *conn, const char *url, int code)
{
    TRL_REAL(mg_send_http_redirect)

    if (trl_exchange_of(conn) == NULL &&
        are_of_one_object(__builtin_return_address(0), *(void **)&real)) {
        begin_early(conn);
    }
    return trail_mg_send_http_redirect(conn, url, code);
}

/* SHOW(type, name, parameters, arguments): what is shown as NAME is trail's. */
#define SHOW(type, name, parameters, arguments)                                                    \
    SHOWN type name parameters                                                                     \
    {                                                                                              \
        return trail_##name arguments;                                                             \
    }

#define SHOW_VOID(name, parameters, arguments)                                                     \
    SHOWN void name parameters                                                                     \
    {                                                                                              \
        trail_##name arguments;                                                                    \
    }

SHOW(int, mg_start_domain, (struct mg_context * ctx, const char **options), (ctx, options))
SHOW(int, mg_start_domain2,
     (struct mg_context * ctx, const char **options, struct mg_error_data *error),
     (ctx, options, error))
SHOW(int, mg_response_header_add,
     (struct mg_connection * conn, const char *name, const char *value, int size),
     (conn, name, value, size))
SHOW(int, mg_response_header_add_lines, (struct mg_connection * conn, const char *lines),
     (conn, lines))
SHOW(int, mg_response_header_send, (struct mg_connection * conn), (conn))
SHOW(int, mg_read, (struct mg_connection * conn, void *bytes, size_t size), (conn, bytes, size))
SHOW(int, mg_send_chunk, (struct mg_connection * conn, const char *chunk, unsigned size),
     (conn, chunk, size))
SHOW(int, mg_send_http_ok, (struct mg_connection * conn, const char *type, long long size),
     (conn, type, size))
SHOW(int, mg_websocket_write,
     (struct mg_connection * conn, int opcode, const char *data, size_t size),
     (conn, opcode, data, size))
SHOW_VOID(mg_disable_connection_keep_alive, (struct mg_connection * conn), (conn))
/* Debian's 1.15 alone has it, as another name of the same. */
void mg_disable_keep_alive(struct mg_connection *conn);

SHOWN void mg_disable_keep_alive(struct mg_connection *conn)
{
    trail_mg_disable_connection_keep_alive(conn);
}

SHOW_VOID(mg_set_request_handler,
          (struct mg_context * ctx, const char *uri, mg_request_handler handler, void *cbdata),
          (ctx, uri, handler, cbdata))
SHOW_VOID(mg_set_auth_handler,
          (struct mg_context * ctx, const char *uri, mg_authorization_handler handler,
           void *cbdata),
          (ctx, uri, handler, cbdata))
SHOW_VOID(mg_set_websocket_handler_with_subprotocols,
          (struct mg_context * ctx, const char *uri, struct mg_websocket_subprotocols *protocols,
           mg_websocket_connect_handler on_connect, mg_websocket_ready_handler on_ready,
           mg_websocket_data_handler on_data, mg_websocket_close_handler on_close, void *cbdata),
          (ctx, uri, protocols, on_connect, on_ready, on_data, on_close, cbdata))
SHOW_VOID(mg_set_websocket_handler,
          (struct mg_context * ctx, const char *uri, mg_websocket_connect_handler on_connect,
           mg_websocket_ready_handler on_ready, mg_websocket_data_handler on_data,
           mg_websocket_close_handler on_close, void *cbdata),
          (ctx, uri, on_connect, on_ready, on_data, on_close, cbdata))

/* CivetWeb calls from one place, which is looked for once. */
static bool is_civetwebs(const void *caller)
{
    static const void *place;

    if (__atomic_load_n(&place, __ATOMIC_RELAXED) == caller) {
        return true;
    }
    TRL_REAL(mg_write)
    if (!are_of_one_object(caller, *(void **)&real)) {
        return false;
    }
    __atomic_store_n(&place, caller, __ATOMIC_RELAXED);
    return true;
}

/* CivetWeb sends files past its own mg_write(): what is held goes before, and the bytes count. What
 * the program copies is its own matter. */
static struct trl_exchange *begin_file(const void *caller)
{
    struct trl_exchange *exchange = trl_exchange_current();

    if (exchange == NULL || !is_civetwebs(caller)) {
        return NULL;
    }
    (void)trl_response_flush(&exchange->response);
    return exchange;
}

static ssize_t count_sent(struct trl_exchange *exchange, ssize_t sent)
{
    if (exchange != NULL && sent > 0) {
        trl_response_passed(&exchange->response, (size_t)sent);
    }
    return sent;
}

SHOWN ssize_t sendfile(int out, int in, off_t *offset, size_t size)
{
    TRL_REAL(sendfile)
    struct trl_exchange *exchange = begin_file(__builtin_return_address(0));

    return count_sent(exchange, real(out, in, offset, size));
}

SHOWN ssize_t sendfile64(int out, int in, off64_t *offset, size_t size)
{
    TRL_REAL(sendfile64)
    struct trl_exchange *exchange = begin_file(__builtin_return_address(0));

    return count_sent(exchange, real(out, in, offset, size));
}
