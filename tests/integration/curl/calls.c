/* Calls as they go over the wire: what is carried, to which host, one after the other or many at
 * once. */
#include "unit.h"

#include "caller.h"
#include "events.h"

#include <stdio.h>
#include <string.h>

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

static struct caller caller;

static int begin(void **state)
{
    (void)state;
    caller_begin(&caller);
    return 0;
}

static int end(void **state)
{
    (void)state;
    caller_end(&caller);
    return 0;
}

static void test_a_call_carries_the_span_that_it_is_logged_under(void **state)
{
    struct rogue server;

    (void)state;
    rogue_start(&server, "127.0.0.1", ROGUE_ANSWER, OK_ANSWER);
    caller_aim(&caller, &server);
    curl_easy_setopt(caller.easy, CURLOPT_POSTFIELDS, "{}");
    assert_int_equal(trail_curl_perform(caller.easy, NULL), CURLE_OK);
    const cJSON *event = events_one("outbound_completed");
    assert_string_equal(event_text(event, "method"), "POST");
    assert_string_equal(event_text(event, "path"), "/path");
    assert_int_equal((int)event_number(event, "status"), 200);
    assert_int_equal((int)event_number(event, "bytesIn"), 2);
    assert_int_equal((int)event_number(event, "bytesOut"), 2);
    assert_string_equal(rogue_header(&server, 0, "X-Request-ID"), "req-1");
    assert_non_null(strstr(rogue_header(&server, 0, "traceparent"), event_text(event, "spanId")));
    rogue_stop(&server);
}

static void test_a_long_method_is_told_whole(void **state)
{
    struct rogue server;

    (void)state;
    rogue_start(&server, "127.0.0.1", ROGUE_ANSWER, OK_ANSWER);
    caller_aim(&caller, &server);
    curl_easy_setopt(caller.easy, CURLOPT_CUSTOMREQUEST, "UPDATEREDIRECTREF"); /* RFC 4437 */
    assert_int_equal(trail_curl_perform(caller.easy, NULL), CURLE_OK);
    assert_string_equal(event_text(events_one("outbound_completed"), "method"),
                        "UPDATEREDIRECTREF");
    rogue_stop(&server);
}

static void test_a_callers_headers_are_kept_and_none_is_doubled(void **state)
{
    struct rogue server;
    struct curl_slist *headers = curl_slist_append(NULL, "x-request-id: mine");

    (void)state;
    headers = curl_slist_append(headers, "X-Own: 1");
    rogue_start(&server, "127.0.0.1", ROGUE_ANSWER, OK_ANSWER);
    caller_aim(&caller, &server);
    assert_int_equal(
        trail_curl_perform(caller.easy, &(struct trail_curl_options){.headers = headers}),
        CURLE_OK);
    assert_string_equal(rogue_header(&server, 0, "X-Request-ID"), "mine");
    assert_string_equal(rogue_header(&server, 0, "X-Own"), "1");
    assert_non_null(rogue_header(&server, 0, "traceparent"));
    rogue_stop(&server);
    curl_slist_free_all(headers);
}

static void test_a_handle_can_be_used_again_by_itself(void **state)
{
    struct rogue server;

    (void)state;
    rogue_start(&server, "127.0.0.1", ROGUE_ANSWER, OK_ANSWER);
    caller_aim(&caller, &server);
    assert_int_equal(
        trail_curl_perform(caller.easy, &(struct trail_curl_options){.response_bytes_max = 100}),
        CURLE_OK);
    assert_int_equal(curl_easy_perform(caller.easy), CURLE_OK);
    assert_null(rogue_header(&server, 1, "X-Request-ID"));
    rogue_stop(&server);
}

/* One that was begun is not forgotten, by whichever of libcurl's functions it is sent. */
static void test_a_plain_call_inside_a_request_is_told_with_where(void **state)
{
    struct trail_curl_call call;
    struct rogue server;

    (void)state;
    rogue_start(&server, "127.0.0.1", ROGUE_ANSWER, OK_ANSWER);
    caller_aim(&caller, &server);
    assert_int_equal(trail_curl_begin(caller.easy, NULL, &call), TRAIL_OK);
    trail_curl_end(&call, curl_easy_perform(caller.easy));
    assert_int_equal(events_count("context_not_propagated"), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(curl_easy_perform(caller.easy), CURLE_OK);
    }
    const cJSON *event = events_one("context_not_propagated");
    assert_string_equal(event_text(event, "kind"), "call");
    assert_non_null(strstr(event_text(event, "where"), "calls.c:"));
    assert_string_equal(event_text(event, "requestId"), "req-1");
    curl_easy_setopt(caller.easy, CURLOPT_URL, "http://127.0.0.2:1/");
    (void)curl_easy_perform(caller.easy);
    trl_scope_leave(&caller.scope);
    caller_aim(&caller, &server);
    assert_int_equal(curl_easy_perform(caller.easy), CURLE_OK);
    assert_int_equal(events_count("context_not_propagated"), 1);
    rogue_stop(&server);
}

static void write_redirect(char *answer, size_t size, const struct rogue *to)
{
    (void)snprintf(answer, size,
                   "HTTP/1.1 307 Moved\r\nLocation: http://%s:%d/next\r\nContent-Length: 0\r\n"
                   "Connection: close\r\n\r\n",
                   to->host, to->port);
}

