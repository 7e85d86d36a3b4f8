/* Looking inside: counters as Prometheus reads them, requests in flight, a change of level. */
#include "fixture.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static atomic_bool waiting;
static atomic_bool may_go;

static int answer(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    return trail_send_text(conn, 200, NULL, "ok", 2);
}

static int answer_later(struct mg_connection *conn, void *cbdata)
{
    atomic_store(&waiting, true);
    while (!atomic_load(&may_go)) {
        poll(NULL, 0, 1);
    }
    return answer(conn, cbdata);
}

static void ask(const char *request, int status, struct http_response *ret_response)
{
    http_exchange(server.port, request, ret_response);
    assert_int_equal(ret_response->status, status);
}

static void answer_some(void)
{
    struct http_response response;

    ask("GET /route/a HTTP/1.1\r\nX-Request-ID: some-1\r\n\r\n", 200, &response);
    http_response_free(&response);
    ask("BREW /route HTTP/1.1\r\n\r\n", 400, &response);
    http_response_free(&response);
    ask("DELETE /route HTTP/1.1\r\nX-Request-ID: some-2\r\n\r\n", 200, &response);
    http_response_free(&response);
    cJSON_Delete(server_terminal(&server, "some-1"));
    cJSON_Delete(server_terminal(&server, "some-2"));
}

static void assert_has(const struct http_response *response, const char *text)
{
    if (strstr(response->body, text) == NULL) {
        fail_msg("no %s in\n%s", text, response->body);
    }
}

static void test_counters_are_prometheus_text(void **state)
{
    struct http_response response;

    (void)state;
    ask("GET /metrics HTTP/1.1\r\n\r\n", 200, &response);
    assert_string_equal(http_field(&response, "Content-Type"),
                        "text/plain; version=0.0.4; charset=utf-8");
    assert_has(&response, "# TYPE http_server_request_duration_seconds histogram\n");
    assert_has(&response, "http_server_request_duration_seconds_count{method=\"GET\","
                          "route=\"/route\",status_class=\"2xx\"} 1\n");
    assert_has(&response, "_bucket{method=\"DELETE\",route=\"/route\",status_class=\"2xx\","
                          "le=\"+Inf\"} 1\n");
    assert_has(&response, "http_server_active_requests 1\n");
    assert_has(&response, "# TYPE trail_events_total counter\ntrail_events_total{level=");
    assert_has(&response, "trail_events_dropped_total{reason=\"overflow\",level=\"info\"} 0\n");
    assert_null(strstr(response.body, "# EOF"));
    assert_null(strstr(response.body, "some-1"));
    http_response_free(&response);
}

