/* From headers to a context: what is believed, what is replaced, and what is kept aside. */
#include "unit.h"

#include "context/context.h"
#include "events.h"
#include "faults.h"

#include <errno.h>
#include <string.h>

#define TRACE       "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT      "00f067aa0ba902b7"
#define TRACEPARENT "00-" TRACE "-" PARENT "-01"

static struct trl_inbound inbound;
static struct trl_context context;

static int begin(void **state)
{
    (void)state;
    events_open(&(struct trail_options){.request_id_header = "X-Request-ID,X-Correlation-ID,A,B"});
    trl_inbound_init(&inbound, trl_inbound_firsts());
    memset(&context, 0x5A, sizeof(context));
    return 0;
}

static int end(void **state)
{
    (void)state;
    events_close();
    return 0;
}

static void offer(const char *name, const char *value)
{
    trl_inbound_header(&inbound, name, value, strlen(value));
}

static void make(enum trl_trust trust)
{
    trl_context_init_inbound(&context, &inbound, trust);
}

static void assert_new_request_id(const char *reason, size_t size)
{
    assert_int_equal(strlen(context.request_id), 36);
    if (reason == NULL) {
        assert_null(context.rejected_reason);
    } else {
        assert_string_equal(context.rejected_reason, reason);
        assert_int_equal(context.rejected_size, size);
    }
}

static void test_without_headers_everything_is_new(void **state)
{
    (void)state;
    offer("Host", "x");
    offer("", "x");
    offer("Bag", "x");
    offer("From", "x");
    offer("TE", "x");
    offer("X", "x");
    offer("X-", "x");
    offer("X-Other", "x");
    offer("C", "no name of an ID");
    make(TRL_TRUST_PEER);
    assert_new_request_id(NULL, 0);
    assert_int_equal(strlen(context.trace_id), 32);
    assert_int_equal(strlen(context.span_id), 16);
    assert_string_equal(context.parent_span_id, "");
    assert_string_equal(context.tracestate, "");
    assert_string_equal(context.baggage, "");
    assert_string_equal(context.job_id, "");
    assert_string_equal(context.client_request_id, "");
    assert_string_equal(context.client_traceparent, "");
    assert_int_equal(context.level, 0);
    assert_int_equal(context.flags, TRL_FLAG_SAMPLED | TRL_FLAG_RANDOM);
}

static void test_a_trusted_peers_id_is_accepted(void **state)
{
    (void)state;
    offer("x-request-id", "order-42");
    make(TRL_TRUST_PEER);
    assert_string_equal(context.request_id, "order-42");
    assert_string_equal(context.client_request_id, "");
}

static void test_an_untrusted_peers_id_is_kept_aside(void **state)
{
    (void)state;
    offer("X-Request-ID", "order-42");
    offer("traceparent", TRACEPARENT);
    offer("tracestate", "foo=1");
    offer("baggage", "tier=gold");
    offer("X-Trail-Level", "debug");
    make(TRL_TRUST_NONE);
    assert_new_request_id(NULL, 0);
    assert_string_equal(context.client_request_id, "order-42");
    assert_string_equal(context.client_traceparent, TRACEPARENT);
    assert_string_not_equal(context.trace_id, TRACE);
    assert_string_equal(context.parent_span_id, "");
    assert_string_equal(context.tracestate, "");
    assert_string_equal(context.baggage, "");
    assert_int_equal(context.level, 0);
}

static void test_a_bad_id_is_replaced_and_never_kept(void **state)
{
    char huge[8000];
    static const char *const bad[] = {"a\rb", "a\nX-Evil: 1", "\x1b[31m", "%0a", "\"", "\xc3\xa4"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        for (unsigned trust = 0; trust < 2; trust++) {
            trl_inbound_init(&inbound, trl_inbound_firsts());
            offer("X-Request-ID", bad[i]);
            make((enum trl_trust)trust);
            assert_new_request_id("bad_character", strlen(bad[i]));
            assert_string_equal(context.client_request_id, "");
        }
    }
    memset(huge, 'x', sizeof(huge));
    trl_inbound_init(&inbound, trl_inbound_firsts());
    trl_inbound_header(&inbound, "X-Request-ID", huge, sizeof(huge));
    make(TRL_TRUST_PEER);
    assert_new_request_id("too_long", sizeof(huge));
    trl_inbound_init(&inbound, trl_inbound_firsts());
    offer("X-Request-ID", "");
    make(TRL_TRUST_PEER);
    assert_new_request_id("empty", 0);
}

