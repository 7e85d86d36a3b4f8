/* CivetWeb adapter: how much of the body came, and whether the client went away before its end. */
#include "civetweb/receive.h"

#include "civetweb/direct.h"

#include "core/ascii.h"
#include "core/likely.h"

#include <string.h>

/* Whether a body came whose end has not been seen. */
static bool body_left(const struct trl_exchange *exchange)
{
    const char *coding;
    long long length = exchange->info->content_length;

    if (TRL_UNLIKELY(exchange->body_ended || exchange->body_broken || exchange->websocket)) {
        return false;
    }
    if (length >= 0) {
        return exchange->form_read || exchange->body_in < (uint64_t)length;
    }
    coding = exchange->asked.transfer_encoding;
    return coding != NULL && trl_strcasecmp(coding, "chunked") == 0;
}

/* All of it was read, also what has not been seen. */
static void note_end(struct trl_exchange *exchange)
{
    exchange->body_ended = true;
    if (exchange->info->content_length >= 0) {
        exchange->body_in = (uint64_t)exchange->info->content_length;
        exchange->form_read = false;
    }
}

/* Reads end, too, when the server is stopped. */
static bool is_stopping(const struct trl_exchange *exchange)
{
    return __atomic_load_n(&exchange->server->stopping, __ATOMIC_RELAXED);
}

/* What a read said. An end that comes too early is the client's going. */
static void note_read(struct trl_exchange *exchange, int got, bool handlers_own)
{
    bool chunked = exchange->info->content_length < 0;

    if (got > 0) {
        exchange->body_in += (unsigned)got;
    } else if (got == 0 && (chunked || exchange->form_read)) {
        note_end(exchange);
    } else if (body_left(exchange)) {
        exchange->body_ended = true;
        exchange->body_broken = handlers_own && !is_stopping(exchange);
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

/* After a read that said no more came. */
static bool is_short(const struct trl_exchange *exchange, int got)
{
    long long length = exchange->info->content_length;

    return got < 0 || (length >= 0 && exchange->body_in < (uint64_t)length);
}

/* Behind a form that CivetWeb could not read one read tells why, also where the connection will not
 * be kept; one that it could read is taken to be whole there. For what does not come CivetWeb would
 * wait once more, to keep the connection. */
void trl_receive_rest(struct trl_exchange *exchange, struct mg_connection *conn)
{
    char buffer[8192];
    bool goes_on = !exchange->must_close || exchange->form_failed;
    int got = 1;

    while (TRL_UNLIKELY(goes_on && got > 0 && body_left(exchange))) {
        got = trl_direct_read(conn, buffer, sizeof(buffer));
        note_read(exchange, got, exchange->form_read);
        goes_on = !exchange->must_close;
    }
    if (got <= 0 && is_short(exchange, got)) {
        mg_disable_connection_keep_alive(conn);
    }
    if (TRL_UNLIKELY(exchange->form_read && exchange->must_close && !exchange->form_failed)) {
        note_end(exchange);
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
    struct trl_exchange *exchange = trl_exchange_of(conn);
    bool has_body = exchange != NULL && body_left(exchange);
    uint64_t before = has_body ? exchange->body_in : 0;
    int fields = mg_handle_form_request(conn, handler);

    if (has_body && exchange->body_in == before && !exchange->body_ended) {
        exchange->form_read = true; /* CivetWeb's reads were not seen */
        exchange->form_failed = fields < 0;
    }
    return fields;
}
