/* Detail only when it matters: lines below the level, or sampled out, are written if the request
 * fails, is slow, is aborted or asks for it, and then first and in order. */
#include "detail_fixture.h"

#include <pthread.h>
#include <string.h>

enum { WORKERS = 8, LINES_OF_A_WORKER = 20 };

static int send_until_nobody_reads(struct mg_connection *conn, void *cbdata)
{
    static char body[65536];

    (void)cbdata;
    trail_debug("first", NULL);
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    while (mg_write(conn, body, sizeof(body)) > 0) {}
    trail_debug("second", NULL);
    return 200;
}

static int call_downstream(struct mg_connection *conn, void *cbdata)
{
    struct trail_call call;

    trail_call_begin(&(struct trail_call_options){.url = "http://127.0.0.1/"}, &call);
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    return be_broken(conn, cbdata);
}

/* What a thread does for a request. */
struct work {
    pthread_t thread;
    struct trail_context *context;
    bool asks;
};

static void *work(void *arg)
{
    struct work *own = arg;
    struct trail_scope scope;

    trail_enter(own->context, &scope);
    for (int i = 0; i < LINES_OF_A_WORKER; i++) {
        trail_debug("worked", NULL, trail_kv("n", i));
    }
    if (own->asks) {
        trail_keep();
    }
    trail_leave(&scope);
    trail_context_free(own->context);
    return NULL;
}

static void work_on_many_threads(bool asks)
{
    struct work works[WORKERS];

    for (int i = 0; i < WORKERS; i++) {
        works[i].asks = asks;
        assert_int_equal(trail_capture(&works[i].context), TRAIL_OK);
        assert_int_equal(pthread_create(&works[i].thread, NULL, work, &works[i]), 0);
    }
    trail_debug("started_all", NULL);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(works[i].thread, NULL);
    }
}

static int fail_with_workers(struct mg_connection *conn, void *cbdata)
{
    work_on_many_threads(false);
    return be_broken(conn, cbdata);
}

static int succeed_with_workers(struct mg_connection *conn, void *cbdata)
{
    work_on_many_threads(false);
    return succeed(conn, cbdata);
}

static int ask_by_workers(struct mg_connection *conn, void *cbdata)
{
    work_on_many_threads(true);
    return succeed(conn, cbdata);
}

static struct work late; /* of a request that ended before */

static int fail_and_leave_work(struct mg_connection *conn, void *cbdata)
{
    assert_int_equal(trail_capture(&late.context), TRAIL_OK);
    return be_broken(conn, cbdata);
}

static void test_detail_of_a_request_that_succeeds_is_not_written(void **state)
{
    (void)state;
    ask("/succeed", "succeeds", "");
    assert_events("succeeds", "second request_completed");
}

static void test_detail_comes_in_order_before_the_line_that_a_request_failed(void **state)
{
    (void)state;
    ask("/fail", "fails", "");
    assert_events("fails", "second first third request_failed");
}

static void test_detail_comes_before_the_line_that_a_request_was_slow(void **state)
{
    (void)state;
    ask("/slow", "is-slow", "");
    assert_events("is-slow", "second first third request_completed");
}

static void test_detail_comes_before_the_line_that_a_request_was_aborted(void **state)
{
    struct http_client client;

    (void)state;
    http_connect(&client, server.port);
    http_send(&client, "GET /endless HTTP/1.1\r\nX-Request-ID: is-left\r\n\r\n");
    http_receive_bytes(&client, 1);
    http_reset(&client);
    assert_events("is-left", "first second request_aborted");
}

static void test_detail_is_written_for_a_request_that_asks_for_it(void **state)
{
    (void)state;
    ask("/asks", "asks", "");
    assert_events("asks", "second first third request_completed");
}

static void test_detail_is_written_for_a_quiet_path_that_asks_for_it(void **state)
{
    (void)state;
    ask("/healthz", "asks-quietly", "");
    assert_events("asks-quietly", "second first third request_completed");
}

static void test_the_start_of_a_call_is_among_the_detail(void **state)
{
    (void)state;
    ask("/calls", "calls", "");
    assert_events("calls", "outbound_completed second outbound_started first third request_failed");
}

static void assert_workers_are_told(const char *id, const char *terminal)
{
    enum { ALL = WORKERS * LINES_OF_A_WORKER };
    char events[ALL + LINES_MAX][32];
    size_t count = events_of(id, events, ALL + LINES_MAX);
    size_t worked = 0;

    for (size_t i = 0; i < count; i++) {
        worked += strcmp(events[i], "worked") == 0;
    }
    assert_int_equal(worked, ALL);
    assert_int_equal(count, ALL + 5);
    assert_string_equal(events[count - 2], "third");
    assert_string_equal(events[count - 1], terminal);
}

