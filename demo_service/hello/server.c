/* hello: the handlers and their registration. HELLO_BARE makes it plain CivetWeb; without, the one
 * changed #include wraps it. */
#ifdef HELLO_BARE
#include <civetweb.h>
#define HELLO(name) hello_bare_##name
#else
#include <trail/civetweb.h>
#define HELLO(name) hello_wrapped_##name
#endif

#include "hello/fields.h"
#include "hello/hello.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char greeting[] = "Hello from trail\n";
static const char json[] = "{\"message\":\"Hello from trail\",\"ok\":true}";

enum { PIECE = 4096, OPTIONS_MAX = 64 };

static int send_root(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_http_ok(conn, "text/plain", sizeof(greeting) - 1);
    mg_write(conn, greeting, sizeof(greeting) - 1);
    return 200;
}

static int send_raw(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn,
              "HTTP/1.1 200 OK\r\n"
              "Content-Type: text/plain\r\n"
              "Content-Length: %zu\r\n"
              "Connection: keep-alive\r\n\r\n%s",
              sizeof(greeting) - 1, greeting);
    return 200;
}

static int send_json(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
#ifdef HELLO_BARE
    mg_printf(conn,
              "HTTP/1.1 200 OK\r\n"
              "Content-Type: application/json\r\n"
              "Content-Length: %zu\r\n"
              "Connection: keep-alive\r\n\r\n%s",
              sizeof(json) - 1, json);
    return 200;
#else
    return trail_send_json(conn, 200, json);
#endif
}

static int send_error(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_http_error(conn, 500, "%s", "This is what /error is for");
    return 500;
}

/* A number of the query string; fallback if it is absent, negative if it is none. */
static long long query_number(const struct mg_connection *conn, const char *name,
                              long long fallback)
{
    const char *query = mg_get_request_info(conn)->query_string;
    char text[24];
    char *end;
    long long number;
    int size = mg_get_var(query != NULL ? query : "", query != NULL ? strlen(query) : 0, name, text,
                          sizeof(text));

    if (size == -1) {
        return fallback;
    }
    errno = 0;
    number = size > 0 ? strtoll(text, &end, 10) : -1;
    return number >= 0 && *end == '\0' && errno == 0 ? number : -1;
}

static int refuse(struct mg_connection *conn, const char *why)
{
    mg_send_http_error(conn, 400, "%s", why);
    return 400;
}

static int send_slow(struct mg_connection *conn, void *cbdata)
{
    long long ms = query_number(conn, "ms", 1000);

    if (ms < 0 || ms > 600000) {
        return refuse(conn, "ms is a number from 0 to 600000");
    }
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
    return send_raw(conn, cbdata);
}

static int send_stream(struct mg_connection *conn, void *cbdata)
{
    long long left = query_number(conn, "bytes", 65536);
    char piece[PIECE];

    (void)cbdata;
    if (left < 0) {
        return refuse(conn, "bytes is a number from 0 on");
    }
    memset(piece, 'x', sizeof(piece));
    mg_send_http_ok(conn, "application/octet-stream", left);
    while (left > 0) {
        size_t size = left < PIECE ? (size_t)left : PIECE;
        if (mg_write(conn, piece, size) != (int)size) {
            break;
        }
        left -= (long long)size;
    }
    return 200;
}

/* The whole body, terminated, in memory that the caller frees; NULL with the status to answer. */
static char *read_body(struct mg_connection *conn, size_t *ret_size, int *ret_status)
{
    enum { BODY_MAX = 16 * 1024 * 1024 };
    char *body = NULL;
    size_t size = 0;
    int got = 1;

    for (size_t room = 0; got > 0 && size <= BODY_MAX; size += (size_t)(got > 0 ? got : 0)) {
        if (room - size < PIECE) {
            char *grown = realloc(body, room = 2 * room + 2 * PIECE);
            if (grown == NULL) {
                free(body);
                *ret_status = 500;
                return NULL;
            }
            body = grown;
        }
        got = mg_read(conn, body + size, room - size - 1);
    }
    if (got < 0 || size > BODY_MAX) {
        *ret_status = got < 0 ? 400 : 413;
        free(body);
        return NULL;
    }
    body[size] = '\0';
    *ret_size = size;
    return body;
}

static int log_fields(struct mg_connection *conn, void *cbdata)
{
    size_t size = 0;
    int status = 0;
    char *body;
    bool logged;

    (void)cbdata;
    if (strcmp(mg_get_request_info(conn)->request_method, "POST") != 0) {
        mg_send_http_error(conn, 405, "%s", "POST a JSON object");
        return 405;
    }
    body = read_body(conn, &size, &status);
    if (body == NULL) {
        mg_send_http_error(conn, status, "%s", "The body could not be read");
        return status;
    }
    logged = hello_log_fields(body, size);
    free(body);
    if (!logged) {
        return refuse(conn, "The body is no JSON object");
    }
    mg_printf(conn, "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
    return 204;
}

/* A file below the directory, or 404. */
static int send_other(struct mg_connection *conn, void *cbdata)
{
    const char *files = cbdata;
    const char *uri = mg_get_request_info(conn)->local_uri;
    const char *method = mg_get_request_info(conn)->request_method;
    struct stat found;
    char path[4096];

    if (files == NULL || (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) ||
        strstr(uri, ".htpasswd") != NULL ||
        (size_t)snprintf(path, sizeof(path), "%s%s", files, uri) >= sizeof(path) ||
        stat(path, &found) != 0 || !S_ISREG(found.st_mode)) {
        mg_send_http_error(conn, 404, "%s", "Not Found");
        return 404;
    }
    mg_send_file(conn, path);
    return 200;
}

void HELLO(mount)(const struct mg_context *context)
{
    struct mg_context *ctx = (struct mg_context *)(uintptr_t)context;

    mg_set_request_handler(ctx, "**", send_other, mg_get_user_data(context));
    mg_set_request_handler(ctx, "/", send_root, NULL);
    mg_set_request_handler(ctx, "/raw", send_raw, NULL);
    mg_set_request_handler(ctx, "/json", send_json, NULL);
    mg_set_request_handler(ctx, "/error", send_error, NULL);
    mg_set_request_handler(ctx, "/slow", send_slow, NULL);
    mg_set_request_handler(ctx, "/stream", send_stream, NULL);
    mg_set_request_handler(ctx, "/fields", log_fields, NULL);
#ifndef HELLO_BARE
    mg_set_request_handler(ctx, "/metrics", trail_metrics_handler, NULL);
#endif
}

struct mg_context *HELLO(start)(const struct hello_options *options,
                                const struct mg_callbacks *callbacks)
{
    char port[32];
    char threads[16];
    const char *list[OPTIONS_MAX + 16] = {"listening_ports",   port, "num_threads", threads,
                                          "enable_keep_alive", "yes"};
    size_t count = 6;

    snprintf(port, sizeof(port), "127.0.0.1:%u", options->port);
    snprintf(threads, sizeof(threads), "%u", options->threads);
    if (options->files != NULL) {
        list[count++] = "document_root";
        list[count++] = options->files;
    }
    for (unsigned i = 0; i < options->civetweb_size && i < OPTIONS_MAX; i++) {
        list[count++] = options->civetweb[i];
    }
    return mg_start(callbacks, (void *)(uintptr_t)options->files, list);
}

void HELLO(stop)(struct mg_context *ctx)
{
    mg_stop(ctx);
}