/* From a host of ours to a strange one and back: each hop is checked anew. */
static void test_a_redirect_to_a_strange_host_loses_the_context(void **state)
{
    struct rogue first;
    struct rogue strange;
    struct rogue last;
    char to_strange[256] = "";
    char to_last[256] = "";

    (void)state;
    rogue_start(&first, "127.0.0.1", ROGUE_ANSWER, to_strange);
    rogue_start(&strange, "127.0.0.2", ROGUE_ANSWER, to_last);
    rogue_start(&last, "127.0.0.1", ROGUE_ANSWER, OK_ANSWER);
    write_redirect(to_strange, sizeof(to_strange), &strange);
    write_redirect(to_last, sizeof(to_last), &last);
    caller_aim(&caller, &first);
    curl_easy_setopt(caller.easy, CURLOPT_FOLLOWLOCATION, 1L);
    assert_int_equal(trail_curl_perform(caller.easy, NULL), CURLE_OK);
    assert_string_equal(rogue_header(&first, 0, "X-Request-ID"), "req-1");
    assert_non_null(rogue_header(&first, 0, "traceparent"));
    assert_null(rogue_header(&strange, 0, "X-Request-ID"));
    assert_null(rogue_header(&strange, 0, "traceparent"));
    assert_string_equal(rogue_header(&last, 0, "X-Request-ID"), "req-1");
    assert_int_equal(events_count("outbound_completed"), 1);
    rogue_stop(&first);
    rogue_stop(&strange);
    rogue_stop(&last);
}

static void test_a_strange_host_never_sees_the_context(void **state)
{
    struct rogue strange;

    (void)state;
    rogue_start(&strange, "127.0.0.2", ROGUE_ANSWER, OK_ANSWER);
    caller_aim(&caller, &strange);
    assert_int_equal(trail_curl_perform(caller.easy, NULL), CURLE_OK);
    assert_null(rogue_header(&strange, 0, "X-Request-ID"));
    assert_null(rogue_header(&strange, 0, "traceparent"));
    assert_int_equal(events_count("outbound_completed"), 1);
    rogue_stop(&strange);
}

static void test_a_url_without_scheme_goes_where_libcurl_takes_it(void **state)
{
    struct rogue server;

    (void)state;
    rogue_start(&server, "127.0.0.1", ROGUE_ANSWER, OK_ANSWER);
    caller_aim(&caller, &server);
    curl_easy_setopt(caller.easy, CURLOPT_URL, caller.url + strlen("http://"));
    assert_int_equal(trail_curl_perform(caller.easy, NULL), CURLE_OK);
    assert_string_equal(event_text(events_one("outbound_completed"), "path"), "/path");
    assert_string_equal(rogue_header(&server, 0, "X-Request-ID"), "req-1");
    rogue_stop(&server);
}

enum { PARALLEL = 8 };

static void finish(CURLM *multi, struct trail_curl_call *calls, CURL *const *easies)
{
    struct CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        for (int i = 0; i < PARALLEL; i++) {
            if (message->msg == CURLMSG_DONE && message->easy_handle == easies[i]) {
                trail_curl_end(&calls[i], message->data.result);
            }
        }
    }
}

static void test_calls_of_a_multi_handle_have_a_span_each(void **state)
{
    struct trail_curl_call calls[PARALLEL];
    struct rogue servers[PARALLEL];
    CURL *easies[PARALLEL];
    CURLM *multi = curl_multi_init();
    int running = 1;

    (void)state;
    for (int i = 0; i < PARALLEL; i++) {
        rogue_start(&servers[i], "127.0.0.1", i % 4 == 3 ? ROGUE_RESET : ROGUE_ANSWER, OK_ANSWER);
        caller_aim(&caller, &servers[i]);
        easies[i] = curl_easy_duphandle(caller.easy);
        assert_int_equal(trail_curl_begin(easies[i], NULL, &calls[i]), TRAIL_OK);
        assert_int_equal(curl_multi_add_handle(multi, easies[i]), CURLM_OK);
    }
    while (running > 0) {
        assert_int_equal(curl_multi_perform(multi, &running), CURLM_OK);
        finish(multi, calls, easies);
        assert_int_equal(curl_multi_poll(multi, NULL, 0, 1000, NULL), CURLM_OK);
    }
    finish(multi, calls, easies);
    for (int i = 0; i < PARALLEL; i++) {
        assert_string_equal(rogue_header(&servers[i], 0, "X-Request-ID"), "req-1");
        for (int j = 0; j < i; j++) {
            char parent[64];
            strcpy(parent, rogue_header(&servers[j], 0, "traceparent"));
            assert_string_not_equal(rogue_header(&servers[i], 0, "traceparent"), parent);
        }
    }
    assert_int_equal(events_count("outbound_completed"), 6);
    assert_int_equal(events_count("outbound_failed"), 2);
    for (int i = 0; i < PARALLEL; i++) {
        rogue_stop(&servers[i]);
        curl_multi_remove_handle(multi, easies[i]);
        curl_easy_cleanup(easies[i]);
    }
    curl_multi_cleanup(multi);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_call_carries_the_span_that_it_is_logged_under),
        TEST(test_a_long_method_is_told_whole),
        TEST(test_a_callers_headers_are_kept_and_none_is_doubled),
        TEST(test_a_handle_can_be_used_again_by_itself),
        TEST(test_a_plain_call_inside_a_request_is_told_with_where),
        TEST(test_a_redirect_to_a_strange_host_loses_the_context),
        TEST(test_a_strange_host_never_sees_the_context),
        TEST(test_a_url_without_scheme_goes_where_libcurl_takes_it),
        TEST(test_calls_of_a_multi_handle_have_a_span_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