/* RFC 9110, 5.5: white space around a value is no part of it. */
static void test_white_space_around_an_id_is_no_part_of_it(void **state)
{
    (void)state;
    offer("X-Request-ID", " one\t ");
    offer("X-Request-ID", "one");
    make(TRL_TRUST_PEER);
    assert_string_equal(context.request_id, "one");
    trl_inbound_init(&inbound, trl_inbound_firsts());
    offer("X-Request-ID", " \t");
    make(TRL_TRUST_PEER);
    assert_new_request_id("empty", 0);
}

static void test_an_id_that_came_twice_must_be_the_same(void **state)
{
    (void)state;
    offer("X-Request-ID", "one");
    offer("X-Request-ID", "one");
    make(TRL_TRUST_PEER);
    assert_string_equal(context.request_id, "one");
    offer("X-Request-ID", "two");
    make(TRL_TRUST_PEER);
    assert_new_request_id("duplicated", 3);
}

static void test_the_first_header_of_the_list_decides(void **state)
{
    (void)state;
    offer("X-Correlation-ID", "second");
    make(TRL_TRUST_PEER);
    assert_string_equal(context.request_id, "second");
    offer("X-Request-ID", "first");
    make(TRL_TRUST_PEER);
    assert_string_equal(context.request_id, "first");
    trl_inbound_init(&inbound, trl_inbound_firsts());
    offer("X-Correlation-ID", "second");
    offer("X-Request-ID", "b a d");
    make(TRL_TRUST_PEER);
    assert_new_request_id("bad_character", 5);
}

/* W3C Trace Context 2, 3.4: the trace is continued under a new parent ID. */
static void test_a_trace_is_continued(void **state)
{
    (void)state;
    offer("TraceParent", TRACEPARENT);
    offer("tracestate", "foo=1");
    offer("TRACESTATE", "bar=2");
    make(TRL_TRUST_PEER);
    assert_string_equal(context.trace_id, TRACE);
    assert_string_equal(context.parent_span_id, PARENT);
    assert_string_not_equal(context.span_id, PARENT);
    assert_int_equal(context.flags, TRL_FLAG_SAMPLED);
    assert_string_equal(context.tracestate, "foo=1,bar=2");
}

static void test_a_malformed_traceparent_restarts_the_trace(void **state)
{
    (void)state;
    offer("traceparent", "00-" TRACE "-" PARENT "-0x");
    offer("tracestate", "foo=1");
    make(TRL_TRUST_PEER);
    assert_string_not_equal(context.trace_id, TRACE);
    assert_string_equal(context.tracestate, "");
    make(TRL_TRUST_NONE);
    assert_string_equal(context.client_traceparent, "");
}

static void test_a_duplicated_traceparent_restarts_the_trace(void **state)
{
    (void)state;
    offer("traceparent", TRACEPARENT);
    offer("traceparent", TRACEPARENT);
    offer("tracestate", "foo=1");
    make(TRL_TRUST_PEER);
    assert_string_not_equal(context.trace_id, TRACE);
    assert_string_equal(context.tracestate, "");
}

/* 3.3: what failed to parse as traceparent takes tracestate with it, never the other way round. */
static void test_tracestate_means_nothing_without_traceparent(void **state)
{
    (void)state;
    offer("tracestate", "foo=1");
    make(TRL_TRUST_PEER);
    assert_string_equal(context.tracestate, "");
    trl_inbound_init(&inbound, trl_inbound_firsts());
    offer("traceparent", TRACEPARENT);
    offer("tracestate", "FOO=1");
    make(TRL_TRUST_PEER);
    assert_string_equal(context.trace_id, TRACE);
    assert_string_equal(context.tracestate, "");
}

static void test_baggage_of_several_headers_is_joined(void **state)
{
    (void)state;
    offer("baggage", "tier=gold;p=1 , bad");
    offer("Baggage", "userId=u1");
    make(TRL_TRUST_PEER);
    assert_string_equal(context.baggage, "tier=gold;p=1,userId=u1");
    assert_int_equal(context.baggage_size, strlen(context.baggage));
}

