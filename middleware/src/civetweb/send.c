/* CivetWeb adapter: the functions that send bytes as they are. */
#include "civetweb/exchange.h"
#include "civetweb/format.h"
#include "civetweb/whole.h"
#include "core/likely.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int trail_mg_write(struct mg_connection *conn, const void *buffer, size_t size)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange == NULL) {
        return mg_write(conn, buffer, size);
    }
    return size <= INT_MAX ? trl_response_write(&exchange->response, buffer, size) : -1;
}

/* Of a connection that is not trail's, or longer than any buffer. */
static int TRAIL_PRINTF(3, 0)
    print_elsewhere(struct trl_exchange *exchange, struct mg_connection *conn, const char *format,
                    va_list arguments)
{
    char *text;
    int size = vasprintf(&text, format, arguments);
    int written;

    if (size < 0) {
        return -1;
    }
    if (size == 0) {
        written = 0;
    } else if (exchange != NULL) {
        written = trl_response_write(&exchange->response, text, (size_t)size);
    } else {
        written = mg_write(conn, text, (size_t)size);
    }
    free(text);
    return written;
}

/* Formats into the room that the response leaves from. */
static int TRAIL_PRINTF(3, 0) print(struct trl_exchange *exchange, struct mg_connection *conn,
                                    const char *format, va_list arguments)
{
    struct trl_response *response = &exchange->response;
    va_list again;
    size_t room = 0;
    char *out = trl_response_reserve(response, 1024, &room);
    int size = TRL_LIKELY(out != NULL) ? trl_format(out, room, format, arguments) : -1;
    int written = -1;

    if (TRL_LIKELY(size > 0)) {
        return trl_response_commit(response, (size_t)size);
    }
    va_copy(again, arguments);
    if (out != NULL) {
        size = vsnprintf(out, room, format, arguments);
    }
    if (out == NULL || (size >= 0 && (size_t)size >= room)) {
        written = print_elsewhere(exchange, conn, format, again);
    } else if (size > 0) {
        written = trl_response_commit(response, (size_t)size);
    } else {
        written = size;
    }
    va_end(again);
    return written;
}

int trl_vprintf(struct mg_connection *conn, const char *format, va_list arguments)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);

    return TRL_LIKELY(exchange != NULL) ? print(exchange, conn, format, arguments)
                                        : print_elsewhere(NULL, conn, format, arguments);
}

int trail_mg_printf(struct mg_connection *conn, const char *format, ...)
{
    va_list arguments;
    int written;

    va_start(arguments, format);
    written = trl_vprintf(conn, format, arguments);
    va_end(arguments);
    return written;
}

/* Framing and chunk in the response's own buffer, if they fit. */
static char *frame_chunk(struct trl_response *response, const char *prefix, size_t prefix_size,
                         const char *chunk, size_t size)
{
    size_t room = 0;
    char *out;

    if (size + prefix_size + 2 > TRL_RESPONSE_BUFFER - TRL_RESPONSE_GAP) {
        return NULL;
    }
    out = trl_response_reserve(response, size + prefix_size + 2, &room);
    if (out != NULL) {
        memcpy(out, prefix, prefix_size);
        if (size > 0) { /* the last chunk may be NULL */
            memcpy(out + prefix_size, chunk, size);
        }
        memcpy(out + prefix_size + size, "\r\n", 2);
    }
    return out;
}

int trail_mg_send_chunk(struct mg_connection *conn, const char *chunk, unsigned int chunk_len)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    char prefix[16];
    size_t prefix_size;
    size_t whole;

    if (exchange == NULL) {
        return mg_send_chunk(conn, chunk, chunk_len);
    }
    prefix_size = (size_t)snprintf(prefix, sizeof(prefix), "%x\r\n", chunk_len);
    whole = prefix_size + chunk_len + 2;
    if (frame_chunk(&exchange->response, prefix, prefix_size, chunk, chunk_len) != NULL) {
        return trl_response_commit(&exchange->response, whole) == (int)whole ? (int)whole : -1;
    }
    if (trl_response_write(&exchange->response, prefix, prefix_size) != (int)prefix_size ||
        trl_response_write(&exchange->response, chunk, chunk_len) != (int)chunk_len ||
        trl_response_write(&exchange->response, "\r\n", 2) != 2) {
        return -1;
    }
    return (int)whole;
}

void trail_mg_disable_connection_keep_alive(struct mg_connection *conn)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange != NULL) {
        exchange->must_close = true;
    }
    mg_disable_connection_keep_alive(conn);
}

enum trail_status trail_flush(struct mg_connection *conn)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange == NULL) {
        return TRAIL_ERR_INVALID;
    }
    return trl_response_flush(&exchange->response) < 0 ? TRAIL_ERR_IO : TRAIL_OK;
}
