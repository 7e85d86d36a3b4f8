/* CivetWeb adapter: WebSockets. CivetWeb runs all four callbacks of a connection on the thread of
 * its request, so the request's scope is current in each. */
#include "civetweb/websocket.h"

#include "civetweb/handlers.h"
#include "civetweb/lifecycle.h"
#include "civetweb/request.h"
#include "civetweb/whole.h"

#include <stdio.h>
#include <string.h>

/* CivetWeb refuses a longer one with an error of its own. */
enum { KEY_MAX = 63 };

/* CivetWeb can't be asked to add a field to its handshake; but what is written before it belongs to
 * the same head, if it ends in a field whose value CivetWeb's own status line becomes. */
static void send_id(struct trl_exchange *exchange, struct mg_connection *conn)
{
    struct trl_response *response = &exchange->response;
    const char *key = trl_request_header(exchange->info, "Sec-WebSocket-Key");
    char head[512];
    int size;

    if (key == NULL || strlen(key) > KEY_MAX) {
        return;
    }
    size =
        snprintf(head, sizeof(head),
                 "HTTP/1.1 101 Switching Protocols\r\n%s: %s\r\nX-Handshake: ", response->id_name,
                 response->id);
    if (size > 0 && (size_t)size < sizeof(head)) {
        trl_response_begin(response);
        response->phase = TRL_RESPONSE_BODY;
        response->status = 101;
        response->head_sent = mg_write(conn, head, (size_t)size) == size;
        response->broken = !response->head_sent;
    }
}

static int on_connect(const struct mg_connection *conn, void *cbdata)
{
    const struct trl_handler *handler = cbdata;
    struct trl_exchange *exchange = trl_exchange_of(conn);
    int refused = 0;

    if (exchange != NULL) {
        trl_exchange_set_route(exchange, handler->route, handler->route_size);
        exchange->claimed = true;
    }
    if (handler->connect != NULL) {
        refused = handler->connect(conn, handler->cbdata);
    }
    if (exchange == NULL) {
        return refused;
    }
    trl_scope_restore(&exchange->scope);
    if (refused != 0) {
        (void)trl_response_finish(&exchange->response);
    } else if (!trl_whole_program && exchange->response.phase <= TRL_RESPONSE_BUILDING) {
        send_id(exchange, exchange->out);
    }
    return refused;
}

static void on_ready(struct mg_connection *conn, void *cbdata)
{
    const struct trl_handler *handler = cbdata;
    struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange != NULL) {
        exchange->websocket = true;
        memset(&exchange->frames, 0, sizeof(exchange->frames));
        trl_inflight_set_stream(exchange->inflight);
        trl_log_websocket_opened(exchange);
    }
    if (handler->ready != NULL) {
        handler->ready(conn, handler->cbdata);
    }
}

static int on_data(struct mg_connection *conn, int bits, char *data, size_t size, void *cbdata)
{
    const struct trl_handler *handler = cbdata;
    struct trl_exchange *exchange = trl_exchange_of(conn);
    int stay = 1;

    if (exchange != NULL) {
        trl_scope_restore(&exchange->scope);
        exchange->frames.in++;
        exchange->frames.bytes_in += size;
    }
    if (handler->data != NULL) {
        stay = handler->data(conn, bits, data, size, handler->cbdata);
    }
    return stay;
}

static void on_close(const struct mg_connection *conn, void *cbdata)
{
    const struct trl_handler *handler = cbdata;
    struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange != NULL) {
        trl_scope_restore(&exchange->scope);
    }
    if (handler->close != NULL) {
        handler->close(conn, handler->cbdata);
    }
    if (exchange != NULL && exchange->websocket) {
        trl_scope_restore(&exchange->scope);
        trl_log_websocket_closed(exchange);
    }
}

void trail_mg_set_websocket_handler_with_subprotocols(
    struct mg_context *ctx, const char *uri, struct mg_websocket_subprotocols *subprotocols,
    mg_websocket_connect_handler connect_handler, mg_websocket_ready_handler ready_handler,
    mg_websocket_data_handler data_handler, mg_websocket_close_handler close_handler, void *cbdata)
{
    bool removes = connect_handler == NULL && ready_handler == NULL && data_handler == NULL &&
                   close_handler == NULL;
    struct trl_handler *wrapped = removes ? NULL : trl_handler_new(ctx, uri, cbdata);

    if (wrapped == NULL) {
        mg_set_websocket_handler_with_subprotocols(ctx, uri, subprotocols, connect_handler,
                                                   ready_handler, data_handler, close_handler,
                                                   cbdata);
        return;
    }
    wrapped->connect = connect_handler;
    wrapped->ready = ready_handler;
    wrapped->data = data_handler;
    wrapped->close = close_handler;
    mg_set_websocket_handler_with_subprotocols(ctx, uri, subprotocols, on_connect, on_ready,
                                               on_data, on_close, wrapped);
}

void trail_mg_set_websocket_handler(struct mg_context *ctx, const char *uri,
                                    mg_websocket_connect_handler connect_handler,
                                    mg_websocket_ready_handler ready_handler,
                                    mg_websocket_data_handler data_handler,
                                    mg_websocket_close_handler close_handler, void *cbdata)
{
    trail_mg_set_websocket_handler_with_subprotocols(ctx, uri, NULL, connect_handler, ready_handler,
                                                     data_handler, close_handler, cbdata);
}

enum { FRAME_MAX = 8192, FRAME_HEADER_MAX = 4 };

/* The header of a final, unmasked frame of less than 64 KiB (RFC 6455, 5.2). */
static size_t frame_header(unsigned char out[FRAME_HEADER_MAX], int opcode, size_t size)
{
    out[0] = (unsigned char)(0x80 | (opcode & 0xF));
    if (size < 126) {
        out[1] = (unsigned char)size;
        return 2;
    }
    out[1] = 126;
    out[2] = (unsigned char)(size >> 8);
    out[3] = (unsigned char)size;
    return 4;
}

/* Header and payload in one call, which CivetWeb makes two of. */
static int write_frame(struct mg_connection *conn, int opcode, const char *data, size_t size)
{
    unsigned char frame[FRAME_HEADER_MAX + FRAME_MAX];
    size_t header = frame_header(frame, opcode, size);
    int sent;

    if (size > 0) {
        memcpy(frame + header, data, size);
    }
    mg_lock_connection(conn);
    sent = mg_write(conn, frame, header + size);
    mg_unlock_connection(conn);
    if (sent != (int)(header + size)) {
        return -1;
    }
    return size > 0 ? (int)size : (int)header;
}

int trail_mg_websocket_write(struct mg_connection *conn, int opcode, const char *data,
                             size_t data_len)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    int sent;

    if (exchange == NULL || data_len > FRAME_MAX) {
        sent = mg_websocket_write(conn, opcode, data, data_len);
    } else {
        sent = write_frame(conn, opcode, data, data_len);
    }
    if (exchange != NULL && sent > 0) {
        __atomic_fetch_add(&exchange->frames.out, 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&exchange->frames.bytes_out, data_len, __ATOMIC_RELAXED);
    }
    return sent;
}
