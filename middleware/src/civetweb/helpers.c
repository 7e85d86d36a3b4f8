/* CivetWeb adapter: whole responses in one call. */
#include "civetweb/fields.h"
#include "civetweb/problem.h"

#include <string.h>

static int sendable(int status)
{
    return status >= 200 && status <= 599 ? status : 500;
}

static bool is_bodiless(int status)
{
    return status == 204 || status == 304;
}

static bool is_head(const struct mg_connection *conn)
{
    const struct mg_request_info *info = mg_get_request_info(conn);

    return info != NULL && info->request_method != NULL &&
           strcmp(info->request_method, "HEAD") == 0;
}

/* On a connection that trail knows nothing of. */
static int send_plainly(struct mg_connection *conn, int status, const char *content_type,
                        const char *body, size_t size)
{
    const char *reason = mg_get_response_code_text(conn, status);

    if (is_bodiless(status)) {
        (void)mg_printf(conn, "HTTP/1.1 %d %s\r\n\r\n", status, reason);
        return status;
    }
    (void)mg_printf(conn, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                    status, reason, content_type, size);
    if (size > 0 && !is_head(conn)) {
        (void)mg_write(conn, body, size);
    }
    return status;
}

/* Head and body. Returns what the handler returns. */
static int send_whole(struct mg_connection *conn, int status, const char *content_type,
                      const char *body, size_t size)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    int result = sendable(status);

    if (exchange == NULL) {
        return send_plainly(conn, result, content_type, body, size);
    }
    if (exchange->response.phase > TRL_RESPONSE_BUILDING || !trl_fields_begin(exchange, result)) {
        exchange->error_status = 500;
        return 500;
    }
    trl_fields_own(exchange);
    trl_fields_cors(exchange);
    if (is_bodiless(result)) {
        (void)trl_fields_end_tersely(exchange, NULL, 0);
        return result;
    }
    (void)trl_fields_add(exchange, "Content-Type", content_type);
    (void)trl_fields_add_length(exchange, size);
    (void)trl_fields_end_tersely(exchange, body, exchange->response.head_request ? 0 : size);
    return result;
}

int trail_send_json(struct mg_connection *conn, int status, const char *json)
{
    return send_whole(conn, status, "application/json", json, json != NULL ? strlen(json) : 0);
}

int trail_send_text(struct mg_connection *conn, int status, const char *content_type,
                    const char *text, size_t size)
{
    return send_whole(conn, status,
                      content_type != NULL ? content_type : "text/plain; charset=utf-8", text,
                      text != NULL ? size : 0);
}

int trail_send_problem(struct mg_connection *conn, int status, const char *title,
                       const char *detail)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    char body[TRL_PROBLEM_SIZE];
    int result = sendable(status);
    size_t size = trl_problem_format(
        body, result, title != NULL ? title : mg_get_response_code_text(conn, result), detail,
        exchange != NULL ? exchange->context.request_id : "");

    return send_whole(conn, result, "application/problem+json", body, size);
}
