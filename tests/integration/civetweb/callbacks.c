/* The application's own callbacks run as without trail, each for its server, and what CivetWeb says
 * is told. */
#include "fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static struct server other;

/* Counts of the application's own callbacks, by server. */
static atomic_int begun[2];
static atomic_int ended[2];
static atomic_int errors[2];
static atomic_int messages;
static atomic_int contexts;
static atomic_int connections;
static atomic_int opened; /* of them, those that have not closed yet */

static int say_something(struct mg_connection *conn, void *cbdata)
{
    mg_cry(conn, "the disk is %s", "full");
    return send_ok(conn, cbdata);
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

static void test_the_applications_callbacks_run_each_for_its_server(void **state)
{
    struct http_response response;
    int before[2] = {atomic_load(&begun[0]), atomic_load(&begun[1])};

    (void)state;
    get_from(server.port, "/plain", "callbacks-1", &response);
    http_response_free(&response);
    get_from(other.port, "/plain", "callbacks-2", &response);
    http_response_free(&response);
    get_from(other.port, "/in-callback", "callbacks-3", &response);
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
    get_from(other.port, "/teapot", "teapot-1", &response);
    assert_int_equal(response.status, 418);
    assert_string_equal(response.body, "short and stout");
    assert_int_equal(atomic_load(&errors[1]), before + 1);
    http_response_free(&response);
    event = server_terminal(&server, "teapot-1");
    assert_true(number_of(event, "status") == 418);
    cJSON_Delete(event);
}

static void test_what_civetweb_says_is_an_event_of_the_request(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    get_from(other.port, "/says", "says-1", &response);
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

static const struct handler handlers[] = {
    {"/plain", send_ok, 0},
    {"/says", say_something, 0},
    {"/teapot", send_teapot, 0},
};

static int setup(void **state)
{
    struct mg_callbacks callbacks = {.begin_request = on_begin,
                                     .end_request = on_end,
                                     .init_context = on_context,
                                     .init_connection = on_connection,
                                     .connection_close = on_close};

    (void)state;
    SERVE(handlers, &(struct server_options){.callbacks = callbacks});
    callbacks.http_error = on_error;
    callbacks.log_message = on_message;
    server_start_another(&other, &server, &(struct server_options){.callbacks = callbacks});
    SET_HANDLERS(other.ctx, handlers);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    server_stop(&other);
    server_stop(&server);
    return atomic_load(&opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_applications_callbacks_run_each_for_its_server),
        cmocka_unit_test(test_an_application_answers_errors_itself),
        cmocka_unit_test(test_what_civetweb_says_is_an_event_of_the_request),
        cmocka_unit_test(test_a_port_that_is_taken_is_told),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
