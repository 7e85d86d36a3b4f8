/* The state of a response belongs to its connection: whoever writes, from whatever file or thread,
 * and on whichever of several servers. */
#include "fixture.h"

#include <pthread.h>
#include <string.h>

static struct server other;

static void *write_events(void *conn)
{
    for (int i = 0; i < 5; i++) {
        assert_true(mg_printf(conn, "data: %d\n\n", i) > 0);
    }
    return NULL;
}

static int send_from_another_thread(struct mg_connection *conn, void *cbdata)
{
    pthread_t thread;

    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    assert_int_equal(pthread_create(&thread, NULL, write_events, conn), 0);
    pthread_join(thread, NULL);
    mg_disable_connection_keep_alive(conn);
    return 200;
}

static void *write_all(void *conn)
{
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-");
    mg_printf(conn, "Length: 2\r\n\r\n");
    mg_write(conn, "ok", 2);
    return NULL;
}

static int leave_all_to_another_thread(struct mg_connection *conn, void *cbdata)
{
    pthread_t thread;

    (void)cbdata;
    assert_int_equal(pthread_create(&thread, NULL, write_all, conn), 0);
    pthread_join(thread, NULL);
    return 200;
}

static int flush_first(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    assert_int_equal(trail_flush(conn), TRAIL_OK);
    mg_write(conn, "ok", 2);
    return 200;
}

/* A client in the handler's own thread: its connection is none of trail's. */
static int call_the_other(struct mg_connection *conn, void *cbdata)
{
    char error[128];
    struct mg_connection *client =
        mg_connect_client("127.0.0.1", other.port, other.tls_port != 0, error, 128);
    char answer[64];
    int got;

    (void)cbdata;
    assert_non_null(client);
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Le");
    mg_printf(client, "GET /plain HTTP/1.1\r\nX-Request-ID: inner\r\nConnection: close\r\n\r\n");
    assert_true(mg_get_response(client, error, sizeof(error), 10000) >= 0);
    got = mg_read(client, answer, sizeof(answer));
    mg_close_connection(client);
    mg_printf(conn, "ngth: %d\r\n\r\n", got);
    mg_write(conn, answer, (size_t)got);
    return 200;
}

static int send_plain(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain");
    return 200;
}

static int send_json(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    return trail_send_json(conn, 201, "{\"a\":1}");
}

static int send_problem(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    return trail_send_problem(conn, 402, NULL, "no \"money\"");
}

static int send_text_twice(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    assert_int_equal(trail_send_text(conn, 200, NULL, "once", 4), 200);
    assert_int_equal(trail_send_text(conn, 200, NULL, "twice", 5), 500);
    return 200;
}

static void assert_answer(const char *path, const char *id, int status, const char *body)
{
    struct http_response response;
    cJSON *event;

    get_from(server.port, path, id, &response);
    assert_int_equal(response.status, status);
    assert_string_equal(response.body, body);
    event = server_terminal(&server, id);
    assert_true(number_of(event, "status") == status);
    assert_true(number_of(event, "bytesOut") == (double)strlen(body));
    cJSON_Delete(event);
    http_response_free(&response);
}

static void test_other_threads_write_to_the_same_response(void **state)
{
    (void)state;
    assert_answer("/events", "threads-1", 200,
                  "data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n");
    assert_answer("/other-thread", "threads-2", 200, "ok");
}

static void test_a_flush_lets_the_head_go_before_its_body(void **state)
{
    (void)state;
    assert_answer("/flush", "flush-1", 200, "ok");
}

static void test_a_client_within_a_handler_is_left_alone(void **state)
{
    struct http_response response;

    (void)state;
    get_from(server.port, "/calls", "outer", &response);
    assert_string_equal(response.body, "plain");
    http_response_free(&response);
    cJSON_Delete(server_terminal(&server, "outer"));
    cJSON_Delete(server_terminal(&server, "inner"));
}

static void test_whole_responses_leave_in_one_call(void **state)
{
    struct http_response response;
    cJSON *problem;

    (void)state;
    assert_answer("/json", "json-1", 201, "{\"a\":1}");
    assert_answer("/text-twice", "text-1", 200, "once");
    get_from(server.port, "/problem", "problem-1", &response);
    assert_string_equal(http_field(&response, "Content-Type"), "application/problem+json");
    problem = cJSON_Parse(response.body);
    assert_string_equal(text_of(problem, "title"), "Payment Required");
    assert_string_equal(text_of(problem, "detail"), "no \"money\"");
    assert_string_equal(text_of(problem, "requestId"), "problem-1");
    cJSON_Delete(problem);
    http_response_free(&response);
}

static const struct handler handlers[] = {
    {"/events", send_from_another_thread, 0},
    {"/other-thread", leave_all_to_another_thread, 0},
    {"/flush", flush_first, 0},
    {"/calls", call_the_other, 0},
    {"/plain", send_plain, 0},
    {"/json", send_json, 0},
    {"/problem", send_problem, 0},
    {"/text-twice", send_text_twice, 0},
};

static int setup(void **state)
{
    (void)state;
    SERVE(handlers, &(struct server_options){0});
    server_start_another(&other, &server, &(struct server_options){0});
    SET_HANDLERS(other.ctx, handlers);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    server_stop(&other);
    server_stop(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_threads_write_to_the_same_response),
        cmocka_unit_test(test_a_flush_lets_the_head_go_before_its_body),
        cmocka_unit_test(test_a_client_within_a_handler_is_left_alone),
        cmocka_unit_test(test_whole_responses_leave_in_one_call),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
