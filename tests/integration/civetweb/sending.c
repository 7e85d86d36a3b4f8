/* Each of CivetWeb's sending functions: what is on the wire is what CivetWeb itself sends, with the
 * request ID once; and the log tells the status and the bytes of the wire. On HTTP and HTTPS. */
#include "fixture.h"

#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static char file_path[] = "/tmp/trail-sending-XXXXXX";
static char file_bytes[70000];

static int by_printf(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", 5, "hello");
    return 200;
}

static int by_printf_in_pieces(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 %d", 202);
    mg_printf(conn, "%s\r\nContent-Le", " Accepted");
    mg_printf(conn, "ngth: 10\r\n\r");
    mg_printf(conn, "\n");
    mg_printf(conn, "%s", "hello");
    mg_printf(conn, "%s", "world");
    return 202;
}

static int by_write(struct mg_connection *conn, void *cbdata)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n";

    (void)cbdata;
    assert_int_equal(mg_write(conn, head, sizeof(head) - 1), sizeof(head) - 1);
    assert_int_equal(mg_write(conn, file_bytes, sizeof(file_bytes)), sizeof(file_bytes));
    return 200;
}

static int by_own_id(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nx-request-");
    mg_printf(conn, "id: of the handler's own\r\nContent-Length: 2\r\n\r\nok");
    return 200;
}

static int by_http_ok(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    assert_int_equal(mg_send_http_ok(conn, "text/plain", 5), 0);
    assert_int_equal(mg_write(conn, "hello", 5), 5);
    return 200;
}

static int by_http_ok_of_unknown_length(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_http_ok(conn, NULL, -1);
    assert_int_equal(mg_send_chunk(conn, "hello", 5), 10);
    assert_int_equal(mg_send_chunk(conn, file_bytes, sizeof(file_bytes)), 70009);
    assert_int_equal(mg_send_chunk(conn, "", 0), 5);
    return 200;
}

static int by_redirect(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    assert_true(mg_send_http_redirect(conn, "/elsewhere?a=b", 301) > 0);
    return 301;
}

static int by_redirect_default(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    assert_int_equal(mg_send_http_redirect(conn, "/", 200), -2);
    assert_true(mg_send_http_redirect(conn, NULL, 0) > 0);
    return 307;
}

static int by_error(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    assert_int_equal(mg_send_http_error(conn, 503, "%s is down: %d", "The database", 7), 0);
    return 503;
}

static int by_bodiless_error(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_http_error(conn, 304, "%s", "never sent");
    return 304;
}

static int by_response_headers(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    assert_int_equal(mg_response_header_add(conn, "Too", "early", -1), -3);
    assert_int_equal(mg_response_header_start(conn, 201), 0);
    assert_int_equal(mg_response_header_start(conn, 200), -3);
    assert_int_equal(mg_response_header_add(conn, "X-Cut", "value and more", 5), 0);
    assert_int_equal(mg_response_header_add_lines(conn, "X-One: 1\r\nX-Two: 2\r\n"), 2);
    assert_int_equal(mg_response_header_add(conn, "Content-Length", "2", -1), 0);
    assert_int_equal(mg_response_header_send(conn), 0);
    assert_int_equal(mg_response_header_send(conn), -3);
    mg_write(conn, "ok", 2);
    return 201;
}

static int by_file(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_file(conn, file_path);
    return 200;
}

static int by_mime_file(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_mime_file(conn, file_path, "text/x-test");
    return 200;
}

static int by_mime_file2(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_mime_file2(conn, file_path, "text/x-test", "X-One: 1\r\nX-Two: 2");
    return 200;
}

static int by_missing_file(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_file(conn, "/nonexistent/file");
    return 404;
}

static int by_file_body(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n");
    assert_int_equal(mg_send_file_body(conn, "/nonexistent/file"), -1);
    assert_true(mg_send_file_body(conn, file_path) >= 0);
    return 200;
}

static int by_file_behind_a_head(struct mg_connection *conn, void *cbdata)
{
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n");
    return by_file(conn, cbdata);
}

static int by_missing_file_behind_a_head(struct mg_connection *conn, void *cbdata)
{
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
    return by_missing_file(conn, cbdata);
}