static void test_counters_are_open_metrics_with_exemplars(void **state)
{
    struct http_response response;

    (void)state;
    ask("GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text; version=1.0.0\r\n\r\n", 200,
        &response);
    assert_string_equal(http_field(&response, "Content-Type"),
                        "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert_has(&response, "# TYPE trail_events counter\ntrail_events_total{");
    assert_has(&response, " # {request_id=\"some-1\",trace_id=\"");
    assert_string_equal(response.body + response.body_size - 6, "# EOF\n");
    http_response_free(&response);
}

/* A scrape that is not UTF-8 is refused as a whole. */
static void test_a_route_that_is_no_utf8_leaves_the_rest_readable(void **state)
{
    struct http_response response;

    (void)state;
    ask("GET /caf%E9 HTTP/1.1\r\nX-Request-ID: latin\r\n\r\n", 200, &response);
    http_response_free(&response);
    cJSON_Delete(server_terminal(&server, "latin"));
    ask("GET /metrics HTTP/1.1\r\n\r\n", 200, &response);
    assert_has(&response, "route=\"/caf\xEF\xBF\xBD\",");
    assert_null(strchr(response.body, '\xE9'));
    http_response_free(&response);
}

/* The reference's own checker, where it is installed. */
static void test_promtool_finds_nothing(void **state)
{
    struct http_response response;
    FILE *promtool;

    (void)state;
    if (system("command -v promtool >/dev/null 2>&1") != 0) {
        skip();
    }
    ask("GET /metrics HTTP/1.1\r\n\r\n", 200, &response);
    promtool = popen("promtool check metrics", "w");
    assert_non_null(promtool);
    fwrite(response.body, 1, response.body_size, promtool);
    assert_int_equal(pclose(promtool), 0);
    http_response_free(&response);
}

static void test_requests_in_flight_are_shown(void **state)
{
    struct http_client client;
    struct http_response response;
    cJSON *inside;
    cJSON *request;
    bool found = false;

    (void)state;
    http_connect(&client, server.port);
    http_send(&client, "GET /later HTTP/1.1\r\nX-Request-ID: in-flight\r\n\r\n");
    while (!atomic_load(&waiting)) {
        poll(NULL, 0, 1);
    }
    ask("GET /admin HTTP/1.1\r\n\r\n", 200, &response);
    inside = cJSON_Parse(response.body);
    assert_non_null(inside);
    cJSON_ArrayForEach(request, cJSON_GetObjectItem(inside, "inFlight"))
    {
        if (strcmp(text_of(request, "requestId"), "in-flight") == 0) {
            found = true;
            assert_string_equal(text_of(request, "route"), "/later");
            assert_string_equal(text_of(request, "path"), "/later");
            assert_string_equal(text_of(request, "method"), "GET");
            assert_true(number_of(request, "ageMs") >= 0);
        }
    }
    assert_true(found);
    assert_true(number_of(cJSON_GetObjectItem(inside, "counters"), "accepted") > 0);
    cJSON_Delete(inside);
    http_response_free(&response);
    atomic_store(&may_go, true);
    http_receive(&client, false, &response);
    http_response_free(&response);
    http_close(&client);
}

static void test_the_level_is_changed_while_the_server_runs(void **state)
{
    struct http_response response;

    (void)state;
    assert_int_equal(trail_memory_count(server.memory, "request_started"), 0);
    ask("PUT /admin?level=debug HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 200, &response);
    assert_has(&response, "\"level\":\"debug\"");
    http_response_free(&response);
    server_wait(&server, "log_level_changed", 1);
    ask("GET /route HTTP/1.1\r\n\r\n", 200, &response);
    http_response_free(&response);
    server_wait(&server, "request_started", 1);
    ask("PUT /admin?level=loud HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400, &response);
    http_response_free(&response);
    ask("DELETE /admin HTTP/1.1\r\n\r\n", 405, &response);
    http_response_free(&response);
}

static void test_a_peer_that_is_not_named_sees_nothing(void **state)
{
    struct http_response response;

    (void)state;
    server_stop(&server);
    server_start(&server, &(struct server_options){0});
    mg_set_request_handler(server.ctx, "/admin", trail_admin_handler, NULL);
    ask("GET /admin HTTP/1.1\r\n\r\n", 403, &response);
    assert_null(strstr(response.body, "inFlight"));
    http_response_free(&response);
}

static uint64_t thread_cpu_ns(void)
{
    struct timespec used;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

static int answer_with_effort(struct mg_connection *conn, void *cbdata)
{
    uint64_t enough = thread_cpu_ns() + 2000000;

    while (thread_cpu_ns() < enough) {}
    return answer(conn, cbdata);
}

static void test_cpu_time_is_told_on_request_alone(void **state)
{
    static const char request[] = "GET /effort HTTP/1.1\r\nX-Request-ID: effort\r\n\r\n";
    const char *switches[] = {NULL, "on"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct http_response response;
        cJSON *event;
        server_stop(&server);
        server_start(&server, &(struct server_options){.trail = {.cpu_time = switches[i]}});
        mg_set_request_handler(server.ctx, "/effort", answer_with_effort, NULL);
        ask(request, 200, &response);
        http_response_free(&response);
        event = server_terminal(&server, "effort");
        assert_true(number_of(event, "cpuMs") >= (i == 0 ? -1 : 2));
        assert_int_equal(cJSON_HasObjectItem(event, "cpuMs"), i);
        cJSON_Delete(event);
    }
}

static const struct handler handlers[] = {
    {"/route", answer, 0},
    {"/caf\xE9", answer, 0},
    {"/later", answer_later, 0},
    {"/metrics", trail_metrics_handler, 0},
    {"/admin", trail_admin_handler, 0},
};

static int setup(void **state)
{
    (void)state;
    SERVE(handlers, &(struct server_options){.trail = {.admin_trusted = "127.0.0.1"}});
    answer_some();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters_are_prometheus_text),
        cmocka_unit_test(test_counters_are_open_metrics_with_exemplars),
        cmocka_unit_test(test_a_route_that_is_no_utf8_leaves_the_rest_readable),
        cmocka_unit_test(test_promtool_finds_nothing),
        cmocka_unit_test(test_requests_in_flight_are_shown),
        cmocka_unit_test(test_the_level_is_changed_while_the_server_runs),
        cmocka_unit_test(test_a_peer_that_is_not_named_sees_nothing),
        cmocka_unit_test(test_cpu_time_is_told_on_request_alone),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
