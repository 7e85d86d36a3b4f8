/* Whole responses of trail's own: what they say holds, also where trail is not installed. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static int send_json(struct mg_connection *conn, void *cbdata)
{
    return trail_send_json(conn, (int)(intptr_t)cbdata, "{}");
}

static int send_problem(struct mg_connection *conn, void *cbdata)
{
    return trail_send_problem(conn, (int)(intptr_t)cbdata, NULL, NULL);
}

/* Longer than any buffer that a response begins with. */
static char long_text[40000];

static int send_long_text(struct mg_connection *conn, void *cbdata)
{
    return trail_send_text(conn, (int)(intptr_t)cbdata, NULL, long_text, sizeof(long_text));
}

static int send_typed_text(struct mg_connection *conn, void *cbdata)
{
    return trail_send_text(conn, (int)(intptr_t)cbdata, "text/csv", "a,b\n", 4);
}

static int send_nothing(struct mg_connection *conn, void *cbdata)
{
    return trail_send_text(conn, (int)(intptr_t)cbdata, NULL, "", 0);
}

static int send_last_json(struct mg_connection *conn, void *cbdata)
{
    mg_disable_connection_keep_alive(conn);
    return send_json(conn, cbdata);
}

static const struct handler handlers[] = {
    {"/last", send_last_json, 200},  {"/200", send_json, 200},
    {"/204", send_json, 204},        {"/304", send_json, 304},
    {"/problem/0", send_problem, 0}, {"/problem/999", send_problem, 999},
    {"/404", send_json, 404},        {"/299", send_json, 299},
    {"/long", send_long_text, 200},  {"/typed", send_typed_text, 200},
    {"/empty", send_nothing, 201},
};

/* Head and body of a response, up to the connection's end. */
static void ask(int port, const char *method, const char *path, char *out, size_t capacity)
{
    struct http_client client;
    char request[128];

    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nConnection: close\r\n\r\n", method, path);
    http_connect(&client, port);
    http_send(&client, request);
    http_receive_bytes(&client, 100000);
    snprintf(out, capacity, "%.*s", (int)client.size, client.bytes);
    http_close(&client);
}

static void test_no_body_is_sent_where_none_belongs(void **state)
{
    static const struct {
        const char *method;
        const char *path;
    } rows[] = {{"GET", "/204"}, {"GET", "/304"}, {"HEAD", "/200"}};
    const int ports[] = {server.port, plain_port};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        char response[2000];
        ask(ports[i % 2], rows[i / 2].method, rows[i / 2].path, response, sizeof(response));
        assert_int_equal(strncmp(response + 9, i < 4 ? rows[i / 2].path + 1 : "200", 3), 0);
        assert_string_equal(strstr(response, "\r\n\r\n"), "\r\n\r\n");
        assert_true((strstr(response, "Content-Length: 2\r\n") != NULL) == (i >= 4));
    }
}

static void test_a_problem_tells_the_status_that_is_sent(void **state)
{
    static const char *const paths[] = {"/problem/0", "/problem/999"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char response[2000];
        cJSON *problem;
        ask(server.port, "GET", paths[i], response, sizeof(response));
        assert_int_equal(strncmp(response, "HTTP/1.1 500 ", 13), 0);
        problem = cJSON_Parse(strstr(response, "\r\n\r\n"));
        assert_true(number_of(problem, "status") == 500);
        assert_string_equal(text_of(problem, "title"), "Internal Server Error");
        cJSON_Delete(problem);
    }
}

/* HTTP/1.1 takes it for granted that a connection persists. */
static void test_connection_stands_where_it_says_something(void **state)
{
    static const struct {
        const char *path;
        const char *rest;
        const char *connection;
    } rows[] = {
        {"/200", "HTTP/1.1\r\n\r\n", ""},
        {"/204", "HTTP/1.1\r\n\r\n", ""},
        {"/200", "HTTP/1.1\r\nConnection: keep-alive\r\n\r\n", ""},
        {"/200", "HTTP/1.1\r\nConnection: close\r\n\r\n", "close"},
        {"/last", "HTTP/1.1\r\n\r\n", "close"},
        {"/200", "HTTP/1.0\r\n\r\n", "close"},
        {"/200", "HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_response response;
        char request[128];
        snprintf(request, sizeof(request), "GET %s %s", rows[i].path, rows[i].rest);
        http_exchange(server.port, request, &response);
        assert_string_equal(http_field(&response, "Connection"), rows[i].connection);
        assert_int_equal(strlen(http_field(&response, "Date")), 29);
        http_response_free(&response);
    }
}

/* What is another each time, taken out of a head: how a field begins, and the size of its value. */
static void take_out(char *head, const char *begins, size_t size)
{
    char *field = strstr(head, begins);

    assert_non_null(field);
    field += strlen(begins);
    assert_true(strlen(field) > size);
    memmove(field, field + size, strlen(field + size) + 1);
}

static void take_head(struct http_response *ret_response, const char *path, const char *version,
                      const char *fields)
{
    char request[128];

    snprintf(request, sizeof(request), "GET %s %s\r\n%s\r\n", path, version, fields);
    http_exchange(server.port, request, ret_response);
    take_out(ret_response->head, "HTTP/1.", 1);
    take_out(ret_response->head, "X-Request-ID: ", 36);
    take_out(ret_response->head, "Date: ", 29);
    if (strstr(ret_response->body, "requestId") != NULL) {
        take_out(ret_response->body, "\"requestId\":\"", 36);
    }
}

/* A client of HTTP/1.0 is told of the connection, so that its head is put together by fields. */
static void test_a_head_is_the_same_whichever_way_it_is_made(void **state)
{
    static const char *const paths[] = {"/200",         "/404",  "/299",   "/problem/0",
                                        "/problem/999", "/long", "/typed", "/empty"};
    static const char *const origins[] = {"", "Origin: http://a\r\n"};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(paths) / sizeof(paths[0]); i++) {
        struct http_response whole;
        struct http_response pieces;
        take_head(&whole, paths[i / 2], "HTTP/1.1", origins[i % 2]);
        take_head(&pieces, paths[i / 2], "HTTP/1.0\r\nConnection: keep-alive", origins[i % 2]);
        take_out(strstr(pieces.head, "Connection: "), "", sizeof("Connection: keep-alive\r\n") - 1);
        assert_string_equal(whole.head, pieces.head);
        assert_int_equal(whole.body_size, pieces.body_size);
        assert_string_equal(whole.body, pieces.body);
        http_response_free(&whole);
        http_response_free(&pieces);
    }
}

static int setup(void **state)
{
    const char *options[] = {"listening_ports", "127.0.0.1:0", "num_threads", "2", NULL};
    const struct mg_callbacks callbacks = {.begin_request = NULL};

    (void)state;
    memset(long_text, 'x', sizeof(long_text));
    SERVE(handlers, &(struct server_options){0});
    serve_without_trail(&callbacks, options);
    SET_HANDLERS(plain, handlers);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_body_is_sent_where_none_belongs),
        cmocka_unit_test(test_a_problem_tells_the_status_that_is_sent),
        cmocka_unit_test(test_connection_stands_where_it_says_something),
        cmocka_unit_test(test_a_head_is_the_same_whichever_way_it_is_made),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