static void test_an_admin_may_ask_for_a_level(void **state)
{
    static const struct {
        const char *word;
        int level;
    } cases[] = {{"debug", TRAIL_LEVEL_DEBUG},
                 {" WARN ", TRAIL_LEVEL_WARN},
                 {"off", 0},
                 {"loud", 0},
                 {"", 0},
                 {"debugging-all", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        trl_inbound_init(&inbound, trl_inbound_firsts());
        offer("X-Trail-Level", cases[i].word);
        make(TRL_TRUST_ADMIN);
        assert_int_equal(context.level, cases[i].level);
        make(TRL_TRUST_PEER);
        assert_int_equal(context.level, 0);
    }
}

static void test_a_replaced_id_is_told_without_its_value(void **state)
{
    struct trl_scope scope;

    (void)state;
    offer("X-Request-ID", "secret value");
    make(TRL_TRUST_PEER);
    trl_scope_enter(&scope, &context, NULL);
    trl_context_report(&context, NULL);
    trl_scope_leave(&scope);
    const cJSON *event = events_one("request_id_rejected");
    assert_string_equal(event_text(event, "level"), "warn");
    assert_string_equal(event_text(event, "reason"), "bad_character");
    assert_int_equal((int)event_number(event, "length"), 12);
    assert_string_equal(event_text(event, "requestId"), context.request_id);
    char *text = cJSON_PrintUnformatted(event);
    assert_null(strstr(text, "secret"));
    cJSON_free(text);
}

static void test_an_accepted_id_is_not_told(void **state)
{
    (void)state;
    offer("X-Request-ID", "fine");
    make(TRL_TRUST_PEER);
    trl_context_report(&context, NULL);
    assert_int_equal(events_count(NULL), 0);
}

static void test_chosen_baggage_stands_in_each_line(void **state)
{
    struct trl_scope scope;

    (void)state;
    events_close();
    events_open(&(struct trail_options){.baggage_fields = "tier,note"});
    offer("baggage", "tier=g%C3%B6ld;p=1,userId=u1,note=%FF");
    make(TRL_TRUST_PEER);
    trl_scope_enter(&scope, &context, NULL);
    trail_info("order_created", NULL);
    trl_scope_leave(&scope);
    const cJSON *event = events_one("order_created");
    assert_string_equal(event_text(event, "tier"), "g\xc3\xb6ld");
    assert_string_equal(event_text(event, "note"), "\xef\xbf\xbd");
    assert_false(cJSON_HasObjectItem(event, "userId"));
}

static void test_chosen_baggage_is_bound_whole_or_not_at_all(void **state)
{
    static char header[2000] = "note=";
    struct trl_scope scope;
    char longer[401];

    (void)state;
    events_close();
    events_open(&(struct trail_options){.baggage_fields = "note,other"});
    memset(longer, 'n', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    strcat(strcat(header, longer), ",other=");
    memset(header + strlen(header), 'o', TRAIL_LOGGER_BYTES);
    offer("baggage", header);
    make(TRL_TRUST_PEER);
    trl_scope_enter(&scope, &context, NULL);
    trail_info("order_created", NULL);
    trl_scope_leave(&scope);
    const cJSON *event = events_one("order_created");
    assert_string_equal(event_text(event, "note"), longer);
    assert_false(cJSON_HasObjectItem(event, "other"));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(event, "truncated")));
}

static void test_a_context_is_made_without_memory(void **state)
{
    struct trl_scope scope;

    (void)state;
    offer("X-Request-ID", "order-42");
    offer("traceparent", TRACEPARENT);
    offer("baggage", "tier=gold");
    make(TRL_TRUST_PEER); /* the thread's first draw of entropy registers a fork handler */
    faults_arm(FAULT_MEMORY, 0, ENOMEM);
    make(TRL_TRUST_PEER);
    trl_scope_enter(&scope, &context, NULL);
    trl_scope_leave(&scope);
    assert_int_equal(faults_disarm(), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_without_headers_everything_is_new),
        TEST(test_a_trusted_peers_id_is_accepted),
        TEST(test_an_untrusted_peers_id_is_kept_aside),
        TEST(test_a_bad_id_is_replaced_and_never_kept),
        TEST(test_white_space_around_an_id_is_no_part_of_it),
        TEST(test_an_id_that_came_twice_must_be_the_same),
        TEST(test_the_first_header_of_the_list_decides),
        TEST(test_a_trace_is_continued),
        TEST(test_a_malformed_traceparent_restarts_the_trace),
        TEST(test_a_duplicated_traceparent_restarts_the_trace),
        TEST(test_tracestate_means_nothing_without_traceparent),
        TEST(test_baggage_of_several_headers_is_joined),
        TEST(test_an_admin_may_ask_for_a_level),
        TEST(test_a_replaced_id_is_told_without_its_value),
        TEST(test_an_accepted_id_is_not_told),
        TEST(test_chosen_baggage_stands_in_each_line),
        TEST(test_chosen_baggage_is_bound_whole_or_not_at_all),
        TEST(test_a_context_is_made_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
