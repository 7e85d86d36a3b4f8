/* libtrail-auto: what trail's own code means when it calls CivetWeb. The linker leads its calls
 * here
 * (--wrap), past the functions of the same names that this library shows to everybody else. */
#include "auto/real.h"

#define TRAIL_CIVETWEB_NO_ROUTING
#include <trail/civetweb.h>

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void *trl_real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL) {
        fprintf(stderr, "trail: this program has no %s: is it linked with libcivetweb.so?\n", name);
        _Exit(2);
    }
    return found;
}

/* PASS(type, name, parameters, arguments): __wrap_NAME is the real NAME. */
#define PASS(type, name, parameters, arguments)                                                    \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        TRL_REAL(name)                                                                             \
        return real arguments;                                                                     \
    }

#define PASS_VOID(name, parameters, arguments)                                                     \
    void __wrap_##name parameters;                                                                 \
    void __wrap_##name parameters                                                                  \
    {                                                                                              \
        TRL_REAL(name)                                                                             \
        real arguments;                                                                            \
    }

PASS(int, mg_write, (struct mg_connection * conn, const void *bytes, size_t size),
     (conn, bytes, size))
PASS(int, mg_read, (struct mg_connection * conn, void *bytes, size_t size), (conn, bytes, size))
PASS(int, mg_send_chunk, (struct mg_connection * conn, const char *chunk, unsigned size),
     (conn, chunk, size))
PASS(int, mg_send_http_ok, (struct mg_connection * conn, const char *type, long long size),
     (conn, type, size))
PASS(int, mg_send_http_redirect, (struct mg_connection * conn, const char *url, int code),
     (conn, url, code))
PASS(int, mg_send_digest_access_authentication_request,
     (struct mg_connection * conn, const char *realm), (conn, realm))
PASS(int, mg_send_file_body, (struct mg_connection * conn, const char *path), (conn, path))
PASS(int, mg_response_header_start, (struct mg_connection * conn, int status), (conn, status))
PASS(int, mg_response_header_add,
     (struct mg_connection * conn, const char *name, const char *value, int size),
     (conn, name, value, size))
PASS(int, mg_response_header_add_lines, (struct mg_connection * conn, const char *lines),
     (conn, lines))
PASS(int, mg_response_header_send, (struct mg_connection * conn), (conn))
PASS(int, mg_websocket_write,
     (struct mg_connection * conn, int opcode, const char *data, size_t size),
     (conn, opcode, data, size))
PASS_VOID(mg_disable_connection_keep_alive, (struct mg_connection * conn), (conn))
PASS_VOID(mg_send_mime_file2,
          (struct mg_connection * conn, const char *path, const char *type, const char *lines),
          (conn, path, type, lines))
PASS(long long, mg_store_body, (struct mg_connection * conn, const char *path), (conn, path))
PASS(int, mg_handle_form_request,
     (struct mg_connection * conn, struct mg_form_data_handler *handler), (conn, handler))
PASS(struct mg_context *, mg_start2, (struct mg_init_data * init, struct mg_error_data *error),
     (init, error))
PASS(int, mg_start_domain2,
     (struct mg_context * ctx, const char **options, struct mg_error_data *error),
     (ctx, options, error))
PASS_VOID(mg_stop, (struct mg_context * ctx), (ctx))
PASS_VOID(mg_set_request_handler,
          (struct mg_context * ctx, const char *uri, mg_request_handler handler, void *cbdata),
          (ctx, uri, handler, cbdata))
PASS_VOID(mg_set_auth_handler,
          (struct mg_context * ctx, const char *uri, mg_authorization_handler handler,
           void *cbdata),
          (ctx, uri, handler, cbdata))
PASS_VOID(mg_set_websocket_handler_with_subprotocols,
          (struct mg_context * ctx, const char *uri, struct mg_websocket_subprotocols *protocols,
           mg_websocket_connect_handler on_connect, mg_websocket_ready_handler on_ready,
           mg_websocket_data_handler on_data, mg_websocket_close_handler on_close, void *cbdata),
          (ctx, uri, protocols, on_connect, on_ready, on_data, on_close, cbdata))

enum { MESSAGE_MAX = 8192 };

int __wrap_mg_printf(struct mg_connection *conn, const char *format, ...) TRAIL_PRINTF(2, 3);

int __wrap_mg_printf(struct mg_connection *conn, const char *format, ...)
{
    TRL_REAL(mg_printf)
    char *text = NULL;
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (size < 0) {
        return -1;
    }
    size = real(conn, "%s", text);
    free(text);
    return size;
}

int __wrap_mg_send_http_error(struct mg_connection *conn, int status, const char *format, ...)
    TRAIL_PRINTF(3, 4);

int __wrap_mg_send_http_error(struct mg_connection *conn, int status, const char *format, ...)
{
    TRL_REAL(mg_send_http_error)
    char message[MESSAGE_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    return real(conn, status, "%s", message);
}
