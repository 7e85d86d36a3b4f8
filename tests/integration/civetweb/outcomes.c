/* How requests end that are answered, or left to CivetWeb: exactly one terminal event each, with
 * the truth of the wire. */
#include "fixture.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int return_given(struct mg_connection *conn, void *cbdata)
{
    (void)conn;
    return (int)(intptr_t)cbdata;
}

static int send_and_return(struct mg_connection *conn, void *cbdata)
{
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return (int)(intptr_t)cbdata;
}

static int send_error(struct mg_connection *conn, void *cbdata)
{
    mg_send_http_error(conn, (int)(intptr_t)cbdata, "%s", "no status");
    return 200;
}

static int send_head_alone(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_http_ok(conn, "text/plain", 0);
    return 200;
}

static int send_interim(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return 200;
}

static int deny(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\ndeny");
    return 0;
}

static int allow(struct mg_connection *conn, void *cbdata)
{
    (void)conn;
    (void)cbdata;
    return 1;
}

static int deny_silently(struct mg_connection *conn, void *cbdata)
{
    (void)conn;
    (void)cbdata;
    return 0;
}

static void test_what_a_handler_returns_is_not_what_was_sent(void **state)
{
    static const char *const paths[] = {"/sends/1", "/sends/200", "/sends/500", "/sends/-1",
                                        "/sends/0"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct http_response response;
        cJSON *event;
        char id[32];
        snprintf(id, sizeof(id), "returns-%zu", i);
        get(paths[i], id, &response);
        assert_int_equal(response.status, 200);
        assert_int_equal(http_count(&response, "X-Request-ID"), 1);
        event = server_terminal(&server, id);
        assert_true(number_of(event, "status") == 200);
        cJSON_Delete(event);
        http_response_free(&response);
    }
}

