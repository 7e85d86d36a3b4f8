/* The context out of any carrier, and out of a process's environment. */
#include "unit.h"

#include "carrier.h"
#include "context/context.h"
#include "events.h"
#include "faults.h"

#include <trail/propagate.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRACE       "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT      "00f067aa0ba902b7"
#define TRACEPARENT "00-" TRACE "-" PARENT "-01"

static struct carrier carrier;
static struct trail_context *context;
static struct trail_scope scope;

static int begin(void **state)
{
    (void)state;
    events_open(&(struct trail_options){.propagate_baggage = "tier",
                                        .request_id_header = "X-Request-ID,A,B,C"});
    context = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    trail_context_free(context);
    carrier_clear(&carrier);
    events_close();
    return 0;
}

static void put(const char *name, const char *value)
{
    assert_int_equal(carrier_put(&carrier, name, value), TRAIL_OK);
}

static void extract_and_enter(bool trusted)
{
    assert_int_equal(trail_extract(carrier_get, &carrier, trusted, &context), TRAIL_OK);
    trail_enter(context, &scope);
}

static void test_a_trusted_senders_context_is_continued(void **state)
{
    (void)state;
    put("x-request-id", "req-9");
    put("traceparent", TRACEPARENT);
    put("tracestate", "foo=1");
    put("tracestate", "bar=2");
    put("baggage", "tier=gold");
    extract_and_enter(true);
    assert_string_equal(trail_request_id(), "req-9");
    assert_string_equal(trail_trace_id(), TRACE);
    assert_string_equal(trl_context_current()->parent_span_id, PARENT);
    assert_string_equal(trl_context_current()->tracestate, "foo=1,bar=2");
    assert_string_equal(trl_context_current()->baggage, "tier=gold");
    trail_leave(&scope);
}

static void test_an_untrusted_senders_context_is_kept_aside(void **state)
{
    (void)state;
    put("X-Request-ID", "req-9");
    put("traceparent", TRACEPARENT);
    extract_and_enter(false);
    trail_info("message_received", NULL);
    trail_leave(&scope);
    const cJSON *event = events_one("message_received");
    assert_string_not_equal(event_text(event, "requestId"), "req-9");
    assert_string_not_equal(event_text(event, "traceId"), TRACE);
    assert_string_equal(event_text(event, "clientRequestId"), "req-9");
    assert_string_equal(event_text(event, "clientTraceparent"), TRACEPARENT);
}

static void test_a_bad_id_is_told(void **state)
{
    (void)state;
    put("X-Request-ID", "a\nb");
    extract_and_enter(true);
    trail_leave(&scope);
    assert_int_equal(strlen(event_text(events_one("request_id_rejected"), "requestId")), 36);
}

static const char *endless(void *arg, const char *name, size_t index, size_t *ret_size)
{
    (void)arg;
    (void)name;
    (void)index;
    *ret_size = 3;
    return "a=1";
}

static void test_an_endless_carrier_comes_to_an_end(void **state)
{
    (void)state;
    assert_int_equal(trail_extract(endless, NULL, true, &context), TRAIL_OK);
    trail_enter(context, &scope);
    assert_string_equal(trail_request_id(), "a=1");
    assert_string_equal(trl_context_current()->tracestate, "");
    trail_leave(&scope);
}

static void test_bad_arguments_and_states_are_refused(void **state)
{
    (void)state;
    assert_int_equal(trail_extract(NULL, &carrier, true, &context), TRAIL_ERR_INVALID);
    assert_int_equal(trail_extract(carrier_get, &carrier, true, NULL), TRAIL_ERR_INVALID);
    assert_int_equal(trail_context_from_environment(NULL), TRAIL_ERR_INVALID);
    assert_int_equal(trail_environment_new(NULL, NULL), TRAIL_ERR_INVALID);
    assert_int_equal(trail_environment_put(NULL, &carrier), TRAIL_ERR_INVALID);
    events_close();
    assert_int_equal(trail_extract(carrier_get, &carrier, true, &context), TRAIL_ERR_STATE);
    assert_int_equal(trail_context_from_environment(&context), TRAIL_ERR_STATE);
    events_open(NULL);
    assert_null(context);
}

static void test_without_memory_nothing_is_returned(void **state)
{
    char **environment = NULL;

    (void)state;
    faults_arm_from(FAULT_MEMORY, 1, ENOMEM);
    assert_int_equal(trail_extract(carrier_get, &carrier, true, &context), TRAIL_ERR_NOMEM);
    assert_int_equal(trail_context_from_environment(&context), TRAIL_ERR_NOMEM);
    assert_int_equal(trail_environment_new(NULL, &environment), TRAIL_ERR_NOMEM);
    faults_disarm();
    assert_null(context);
    assert_null(environment);
}

static const char *entry(char *const *environment, const char *name)
{
    size_t size = strlen(name);
    const char *found = NULL;

    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, size) == 0 && (*environment)[size] == '=') {
            assert_null(found);
            found = *environment + size + 1;
        }
    }
    return found;
}

