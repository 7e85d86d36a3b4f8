/* How requests end that break off: exactly one terminal event each, with what had come and gone by
 * then. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static int send_less(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok");
    return 200;
}

static int send_error_after_head(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\n\r\npart");
    mg_send_http_error(conn, 500, "%s", "too late");
    return 500;
}

static int send_garbage(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "this is no HTTP\n");
    return 200;
}

static int send_half_a_head(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nA: b\r\n");
    return 200;
}

static int send_more(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, and more");
    return 200;
}

static int send_behind_chunks(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_http_ok(conn, "text/plain", -1);
    mg_send_chunk(conn, "ok", 2);
    mg_send_chunk(conn, NULL, 0);
    mg_printf(conn, "and more");
    return 200;
}

static int send_no_chunks(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_http_ok(conn, "text/plain", -1);
    mg_printf(conn, "no chunks");
    return 200;
}

static int send_no_length(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nok");
    return 200;
}

static int build_no_length(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_response_header_start(conn, 200);
    mg_response_header_add(conn, "Content-Type", "text/plain", -1);
    mg_response_header_send(conn);
    mg_write(conn, "ok", 2);
    return 200;
}

static int send_nothing(struct mg_connection *conn, void *cbdata)
{
    (void)conn, (void)cbdata;
    return 200;
}

static int deny_in_part(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nno");
    return 0;
}

static int send_much(struct mg_connection *conn, void *cbdata)
{
    static char block[65536];
    int sent = 1;

    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    for (int i = 0; i < 15000 && sent > 0; i++) {
        sent = mg_write(conn, block, sizeof(block));
    }
    return 200;
}

static int store_body(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    (void)mg_store_body(conn, "/dev/null");
    return send_ok(conn, NULL);
}

static int read_body(struct mg_connection *conn, void *cbdata)
{
    char piece[1000];
    int got;

    while ((got = mg_read(conn, piece, sizeof(piece))) > 0) {}
    if (got < 0) {
        mg_send_http_error(conn, 400, "%s", "half a body");
        return 400;
    }
    return send_ok(conn, cbdata);
}

/* CivetWeb leaves it to the handler to ask for the body. */
static int ask_for_body(struct mg_connection *conn, void *cbdata)
{
    mg_printf(conn, "HTTP/1.1 100 Continue\r\n\r\n");
    return read_body(conn, cbdata);
}

static void test_a_response_that_broke_has_failed(void **state)
{
    static const struct {
        const char *path;
        const char *error_code;
        const char *wire;
        double status;
    } rows[] = {
        {"/less", "response_incomplete", "\r\n\r\nok", 200},
        {"/late-error", "error_raised", "partError 500: Internal Server Error\ntoo late", 200},
        {"/garbage", "malformed_response", "this is no HTTP\n", -1},
        {"/half", "malformed_response", "HTTP/1.1 200 OK\r\nA: b\r\n", -1},
        {"/more", "response_too_long", "\r\n\r\nok, and more", 200},
        {"/behind-chunks", "response_too_long", "\r\n0\r\n\r\nand more", 200},
        {"/no-chunks", "malformed_response", "\r\n\r\nno chunks", 200},
        {"/denied", "response_incomplete", "\r\n\r\nno", 401},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_client client;
        char request[128];
        char id[32];
        cJSON *event;
        snprintf(id, sizeof(id), "broke-%zu", i);
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nX-Request-ID: %s\r\n\r\n",
                 rows[i].path, id);
        http_connect(&client, server.port);
        http_send(&client, request);
        http_receive_bytes(&client, 100000);
        assert_non_null(strstr(client.bytes, rows[i].wire));
        http_close(&client);
        event = server_ended(&server, id, "request_failed", rows[i].error_code);
        assert_true(number_of(event, "status") == rows[i].status);
        cJSON_Delete(event);
    }
}

