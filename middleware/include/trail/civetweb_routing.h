/**
 * @file civetweb_routing.h
 * CivetWeb's functions as trail offers them. <trail/civetweb.h> includes this file; don't include
 * it yourself.
 *
 * Each function has the parameters and the result of CivetWeb's own, does what that does, and also
 * what its comment says. On a connection that serves no request of a server that trail is installed
 * in, as on a client's, it is CivetWeb's own. Unless TRAIL_CIVETWEB_NO_ROUTING is defined, the
 * original names stand for these functions, also where their address is taken.
 *
 * All that send: this request's thread, or any other while only one writes to the connection. What
 * they return for bytes that are held is what CivetWeb returns for bytes that were sent.
 */
#ifndef TRAIL_CIVETWEB_ROUTING_H
#define TRAIL_CIVETWEB_ROUTING_H

#include <trail/base.h>

#include <civetweb.h>

TRAIL_BEGIN_DECLS

/** @name Servers @{ */

/** Starts a server under the callbacks that trail_civetweb_install() was given. Setup only. */
TRAIL_API struct mg_context *trail_mg_start(const struct mg_callbacks *callbacks, void *user_data,
                                            const char **configuration_options);

/** trail_mg_start() with CivetWeb's report of an error. Setup only. */
TRAIL_API struct mg_context *trail_mg_start2(struct mg_init_data *init,
                                             struct mg_error_data *error);

/** CivetWeb's own; the domain's responses say what its options ask for. Setup only. */
TRAIL_API int trail_mg_start_domain(struct mg_context *ctx, const char **configuration_options);
/** trail_mg_start_domain() with CivetWeb's report of an error. Setup only. */
TRAIL_API int trail_mg_start_domain2(struct mg_context *ctx, const char **configuration_options,
                                     struct mg_error_data *error);

/**
 * Stops a server. What its requests can't send from now on is the server's doing: they end as
 * `request_failed` with errorCode `server_stopped`, not as aborted. Setup only.
 */
TRAIL_API void trail_mg_stop(struct mg_context *ctx);

/**
 * Registers a handler; its requests' events bear @p uri as `route`. Any thread, but, as with
 * CivetWeb, not from within the handler that is replaced or removed: until it has returned
 * everywhere this waits. A request of exactly this path may run it from within CivetWeb's callback
 * begin_request, past what CivetWeb does in between, where that can make no difference.
 *
 * @param handler  NULL removes it, as with CivetWeb
 */
TRAIL_API void trail_mg_set_request_handler(struct mg_context *ctx, const char *uri,
                                            mg_request_handler handler, void *cbdata);

/** Registers an authorization handler: what it sends is a response like any other. Any thread. */
TRAIL_API void trail_mg_set_auth_handler(struct mg_context *ctx, const char *uri,
                                         mg_authorization_handler handler, void *cbdata);

/**
 * Registers WebSocket callbacks. The request's scope is current in all four; the handshake bears
 * the request ID; `websocket_opened` and `websocket_closed` are logged. Any thread.
 */
TRAIL_API void trail_mg_set_websocket_handler(struct mg_context *ctx, const char *uri,
                                              mg_websocket_connect_handler connect_handler,
                                              mg_websocket_ready_handler ready_handler,
                                              mg_websocket_data_handler data_handler,
                                              mg_websocket_close_handler close_handler,
                                              void *cbdata);

/** trail_mg_set_websocket_handler() with subprotocols. Any thread. */
TRAIL_API void trail_mg_set_websocket_handler_with_subprotocols(
    struct mg_context *ctx, const char *uri, struct mg_websocket_subprotocols *subprotocols,
    mg_websocket_connect_handler connect_handler, mg_websocket_ready_handler ready_handler,
    mg_websocket_data_handler data_handler, mg_websocket_close_handler close_handler, void *cbdata);

/** @} */
/** @name Sending @{ */

