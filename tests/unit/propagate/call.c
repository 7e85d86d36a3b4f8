/* Outbound calls: the span, what is carried where, and the events. */
#include "unit.h"

#include "carrier.h"
#include "context/context.h"
#include "events.h"
#include "faults.h"

#include <trail/propagate.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"

static struct carrier carrier;
static struct trl_context context;
static struct trl_scope scope;

static int begin(void **state)
{
    (void)state;
    events_open(&(struct trail_options){.debug_checks = true, .propagate_baggage = "tier"});
    trl_context_init_new(&context, "req-1");
    strcpy(context.trace_id, TRACE);
    context.flags = TRL_FLAG_SAMPLED;
    trl_scope_enter(&scope, &context, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    carrier_clear(&carrier);
    events_close();
    return 0;
}

static void set_lists(const char *tracestate, const char *baggage)
{
    strcpy(context.tracestate, tracestate);
    context.tracestate_size = (uint32_t)strlen(tracestate);
    strcpy(context.baggage, baggage);
    context.baggage_size = (uint32_t)strlen(baggage);
}

static struct trail_call call;

static void call_begin(const char *url)
{
    trail_call_begin(&(struct trail_call_options){.method = "POST", .url = url}, &call);
}

static enum trail_status inject(void)
{
    return trail_call_inject(&call, carrier_put, &carrier);
}

static void test_a_call_carries_the_context_under_a_span_of_its_own(void **state)
{
    char expected[TRAIL_TRACEPARENT_BYTES];

    (void)state;
    set_lists("foo=1,bar=2", "tier=gold;p=1,userId=u1");
    context.level = TRAIL_LEVEL_DEBUG;
    call_begin("http://payment:8082/payments");
    assert_int_equal(inject(), TRAIL_OK);
    trail_call_end(&call, &(struct trail_call_result){.status = 201});
    assert_string_equal(carrier_one(&carrier, "X-Request-ID"), "req-1");
    const cJSON *event = events_one("outbound_completed");
    const char *span = event_text(event, "spanId");
    assert_string_not_equal(span, context.span_id);
    assert_string_equal(event_text(event, "parentSpanId"), context.span_id);
    snprintf(expected, sizeof(expected), "00-" TRACE "-%s-01", span);
    assert_string_equal(carrier_one(&carrier, "traceparent"), expected);
    snprintf(expected, sizeof(expected), "trail=%s,foo=1,bar=2", span);
    assert_string_equal(carrier_one(&carrier, "tracestate"), expected);
    assert_string_equal(carrier_one(&carrier, "baggage"), "tier=gold;p=1");
    assert_string_equal(carrier_one(&carrier, "X-Trail-Level"), "debug");
    assert_int_equal(carrier.count, 5);
}

static void test_what_is_empty_is_not_sent(void **state)
{
    (void)state;
    set_lists("", "userId=u1");
    call_begin("http://payment:8082/");
    assert_int_equal(inject(), TRAIL_OK);
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    assert_int_equal(carrier.count, 2);
}

static void test_nothing_goes_where_it_may_not(void **state)
{
    static const char *const urls[] = {"https://api.example.com/", "http://localhost@evil.example/",
                                       "http://2130706433/", "not a url", ""};

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        call_begin(urls[i]);
        assert_false(trail_call_may_propagate(&call));
        assert_false(trail_may_propagate(urls[i]));
        assert_int_equal(inject(), TRAIL_ERR_DENIED);
        trail_call_end(&call, &(struct trail_call_result){.status = 200});
    }
    assert_int_equal(carrier.count, 0);
    assert_int_equal(events_count("context_not_propagated"), 0);
    assert_true(trail_may_propagate("http://localhost:1/"));
    assert_false(trail_may_propagate(NULL));
}

static void test_completed_calls_are_told_with_where_and_how_long(void **state)
{
    (void)state;
    call_begin("http://user:secret@payment:8082/payments/1?token=t#f");
    (void)!inject();
    trail_call_end(&call, &(struct trail_call_result){
                              .status = 503, .bytes_in = 10, .bytes_out = -1, .dns_ns = 1000000});
    const cJSON *event = events_one("outbound_completed");
    assert_string_equal(event_text(event, "level"), "info");
    assert_string_equal(event_text(event, "target"), "payment:8082");
    assert_string_equal(event_text(event, "method"), "POST");
    assert_string_equal(event_text(event, "path"), "/payments/1");
    assert_int_equal((int)event_number(event, "status"), 503);
    assert_int_equal((int)event_number(event, "attempt"), 1);
    assert_int_equal((int)event_number(event, "bytesIn"), 10);
    assert_true(event_number(event, "durationMs") >= 0);
    assert_false(cJSON_HasObjectItem(event, "bytesOut"));
    assert_false(cJSON_HasObjectItem(event, "errorCode"));
    assert_false(cJSON_HasObjectItem(event, "dnsMs"));
    assert_string_equal(event_text(event, "requestId"), "req-1");
    assert_int_equal(events_count("outbound_started"), 0);
}