/* Two requests at once, under the IDs NAME-1 and NAME-2. */
static void ask_twice(const char *method, const char *path, const char *name,
                      struct http_client *ret_client)
{
    char requests[256];

    snprintf(requests, sizeof(requests),
             "%s %s HTTP/1.1\r\nX-Request-ID: %s-1\r\n\r\n"
             "GET /ok HTTP/1.1\r\nX-Request-ID: %s-2\r\n\r\n",
             method, path, name, name);
    http_connect(ret_client, server.port);
    http_send(ret_client, requests);
    http_receive_bytes(ret_client, 100000);
}

static void test_nothing_follows_a_response_whose_end_is_not_told(void **state)
{
    static const struct {
        const char *method;
        const char *path;
        const char *event;
    } rows[] = {
        {"GET", "/less", "request_failed"},       {"GET", "/more", "request_failed"},
        {"GET", "/late-error", "request_failed"}, {"GET", "/garbage", "request_failed"},
        {"GET", "/half", "request_failed"},       {"GET", "/behind-chunks", "request_failed"},
        {"GET", "/no-chunks", "request_failed"},  {"GET", "/no-length", "request_completed"},
        {"GET", "/nothing", "request_failed"},    {"HEAD", "/ok", "request_completed"},
        {"GET", "/denied", "request_failed"},     {"GET", "/built", "request_completed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_client client;
        char name[16];
        char id[32];
        cJSON *event;
        snprintf(name, sizeof(name), "last-%zu", i);
        ask_twice(rows[i].method, rows[i].path, name, &client);
        snprintf(id, sizeof(id), "%s-2", name);
        if (strstr(client.bytes, id) != NULL) {
            fail_msg("%s %s: %s", rows[i].method, rows[i].path, client.bytes);
        }
        http_close(&client);
        snprintf(id, sizeof(id), "%s-1", name);
        event = server_terminal(&server, id);
        assert_string_equal(text_of(event, "event"), rows[i].event);
        cJSON_Delete(event);
    }
}

static void test_a_head_that_leaves_its_end_to_the_close_says_so(void **state)
{
    struct http_response response;

    (void)state;
    get("/built", "says-close", &response);
    assert_string_equal(http_field(&response, "Connection"), "close");
    assert_true(response.ended_by_close);
    http_response_free(&response);
}

static void test_another_follows_a_response_whose_end_is_told(void **state)
{
    struct http_client client;

    (void)state;
    ask_twice("GET", "/ok", "both", &client);
    assert_non_null(strstr(client.bytes, "X-Request-ID: both-1\r\n"));
    assert_non_null(strstr(client.bytes, "X-Request-ID: both-2\r\n"));
    http_close(&client);
}

static void test_a_client_that_leaves_in_mid_response_has_aborted(void **state)
{
    struct http_client client;
    cJSON *event;

    (void)state;
    http_connect(&client, server.port);
    http_send(&client, "GET /much HTTP/1.1\r\nX-Request-ID: left\r\n\r\n");
    assert_true(http_receive_bytes(&client, 1000000) >= 1000000);
    http_reset(&client);
    event = server_ended(&server, "left", "request_aborted", "");
    assert_string_equal(text_of(event, "phase"), "response_body");
    assert_string_equal(text_of(event, "level"), "warn");
    assert_true(number_of(event, "status") == 200);
    /* Of the block that was under way TLS does not tell how much went out. */
    assert_true(number_of(event, "bytesOut") >= 1000000 - 65536 - 1000);
    assert_true(number_of(event, "bytesOut") < 1000000000);
    cJSON_Delete(event);
}

static void assert_leaving_is_told(const char *path, const char *id)
{
    char request[256];
    cJSON *event;

    snprintf(request, sizeof(request),
             "POST %s HTTP/1.1\r\nX-Request-ID: %s\r\nContent-Length: 100\r\n\r\nonly this", path,
             id);
    event = leave_in_body(request, id);
    assert_true(number_of(event, "bytesIn") == 9);
    cJSON_Delete(event);
}

static void test_a_client_that_leaves_in_mid_request_has_aborted(void **state)
{
    (void)state;
    assert_leaving_is_told("/read", "half");
    assert_leaving_is_told("/store", "half-stored");
}

static void test_body_bytes_are_counted_however_they_come(void **state)
{
    static const struct {
        const char *request;
        const char *id;
        double bytes;
    } rows[] = {
        {"POST /read HTTP/1.1\r\nX-Request-ID: in-1\r\nContent-Length: 9\r\n\r\n123456789", "in-1",
         9},
        {"POST /read HTTP/1.1\r\nX-Request-ID: in-2\r\nTransfer-Encoding: chunked\r\n\r\n"
         "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
         "in-2", 11},
        {"POST /ok HTTP/1.1\r\nX-Request-ID: in-3\r\nContent-Length: 9\r\n\r\n123456789", "in-3",
         9},
        {"POST /ok HTTP/1.1\r\nX-Request-ID: in-4\r\nContent-Length: 0\r\n\r\n", "in-4", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_response response;
        cJSON *event;
        http_exchange(server.port, rows[i].request, &response);
        assert_int_equal(response.status, 200);
        event = server_ended(&server, rows[i].id, "request_completed", "");
        assert_true(number_of(event, "bytesIn") == rows[i].bytes);
        cJSON_Delete(event);
        http_response_free(&response);
    }
}

static void test_a_client_that_is_told_to_go_on_is_answered_once(void **state)
{
    struct http_client client;
    struct http_response response;
    cJSON *event;

    (void)state;
    http_connect(&client, server.port);
    http_send(&client, "POST /asked HTTP/1.1\r\nX-Request-ID: goes-on\r\nContent-Length: 9\r\n"
                       "Expect: 100-continue\r\n\r\n");
    http_receive(&client, false, &response);
    assert_int_equal(response.status, 100);
    http_response_free(&response);
    http_send(&client, "123456789");
    http_receive(&client, false, &response);
    assert_int_equal(response.status, 200);
    assert_string_equal(http_field(&response, "X-Request-ID"), "goes-on");
    http_response_free(&response);
    http_close(&client);
    event = server_ended(&server, "goes-on", "request_completed", "");
    assert_true(number_of(event, "status") == 200);
    assert_true(number_of(event, "bytesIn") == 9);
    cJSON_Delete(event);
}

static const struct handler handlers[] = {
    {"/ok", send_ok, 0},
    {"/less", send_less, 0},
    {"/late-error", send_error_after_head, 0},
    {"/garbage", send_garbage, 0},
    {"/half", send_half_a_head, 0},
    {"/much", send_much, 0},
    {"/read", read_body, 0},
    {"/store", store_body, 0},
    {"/asked", ask_for_body, 0},
    {"/more", send_more, 0},
    {"/behind-chunks", send_behind_chunks, 0},
    {"/no-chunks", send_no_chunks, 0},
    {"/no-length", send_no_length, 0},
    {"/built", build_no_length, 0},
    {"/nothing", send_nothing, 0},
    {"/denied", send_ok, 0},
};

static int setup(void **state)
{
    (void)state;
    SERVE(handlers, &(struct server_options){0});
    mg_set_auth_handler(server.ctx, "/denied", deny_in_part, NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_response_that_broke_has_failed),
        cmocka_unit_test(test_nothing_follows_a_response_whose_end_is_not_told),
        cmocka_unit_test(test_a_head_that_leaves_its_end_to_the_close_says_so),
        cmocka_unit_test(test_another_follows_a_response_whose_end_is_told),
        cmocka_unit_test(test_a_client_that_leaves_in_mid_response_has_aborted),
        cmocka_unit_test(test_a_client_that_leaves_in_mid_request_has_aborted),
        cmocka_unit_test(test_body_bytes_are_counted_however_they_come),
        cmocka_unit_test(test_a_client_that_is_told_to_go_on_is_answered_once),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
