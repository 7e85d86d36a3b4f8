/* The state of a response belongs to its connection: whoever writes, from whatever file or thread,
 * on whichever of several servers, and whatever callbacks the application had. */
#include "unit.h"

#include "http.h"
#include "server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct server server;
static struct server other;
static char pages[] = "/tmp/trail-pages-XXXXXX\0"; /* room for a slash */

/* Counts of the application's own callbacks, by server. */
static atomic_int begun[2];
static atomic_int ended[2];
static atomic_int errors[2];
static atomic_int messages;
static atomic_int contexts;
static atomic_int connections;
static atomic_int opened; /* of them, those that have not closed yet */

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

static int say_something(struct mg_connection *conn, void *cbdata)
{
    mg_cry(conn, "the disk is %s", "full");
    return send_plain(conn, cbdata);
}

static int server_of(const struct mg_connection *conn)
{
    return mg_get_context(conn) == other.ctx;
}

static int on_connection(const struct mg_connection *conn, void **conn_data)
{
    assert_non_null(conn);
    atomic_fetch_add(&connections, 1);
    atomic_fetch_add(&opened, 1);
    *conn_data = &connections;
    return 0;
}

static void on_close(const struct mg_connection *conn)
{
    assert_ptr_equal(mg_get_user_connection_data(conn), &connections);
    atomic_fetch_sub(&opened, 1);
}

static int on_begin(struct mg_connection *conn)
{
    atomic_fetch_add(&begun[server_of(conn)], 1);
    if (strcmp(mg_get_request_info(conn)->local_uri, "/in-callback") == 0) {
        mg_printf(conn, "HTTP/1.1 203 Fine\r\nContent-Length: 2\r\n\r\nok");
        return 1;
    }
    return 0;
}

static void on_end(const struct mg_connection *conn, int status)
{
    (void)status;
    atomic_fetch_add(&ended[server_of(conn)], 1);
}

static int on_error(struct mg_connection *conn, int status, const char *message)
{
    atomic_fetch_add(&errors[server_of(conn)], 1);
    if (status == 418) {
        mg_printf(conn, "HTTP/1.1 418 Teapot\r\nContent-Length: %zu\r\n\r\n%s", strlen(message),
                  message);
        return 0;
    }
    return 1;
}

static int on_message(const struct mg_connection *conn, const char *message)
{
    (void)conn;
    (void)message;
    atomic_fetch_add(&messages, 1);
    return 1;
}

static void on_context(const struct mg_context *ctx)
{
    assert_non_null(ctx);
    atomic_fetch_add(&contexts, 1);
}

static int send_teapot(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_http_error(conn, 418, "%s", "short and stout");
    return 418;
}

static void ask(int port, const char *path, const char *id, struct http_response *ret_response)
{
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nX-Request-ID: %s\r\n\r\n", path, id);
    http_exchange(port, request, ret_response);
    assert_int_equal(http_count(ret_response, "X-Request-ID"), 1);
    assert_string_equal(http_field(ret_response, "X-Request-ID"), id);
}

static void assert_answer(const char *path, const char *id, int status, const char *body)
{
    struct http_response response;
    cJSON *event;

    ask(server.port, path, id, &response);
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
    ask(server.port, "/calls", "outer", &response);
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
    ask(server.port, "/problem", "problem-1", &response);
    assert_string_equal(http_field(&response, "Content-Type"), "application/problem+json");
    problem = cJSON_Parse(response.body);
    assert_string_equal(text_of(problem, "title"), "Payment Required");
    assert_string_equal(text_of(problem, "detail"), "no \"money\"");
    assert_string_equal(text_of(problem, "requestId"), "problem-1");
    cJSON_Delete(problem);
    http_response_free(&response);
}

static void test_the_applications_callbacks_run_each_for_its_server(void **state)
{
    struct http_response response;
    int before[2] = {atomic_load(&begun[0]), atomic_load(&begun[1])};

    (void)state;
    ask(server.port, "/plain", "callbacks-1", &response);
    http_response_free(&response);
    ask(other.port, "/plain", "callbacks-2", &response);
    http_response_free(&response);
    ask(other.port, "/in-callback", "callbacks-3", &response);
    assert_int_equal(response.status, 203);
    http_response_free(&response);
    cJSON_Delete(server_terminal(&server, "callbacks-1"));
    cJSON_Delete(server_terminal(&server, "callbacks-2"));
    cJSON_Delete(server_terminal(&server, "callbacks-3"));
    assert_int_equal(atomic_load(&begun[0]), before[0] + 1);
    assert_int_equal(atomic_load(&begun[1]), before[1] + 2);
    assert_int_equal(atomic_load(&ended[0]), atomic_load(&begun[0]));
    assert_int_equal(atomic_load(&ended[1]), atomic_load(&begun[1]));
    assert_int_equal(atomic_load(&contexts), 2);
    assert_true(atomic_load(&connections) >= 3);
}