static void test_a_handler_that_sends_nothing_has_failed(void **state)
{
    static const struct {
        const char *path;
        const char *id;
    } rows[] = {{"/returns/1", "nothing-1"},
                {"/returns/200", "nothing-200"},
                {"/error/0", "nothing-of-0"},
                {"/error/-1", "nothing-of-1"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_client client;
        char request[128];
        cJSON *event;
        http_connect(&client, server.port);
        snprintf(request, sizeof(request),
                 "GET %s HTTP/1.1\r\nConnection: close\r\nX-Request-ID: %s\r\n\r\n", rows[i].path,
                 rows[i].id);
        http_send(&client, request);
        assert_true(http_is_closed(&client));
        http_close(&client);
        event = server_ended(&server, rows[i].id, "request_failed", "no_response");
        assert_string_equal(text_of(event, "level"), "error");
        assert_null(cJSON_GetObjectItem(event, "status"));
        cJSON_Delete(event);
    }
}

static void test_a_handler_that_declines_leaves_the_answer_to_civetweb(void **state)
{
    static const char *const paths[] = {"/returns/0", "/returns/-1"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct http_response response;
        char id[32];
        snprintf(id, sizeof(id), "declines-%zu", i);
        get(paths[i], id, &response);
        assert_int_equal(response.status, 404);
        assert_string_equal(http_field(&response, "X-Request-ID"), id);
        cJSON_Delete(server_ended(&server, id, "request_completed", ""));
        http_response_free(&response);
    }
}

static void test_a_head_is_let_go_when_the_handler_returns(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    get("/head-alone", "alone", &response);
    assert_int_equal(response.status, 200);
    http_response_free(&response);
    event = server_ended(&server, "alone", "request_completed", "");
    assert_true(number_of(event, "bytesOut") == 0);
    cJSON_Delete(event);
}

static void test_an_interim_response_is_no_response(void **state)
{
    struct http_client client;
    struct http_response response;
    cJSON *event;

    (void)state;
    http_connect(&client, server.port);
    http_send(&client, "GET /interim HTTP/1.1\r\nX-Request-ID: interim\r\n\r\n");
    http_receive(&client, false, &response);
    assert_int_equal(response.status, 103);
    http_response_free(&response);
    http_receive(&client, false, &response);
    assert_int_equal(response.status, 200);
    assert_string_equal(http_field(&response, "X-Request-ID"), "interim");
    http_response_free(&response);
    http_close(&client);
    event = server_ended(&server, "interim", "request_completed", "");
    assert_true(number_of(event, "status") == 200);
    cJSON_Delete(event);
}

static void test_requests_on_one_connection_end_one_by_one(void **state)
{
    struct http_client client;
    char request[128];

    (void)state;
    http_connect(&client, server.port);
    for (int i = 0; i < 20; i++) {
        snprintf(request, sizeof(request),
                 "GET /sends/200 HTTP/1.1\r\nX-Request-ID: pipe-%d\r\n\r\n", i);
        http_send(&client, request);
    }
    for (int i = 0; i < 20; i++) {
        struct http_response response;
        char id[32];
        snprintf(id, sizeof(id), "pipe-%d", i);
        http_receive(&client, false, &response);
        assert_string_equal(http_field(&response, "X-Request-ID"), id);
        cJSON_Delete(server_ended(&server, id, "request_completed", ""));
        http_response_free(&response);
    }
    http_close(&client);
}

static void test_an_auth_handler_answers_like_any_other(void **state)
{
    struct http_response response;
    struct http_client client;
    cJSON *event;

    (void)state;
    get("/sends/denied", "denied", &response);
    assert_int_equal(response.status, 401);
    assert_string_equal(http_field(&response, "X-Request-ID"), "denied");
    http_response_free(&response);
    event = server_ended(&server, "denied", "request_completed", "");
    assert_true(number_of(event, "status") == 401);
    assert_string_equal(text_of(event, "level"), "warn");
    cJSON_Delete(event);
    get("/sends/allowed", "allowed", &response);
    assert_int_equal(response.status, 200);
    http_response_free(&response);
    cJSON_Delete(server_ended(&server, "allowed", "request_completed", ""));
    http_connect(&client, server.port);
    http_send(&client, "GET /sends/silent HTTP/1.1\r\nConnection: close\r\n"
                       "X-Request-ID: silent\r\n\r\n");
    assert_true(http_is_closed(&client));
    http_close(&client);
    cJSON_Delete(server_ended(&server, "silent", "request_failed", "no_response"));
}

static void test_a_preflight_that_civetweb_answers_has_no_status(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    http_exchange(server.port,
                  "OPTIONS /sends/200 HTTP/1.1\r\nX-Request-ID: preflight\r\nOrigin: http://a\r\n"
                  "Access-Control-Request-Method: PUT\r\n\r\n",
                  &response);
    assert_int_equal(response.status, 200);
    http_response_free(&response);
    event = server_ended(&server, "preflight", "request_completed", "");
    assert_null(cJSON_GetObjectItem(event, "status"));
    cJSON_Delete(event);
}

static void test_quiet_paths_are_logged_only_when_they_fail(void **state)
{
    struct http_response response;

    (void)state;
    get("/healthz", "quiet", &response);
    http_response_free(&response);
    get("/readyz", "loud", &response);
    http_response_free(&response);
    cJSON_Delete(server_ended(&server, "loud", "request_failed", ""));
    for (size_t i = 0; i < trail_memory_size(server.memory); i++) {
        assert_null(strstr(trail_memory_line(server.memory, i), "\"quiet\""));
    }
}

static int send_failure(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    trail_debug("detail", NULL, trail_kv("n", 1));
    mg_send_http_error(conn, 500, "%s", "broken");
    return 500;
}

static int succeed(struct mg_connection *conn, void *cbdata)
{
    trail_debug("detail", NULL, trail_kv("n", 2));
    trail_bind(trail_kv("userId", "u-1"));
    return send_and_return(conn, cbdata);
}

static void test_detail_is_written_if_the_request_fails_only(void **state)
{
    size_t before = trail_memory_count(server.memory, "detail");
    struct http_response response;
    cJSON *event;

    (void)state;
    get("/succeed", "succeeds", &response);
    http_response_free(&response);
    event = server_ended(&server, "succeeds", "request_completed", "");
    assert_string_equal(text_of(event, "userId"), "u-1");
    cJSON_Delete(event);
    assert_int_equal(trail_memory_count(server.memory, "detail"), before);
    get("/fail", "fails", &response);
    http_response_free(&response);
    cJSON_Delete(server_ended(&server, "fails", "request_failed", ""));
    assert_int_equal(trail_memory_count(server.memory, "detail"), before + 1);
}

static const struct handler handlers[] = {
    {"/sends/1", send_and_return, 1},
    {"/sends/200", send_and_return, 200},
    {"/sends/500", send_and_return, 500},
    {"/sends/-1", send_and_return, -1},
    {"/sends/0", send_and_return, 0},
    {"/sends/denied", send_and_return, 200},
    {"/sends/allowed", send_and_return, 200},
    {"/sends/silent", send_and_return, 200},
    {"/returns/0", return_given, 0},
    {"/returns/1", return_given, 1},
    {"/returns/200", return_given, 200},
    {"/returns/-1", return_given, -1},
    {"/error/0", send_error, 0},
    {"/error/-1", send_error, -1},
    {"/head-alone", send_head_alone, 0},
    {"/interim", send_interim, 0},
    {"/healthz", send_and_return, 200},
    {"/readyz", send_failure, 0},
    {"/succeed", succeed, 200},
    {"/fail", send_failure, 0},
};

static int setup(void **state)
{
    (void)state;
    SERVE(handlers, &(struct server_options){.civetweb = {"access_control_allow_methods", "*"}});
    mg_set_auth_handler(server.ctx, "/sends/denied", deny, NULL);
    mg_set_auth_handler(server.ctx, "/sends/allowed", allow, NULL);
    mg_set_auth_handler(server.ctx, "/sends/silent", deny_silently, NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_handler_returns_is_not_what_was_sent),
        cmocka_unit_test(test_a_handler_that_sends_nothing_has_failed),
        cmocka_unit_test(test_a_handler_that_declines_leaves_the_answer_to_civetweb),
        cmocka_unit_test(test_a_head_is_let_go_when_the_handler_returns),
        cmocka_unit_test(test_an_interim_response_is_no_response),
        cmocka_unit_test(test_requests_on_one_connection_end_one_by_one),
        cmocka_unit_test(test_an_auth_handler_answers_like_any_other),
        cmocka_unit_test(test_a_preflight_that_civetweb_answers_has_no_status),
        cmocka_unit_test(test_quiet_paths_are_logged_only_when_they_fail),
        cmocka_unit_test(test_detail_is_written_if_the_request_fails_only),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