static void test_a_child_gets_the_context_in_its_environment(void **state)
{
    static const char *const base[] = {"PATH=/bin",         "TRACEPARENT=old", "BAGGAGE=old",
                                       "TRACEPARENTS=kept", "EMPTY=",          NULL};
    char **environment;

    (void)state;
    put("X-Request-ID", "req-9");
    put("traceparent", TRACEPARENT);
    put("tracestate", "foo=1");
    put("baggage", "tier=gold,userId=u1");
    extract_and_enter(true);
    assert_int_equal(trail_environment_new((char *const *)base, &environment), TRAIL_OK);
    assert_string_equal(entry(environment, "PATH"), "/bin");
    assert_string_equal(entry(environment, "TRACEPARENTS"), "kept");
    assert_string_equal(entry(environment, "EMPTY"), "");
    assert_string_equal(entry(environment, "TRAIL_REQUEST_ID"), "req-9");
    assert_memory_equal(entry(environment, "TRACEPARENT"), "00-" TRACE "-", 36);
    assert_memory_equal(entry(environment, "TRACEPARENT") + 36, trail_span_id(), 16);
    assert_memory_equal(entry(environment, "TRACESTATE"), "trail=", 6);
    assert_string_equal(entry(environment, "BAGGAGE"), "tier=gold");
    trail_environment_free(environment);
    trail_leave(&scope);
}

static void test_outside_any_scope_a_child_inherits_nothing(void **state)
{
    static const char *const base[] = {"PATH=/bin", "TRACEPARENT=old", NULL};
    char **environment;

    (void)state;
    assert_int_equal(trail_environment_new((char *const *)base, &environment), TRAIL_OK);
    assert_string_equal(environment[0], "PATH=/bin");
    assert_null(environment[1]);
    trail_environment_free(environment);
    trail_environment_free(NULL);
    assert_int_equal(trail_environment_new(NULL, &environment), TRAIL_OK);
    assert_string_equal(entry(environment, "PATH"), getenv("PATH"));
    trail_environment_free(environment);
}

static void test_a_process_takes_up_what_it_was_started_with(void **state)
{
    (void)state;
    setenv("TRAIL_REQUEST_ID", "cron-1", 1);
    setenv("TRACEPARENT", TRACEPARENT, 1);
    setenv("TRACESTATE", "foo=1", 1);
    setenv("BAGGAGE", "tier=gold", 1);
    assert_int_equal(trail_context_from_environment(&context), TRAIL_OK);
    trail_enter(context, &scope);
    assert_string_equal(trail_request_id(), "cron-1");
    assert_string_equal(trail_trace_id(), TRACE);
    assert_string_equal(trl_context_current()->tracestate, "foo=1");
    assert_string_equal(trl_context_current()->baggage, "tier=gold");
    trail_leave(&scope);
    trail_context_free(context);
    unsetenv("TRAIL_REQUEST_ID");
    setenv("TRACEPARENT", "", 1);
    unsetenv("TRACESTATE");
    unsetenv("BAGGAGE");
    assert_int_equal(trail_context_from_environment(&context), TRAIL_OK);
    trail_enter(context, &scope);
    assert_int_equal(strlen(trail_request_id()), 36);
    assert_string_not_equal(trail_trace_id(), TRACE);
    trail_leave(&scope);
    unsetenv("TRACEPARENT");
}

static void test_header_lines_are_written_whole_or_not_at_all(void **state)
{
    char text[16];
    struct trail_header_lines lines = {.text = text, .capacity = sizeof(text)};
    struct trail_header_lines none = {.text = NULL};

    (void)state;
    assert_int_equal(trail_put_header_line(&lines, "a", "1"), TRAIL_OK);
    assert_string_equal(text, "a: 1\r\n");
    assert_int_equal(trail_put_header_line(&lines, "b", "12345678"), TRAIL_ERR_SPACE);
    assert_string_equal(text, "a: 1\r\n");
    assert_int_equal(trail_put_header_line(&lines, "b", "1234"), TRAIL_OK);
    assert_string_equal(text, "a: 1\r\nb: 1234\r\n");
    assert_int_equal(trail_put_header_line(&lines, "", ""), TRAIL_ERR_SPACE);
    assert_int_equal(trail_put_header_line(&none, "a", "1"), TRAIL_ERR_SPACE);
    assert_int_equal(trail_put_header_line(NULL, "a", "1"), TRAIL_ERR_INVALID);
    assert_int_equal(trail_put_header_line(&lines, NULL, "1"), TRAIL_ERR_INVALID);
    assert_int_equal(trail_put_header_line(&lines, "a", NULL), TRAIL_ERR_INVALID);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_trusted_senders_context_is_continued),
        TEST(test_an_untrusted_senders_context_is_kept_aside),
        TEST(test_a_bad_id_is_told),
        TEST(test_an_endless_carrier_comes_to_an_end),
        TEST(test_bad_arguments_and_states_are_refused),
        TEST(test_without_memory_nothing_is_returned),
        TEST(test_a_child_gets_the_context_in_its_environment),
        TEST(test_outside_any_scope_a_child_inherits_nothing),
        TEST(test_a_process_takes_up_what_it_was_started_with),
        TEST(test_header_lines_are_written_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
