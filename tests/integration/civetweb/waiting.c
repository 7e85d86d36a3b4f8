/* Requests that take their time: stalled and slow ones, streams, clients that leave meanwhile, and
 * a server that is stopped. */
#include "fixture.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* A handler waits here until the test opens the gate. */
static atomic_int gate_waiting;
static atomic_bool gate_open;

static void pause_ms(int ms)
{
    poll(NULL, 0, ms);
}

static void wait_at_gate(void)
{
    atomic_fetch_add(&gate_waiting, 1);
    while (!atomic_load(&gate_open)) {
        pause_ms(1);
    }
}

static void wait_until_waiting(int count)
{
    for (int i = 0; atomic_load(&gate_waiting) < count; i++) {
        assert_true(i < 30000);
        pause_ms(1);
    }
}

static void close_gate(void)
{
    atomic_store(&gate_waiting, 0);
    atomic_store(&gate_open, false);
}

static int send_after_gate(struct mg_connection *conn, void *cbdata)
{
    char body[1000];

    (void)cbdata;
    wait_at_gate();
    memset(body, 'x', sizeof(body));
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    for (int i = 0; i < 1000 && mg_write(conn, body, sizeof(body)) > 0; i++) {
        pause_ms(1);
    }
    return 200;
}

static int send_events(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    wait_at_gate();
    mg_printf(conn, "data: 1\n\n");
    mg_disable_connection_keep_alive(conn);
    return 200;
}

static void *write_events(void *conn)
{
    (void)send_events(conn, NULL);
    return NULL;
}

static int send_events_elsewhere(struct mg_connection *conn, void *cbdata)
{
    pthread_t thread;

    (void)cbdata;
    assert_int_equal(pthread_create(&thread, NULL, write_events, conn), 0);
    pthread_join(thread, NULL);
    return 200;
}

static int send_at_gate(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    wait_at_gate();
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return 200;
}

static void test_a_client_that_leaves_before_the_response_has_aborted(void **state)
{
    struct http_client client;

    (void)state;
    close_gate();
    http_connect(&client, server.port);
    http_send(&client, "GET /gate-much HTTP/1.1\r\nX-Request-ID: left-early\r\n\r\n");
    wait_until_waiting(1);
    http_reset(&client);
    atomic_store(&gate_open, true);
    cJSON_Delete(server_ended(&server, "left-early", "request_aborted", ""));
}

static void test_a_request_that_takes_long_is_told_as_stalled_once(void **state)
{
    struct http_client client;
    struct http_response response;
    cJSON *event;
    char span_id[17];

    (void)state;
    close_gate();
    http_connect(&client, server.port);
    http_send(&client, "GET /gate HTTP/1.1\r\nX-Request-ID: stalls\r\n\r\n");
    event = server_event(&server, "request_stalled", 0);
    (void)snprintf(span_id, sizeof(span_id), "%s", text_of(event, "spanId"));
    assert_string_equal(text_of(event, "requestId"), "stalls");
    assert_string_equal(text_of(event, "path"), "/gate");
    assert_string_equal(text_of(event, "route"), "/gate");
    assert_string_equal(text_of(event, "level"), "warn");
    cJSON_Delete(event);
    atomic_store(&gate_open, true);
    http_receive(&client, false, &response);
    http_response_free(&response);
    http_close(&client);
    event = server_ended(&server, "stalls", "request_completed", "");
    assert_string_equal(text_of(event, "spanId"), span_id);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(event, "slow")));
    assert_string_equal(text_of(event, "level"), "warn");
    assert_int_equal(trail_memory_count(server.memory, "request_stalled"), 1);
    cJSON_Delete(event);
}

static void assert_is_a_stream(const char *path, const char *id)
{
    size_t stalled = trail_memory_count(server.memory, "request_stalled");
    struct http_client client;
    struct http_client later; /* its stall is told: then the stream's would have been, too */
    char request[128];
    cJSON *event;

    close_gate();
    http_connect(&client, server.port);
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nX-Request-ID: %s\r\n\r\n", path, id);
    http_send(&client, request);
    http_receive_bytes(&client, 50);
    assert_non_null(strstr(client.bytes, "text/event-stream"));
    wait_until_waiting(1);
    http_connect(&later, server.port);
    http_send(&later, "GET /gate HTTP/1.1\r\n\r\n");
    server_wait(&server, "request_stalled", stalled + 1);
    atomic_store(&gate_open, true);
    http_receive_bytes(&later, 1);
    http_close(&later);
    event = server_ended(&server, id, "request_completed", "");
    assert_null(cJSON_GetObjectItem(event, "slow"));
    assert_int_equal(trail_memory_count(server.memory, "request_stalled"), stalled + 1);
    cJSON_Delete(event);
    event = server_event(&server, "request_stalled", stalled);
    assert_string_equal(text_of(event, "path"), "/gate");
    cJSON_Delete(event);
    http_close(&client);
}

static void test_an_event_stream_leaves_at_once_and_is_never_slow(void **state)
{
    (void)state;
    assert_is_a_stream("/events", "events-1");
}

static void test_an_event_stream_is_one_whoever_writes_it(void **state)
{
    (void)state;
    assert_is_a_stream("/events-elsewhere", "events-2");
}

static void *halt(void *unused)
{
    server_halt(&server);
    return unused;
}

static void test_a_stop_in_mid_response_is_the_servers_doing(void **state)
{
    struct http_client client;
    cJSON *event;
    pthread_t stopper;

    (void)state;
    close_gate();
    http_connect(&client, server.port);
    http_send(&client, "GET /gate-much HTTP/1.1\r\nX-Request-ID: stopped\r\n\r\n");
    wait_until_waiting(1);
    assert_int_equal(pthread_create(&stopper, NULL, halt, NULL), 0);
    while (http_is_listening(server.port)) {
        pause_ms(1);
    }
    atomic_store(&gate_open, true);
    pthread_join(stopper, NULL);
    http_close(&client);
    event = server_ended(&server, "stopped", "request_failed", "server_stopped");
    cJSON_Delete(event);
    event = server_event(&server, "server_stopped", 0);
    assert_true(number_of(event, "accepted") > 0);
    assert_true(number_of(event, "dropped") == 0);
    cJSON_Delete(event);
}

static const struct handler handlers[] = {
    {"/gate", send_at_gate, 0},
    {"/gate-much", send_after_gate, 0},
    {"/events", send_events, 0},
    {"/events-elsewhere", send_events_elsewhere, 0},
};

static int setup(void **state)
{
    (void)state;
    SERVE(handlers, &(struct server_options){.trail = {.slow_ms = "50", .stalled_ms = "500"}});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_client_that_leaves_before_the_response_has_aborted),
        cmocka_unit_test(test_a_request_that_takes_long_is_told_as_stalled_once),
        cmocka_unit_test(test_an_event_stream_leaves_at_once_and_is_never_slow),
        cmocka_unit_test(test_an_event_stream_is_one_whoever_writes_it),
        cmocka_unit_test(test_a_stop_in_mid_response_is_the_servers_doing),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