/** Bytes of head and body in whatever pieces; the head gets the request ID. */
TRAIL_API int trail_mg_write(struct mg_connection *conn, const void *buffer, size_t size);

/** trail_mg_write() with printf's directives. */
TRAIL_API int trail_mg_printf(struct mg_connection *conn, const char *format, ...)
    TRAIL_PRINTF(2, 3);

/** One chunk, its framing included, up to 15 KiB in one call. */
TRAIL_API int trail_mg_send_chunk(struct mg_connection *conn, const char *chunk,
                                  unsigned int chunk_len);

/** The head of a 200 with CivetWeb's fields; it leaves with the first body bytes. */
TRAIL_API int trail_mg_send_http_ok(struct mg_connection *conn, const char *mime_type,
                                    long long content_length);

/** A redirect with CivetWeb's fields, in one call. */
TRAIL_API int trail_mg_send_http_redirect(struct mg_connection *conn, const char *target_url,
                                          int redirect_code);

/**
 * An error with CivetWeb's fields and body, or with what `error_pages` names; as
 * application/problem+json for a client whose Accept names JSON.
 */
TRAIL_API int trail_mg_send_http_error(struct mg_connection *conn, int status_code,
                                       const char *format, ...) TRAIL_PRINTF(3, 4);

/** CivetWeb's own 401, which bears the request ID. */
TRAIL_API int trail_mg_send_digest_access_authentication_request(struct mg_connection *conn,
                                                                 const char *realm);

/** A file with CivetWeb's fields, conditions and ranges. */
TRAIL_API void trail_mg_send_file(struct mg_connection *conn, const char *path);
/** trail_mg_send_file() with a content type. */
TRAIL_API void trail_mg_send_mime_file(struct mg_connection *conn, const char *path,
                                       const char *mime_type);
/** trail_mg_send_file() with a content type and more header lines. */
TRAIL_API void trail_mg_send_mime_file2(struct mg_connection *conn, const char *path,
                                        const char *mime_type, const char *additional_headers);
/** The bytes of a file, as body. */
TRAIL_API int trail_mg_send_file_body(struct mg_connection *conn, const char *path);

/**
 * Begins a head that is put together field by field. mg_send_http_ok(), files, errors and
 * trail_send_json() go on with it, and so does CivetWeb with a file where the handler returns 0.
 */
TRAIL_API int trail_mg_response_header_start(struct mg_connection *conn, int status);
/** Adds a field; one of the request ID's name is taken and left out. */
TRAIL_API int trail_mg_response_header_add(struct mg_connection *conn, const char *header,
                                           const char *value, int value_len);
/** Adds header lines. */
TRAIL_API int trail_mg_response_header_add_lines(struct mg_connection *conn,
                                                 const char *http1_headers);
/** Ends the head: it leaves with the first body bytes if it declares a length, else at once. */
TRAIL_API int trail_mg_response_header_send(struct mg_connection *conn);

/** One frame, header and up to 8 KiB of payload in one call; counted. Any thread. */
TRAIL_API int trail_mg_websocket_write(struct mg_connection *conn, int opcode, const char *data,
                                       size_t data_len);

/** CivetWeb's own; the heads that follow say `Connection: close`. */
TRAIL_API void trail_mg_disable_connection_keep_alive(struct mg_connection *conn);

/** @} */
/** @name Receiving @{ */

/** CivetWeb's own; the body bytes are counted. */
TRAIL_API int trail_mg_read(struct mg_connection *conn, void *buffer, size_t size);
/** CivetWeb's own; the body bytes are counted. */
TRAIL_API long long trail_mg_store_body(struct mg_connection *conn, const char *path);
/** CivetWeb's own; the body bytes are counted where their number was declared, and all came. */
TRAIL_API int trail_mg_handle_form_request(struct mg_connection *conn,
                                           struct mg_form_data_handler *handler);

/** @} */

TRAIL_END_DECLS

