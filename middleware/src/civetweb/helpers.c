/* CivetWeb adapter: whole responses in one call. */
#include "civetweb/fields.h"
#include "civetweb/problem.h"
#include "core/likely.h"

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

/* Field by field: the application, or CivetWeb's options, may have some of their own. */
static int send_by_fields(struct trl_exchange *exchange, int status, const char *content_type,
                          const char *body, size_t size)
{
    if (exchange->response.phase > TRL_RESPONSE_BUILDING || !trl_fields_begin(exchange, status)) {
        exchange->error_status = 500;
        return 500;
    }
    trl_fields_own(exchange);
    trl_fields_cors(exchange);
    if (is_bodiless(status)) {
        (void)trl_fields_end_tersely(exchange, NULL, 0);
        return status;
    }
    (void)trl_fields_add(exchange, "Content-Type", content_type);
    (void)trl_fields_add_length(exchange, size);
    (void)trl_fields_end_tersely(exchange, body, exchange->response.head_request ? 0 : size);
    return status;
}

/* A content type of trail's own, and its size; the size of others is told as 0. */
#define OWN_TYPE(literal) (literal), sizeof(literal) - 1

/* Head and body. Returns what the handler returns. */
static int send_whole(struct mg_connection *conn, int status, const char *content_type,
                      size_t type_size, const char *body, size_t size)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    int result = sendable(status);

    if (exchange == NULL) {
        return send_plainly(conn, result, content_type, body, size);
    }
    struct trl_whole_response whole = {
        .status = result,
        .type = content_type,
        .type_size = type_size,
        .body = body,
        .size = size,
    };
    if (TRL_LIKELY(type_size > 0 && size > 0 && !is_bodiless(result) &&
                   !exchange->response.head_request && trl_fields_send_plain(exchange, &whole))) {
        return result;
    }
    return send_by_fields(exchange, result, content_type, body, size);
}

int trail_send_json(struct mg_connection *conn, int status, const char *json)
{
    return send_whole(conn, status, OWN_TYPE("application/json"), json,
                      json != NULL ? strlen(json) : 0);
}

int trail_send_text(struct mg_connection *conn, int status, const char *content_type,
                    const char *text, size_t size)
{
    size = text != NULL ? size : 0;
    return content_type != NULL
               ? send_whole(conn, status, content_type, 0, text, size)
               : send_whole(conn, status, OWN_TYPE("text/plain; charset=utf-8"), text, size);
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

    return send_whole(conn, result, OWN_TYPE("application/problem+json"), body, size);
}
