/* CivetWeb adapter: heads by CivetWeb's functions, put together in one buffer. */
#include "civetweb/fields.h"

#include <string.h>

static bool is_building(const struct trl_exchange *exchange)
{
    return exchange->response.phase == TRL_RESPONSE_BUILDING;
}

static bool is_fresh(const struct trl_exchange *exchange)
{
    return exchange->response.phase == TRL_RESPONSE_FRESH;
}

int trail_mg_send_http_ok(struct mg_connection *conn, const char *mime_type,
                          long long content_length)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange == NULL) {
        return mg_send_http_ok(conn, mime_type, content_length);
    }
    if (!trl_fields_go_on(exchange, 200)) {
        return 0;
    }
    trl_fields_no_cache(exchange);
    trl_fields_own(exchange);
    trl_fields_cors(exchange);
    (void)trl_fields_add(exchange, "Content-Type",
                         mime_type != NULL && mime_type[0] != '\0' ? mime_type : "text/html");
    if (content_length < 0) {
        (void)trl_fields_add(exchange, "Transfer-Encoding", "chunked");
    } else {
        (void)trl_fields_add_length(exchange, (uint64_t)content_length);
    }
    (void)trl_fields_end(exchange);
    return 0;
}

int trail_mg_response_header_start(struct mg_connection *conn, int status)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange == NULL || status < 100 || status > 999) {
        return mg_response_header_start(conn, status);
    }
    if (exchange->websocket) {
        return -2;
    }
    if (!is_fresh(exchange)) {
        return -3;
    }
    return trl_fields_begin(exchange, status) ? 0 : -5;
}

int trail_mg_response_header_add(struct mg_connection *conn, const char *header, const char *value,
                                 int value_len)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    size_t size;

    if (exchange == NULL || header == NULL || value == NULL) {
        return mg_response_header_add(conn, header, value, value_len);
    }
    if (exchange->websocket) {
        return -2;
    }
    if (!is_building(exchange)) {
        return -3;
    }
    if (exchange->response.fields >= MG_MAX_HEADERS) {
        return -4;
    }
    size = value_len >= 0 ? strnlen(value, (size_t)value_len) : strlen(value);
    return trl_response_add(&exchange->response, header, strlen(header), value, size) ? 0 : -5;
}

int trail_mg_response_header_add_lines(struct mg_connection *conn, const char *http1_headers)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange == NULL || http1_headers == NULL) {
        return mg_response_header_add_lines(conn, http1_headers);
    }
    if (exchange->websocket) {
        return -2;
    }
    return is_building(exchange) ? trl_fields_add_lines(exchange, http1_headers) : -3;
}

int trail_mg_response_header_send(struct mg_connection *conn)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange == NULL) {
        return mg_response_header_send(conn);
    }
    if (exchange->websocket) {
        return -2;
    }
    if (!is_building(exchange)) {
        return -3;
    }
    (void)trl_fields_end(exchange);
    return 0;
}

static bool is_redirect(int code)
{
    return code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
}

int trail_mg_send_http_redirect(struct mg_connection *conn, const char *target_url,
                                int redirect_code)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    int code = redirect_code != 0 ? redirect_code : 307;
    const char *target = target_url != NULL && target_url[0] != '\0' ? target_url : "/";

    if (exchange == NULL || !is_redirect(code)) {
        return mg_send_http_redirect(conn, target_url, redirect_code);
    }
    if (exchange->server->modern) {
        return trl_fields_redirect(exchange, target, code);
    }
    return trail_mg_printf(conn,
                           "HTTP/1.1 %d %s\r\n"
                           "Location: %s\r\n"
                           "Content-Length: 0\r\n"
                           "Connection: %s\r\n\r\n",
                           code, mg_get_response_code_text(conn, code), target,
                           trl_fields_connection(exchange));
}

int trail_mg_send_digest_access_authentication_request(struct mg_connection *conn,
                                                       const char *realm)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange != NULL && exchange->response.phase <= TRL_RESPONSE_BUILDING) {
        /* The nonce is CivetWeb's secret, so it must send this itself. */
        struct trl_response *response = &exchange->response;
        trl_fields_hand_over(exchange, 401);
        trl_response_begin(response);
        exchange->must_close = true;
        response->phase = TRL_RESPONSE_BODY;
        response->status = 401;
        response->head_sent = true;
        response->has_length = true;
    } else if (exchange != NULL) {
        (void)trl_response_flush(&exchange->response);
    }
    return mg_send_digest_access_authentication_request(conn, realm);
}
