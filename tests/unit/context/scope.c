#include "unit.h"

#include "context/context.h"
#include "events.h"

#include <string.h>

static int open_trail(void **state)
{
    (void)state;
    events_open(&(struct trail_options){.debug_checks = true});
    return 0;
}

static int close_trail(void **state)
{
    (void)state;
    assert_null(trl_scope_current());
    events_close();
    return 0;
}

static void test_outside_any_scope_everything_is_empty_and_silent(void **state)
{
    struct trail_context *context;

    (void)state;
    assert_string_equal(trail_request_id(), "");
    assert_string_equal(trail_trace_id(), "");
    assert_string_equal(trail_span_id(), "");
    trail_bind(trail_kv("userId", "u1"));
    trail_keep();
    assert_int_equal(trail_capture(&context), TRAIL_ERR_NOT_FOUND);
    assert_int_equal(events_count(NULL), 0);
}

static void test_lines_of_a_scope_bear_its_ids_and_bound_fields(void **state)
{
    struct trl_context context;
    struct trl_scope scope;

    (void)state;
    trl_context_init_new(&context, "req-1");
    trl_scope_enter(&scope, &context, NULL);
    trail_bind(trail_kv("userId", "u1"));
    trail_bind(trail_kv("userId", "u2"), trail_kv("tier", "gold"));
    trail_bind_fields(NULL, 0);
    trail_info("order_created", NULL);
    assert_string_equal(trail_request_id(), "req-1");
    trl_scope_leave(&scope);
    const cJSON *event = events_one("order_created");
    assert_string_equal(event_text(event, "requestId"), "req-1");
    assert_string_equal(event_text(event, "traceId"), context.trace_id);
    assert_string_equal(event_text(event, "spanId"), context.span_id);
    assert_false(cJSON_HasObjectItem(event, "parentSpanId"));
    assert_string_equal(event_text(event, "userId"), "u2");
    assert_string_equal(event_text(event, "tier"), "gold");
}

static void test_leaving_restores_the_scope_before(void **state)
{
    struct trl_context outer_context;
    struct trl_context inner_context;
    struct trl_scope outer;
    struct trl_scope inner;

    (void)state;
    trl_context_init_new(&outer_context, "outer");
    trl_context_init_new(&inner_context, "inner");
    trl_scope_enter(&outer, &outer_context, NULL);
    trl_scope_enter(&inner, &inner_context, NULL);
    trail_bind(trail_kv("only", "inside"));
    assert_string_equal(trail_request_id(), "inner");
    trl_scope_leave(&inner);
    assert_string_equal(trail_request_id(), "outer");
    trail_info("outer_again", NULL);
    trl_scope_leave(&outer);
    assert_string_equal(trail_request_id(), "");
    assert_string_equal(event_text(events_one("outer_again"), "requestId"), "outer");
    assert_false(cJSON_HasObjectItem(events_one("outer_again"), "only"));
}

static void test_an_empty_scope_hides_the_one_before(void **state)
{
    struct trl_context context;
    struct trl_scope scope;
    struct trail_scope empty;

    (void)state;
    trl_context_init_new(&context, "req-1");
    trl_scope_enter(&scope, &context, NULL);
    trail_enter(NULL, &empty);
    assert_string_equal(trail_request_id(), "");
    trail_info("in_between", NULL);
    trail_bind(trail_kv("userId", "u1"));
    trail_leave(&empty);
    assert_string_equal(trail_request_id(), "req-1");
    trl_scope_leave(&scope);
    assert_false(cJSON_HasObjectItem(events_one("in_between"), "requestId"));
}

/* The forgotten scope's memory is given back before the outer one is left: the sanitizers see
 * whoever looks into it. */
static void enter_and_forget(const struct trl_context *context)
{
    struct trl_scope forgotten;

    trl_scope_enter(&forgotten, context, NULL);
    memset(&forgotten, 0x5A, sizeof(forgotten));
}

static void test_a_forgotten_scope_is_left_with_the_outer_one_and_told(void **state)
{
    struct trl_context context;
    struct trl_scope outer;

    (void)state;
    trl_context_init_new(&context, "outer");
    trl_scope_enter(&outer, &context, NULL);
    enter_and_forget(&context);
    enter_and_forget(&context);
    trl_scope_leave(&outer);
    assert_null(trl_scope_current());
    const cJSON *event = events_one("scope_not_left");
    assert_int_equal((int)event_number(event, "scopes"), 2);
    assert_string_equal(event_text(event, "requestId"), "outer");
}

static void test_a_scope_can_be_made_current_again(void **state)
{
    struct trl_context context;
    struct trl_scope outer;

    (void)state;
    trl_context_init_new(&context, "outer");
    trl_scope_enter(&outer, &context, NULL);
    enter_and_forget(&context);
    trl_scope_restore(&outer);
    assert_ptr_equal(trl_scope_current(), &outer);
    trl_scope_restore(&outer);
    trl_scope_leave(&outer);
    assert_int_equal(events_count("scope_not_left"), 1);
}

static void test_without_debug_checks_a_forgotten_scope_is_not_told(void **state)
{
    struct trl_context context;
    struct trl_scope outer;

    (void)state;
    events_close();
    events_open(&(struct trail_options){.level = "warn"});
    trl_context_init_new(&context, "outer");
    trl_scope_enter(&outer, &context, NULL);
    enter_and_forget(&context);
    trl_scope_leave(&outer);
    assert_int_equal(events_count("scope_not_left"), 0);
}

