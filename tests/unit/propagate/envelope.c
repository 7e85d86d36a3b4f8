/* The envelope of a job: how it is made, and what becomes of each of its parts. */
#include "unit.h"

#include "core/clock.h"
#include "envelope_fixture.h"
#include "propagate/envelope.h"

#include <string.h>

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"

static void test_an_envelope_is_made_under_the_scope(void **state)
{
    (void)state;
    trail_envelope_init(&envelope, "job-1");
    assert_string_equal(envelope.request_id, "req-1");
    assert_string_equal(envelope.job_id, "job-1");
    assert_string_equal(envelope.parent_id, context.span_id);
    assert_memory_equal(envelope.traceparent + 3, context.trace_id, 32);
    assert_null(strstr(envelope.traceparent, context.span_id));
    assert_memory_equal(envelope.tracestate, "trail=", 6);
    assert_string_equal(envelope.tracestate + 22, ",foo=a\"b\\c");
    assert_string_equal(envelope.baggage, "tier=gold;p=1");
    assert_int_equal(envelope.level, TRAIL_LEVEL_DEBUG);
    assert_int_equal(envelope.attempt, 1);
    assert_true(envelope.enqueued_at_ms > 0);
}

static void test_outside_any_scope_an_envelope_has_ids_of_its_own(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    trail_envelope_init(&envelope, NULL);
    assert_int_equal(strlen(envelope.request_id), 36);
    assert_int_equal(strlen(envelope.job_id), 36);
    assert_int_equal(strlen(envelope.traceparent), 55);
    assert_string_equal(envelope.parent_id, "");
    assert_string_equal(envelope.tracestate, "");
    assert_string_equal(envelope.baggage, "");
}

static void test_a_bad_job_id_is_replaced(void **state)
{
    char long_id[TRAIL_JOB_ID_MAX + 2];

    (void)state;
    memset(long_id, 'j', sizeof(long_id) - 1);
    long_id[sizeof(long_id) - 1] = '\0';
    trail_envelope_init(&envelope, long_id);
    assert_int_equal(strlen(envelope.job_id), 36);
    long_id[TRAIL_JOB_ID_MAX] = '\0';
    trail_envelope_init(&envelope, long_id);
    assert_string_equal(envelope.job_id, long_id);
    trail_envelope_init(&envelope, "a\nb");
    assert_int_equal(strlen(envelope.job_id), 36);
    trail_envelope_init(&envelope, "");
    assert_int_equal(strlen(envelope.job_id), 36);
}

static void test_headers_bring_it_back(void **state)
{
    (void)state;
    trail_envelope_init(&envelope, "job-1");
    envelope.attempt = 4;
    assert_int_equal(trail_envelope_put(&envelope, carrier_put, &carrier), TRAIL_OK);
    assert_string_equal(carrier_one(&carrier, "X-Request-ID"), "req-1");
    assert_string_equal(carrier_one(&carrier, "trail-job-id"), "job-1");
    assert_string_equal(carrier_one(&carrier, "trail-attempt"), "4");
    memset(&read_back, 0x5A, sizeof(read_back));
    assert_int_equal(trail_envelope_get(&read_back, carrier_get, &carrier), TRAIL_OK);
    assert_same_envelopes();
}

static void test_a_header_that_came_twice_must_be_the_same(void **state)
{
    (void)state;
    (void)!carrier_put(&carrier, "X-Request-ID", "one");
    (void)!carrier_put(&carrier, "X-Request-ID", "one");
    (void)!carrier_put(&carrier, "trail-job-id", "j1");
    (void)!carrier_put(&carrier, "trail-job-id", "j2");
    assert_int_equal(trail_envelope_get(&read_back, carrier_get, &carrier), TRAIL_OK);
    assert_string_equal(read_back.request_id, "one");
    assert_int_equal(strlen(read_back.job_id), 36);
    (void)!carrier_put(&carrier, "X-Request-ID", "two");
    carrier.values[1][0] = 'x';
    assert_int_equal(trail_envelope_get(&read_back, carrier_get, &carrier), TRAIL_ERR_MALFORMED);
    assert_complete();
}