static int by_pointer(struct mg_connection *conn, void *cbdata)
{
    int (*volatile print)(struct mg_connection *, const char *, ...) = mg_printf;
    int (*volatile write)(struct mg_connection *, const void *, size_t) = &mg_write;

    (void)cbdata;
    print(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    write(conn, "ok", 2);
    return 200;
}

static int by_head_alone(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 204 No Content\r\n\r\n");
    return 204;
}

static int by_head_of_a_body(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    return 200;
}

struct row {
    const char *name;
    mg_request_handler handler;
    const char *request_lines; /* of the request, beyond its ID */
    const char *method;
    int status;
    bool other_nonce; /* the 401, whose nonce differs each time */
};

static int by_digest(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    assert_int_equal(mg_send_digest_access_authentication_request(conn, "realm"), 0);
    return 401;
}

static const struct row rows[] = {
    {"mg_printf", by_printf, "", "GET", 200, false},
    {"mg_printf in pieces", by_printf_in_pieces, "", "GET", 202, false},
    {"mg_write", by_write, "", "GET", 200, false},
    {"its own request ID", by_own_id, "", "GET", 200, false},
    {"mg_send_http_ok", by_http_ok, "", "GET", 200, false},
    {"mg_send_http_ok to HTTP/1.1 that closes", by_http_ok, "Connection: close\r\n", "GET", 200,
     false},
    {"mg_send_http_ok and chunks", by_http_ok_of_unknown_length, "", "GET", 200, false},
    {"mg_send_http_redirect", by_redirect, "", "GET", 301, false},
    {"mg_send_http_redirect by default", by_redirect_default, "", "GET", 307, false},
    {"mg_send_http_error", by_error, "", "GET", 503, false},
    {"mg_send_http_error without body", by_bodiless_error, "", "GET", 304, false},
    {"mg_response_header_…", by_response_headers, "", "GET", 201, false},
    {"mg_send_file", by_file, "", "GET", 200, false},
    {"mg_send_file to HEAD", by_file, "", "HEAD", 200, false},
    {"mg_send_file in part", by_file, "Range: bytes=10-19\r\n", "GET", 206, false},
    {"mg_send_file to its end", by_file, "Range: bytes=69990-\r\n", "GET", 206, false},
    {"mg_send_file to another origin", by_file, "Origin: http://a\r\n", "GET", 200, false},
    {"mg_send_file unchanged", by_file, "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n",
     "GET", 304, false},
    {"mg_send_mime_file", by_mime_file, "", "GET", 200, false},
    {"mg_send_mime_file2", by_mime_file2, "", "GET", 200, false},
    {"mg_send_file of none", by_missing_file, "", "GET", 404, false},
    {"mg_send_file behind a head", by_file_behind_a_head, "", "GET", 200, false},
    {"mg_send_file behind a head to HEAD", by_file_behind_a_head, "", "HEAD", 200, false},
    {"mg_send_file of none behind a head", by_missing_file_behind_a_head, "", "GET", 200, false},
    {"mg_send_file_body", by_file_body, "", "GET", 200, false},
    {"mg_send_digest_access_authentication_request", by_digest, "", "GET", 401, true},
    {"through pointers", by_pointer, "", "GET", 200, false},
    {"a head alone", by_head_alone, "", "GET", 204, false},
    {"a head alone to HEAD", by_head_of_a_body, "", "HEAD", 200, false},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void ask(const struct row *row, int port, bool tls, const char *id,
                struct http_response *ret_response)
{
    struct http_client client;
    char request[512];

    snprintf(request, sizeof(request), "%s /row%zu HTTP/1.1\r\nHost: localhost\r\n%s%s%s%s\r\n",
             row->method, (size_t)(row - rows), row->request_lines,
             id != NULL ? "X-Request-ID: " : "", id != NULL ? id : "", id != NULL ? "\r\n" : "");
    (tls ? http_connect_tls : http_connect)(&client, port);
    http_send(&client, request);
    http_receive(&client, strcmp(row->method, "HEAD") == 0, ret_response);
    http_close(&client);
}

/* The head without the lines that differ from one response to the next, and without the ID. */
static char *comparable(const struct http_response *response, bool other_nonce)
{
    char *lines = calloc(1, strlen(response->head) + 1);
    const char *line = response->head;

    assert_non_null(lines);
    while (*line != '\0') {
        size_t size = strcspn(line, "\n") + 1;
        if (strncasecmp(line, "Date:", 5) != 0 && strncasecmp(line, "X-Request-ID:", 13) != 0 &&
            !(other_nonce && strncasecmp(line, "WWW-Authenticate:", 17) == 0)) {
            strncat(lines, line, size);
        }
        line += size;
    }
    return lines;
}

static void assert_same_wire(const struct row *row, const struct http_response *ours,
                             const struct http_response *theirs)
{
    char *our_head = comparable(ours, row->other_nonce);
    char *their_head = comparable(theirs, row->other_nonce);

    if (strcmp(our_head, their_head) != 0) {
        fail_msg("%s: sent\n%sCivetWeb sends\n%s", row->name, our_head, their_head);
    }
    assert_int_equal(http_count(ours, "Date"), http_count(theirs, "Date"));
    assert_int_equal(ours->body_size, theirs->body_size);
    assert_memory_equal(ours->body, theirs->body, ours->body_size);
    assert_int_equal(ours->ended_by_close, theirs->ended_by_close);
    free(our_head);
    free(their_head);
}

static void assert_row(const struct row *row, bool tls)
{
    struct http_response ours;
    struct http_response theirs;
    char id[64];
    cJSON *event;

    snprintf(id, sizeof(id), "row-%zu-%d", (size_t)(row - rows), tls);
    ask(row, tls ? server.tls_port : server.port, tls, id, &ours);
    ask(row, plain_port, false, NULL, &theirs);
    if (http_count(&ours, "X-Request-ID") != 1 ||
        strcmp(http_field(&ours, "X-Request-ID"), id) != 0) {
        fail_msg("%s: not one ID of the request: %s", row->name, ours.head);
    }
    assert_int_equal(ours.status, row->status);
    if (row->handler != by_own_id) {
        assert_same_wire(row, &ours, &theirs);
    }
    event = server_terminal(&server, id);
    assert_string_equal(text_of(event, "event"),
                        row->status >= 500 ? "request_failed" : "request_completed");
    assert_true(number_of(event, "status") == row->status);
    if (number_of(event, "bytesOut") != (double)ours.body_size) {
        fail_msg("%s: bytesOut %g, on the wire %zu", row->name, number_of(event, "bytesOut"),
                 ours.body_size);
    }
    cJSON_Delete(event);
    http_response_free(&ours);
    http_response_free(&theirs);
}

static void test_each_function_sends_what_civetweb_sends_and_the_id(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        assert_row(&rows[i], false);
    }
}

static void test_each_function_does_so_with_tls(void **state)
{
    (void)state;
    if (server.tls_port == 0) {
        skip();
    }
    for (size_t i = 0; i < ROWS; i++) {
        assert_row(&rows[i], true);
    }
}

static void start_plain(void)
{
    static const struct mg_callbacks none;
    const char *options[] = {"listening_ports",   "127.0.0.1:0", "num_threads", "2",
                             "enable_keep_alive", "yes",         NULL};

    serve_without_trail(&none, options);
}

static int setup(void **state)
{
    int fd = mkstemp(file_path);

    (void)state;
    for (size_t i = 0; i < sizeof(file_bytes); i++) {
        file_bytes[i] = (char)('a' + i % 26);
    }
    assert_int_equal(write(fd, file_bytes, sizeof(file_bytes)), sizeof(file_bytes));
    close(fd);
    server_start(&server, &(struct server_options){.certificate = tls_certificate()});
    start_plain();
    for (size_t i = 0; i < ROWS; i++) {
        char uri[16];
        snprintf(uri, sizeof(uri), "/row%zu", i);
        mg_set_request_handler(server.ctx, uri, rows[i].handler, NULL);
        mg_set_request_handler(plain, uri, rows[i].handler, NULL);
    }
    return 0;
}

static int teardown(void **state)
{
    stop_serving(state);
    unlink(file_path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_function_sends_what_civetweb_sends_and_the_id),
        cmocka_unit_test(test_each_function_does_so_with_tls),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