static void test_the_debug_level_brings_the_debug_checks(void **state)
{
    struct trl_context context;
    struct trl_scope outer;

    (void)state;
    events_close();
    events_open(&(struct trail_options){.level = "debug"});
    trl_context_init_new(&context, "outer");
    trl_scope_enter(&outer, &context, NULL);
    enter_and_forget(&context);
    trl_scope_leave(&outer);
    trl_scope_restore(&outer);
    assert_int_equal(events_count("scope_not_left"), 1);
}

static void test_leaving_out_of_order_or_twice_does_nothing(void **state)
{
    struct trl_context context;
    struct trl_scope outer;
    struct trl_scope inner;

    (void)state;
    trl_context_init_new(&context, "req");
    trl_scope_enter(&outer, &context, NULL);
    trl_scope_enter(&inner, &context, NULL);
    trl_scope_leave(&outer);
    trl_scope_leave(&inner);
    trl_scope_leave(&outer);
    assert_null(trl_scope_current());
}

static void test_scopes_beyond_the_depth_are_current_and_left_alike(void **state)
{
    struct trl_context contexts[40];
    struct trl_scope scopes[40];
    char id[] = "deep-00";

    (void)state;
    for (int i = 0; i < 40; i++) {
        id[5] = (char)('0' + i / 10);
        id[6] = (char)('0' + i % 10);
        trl_context_init_new(&contexts[i], id);
        trl_scope_enter(&scopes[i], &contexts[i], NULL);
        assert_string_equal(trail_request_id(), id);
    }
    for (int i = 39; i >= 0; i--) {
        trl_scope_leave(&scopes[i]);
    }
    assert_null(trl_scope_current());
    assert_int_equal(events_count("scope_not_left"), 0);
}

static void test_keeping_is_asked_of_the_outermost_scope(void **state)
{
    struct trl_context context;
    struct trl_scope outer;
    struct trl_scope inner;

    (void)state;
    trl_context_init_new(&context, "req");
    trl_scope_enter(&outer, &context, NULL);
    trl_scope_enter(&inner, &context, NULL);
    assert_false(outer.keep_asked);
    trail_keep();
    assert_true(outer.keep_asked);
    trl_scope_leave(&inner);
    trl_scope_leave(&outer);
}

static void test_a_level_that_was_asked_for_passes_in_the_scope(void **state)
{
    struct trl_context context;
    struct trl_scope scope;

    (void)state;
    trl_context_init_new(&context, "req");
    context.level = TRAIL_LEVEL_DEBUG;
    trail_debug("before_it", NULL);
    trl_scope_enter(&scope, &context, NULL);
    trail_debug("inside_it", NULL);
    trl_scope_leave(&scope);
    trail_debug("after_it", NULL);
    assert_int_equal(events_count(NULL), 1);
    assert_int_equal(events_count("inside_it"), 1);
}

/* Which requests are left out is decided by the ID: the same in every service and worker. */
static void test_what_is_sampled_out_is_not_written(void **state)
{
    struct trl_context context;
    struct trl_scope scope;

    (void)state;
    events_close();
    events_open(&(struct trail_options){.sample = "0"});
    trl_context_init_new(&context, "req");
    assert_int_equal(context.flags, TRL_FLAG_RANDOM);
    trl_scope_enter(&scope, &context, NULL);
    trail_info("left_out", NULL);
    trail_warn("written", NULL);
    trl_scope_leave(&scope);
    context.level = TRAIL_LEVEL_DEBUG;
    trl_scope_enter(&scope, &context, NULL);
    trail_debug("asked_for", NULL);
    trl_scope_leave(&scope);
    assert_int_equal(events_count(NULL), 2);
    assert_int_equal(events_count("left_out"), 0);
}

static void test_a_new_context_takes_a_valid_id_and_replaces_any_other(void **state)
{
    struct trl_context context;

    (void)state;
    trl_context_init_new(&context, "job-42");
    assert_string_equal(context.request_id, "job-42");
    trl_context_init_new(&context, "a b");
    assert_int_equal(strlen(context.request_id), 36);
    trl_context_init_new(&context, NULL);
    assert_int_equal(strlen(context.request_id), 36);
    assert_int_equal(context.flags, TRL_FLAG_SAMPLED | TRL_FLAG_RANDOM);
    assert_string_equal(context.parent_span_id, "");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_trail, close_trail)
    const struct CMUnitTest tests[] = {
        TEST(test_outside_any_scope_everything_is_empty_and_silent),
        TEST(test_lines_of_a_scope_bear_its_ids_and_bound_fields),
        TEST(test_leaving_restores_the_scope_before),
        TEST(test_an_empty_scope_hides_the_one_before),
        TEST(test_a_forgotten_scope_is_left_with_the_outer_one_and_told),
        TEST(test_a_scope_can_be_made_current_again),
        TEST(test_without_debug_checks_a_forgotten_scope_is_not_told),
        TEST(test_the_debug_level_brings_the_debug_checks),
        TEST(test_leaving_out_of_order_or_twice_does_nothing),
        TEST(test_scopes_beyond_the_depth_are_current_and_left_alike),
        TEST(test_keeping_is_asked_of_the_outermost_scope),
        TEST(test_a_level_that_was_asked_for_passes_in_the_scope),
        TEST(test_what_is_sampled_out_is_not_written),
        TEST(test_a_new_context_takes_a_valid_id_and_replaces_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