static void test_hand_made_garbage_is_not_put_into_headers(void **state)
{
    (void)state;
    trail_envelope_init(&envelope, "job-1");
    strcpy(envelope.request_id, "a\r\nX-Evil: 1");
    strcpy(envelope.job_id, "\x1b[31m");
    envelope.enqueued_at_ms = 0;
    envelope.level = 0;
    assert_int_equal(trail_envelope_put(&envelope, carrier_put, &carrier), TRAIL_OK);
    assert_null(carrier_one(&carrier, "X-Request-ID"));
    assert_null(carrier_one(&carrier, "trail-job-id"));
    assert_null(carrier_one(&carrier, "trail-enqueued-at"));
    assert_int_equal(trail_envelope_put(NULL, carrier_put, &carrier), TRAIL_ERR_INVALID);
    assert_int_equal(trail_envelope_put(&envelope, NULL, &carrier), TRAIL_ERR_INVALID);
    assert_int_equal(trail_envelope_get(NULL, carrier_get, &carrier), TRAIL_ERR_INVALID);
    assert_int_equal(trail_envelope_get(&envelope, NULL, &carrier), TRAIL_ERR_INVALID);
}

static void test_a_carrier_that_refuses_ends_the_put(void **state)
{
    (void)state;
    trail_envelope_init(&envelope, "job-1");
    for (size_t nth = 1; nth <= 9; nth++) {
        carrier_clear(&carrier);
        carrier.fail_at = nth;
        assert_int_equal(trail_envelope_put(&envelope, carrier_put, &carrier), TRAIL_ERR_SPACE);
    }
}

static void test_a_bad_request_id_is_made_anew_with_its_reason(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"{}", "request_id_missing"},
        {"{\"requestId\":1}", "request_id_missing"},
        {"{\"requestId\":null}", "request_id_missing"},
        {"{\"requestId\":\"\"}", "request_id_missing"},
        {"{\"requestId\":\"a\\nb\"}", "request_id_bad_character"},
        {"{\"requestId\":\"a\\u0000b\"}", "request_id_bad_character"},
        {"{\"requestId\":{\"requestId\":\"x\"}}", "request_id_missing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(read_json(cases[i].text), TRAIL_ERR_MALFORMED);
        assert_complete();
        assert_string_equal(trl_envelope_reason(read_back.rejected_), cases[i].reason);
    }
    assert_string_equal(trl_envelope_reason(200), "malformed");
}

static void test_each_bad_part_is_replaced_alone(void **state)
{
    (void)state;
    assert_int_equal(
        read_json("{\"requestId\":\"r\",\"traceparent\":\"00-x\",\"tracestate\":\"foo=1\","
                  "\"baggage\":\"a=1,b=\\\"\",\"jobId\":\"a b\",\"attempt\":-1,"
                  "\"enqueuedAt\":\"yesterday\",\"parentId\":\"zz\",\"level\":\"loud\","
                  "\"unknown\":[1,{}]}"),
        TRAIL_OK);
    assert_complete();
    assert_string_equal(read_back.request_id, "r");
    assert_string_equal(read_back.tracestate, "");
    assert_string_equal(read_back.baggage, "a=1");
    assert_int_equal(strlen(read_back.job_id), 36);
    assert_int_equal(read_back.attempt, 1);
    assert_int_equal(read_back.enqueued_at_ms, 0);
    assert_string_equal(read_back.parent_id, "");
    assert_int_equal(read_back.level, 0);
}

static void test_a_good_traceparent_keeps_its_parts(void **state)
{
    (void)state;
    assert_int_equal(read_json("{\"requestId\":\"r\",\"traceparent\":\"cc-" TRACE "-" PARENT
                               "-ff-x\",\"tracestate\":\"foo=1\",\"parentId\":\"" PARENT "\"}"),
                     TRAIL_OK);
    assert_string_equal(read_back.traceparent, "00-" TRACE "-" PARENT "-03");
    assert_string_equal(read_back.tracestate, "foo=1");
    assert_string_equal(read_back.parent_id, PARENT);
    assert_int_equal(read_json("{\"requestId\":\"r\",\"traceparent\":\"00-" TRACE "-" PARENT
                               "-01\",\"tracestate\":\"FOO=1\",\"parentId\":\"00F067aa0ba902b7\"}"),
                     TRAIL_OK);
    assert_string_equal(read_back.tracestate, "");
    assert_string_equal(read_back.parent_id, "");
}

