/* CivetWeb adapter: how much of the body came, and whether the client went away before its end. */
#include "civetweb/receive.h"

#include "civetweb/direct.h"

#include "core/ascii.h"

#include <string.h>

/* Whether a body came whose end has not been seen. */
static bool body_left(const struct trl_exchange *exchange)
{
    const char *coding;
    long long length = exchange->info->content_length;

    if (exchange->body_ended || exchange->body_broken || exchange->websocket) {
        return false;
    }
    if (length >= 0) {
        return exchange->body_in < (uint64_t)length;
    }
    coding = exchange->asked.transfer_encoding;
    return coding != NULL && trl_strcasecmp(coding, "chunked") == 0;
}

/* What a read said. An end that comes too early is the client's going. */
static void note_read(struct trl_exchange *exchange, int got, bool handlers_own)
{
    bool chunked = exchange->info->content_length < 0;

    if (got > 0) {
        exchange->body_in += (unsigned)got;
    } else if (chunked && got == 0) {
        exchange->body_ended = true;
    } else if (body_left(exchange)) {
        exchange->body_ended = true;
        exchange->body_broken = handlers_own;
    }
}

int trail_mg_read(struct mg_connection *conn, void *buffer, size_t size)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    int got = trl_direct_read(conn, buffer, size);

    if (exchange != NULL && size > 0) {
        note_read(exchange, got, true);
    }
    return got;
}

void trl_receive_rest(struct trl_exchange *exchange, struct mg_connection *conn)
{
    char buffer[8192];
    int got = 1;

    while (got > 0 && body_left(exchange)) {
        got = trl_direct_read(conn, buffer, sizeof(buffer));
        note_read(exchange, got, false);
    }
}

/* CivetWeb has read the body by itself: all of it, if it says so. */
static void note_all(struct trl_exchange *exchange, bool whole)
{
    if (exchange != NULL && whole && exchange->info->content_length > 0) {
        exchange->body_in = (uint64_t)exchange->info->content_length;
        exchange->body_ended = true;
    }
}

long long trail_mg_store_body(struct mg_connection *conn, const char *path)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    uint64_t before = exchange != NULL ? exchange->body_in : 0;
    long long stored = mg_store_body(conn, path);

    if (exchange != NULL && stored > 0) {
        exchange->body_in = before + (uint64_t)stored; /* CivetWeb's reads may have been seen */
        note_read(exchange, 0, true);                  /* it read until nothing came */
    }
    return stored;
}

int trail_mg_handle_form_request(struct mg_connection *conn, struct mg_form_data_handler *handler)
{
    int fields = mg_handle_form_request(conn, handler);

    note_all(trl_exchange_of(conn), fields >= 0);
    return fields;
}