#if defined(__cplusplus) && !defined(TRAIL_CIVETWEB_NO_ROUTING)
/*
 * CivetServer registers its handlers, reads and stops from within libcivetweb-cpp.so, where no
 * macro reaches. There these names mean what the program defines under them: so each part of a C++
 * program that includes this file defines them, weakly, and they are trail's. In a program that
 * CivetWeb is compiled into, CivetWeb's own definitions, which are not weak, remain.
 */
extern "C" {
#define TRAIL_IN_PLACE_ __attribute__((weak, visibility("default")))

TRAIL_IN_PLACE_ void mg_set_request_handler(struct mg_context *ctx, const char *uri,
                                            mg_request_handler handler, void *cbdata)
{
    trail_mg_set_request_handler(ctx, uri, handler, cbdata);
}

TRAIL_IN_PLACE_ void mg_set_auth_handler(struct mg_context *ctx, const char *uri,
                                         mg_authorization_handler handler, void *cbdata)
{
    trail_mg_set_auth_handler(ctx, uri, handler, cbdata);
}

TRAIL_IN_PLACE_ void mg_set_websocket_handler(struct mg_context *ctx, const char *uri,
                                              mg_websocket_connect_handler connect_handler,
                                              mg_websocket_ready_handler ready_handler,
                                              mg_websocket_data_handler data_handler,
                                              mg_websocket_close_handler close_handler,
                                              void *cbdata)
{
    trail_mg_set_websocket_handler(ctx, uri, connect_handler, ready_handler, data_handler,
                                   close_handler, cbdata);
}

TRAIL_IN_PLACE_ void mg_stop(struct mg_context *ctx)
{
    trail_mg_stop(ctx);
}

TRAIL_IN_PLACE_ int mg_read(struct mg_connection *conn, void *buffer, size_t size)
{
    return trail_mg_read(conn, buffer, size);
}

#undef TRAIL_IN_PLACE_
}
#endif

#ifndef TRAIL_CIVETWEB_NO_ROUTING
#define mg_start                                   trail_mg_start
#define mg_start2                                  trail_mg_start2
#define mg_start_domain                            trail_mg_start_domain
#define mg_start_domain2                           trail_mg_start_domain2
#define mg_stop                                    trail_mg_stop
#define mg_set_request_handler                     trail_mg_set_request_handler
#define mg_set_auth_handler                        trail_mg_set_auth_handler
#define mg_set_websocket_handler                   trail_mg_set_websocket_handler
#define mg_set_websocket_handler_with_subprotocols trail_mg_set_websocket_handler_with_subprotocols
#define mg_write                                   trail_mg_write
#define mg_printf                                  trail_mg_printf
#define mg_send_chunk                              trail_mg_send_chunk
#define mg_send_http_ok                            trail_mg_send_http_ok
#define mg_send_http_redirect                      trail_mg_send_http_redirect
#define mg_send_http_error                         trail_mg_send_http_error
#define mg_send_digest_access_authentication_request                                               \
    trail_mg_send_digest_access_authentication_request
#define mg_send_file                     trail_mg_send_file
#define mg_send_mime_file                trail_mg_send_mime_file
#define mg_send_mime_file2               trail_mg_send_mime_file2
#define mg_send_file_body                trail_mg_send_file_body
#define mg_response_header_start         trail_mg_response_header_start
#define mg_response_header_add           trail_mg_response_header_add
#define mg_response_header_add_lines     trail_mg_response_header_add_lines
#define mg_response_header_send          trail_mg_response_header_send
#define mg_websocket_write               trail_mg_websocket_write
#define mg_disable_connection_keep_alive trail_mg_disable_connection_keep_alive
#define mg_disable_keep_alive            trail_mg_disable_connection_keep_alive /* as Debian has it */
#define mg_read                          trail_mg_read
#define mg_store_body                    trail_mg_store_body
#define mg_handle_form_request           trail_mg_handle_form_request
#endif

#endif
