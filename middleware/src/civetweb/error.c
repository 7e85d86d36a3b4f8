/* CivetWeb adapter: errors bear the request ID, also where no request could be parsed. Body,
 * error_pages and `Connection: close` are CivetWeb's own. */
#include "civetweb/error.h"

#include "civetweb/fields.h"
#include "civetweb/files.h"
#include "civetweb/lifecycle.h"
#include "civetweb/pages.h"
#include "civetweb/request.h"
#include "civetweb/whole.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The text that CivetWeb sends as body. */
#define MESSAGE_MAX 8192

/* The connection that this thread serves, as long as nothing on it was refused. */
static __thread const struct mg_connection *unrefused;
/* The application's http_error callback is running, or a page is being sent: an error in that is
 * answered without either. */
static __thread bool answering;

static bool has_body(int status)
{
    return status > 199 && status != 204 && status != 304;
}

static void write_body(struct trl_exchange *exchange, int status, const char *message)
{
    struct mg_connection *conn = exchange->out;
    char line[256];
    int size;

    if (!has_body(status)) {
        return;
    }
    size = snprintf(line, sizeof(line), "Error %d: %s\n", status,
                    mg_get_response_code_text(conn, status));
    (void)trl_response_write(&exchange->response, line, (size_t)size);
    (void)trl_response_write(&exchange->response, message, strlen(message));
}

/* CivetWeb's own fields and body, in one call. */
static void send_plain(struct trl_exchange *exchange, int status, const char *message)
{
    char body[MESSAGE_MAX + 256];
    int size = 0;

    if (status < 100 || status > 999 || !trl_fields_begin(exchange, status)) {
        return; /* no status line can say it, and CivetWeb sends nothing, too */
    }
    trl_fields_no_cache(exchange);
    trl_fields_own(exchange);
    trl_fields_cors(exchange);
    if (has_body(status)) {
        (void)trl_fields_add(exchange, "Content-Type", "text/plain; charset=utf-8");
        size = snprintf(body, sizeof(body), "Error %d: %s\n%s", status,
                        mg_get_response_code_text(exchange->out, status), message);
        size = size < (int)sizeof(body) ? size : (int)sizeof(body) - 1;
    }
    (void)trl_fields_end_with(exchange, body, (size_t)size);
}

/* A page that error_pages names: as a file, with the status that CivetWeb sends it with, or if it
 * is a script by CivetWeb itself. False: there is none. */
static bool send_page(struct trl_exchange *exchange, int status, bool *ret_by_civetweb)
{
    char path[TRL_PAGE_PATH_MAX];
    const struct trl_file file = {.path = path, .unconditional = true};

    if (answering || !trl_page_find(exchange->site, status, path)) {
        return false;
    }
    exchange->error_status = status;
    answering = true;
    *ret_by_civetweb = !trl_page_is_static(path) || !trl_file_send(exchange, &file);
    answering = false;
    if (*ret_by_civetweb) {
        trl_fields_hand_over(exchange, 200);
        exchange->unseen_status = status;
    }
    return true;
}

/* trail's own answer to an error. */
static int answer(struct trl_exchange *exchange, struct mg_connection *conn, int status,
                  const char *message)
{
    struct trl_response *response = &exchange->response;
    bool by_civetweb = false;

    exchange->claimed = true;
    if (response->phase > TRL_RESPONSE_BUILDING) {
        (void)trl_response_flush(response);
        exchange->must_close = true;
        mg_disable_connection_keep_alive(conn);
        exchange->error_status = status;
        write_body(exchange, status, message);
        return 0;
    }
    if (send_page(exchange, status, &by_civetweb)) {
        return by_civetweb ? 1 : 0;
    }
    exchange->must_close = true;
    mg_disable_connection_keep_alive(conn);
    if (has_body(status) && trl_request_accepts_json(exchange->info)) {
        (void)trail_send_problem(conn, status, NULL, message);
    } else {
        send_plain(exchange, status, message);
    }
    return 0;
}

static int ask_application(const struct trl_server *server, struct mg_connection *conn, int status,
                           const char *message)
{
    int result = 1;

    if (server->app.http_error != NULL && !answering) {
        answering = true;
        result = server->app.http_error(conn, status, message);
        answering = false;
    }
    return result;
}

/* What could not be parsed gets a scope of its own. */
static int reject(struct trl_server *server, struct mg_connection *conn, int status,
                  const char *message)
{
    struct trl_exchange *exchange = trl_exchange_mine();
    int result;

    if (exchange == NULL) {
        return 1;
    }
    trl_exchange_begin(exchange, server, conn);
    unrefused = NULL;
    if (exchange->info->local_uri != NULL) {
        exchange->told = conn; /* it was parsed, so that end_request will be called for it */
    }
    exchange->must_close = true;
    result = ask_application(server, conn, status, message);
    if (result != 0) {
        result = answer(exchange, conn, status, message);
    }
    (void)trl_response_finish(&exchange->response);
    trl_log_rejected(exchange, status);
    trl_exchange_end(exchange);
    return result;
}

void trl_error_connected(const struct mg_connection *conn)
{
    unrefused = conn;
}

void trl_error_closing(struct trl_server *server, struct mg_connection *conn)
{
    const struct mg_request_info *info = unrefused == conn ? mg_get_request_info(conn) : NULL;
    struct trl_exchange *exchange;

    unrefused = NULL;
    if (info == NULL || info->request_uri == NULL || info->local_uri != NULL) {
        return;
    }
    exchange = trl_exchange_mine();
    if (exchange != NULL) {
        trl_exchange_begin(exchange, server, conn);
        trl_log_rejected(exchange, 0);
        trl_exchange_end(exchange);
    }
}

int trl_error_answer(struct trl_server *server, struct mg_connection *conn, int status,
                     const char *message)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);

    if (exchange == NULL) {
        return reject(server, conn, status, message);
    }
    if (ask_application(server, conn, status, message) == 0) {
        exchange->claimed = true;
        return 0;
    }
    return answer(exchange, conn, status, message);
}

int trl_send_http_error(struct mg_connection *conn, int status, const char *format,
                        va_list arguments)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    char message[MESSAGE_MAX];

    if (conn == NULL || format == NULL) {
        return -2;
    }
    (void)vsnprintf(message, sizeof(message), format, arguments);
    if (exchange != NULL && answering) {
        /* CivetWeb does not call back from within the callback, and would send by itself. */
        (void)answer(exchange, conn, status, message);
        return 0;
    }
    return mg_send_http_error(conn, status, "%s", message);
}

int trail_mg_send_http_error(struct mg_connection *conn, int status_code, const char *format, ...)
{
    va_list arguments;
    int result;

    va_start(arguments, format);
    result = trl_send_http_error(conn, status_code, format, arguments);
    va_end(arguments);
    return result;
}
