/* A level that is asked for, or changed, and what it does to the detail that is kept. */
#include "detail_fixture.h"

#include <stdio.h>
#include <string.h>

static void test_a_level_asked_for_by_an_admin_is_that_requests_alone(void **state)
{
    (void)state;
    ask("/succeed", "asked", "X-Trail-Level: debug\r\n");
    assert_events("asked", "request_started first second third request_completed");
    ask("/fail", "not-asked", "");
    assert_events("not-asked", "first second third request_failed");
}

static void test_a_level_asked_for_by_anybody_else_is_passed_over(void **state)
{
    (void)state;
    ask("/succeed", "asked", "X-Trail-Level: debug\r\n");
    assert_events("asked", "second request_completed");
}

static void test_a_level_that_is_changed_holds_at_once(void **state)
{
    (void)state;
    trail_set_level(server.trail, TRAIL_LEVEL_DEBUG);
    ask("/succeed", "more", "");
    assert_events("more", "request_started first second third request_completed");
    trail_set_level(server.trail, TRAIL_LEVEL_ERROR);
    ask("/fail", "less", "");
    assert_events("less", "first second third request_failed");
    trail_set_level(server.trail, TRAIL_LEVEL_INFO);
    ask("/succeed", "as-before", "");
    assert_events("as-before", "second request_completed");
}

static void test_detail_is_not_written_where_logging_is_off(void **state)
{
    struct http_client client;

    (void)state;
    trail_set_level(server.trail, TRAIL_LEVEL_OFF);
    http_connect(&client, server.port);
    /* The last response tells that the requests before it have ended. */
    for (size_t i = 0; i < 3; i++) {
        static const char *const paths[] = {"/asks", "/slow", "/succeed"};
        struct http_response response;
        char request[128];
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nX-Request-ID: is-off\r\n\r\n",
                 paths[i]);
        http_send(&client, request);
        http_receive(&client, false, &response);
        http_response_free(&response);
    }
    http_close(&client);
    trail_set_level(server.trail, TRAIL_LEVEL_INFO);
    for (size_t i = 0; i < trail_memory_size(server.memory); i++) {
        const char *line = trail_memory_line(server.memory, i);
        assert_true(strstr(line, "\"is-off\"") == NULL ||
                    strstr(line, "request_completed") != NULL);
    }
}

static const struct handler handlers[] = {
    {"/succeed", succeed, 0},
    {"/fail", be_broken, 0},
    {"/slow", be_slow, 0},
    {"/asks", ask_for_it, 0},
};

static int serve_plainly(void **state)
{
    (void)state;
    SERVE(handlers, &(struct server_options){0});
    return 0;
}

static int serve_sampling(void **state)
{
    (void)state;
    SERVE(handlers,
          &(struct server_options){.trail = {.sample = "0", .admin_trusted = "127.0.0.0/8"}});
    return 0;
}

int main(void)
{
    const struct CMUnitTest usual[] = {
        cmocka_unit_test(test_a_level_asked_for_by_anybody_else_is_passed_over),
        cmocka_unit_test(test_a_level_that_is_changed_holds_at_once),
        cmocka_unit_test(test_detail_is_not_written_where_logging_is_off),
    };
    const struct CMUnitTest sampling[] = {
        cmocka_unit_test(test_a_level_asked_for_by_an_admin_is_that_requests_alone),
    };

    return cmocka_run_group_tests(usual, serve_plainly, stop_serving) +
           cmocka_run_group_tests(sampling, serve_sampling, stop_serving);
}