static void test_an_application_answers_errors_itself(void **state)
{
    struct http_response response;
    cJSON *event;
    int before = atomic_load(&errors[1]);

    (void)state;
    ask(other.port, "/teapot", "teapot-1", &response);
    assert_int_equal(response.status, 418);
    assert_string_equal(response.body, "short and stout");
    assert_int_equal(atomic_load(&errors[1]), before + 1);
    http_response_free(&response);
    event = server_terminal(&server, "teapot-1");
    assert_true(number_of(event, "status") == 418);
    cJSON_Delete(event);
}

static void test_error_pages_bear_the_id(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    ask(server.port, "/nowhere", "page-1", &response);
    assert_string_equal(response.body, "<h1>our own 404</h1>");
    event = server_terminal(&server, "page-1");
    assert_true(number_of(event, "status") == response.status);
    assert_true(number_of(event, "bytesOut") == (double)response.body_size);
    cJSON_Delete(event);
    http_response_free(&response);
}

static void test_what_civetweb_says_is_an_event_of_the_request(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    ask(other.port, "/says", "says-1", &response);
    http_response_free(&response);
    event = server_event(&server, "civetweb_message", 0);
    assert_string_equal(text_of(event, "message"), "the disk is full");
    assert_string_equal(text_of(event, "requestId"), "says-1");
    assert_int_equal(atomic_load(&messages), 1);
    cJSON_Delete(event);
}

static void test_a_port_that_is_taken_is_told(void **state)
{
    size_t before = trail_memory_count(server.memory, "civetweb_message");
    struct mg_callbacks callbacks = {.log_message = on_message};
    const char *options[] = {"listening_ports", NULL, NULL};
    char port[32];
    int told = atomic_load(&messages);

    (void)state;
    snprintf(port, sizeof(port), "127.0.0.1:%d", server.port);
    options[1] = port;
    trail_civetweb_install(server.trail, &callbacks);
    assert_null(mg_start(&callbacks, NULL, options));
    assert_true(trail_memory_count(server.memory, "civetweb_message") > before);
    assert_true(atomic_load(&messages) > told);
}

static void make_page(void)
{
    char path[128];
    FILE *file;

    assert_non_null(mkdtemp(pages));
    snprintf(path, sizeof(path), "%s/error404.html", pages);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("<h1>our own 404</h1>", file);
    fclose(file);
    strcat(pages, "/");
}

static void remove_page(void)
{
    char path[128];

    snprintf(path, sizeof(path), "%serror404.html", pages);
    unlink(path);
    rmdir(pages);
}

static const struct {
    const char *uri;
    mg_request_handler handler;
} handlers[] = {
    {"/events", send_from_another_thread},
    {"/other-thread", leave_all_to_another_thread},
    {"/flush", flush_first},
    {"/calls", call_the_other},
    {"/plain", send_plain},
    {"/json", send_json},
    {"/problem", send_problem},
    {"/text-twice", send_text_twice},
    {"/says", say_something},
    {"/teapot", send_teapot},
};

static int setup(void **state)
{
    struct mg_callbacks callbacks = {.begin_request = on_begin,
                                     .end_request = on_end,
                                     .init_context = on_context,
                                     .init_connection = on_connection,
                                     .connection_close = on_close};

    (void)state;
    make_page();
    server_start(&server, &(struct server_options){.civetweb = {"error_pages", pages},
                                                   .callbacks = callbacks});
    callbacks.http_error = on_error;
    callbacks.log_message = on_message;
    server_start_another(&other, &server, &(struct server_options){.callbacks = callbacks});
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        mg_set_request_handler(server.ctx, handlers[i].uri, handlers[i].handler, NULL);
        mg_set_request_handler(other.ctx, handlers[i].uri, handlers[i].handler, NULL);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    server_stop(&other);
    server_stop(&server);
    remove_page();
    return atomic_load(&opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_threads_write_to_the_same_response),
        cmocka_unit_test(test_a_flush_lets_the_head_go_before_its_body),
        cmocka_unit_test(test_a_client_within_a_handler_is_left_alone),
        cmocka_unit_test(test_whole_responses_leave_in_one_call),
        cmocka_unit_test(test_the_applications_callbacks_run_each_for_its_server),
        cmocka_unit_test(test_an_application_answers_errors_itself),
        cmocka_unit_test(test_error_pages_bear_the_id),
        cmocka_unit_test(test_what_civetweb_says_is_an_event_of_the_request),
        cmocka_unit_test(test_a_port_that_is_taken_is_told),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
