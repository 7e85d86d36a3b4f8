/* A downstream that hangs, resets, drips, talks garbage, floods or leads in circles: each call is
 * done by its deadline, within its bounds, and told once, by a clear error. */
#include "unit.h"

#include "caller.h"
#include "events.h"

#include <stdio.h>
#include <string.h>

enum { DEADLINE_MS = 200, BODY_MAX = 1 << 20, TRIES = 3 };

static struct caller caller;
static struct rogue rogue;

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

/* Calls three times, as a retrying client does; each try must fail alike, under the same ID, with
 * its own span and number. */
static void assert_fails(enum rogue_manner manner, const char *text, const char *error_code)
{
    char spans[TRIES][17];

    rogue_start(&rogue, "127.0.0.1", manner, text);
    caller_aim(&caller, &rogue);
    for (unsigned attempt = 1; attempt <= TRIES; attempt++) {
        caller.body_size = 0;
        events_clear();
        CURLcode code = trail_curl_perform(
            caller.easy, &(struct trail_curl_options){.attempt = attempt,
                                                      .timeout_ms = DEADLINE_MS,
                                                      .response_bytes_max = BODY_MAX});
        assert_int_not_equal(code, CURLE_OK);
        const cJSON *event = events_one("outbound_failed");
        assert_string_equal(event_text(event, "errorCode"), error_code);
        assert_string_equal(event_text(event, "requestId"), "req-1");
        assert_int_equal((int)event_number(event, "attempt"), (int)attempt);
        assert_int_equal(events_count(NULL), 1);
        strcpy(spans[attempt - 1], event_text(event, "spanId"));
        assert_string_equal(rogue_header(&rogue, rogue_count(&rogue) - 1, "X-Request-ID"), "req-1");
        assert_non_null(strstr(rogue_header(&rogue, rogue_count(&rogue) - 1, "traceparent"),
                               spans[attempt - 1]));
        assert_true(caller.body_size <= BODY_MAX + CURL_MAX_READ_SIZE);
    }
    rogue_stop(&rogue);
    assert_string_not_equal(spans[0], spans[1]);
    assert_string_not_equal(spans[1], spans[2]);
}

static void test_one_that_hangs_is_a_timeout(void **state)
{
    (void)state;
    assert_fails(ROGUE_HANG, "", "timeout");
}

static void test_one_that_drips_is_a_timeout(void **state)
{
    (void)state;
    assert_fails(ROGUE_DRIP, "HTTP/1.1 200 OK\r\n\r\n", "timeout");
}

static void test_one_that_resets_is_told_as_such(void **state)
{
    (void)state;
    assert_fails(ROGUE_RESET, "", "connection_reset");
}

static void test_one_that_closes_gave_an_empty_response(void **state)
{
    (void)state;
    assert_fails(ROGUE_CLOSE, "", "empty_response");
}

static void test_one_that_talks_garbage_is_malformed(void **state)
{
    (void)state;
    assert_fails(ROGUE_ANSWER, "\x16\x03\x01garbage\x7f\xff\r\n\r\n", "malformed_response");
}

static void test_one_that_breaks_off_has_cut_its_response(void **state)
{
    (void)state;
    assert_fails(ROGUE_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
                 "response_cut");
}

static void test_one_that_announces_too_much_is_not_read(void **state)
{
    (void)state;
    assert_fails(ROGUE_FLOOD, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n",
                 "response_too_large");
}

static void test_one_that_floods_is_cut_off(void **state)
{
    (void)state;
    assert_fails(ROGUE_FLOOD, "HTTP/1.1 200 OK\r\n\r\n", "response_too_large");
}

static void test_one_that_leads_in_circles_is_left_after_30_redirects(void **state)
{
    char answer[256] = "";

    (void)state;
    rogue_start(&rogue, "127.0.0.1", ROGUE_ANSWER, answer);
    (void)snprintf(answer, sizeof(answer),
                   "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n"
                   "Connection: close\r\n\r\n",
                   rogue.port);
    caller_aim(&caller, &rogue);
    curl_easy_setopt(caller.easy, CURLOPT_FOLLOWLOCATION, 1L);
    assert_int_not_equal(
        trail_curl_perform(caller.easy, &(struct trail_curl_options){.timeout_ms = 60000}),
        CURLE_OK);
    assert_string_equal(event_text(events_one("outbound_failed"), "errorCode"),
                        "too_many_redirects");
    assert_int_equal(rogue_count(&rogue), 31);
    rogue_stop(&rogue);
}

static void test_one_that_is_not_there_refuses_the_connection(void **state)
{
    (void)state;
    rogue_start(&rogue, "127.0.0.1", ROGUE_CLOSE, "");
    caller_aim(&caller, &rogue);
    rogue_stop(&rogue);
    assert_int_not_equal(trail_curl_perform(caller.easy, NULL), CURLE_OK);
    const cJSON *event = events_one("outbound_failed");
    assert_string_equal(event_text(event, "errorCode"), "connection_refused");
    assert_string_equal(event_text(event, "method"), "GET");
}

static void test_a_name_that_does_not_resolve_is_told_as_such(void **state)
{
    (void)state;
    curl_easy_setopt(caller.easy, CURLOPT_URL, "http://no-such-host.invalid/");
    curl_easy_setopt(caller.easy, CURLOPT_DNS_SERVERS, "127.0.0.1:1");
    assert_int_not_equal(trail_curl_perform(caller.easy, NULL), CURLE_OK);
    assert_string_equal(event_text(events_one("outbound_failed"), "errorCode"), "resolve_failed");
}

static void test_a_url_that_is_none_is_told_as_such(void **state)
{
    (void)state;
    curl_easy_setopt(caller.easy, CURLOPT_URL, "http://[half");
    assert_int_not_equal(trail_curl_perform(caller.easy, NULL), CURLE_OK);
    assert_string_equal(event_text(events_one("outbound_failed"), "errorCode"), "url_malformed");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_one_that_hangs_is_a_timeout),
        TEST(test_one_that_drips_is_a_timeout),
        TEST(test_one_that_resets_is_told_as_such),
        TEST(test_one_that_closes_gave_an_empty_response),
        TEST(test_one_that_talks_garbage_is_malformed),
        TEST(test_one_that_breaks_off_has_cut_its_response),
        TEST(test_one_that_announces_too_much_is_not_read),
        TEST(test_one_that_floods_is_cut_off),
        TEST(test_one_that_leads_in_circles_is_left_after_30_redirects),
        TEST(test_one_that_is_not_there_refuses_the_connection),
        TEST(test_a_name_that_does_not_resolve_is_told_as_such),
        TEST(test_a_url_that_is_none_is_told_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
