/* Requests that CivetWeb refuses, or can't make out: answered under an ID, and one event each. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int setup(void **state)
{
    (void)state;
    server_start(&server, &(struct server_options){0});
    mg_set_request_handler(server.ctx, "**", send_ok, NULL);
    return 0;
}

static void assert_rejected(const char *request, size_t size, int status, const char *reason)
{
    size_t before = trail_memory_count(server.memory, "request_rejected");
    struct http_client client;
    struct http_response response;
    cJSON *event;

    http_connect(&client, server.port);
    http_send_bytes(&client, request, size);
    http_end_sending(&client);
    http_receive(&client, false, &response);
    assert_int_equal(response.status, status);
    assert_int_equal(http_count(&response, "X-Request-ID"), 1);
    assert_string_equal(http_field(&response, "Connection"), "close");
    assert_int_equal(http_count(&response, "X-Evil"), 0);
    event = server_event(&server, "request_rejected", before);
    assert_string_equal(text_of(event, "reason"), reason);
    assert_string_equal(text_of(event, "requestId"), http_field(&response, "X-Request-ID"));
    assert_true(number_of(event, "status") == status);
    cJSON_Delete(event);
    http_response_free(&response);
    http_close(&client);
}

static void test_requests_that_never_parsed_are_answered_with_an_id(void **state)
{
    static char large[40000];
    static const struct {
        const char *request;
        int status;
        const char *reason;
    } rows[] = {
        {"GARBAGE\r\n\r\n", 400, "malformed"},
        {"GET / HTTP/1.1\r\nno colon here\r\n\r\n", 400, "malformed"},
        {"G\rET\033 / HTTP/1.1\r\n\r\n", 400, "malformed"},
        {"GET / Ht: a\r\nX-Evil: 1\r\n\r\n", 400, "malformed"},
        {"GET / HTTP/3.0\r\n\r\n", 505, "bad_http_version"},
        {"GET nowhere HTTP/1.1\r\n\r\n", 400, "malformed"},
        {"GET /half HTTP/1.1\r\nHost: loc", 400, "malformed"},
        {"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 411, "bad_content_length"},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "malformed"},
        {"GET / HTTP/1.1\r\nA: tab\there\r\n\r\n", 400, "malformed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_rejected(rows[i].request, strlen(rows[i].request), rows[i].status, rows[i].reason);
    }
    memset(large, 'x', sizeof(large));
    memcpy(large, "GET / HTTP/1.1\r\nA: ", 19);
    assert_rejected(large, sizeof(large), 400, "malformed");
}

/* CivetWeb takes such a request for a proxy's, or for none, and closes without an answer. */
static void test_a_request_that_civetweb_leaves_unanswered_is_rejected_once(void **state)
{
    static const char *const requests[] = {
        "OPTIONS * HTTP/1.1\r\nX-Request-ID: unanswered-0\r\n\r\n",
        "GET http://elsewhere/ HTTP/1.1\r\nX-Request-ID: unanswered-1\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\nOPTIONS * HTTP/1.1\r\nX-Request-ID: unanswered-2\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        size_t before = trail_memory_count(server.memory, "request_rejected");
        struct http_client client;
        char id[32];
        cJSON *event;
        http_connect(&client, server.port);
        http_send(&client, requests[i]);
        http_receive_bytes(&client, 100000);
        http_close(&client);
        event = server_event(&server, "request_rejected", before);
        snprintf(id, sizeof(id), "unanswered-%zu", i);
        assert_string_equal(text_of(event, "requestId"), id);
        assert_string_equal(text_of(event, "reason"), "refused");
        assert_null(cJSON_GetObjectItem(event, "status"));
        cJSON_Delete(event);
        assert_int_equal(trail_memory_count(server.memory, "request_rejected"), before + 1);
    }
}

/* Where TLS fails, CivetWeb closes with what the thread's last connection has left. */
static void test_a_failed_handshake_is_no_request(void **state)
{
    struct server lone;
    struct http_client client;
    struct http_response response;

    if (getenv("TRAIL_TEST_TLS") == NULL) {
        skip();
    }
    server_stop(&server);
    server_start(&lone, &(struct server_options){.civetweb = {"num_threads", "1"}});
    mg_set_request_handler(lone.ctx, "**", send_ok, NULL);
    http_connect(&client, lone.port);
    http_send(&client, "OPTIONS * HTTP/1.1\r\n\r\n");
    http_receive_bytes(&client, 1);
    http_close(&client);
    assert_true(http_is_listening(lone.port));
    http_exchange(lone.port, "GET / HTTP/1.1\r\nX-Request-ID: after\r\n\r\n", &response);
    http_response_free(&response);
    cJSON_Delete(server_terminal(&lone, "after"));
    assert_int_equal(trail_memory_count(lone.memory, "request_rejected"), 1);
    server_stop(&lone);
    setup(state);
}

static void test_a_body_of_an_unparsed_request_can_be_problem_json(void **state)
{
    static const char request[] = "POST / HTTP/1.1\r\nAccept: application/json\r\n"
                                  "X-Request-ID: problem-1\r\nContent-Length: x\r\n\r\n";
    struct http_response response;
    cJSON *problem;

    (void)state;
    http_exchange(server.port, request, &response);
    assert_string_equal(http_field(&response, "Content-Type"), "application/problem+json");
    problem = cJSON_Parse(response.body);
    assert_string_equal(text_of(problem, "requestId"), "problem-1");
    assert_true(number_of(problem, "status") == 411);
    cJSON_Delete(problem);
    http_response_free(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_that_never_parsed_are_answered_with_an_id),
        cmocka_unit_test(test_a_request_that_civetweb_leaves_unanswered_is_rejected_once),
        cmocka_unit_test(test_a_body_of_an_unparsed_request_can_be_problem_json),
        cmocka_unit_test(test_a_failed_handshake_is_no_request),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