static void test_timing_stands_in_it_at_debug(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    context.level = TRAIL_LEVEL_DEBUG;
    trl_scope_enter(&scope, &context, NULL);
    call_begin("http://[::1]:8082/");
    (void)!inject();
    trail_call_end(&call, &(struct trail_call_result){.status = 200,
                                                      .dns_ns = 1000000,
                                                      .connect_ns = 2000000,
                                                      .first_byte_ns = 3500000});
    assert_string_equal(event_text(events_one("outbound_started"), "target"), "[::1]:8082");
    const cJSON *event = events_one("outbound_completed");
    assert_true(event_number(event, "dnsMs") == 1.0);
    assert_true(event_number(event, "connectMs") == 2.0);
    assert_true(event_number(event, "firstByteMs") == 3.5);
    assert_false(cJSON_HasObjectItem(event, "tlsMs"));
}

static void test_a_failed_call_is_an_error_with_its_code(void **state)
{
    (void)state;
    call_begin("http://payment:8082/");
    (void)!inject();
    trail_call_end(&call, &(struct trail_call_result){.error_code = "timeout", .bytes_in = -1});
    const cJSON *event = events_one("outbound_failed");
    assert_string_equal(event_text(event, "level"), "error");
    assert_string_equal(event_text(event, "errorCode"), "timeout");
    assert_false(cJSON_HasObjectItem(event, "status"));
}

static void test_a_call_without_any_result_had_no_response(void **state)
{
    (void)state;
    trail_call_begin(NULL, &call);
    trail_call_end(&call, NULL);
    const cJSON *event = events_one("outbound_failed");
    assert_string_equal(event_text(event, "errorCode"), "no_response");
    assert_string_equal(event_text(event, "method"), "GET");
    assert_false(cJSON_HasObjectItem(event, "target"));
}

static void test_a_call_ends_once(void **state)
{
    (void)state;
    call_begin("http://payment/");
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    trail_call_end(NULL, NULL);
    assert_int_equal(events_count("outbound_completed"), 1);
}

static void test_each_retry_has_a_span_and_a_number_of_its_own(void **state)
{
    char first[17];

    (void)state;
    trail_call_begin(&(struct trail_call_options){.url = "http://payment/", .attempt = 1}, &call);
    trail_call_end(&call, &(struct trail_call_result){.error_code = "timeout"});
    strcpy(first, event_text(events_one("outbound_failed"), "spanId"));
    trail_call_begin(&(struct trail_call_options){.url = "http://payment/", .attempt = 2}, &call);
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    const cJSON *event = events_one("outbound_completed");
    assert_string_not_equal(event_text(event, "spanId"), first);
    assert_string_equal(event_text(event, "requestId"), "req-1");
    assert_int_equal((int)event_number(event, "attempt"), 2);
}

static void test_a_target_without_url_is_checked_and_told(void **state)
{
    (void)state;
    trail_call_begin(&(struct trail_call_options){.method = "PUBLISH",
                                                  .target = "queue:5672",
                                                  .path = "/emails?x"},
                     &call);
    assert_int_equal(inject(), TRAIL_OK);
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    assert_string_equal(event_text(events_one("outbound_completed"), "target"), "queue:5672");
    assert_string_equal(event_text(events_one("outbound_completed"), "path"), "/emails");
    trail_call_begin(&(struct trail_call_options){.url = "http://localhost/", .target = "a b"},
                     &call);
    assert_false(trail_call_may_propagate(&call));
    trail_call_begin(&(struct trail_call_options){.target = "broker.example.com:5672"}, &call);
    assert_int_equal(inject(), TRAIL_ERR_DENIED);
}

static void test_bound_fields_stand_in_the_events(void **state)
{
    (void)state;
    trail_bind(trail_kv("userId", "u1"));
    call_begin("http://payment/");
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    assert_string_equal(event_text(events_one("outbound_completed"), "userId"), "u1");
}

static void test_a_call_may_end_after_its_scope(void **state)
{
    (void)state;
    call_begin("http://payment/");
    (void)!inject();
    trl_scope_leave(&scope);
    memset(&context, 0x5A, sizeof(context));
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    assert_string_equal(event_text(events_one("outbound_completed"), "requestId"), "req-1");
}

/* As where one thread serves one request after the other out of the same memory. */
static void test_a_call_that_ends_in_another_scope_has_none_of_its_fields(void **state)
{
    (void)state;
    call_begin("http://payment/");
    trl_scope_leave(&scope);
    trl_context_init_new(&context, "req-2");
    trl_scope_enter(&scope, &context, NULL);
    trail_bind(trail_kv("userId", "u2"));
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    const cJSON *event = events_one("outbound_completed");
    assert_string_equal(event_text(event, "requestId"), "req-1");
    assert_false(cJSON_HasObjectItem(event, "userId"));
}

