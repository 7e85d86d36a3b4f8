/* A server that crashes in a handler tells what its request and the threads that work for it had
 * kept. */
#include "unit.h"

#include "../setup/crashing.h"
#include "http.h"

#include <trail/civetweb.h>

#include <pthread.h>
#include <signal.h>
#include <string.h>

enum { MANY = 1000 };

static void *work(void *context)
{
    struct trail_scope scope;

    trail_enter(context, &scope);
    trail_debug("worked", NULL);
    trail_leave(&scope);
    return NULL;
}

static int crash(struct mg_connection *conn, void *cbdata)
{
    struct trail_context *context;
    pthread_t thread;

    (void)conn;
    for (int i = 0; i < *(const int *)cbdata; i++) {
        trail_debug("numbered", NULL, trail_kv("n", i));
    }
    trail_debug("first", NULL);
    if (trail_capture(&context) == TRAIL_OK && pthread_create(&thread, NULL, work, context) == 0) {
        pthread_join(thread, NULL);
    }
    trail_debug("last", NULL);
    raise(SIGSEGV);
    return 0;
}

static int numbered; /* lines before the first */

static void crash_in_a_handler(void)
{
    static struct mg_callbacks callbacks;
    const char *options[] = {"listening_ports", "127.0.0.1:0", "num_threads", "2", NULL};
    struct mg_server_port port;
    struct http_client client;

    trail_civetweb_install(crashing_trail, &callbacks);
    struct mg_context *ctx = mg_start(&callbacks, NULL, options);
    mg_set_request_handler(ctx, "/crash", crash, &numbered);
    mg_get_server_ports(ctx, 1, &port);
    http_connect(&client, port.port);
    http_send(&client, "GET /crash HTTP/1.1\r\nX-Request-ID: crashes\r\n\r\n");
    http_is_closed(&client);
}

/* Where the line stands among all. */
static size_t place_of(const char *event)
{
    const cJSON *line = the_line(event, "crashes");
    size_t at = 0;

    while (lines[at] != line) {
        at++;
    }
    return at;
}

static void test_detail_comes_in_order_before_the_line_that_the_process_crashed_in_it(void **state)
{
    (void)state;
    numbered = 0;
    assert_died_of(run_child(nothing, crash_in_a_handler, "sync"), SIGSEGV);
    read_lines();
    size_t crashed = place_of("process_crashed");
    assert_int_equal(place_of("first"), crashed + 1);
    assert_int_equal(place_of("worked"), crashed + 2);
    assert_int_equal(place_of("last"), crashed + 3);
    assert_int_equal(place_of("request_failed"), crashed + 4);
    assert_int_equal(line_count, crashed + 5);
}

static void test_detail_that_had_to_be_forgotten_is_told_in_a_crash(void **state)
{
    (void)state;
    numbered = MANY;
    assert_died_of(run_child(nothing, crash_in_a_handler, "async"), SIGSEGV);
    read_lines();
    const cJSON *gap = the_line("log_events_dropped", "crashes");
    const int count = cJSON_GetObjectItem(gap, "count")->valueint;
    assert_string_equal(text_of(gap, "reason"), "keep_full");
    assert_int_equal(strlen(text_of(gap, "since")), 24);
    assert_int_equal(cJSON_GetObjectItem(cJSON_GetObjectItem(gap, "levels"), "debug")->valueint,
                     count);
    assert_int_equal(place_of("log_events_dropped"), place_of("process_crashed") + 1);
    assert_int_equal(place_of("first"), place_of("log_events_dropped") + MANY + 1 - (size_t)count);
    assert_int_equal(place_of("request_failed"), line_count - 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, crashing_setup, crashing_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_detail_comes_in_order_before_the_line_that_the_process_crashed_in_it),
        CASE(test_detail_that_had_to_be_forgotten_is_told_in_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
