/* Bodies that do not come. */
#include "fixture.h"

#include <poll.h>
#include <stdatomic.h>

enum { TIMEOUT_MS = 2000 };

static void test_a_body_that_does_not_come_is_waited_for_once(void **state)
{
    struct http_client client;
    struct http_response response;
    cJSON *event;

    (void)state;
    http_connect(&client, server.port);
    http_send(&client, "POST /ok HTTP/1.1\r\nX-Request-ID: waits\r\nContent-Length: 9\r\n\r\n");
    http_receive(&client, false, &response);
    assert_int_equal(response.status, 200);
    http_response_free(&response);
    assert_true(http_is_closed(&client));
    http_close(&client);
    event = server_ended(&server, "waits", "request_completed", "");
    assert_true(number_of(event, "durationMs") < 2 * TIMEOUT_MS - 300);
    cJSON_Delete(event);
}

static atomic_bool reading;

static int read_all(struct mg_connection *conn, void *cbdata)
{
    char piece[1000];

    atomic_store(&reading, true);
    while (mg_read(conn, piece, sizeof(piece)) > 0) {}
    return send_ok(conn, cbdata);
}

static void test_a_stop_in_mid_body_is_the_servers_doing(void **state)
{
    struct http_client client;

    (void)state;
    http_connect(&client, server.port);
    http_send(&client, "POST /read HTTP/1.1\r\nX-Request-ID: stopped\r\n"
                       "Content-Length: 100\r\n\r\n");
    while (!atomic_load(&reading)) {
        poll(NULL, 0, 1);
    }
    server_halt(&server);
    cJSON_Delete(server_ended(&server, "stopped", "request_failed", "server_stopped"));
    http_close(&client);
}

static const struct handler handlers[] = {
    {"/ok", send_ok, 0},
    {"/read", read_all, 0},
};

static int setup(void **state)
{
    (void)state;
    SERVE(handlers, &(struct server_options){.civetweb = {"request_timeout_ms", "2000"}});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_body_that_does_not_come_is_waited_for_once),
        cmocka_unit_test(test_a_stop_in_mid_body_is_the_servers_doing),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