static void test_outside_any_scope_a_call_has_a_trace_of_its_own(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    call_begin("http://payment/");
    assert_int_equal(inject(), TRAIL_OK);
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    const cJSON *event = events_one("outbound_completed");
    assert_string_equal(event_text(event, "requestId"), carrier_one(&carrier, "X-Request-ID"));
    assert_false(cJSON_HasObjectItem(event, "parentSpanId"));
    assert_int_equal(carrier.count, 2);
    call_begin("http://forgotten-outside/");
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    assert_int_equal(events_count("context_not_propagated"), 0);
}

static void test_a_carrier_that_refuses_ends_the_injection(void **state)
{
    (void)state;
    for (size_t nth = 1; nth <= 2; nth++) {
        carrier_clear(&carrier);
        carrier.fail_at = nth;
        call_begin("http://payment/");
        assert_int_equal(inject(), TRAIL_ERR_SPACE);
        assert_int_equal(carrier.count, nth - 1);
    }
    assert_int_equal(trail_call_inject(NULL, carrier_put, &carrier), TRAIL_ERR_INVALID);
    assert_int_equal(trail_call_inject(&call, NULL, &carrier), TRAIL_ERR_INVALID);
    assert_false(trail_call_may_propagate(NULL));
}

static void test_no_value_breaks_out_of_its_header(void **state)
{
    (void)state;
    strcpy(context.request_id, "a\r\nX-Evil: 1");
    set_lists("foo=1", "tier=a\r\nX-Evil: 1");
    call_begin("http://payment/");
    assert_int_equal(inject(), TRAIL_OK);
    for (size_t i = 0; i < carrier.count; i++) {
        assert_null(strpbrk(carrier.values[i], "\r\n"));
    }
    assert_null(carrier_one(&carrier, "X-Request-ID"));
    assert_null(carrier_one(&carrier, "baggage"));
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    carrier_clear(&carrier);
    strcpy(context.request_id, "a\x7f");
    set_lists("FOO=1", "");
    call_begin("http://payment/");
    assert_int_equal(inject(), TRAIL_OK);
    assert_int_equal(carrier.count, 1);
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
}

static void test_the_method_may_be_known_at_the_end_alone(void **state)
{
    (void)state;
    trail_call_begin(&(struct trail_call_options){.method = "", .url = "http://payment/"}, &call);
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    assert_false(cJSON_HasObjectItem(events_one("outbound_completed"), "method"));
    events_clear();
    trail_call_begin(&(struct trail_call_options){.method = "", .url = "http://payment/"}, &call);
    trail_call_end(&call, &(struct trail_call_result){.status = 200, .method = "PUT"});
    assert_string_equal(event_text(events_one("outbound_completed"), "method"), "PUT");
}

static void test_a_name_that_is_too_long_is_cut(void **state)
{
    char url[400] = "http://";

    (void)state;
    memset(url + 7, 'h', 300);
    call_begin(url);
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    assert_int_equal(strlen(event_text(events_one("outbound_completed"), "target")), 256 + 3);
}

static void test_below_the_level_nothing_is_told(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    events_close();
    events_open(&(struct trail_options){.level = "error"});
    trl_scope_enter(&scope, &context, NULL);
    call_begin("http://quiet/");
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    assert_int_equal(events_count(NULL), 0);
}

static void test_a_call_takes_no_memory(void **state)
{
    char lines[2048];
    struct trail_header_lines head = {.text = lines, .capacity = sizeof(lines)};

    (void)state;
    set_lists("foo=1", "tier=gold");
    faults_arm(FAULT_MEMORY, 0, ENOMEM);
    call_begin("http://payment/");
    assert_int_equal(trail_call_inject(&call, trail_put_header_line, &head), TRAIL_OK);
    assert_int_equal(faults_disarm(), 0);
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_call_carries_the_context_under_a_span_of_its_own),
        TEST(test_what_is_empty_is_not_sent),
        TEST(test_nothing_goes_where_it_may_not),
        TEST(test_completed_calls_are_told_with_where_and_how_long),
        TEST(test_timing_stands_in_it_at_debug),
        TEST(test_a_failed_call_is_an_error_with_its_code),
        TEST(test_a_call_without_any_result_had_no_response),
        TEST(test_a_call_ends_once),
        TEST(test_each_retry_has_a_span_and_a_number_of_its_own),
        TEST(test_a_target_without_url_is_checked_and_told),
        TEST(test_bound_fields_stand_in_the_events),
        TEST(test_a_call_may_end_after_its_scope),
        TEST(test_a_call_that_ends_in_another_scope_has_none_of_its_fields),
        TEST(test_outside_any_scope_a_call_has_a_trace_of_its_own),
        TEST(test_a_carrier_that_refuses_ends_the_injection),
        TEST(test_no_value_breaks_out_of_its_header),
        TEST(test_the_method_may_be_known_at_the_end_alone),
        TEST(test_a_name_that_is_too_long_is_cut),
        TEST(test_below_the_level_nothing_is_told),
        TEST(test_a_call_takes_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