static void test_a_parent_of_another_length_is_none(void **state)
{
    (void)state;
    assert_int_equal(read_json("{\"requestId\":\"r\",\"traceparent\":\"00-" TRACE "-" PARENT
                               "-01\",\"parentId\":\"00f0\"}"),
                     TRAIL_OK);
    assert_string_equal(read_back.parent_id, "");
}

static void test_an_empty_carrier_gives_a_new_envelope(void **state)
{
    (void)state;
    assert_int_equal(trail_envelope_get(&read_back, carrier_get, &carrier), TRAIL_ERR_MALFORMED);
    assert_complete();
}

static unsigned attempt_of(const char *number)
{
    char text[128] = "{\"requestId\":\"r\",\"attempt\":";

    strcat(text, number);
    strcat(text, "}");
    assert_int_equal(read_json(text), TRAIL_OK);
    return read_back.attempt;
}

static void test_an_attempt_is_a_whole_number_in_bounds(void **state)
{
    (void)state;
    assert_int_equal(attempt_of("1"), 1);
    assert_int_equal(attempt_of("5"), 5);
    assert_int_equal(attempt_of("1000000"), 1000000);
    assert_int_equal(attempt_of("1000001"), 1);
    assert_int_equal(attempt_of("99999999999999999999"), 1);
    assert_int_equal(attempt_of("0"), 1);
    assert_int_equal(attempt_of("1.5"), 1);
    assert_int_equal(attempt_of("1e5"), 1);
    assert_int_equal(attempt_of("\"7\""), 1);
}

static int64_t time_of(const char *text)
{
    return trl_envelope_parse_time((struct trl_text){text, strlen(text)});
}

static void test_times_are_read_by_rfc_3339(void **state)
{
    char text[TRL_TIMESTAMP_SIZE + 1] = "";
    static const int64_t times[] = {
        1, 86399999, 951782400000, 1769903999999, 4102444800000, 253402300799999};
    static const char *const bad[] = {
        "",
        "2026-01-31",
        "2026-01-31T23:59:59Z",
        "2026-01-31T23:59:59.999",
        "2026-01-31t23:59:59.999Z",
        "2026-01-31T23:59:59.999+",
        "2026-13-31T23:59:59.999Z",
        "2026-00-31T23:59:59.999Z",
        "2026-01-32T23:59:59.999Z",
        "2026-01-00T23:59:59.999Z",
        "2026-01-31T24:59:59.999Z",
        "2026-01-31T23:60:59.999Z",
        "2026-01-31T23:59:61.999Z",
        "2026-01-31T23:59:5x.999Z",
        "1969-01-31T23:59:59.999Z",
        "-026-01-31T23:59:59.999Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        trl_clock_format_ms(times[i], text);
        assert_int_equal(time_of(text), times[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(time_of(bad[i]), 0);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, envelope_begin, envelope_end)
    const struct CMUnitTest tests[] = {
        TEST(test_an_envelope_is_made_under_the_scope),
        TEST(test_outside_any_scope_an_envelope_has_ids_of_its_own),
        TEST(test_a_bad_job_id_is_replaced),
        TEST(test_headers_bring_it_back),
        TEST(test_a_header_that_came_twice_must_be_the_same),
        TEST(test_hand_made_garbage_is_not_put_into_headers),
        TEST(test_a_carrier_that_refuses_ends_the_put),
        TEST(test_a_bad_request_id_is_made_anew_with_its_reason),
        TEST(test_each_bad_part_is_replaced_alone),
        TEST(test_a_good_traceparent_keeps_its_parts),
        TEST(test_a_parent_of_another_length_is_none),
        TEST(test_an_empty_carrier_gives_a_new_envelope),
        TEST(test_an_attempt_is_a_whole_number_in_bounds),
        TEST(test_times_are_read_by_rfc_3339),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
