/* Bodies that the handler leaves, and that do not come. */
#include "fixture.h"

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

static const struct handler handlers[] = {
    {"/ok", send_ok, 0},
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
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