static void test_detail_of_threads_that_work_for_a_request_comes_with_it(void **state)
{
    (void)state;
    ask("/fail-with-workers", "workers-fail", "");
    assert_workers_are_told("workers-fail", "request_failed");
    ask("/succeed-with-workers", "workers-succeed", "");
    assert_events("workers-succeed", "second request_completed");
}

static void test_a_thread_that_works_for_a_request_may_ask_for_its_detail(void **state)
{
    (void)state;
    ask("/ask-by-workers", "workers-ask", "");
    assert_workers_are_told("workers-ask", "request_completed");
}

static void test_what_is_said_for_a_request_that_has_ended_is_below_the_level(void **state)
{
    (void)state;
    ask("/leave-work", "is-over", "");
    assert_events("is-over", "second first third request_failed");
    assert_int_equal(pthread_create(&late.thread, NULL, work, &late), 0);
    pthread_join(late.thread, NULL);
    assert_events("is-over", "second first third request_failed");
}

static void test_what_is_sampled_out_is_not_written_unless_the_request_fails(void **state)
{
    (void)state;
    ask("/succeed", "out", "");
    ask("/fail", "out-but-fails", "");
    ask("/missing", "out-but-refused", "");
    assert_events("out-but-fails", "first second third request_failed");
    ask("/slow", "out-but-slow", "");
    assert_events("out-but-slow", "first second third request_completed");
    ask("/fail-with-workers", "out-with-workers", "");
    assert_workers_are_told("out-with-workers", "request_failed");
    for (size_t i = 0; i < trail_memory_size(server.memory); i++) {
        assert_null(strstr(trail_memory_line(server.memory, i), "\"requestId\":\"out\""));
    }
}

static void test_detail_may_be_switched_off(void **state)
{
    (void)state;
    ask("/fail-with-workers", "fails", "");
    assert_events("fails", "second request_failed");
}

static const struct handler handlers[] = {
    {"/succeed", succeed, 0},
    {"/fail", be_broken, 0},
    {"/slow", be_slow, 0},
    {"/asks", ask_for_it, 0},
    {"/healthz", ask_for_it, 0},
    {"/endless", send_until_nobody_reads, 0},
    {"/calls", call_downstream, 0},
    {"/fail-with-workers", fail_with_workers, 0},
    {"/succeed-with-workers", succeed_with_workers, 0},
    {"/ask-by-workers", ask_by_workers, 0},
    {"/leave-work", fail_and_leave_work, 0},
};

static int serve_plainly(void **state)
{
    (void)state;
    SERVE(handlers, &(struct server_options){.trail = {.service = "detail"}});
    return 0;
}

static int serve_sampling(void **state)
{
    (void)state;
    SERVE(handlers, &(struct server_options){.trail = {.sample = "0"}});
    return 0;
}

static int serve_without_detail(void **state)
{
    (void)state;
    SERVE(handlers, &(struct server_options){.trail = {.keep_debug = "off"}});
    return 0;
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest usual[] = {
        TEST(test_detail_of_a_request_that_succeeds_is_not_written),
        TEST(test_detail_comes_in_order_before_the_line_that_a_request_failed),
        TEST(test_detail_comes_before_the_line_that_a_request_was_slow),
        TEST(test_detail_comes_before_the_line_that_a_request_was_aborted),
        TEST(test_detail_is_written_for_a_request_that_asks_for_it),
        TEST(test_detail_is_written_for_a_quiet_path_that_asks_for_it),
        TEST(test_the_start_of_a_call_is_among_the_detail),
        TEST(test_detail_of_threads_that_work_for_a_request_comes_with_it),
        TEST(test_a_thread_that_works_for_a_request_may_ask_for_its_detail),
        TEST(test_what_is_said_for_a_request_that_has_ended_is_below_the_level),
    };
    const struct CMUnitTest sampling[] = {
        TEST(test_what_is_sampled_out_is_not_written_unless_the_request_fails),
    };
    const struct CMUnitTest without_detail[] = {
        TEST(test_detail_may_be_switched_off),
    };

    return cmocka_run_group_tests(usual, serve_plainly, stop_serving) +
           cmocka_run_group_tests(sampling, serve_sampling, stop_serving) +
           cmocka_run_group_tests(without_detail, serve_without_detail, stop_serving);
}
