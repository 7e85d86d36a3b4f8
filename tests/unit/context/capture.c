/* Contexts that go to other threads, and outlive the request that they were copied from. */
#include "unit.h"

#include "context/context.h"
#include "events.h"
#include "faults.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

static int open_trail(void **state)
{
    (void)state;
    events_open(NULL);
    return 0;
}

static int close_trail(void **state)
{
    (void)state;
    assert_null(trl_scope_current());
    events_close();
    return 0;
}

static struct trail_context *captured(const char *request_id)
{
    struct trl_context context;
    struct trl_scope scope;
    struct trail_context *copy = NULL;

    trl_context_init_new(&context, request_id);
    strcpy(context.baggage, "tier=gold");
    context.baggage_size = 9;
    strcpy(context.tracestate, "foo=1");
    context.tracestate_size = 5;
    trl_scope_enter(&scope, &context, NULL);
    trail_bind(trail_kv("userId", "u1"));
    assert_int_equal(trail_capture(&copy), TRAIL_OK);
    trl_scope_leave(&scope);
    memset(&context, 0x5A, sizeof(context));
    return copy;
}

static void *work(void *arg)
{
    struct trail_scope scope;

    trail_enter(arg, &scope);
    trail_bind(trail_kv("worker", "w1"));
    trail_info("work_done", NULL);
    trail_leave(&scope);
    trail_info("work_over", NULL);
    return NULL;
}

static void test_a_copy_is_entered_on_another_thread_after_the_request(void **state)
{
    struct trail_context *copy = captured("req-1");
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, work, copy), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    trail_context_free(copy);
    assert_string_equal(event_text(events_one("work_done"), "requestId"), "req-1");
    assert_string_equal(event_text(events_one("work_done"), "userId"), "u1");
    assert_string_equal(event_text(events_one("work_done"), "worker"), "w1");
    assert_false(cJSON_HasObjectItem(events_one("work_over"), "requestId"));
}

static void test_several_threads_are_in_one_context_at_once(void **state)
{
    struct trail_context *copy = captured("req-1");
    pthread_t threads[8];

    (void)state;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, copy), 0);
    }
    for (int i = 0; i < 8; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    trail_context_free(copy);
    assert_int_equal(events_count("work_done"), 8);
}

static void test_what_is_bound_inside_stays_there(void **state)
{
    struct trail_context *copy = captured("req-1");
    struct trail_scope first;
    struct trail_scope second;

    (void)state;
    trail_enter(copy, &first);
    trail_bind(trail_kv("only", "first"));
    trail_enter(copy, &second);
    trail_info("in_second", NULL);
    trail_leave(&second);
    trail_leave(&first);
    trail_context_free(copy);
    assert_false(cJSON_HasObjectItem(events_one("in_second"), "only"));
    assert_string_equal(event_text(events_one("in_second"), "userId"), "u1");
}

static void test_trace_context_and_baggage_are_copied(void **state)
{
    struct trail_context *copy = captured("req-1");
    struct trail_scope scope;

    (void)state;
    trail_enter(copy, &scope);
    assert_string_equal(trl_context_current()->baggage, "tier=gold");
    assert_string_equal(trl_context_current()->tracestate, "foo=1");
    trail_leave(&scope);
    trail_context_free(copy);
}

static void test_work_that_no_request_caused_has_ids_of_its_own(void **state)
{
    struct trail_context *context;
    struct trail_scope scope;

    (void)state;
    assert_int_equal(trail_context_new(NULL, &context), TRAIL_OK);
    trail_enter(context, &scope);
    assert_int_equal(strlen(trail_request_id()), 36);
    assert_int_equal(strlen(trail_trace_id()), 32);
    assert_int_equal(strlen(trail_span_id()), 16);
    trail_leave(&scope);
    trail_context_free(context);
}

static void test_bad_arguments_are_refused(void **state)
{
    struct trail_context *context = NULL;
    struct trail_scope empty;

    (void)state;
    assert_int_equal(trail_capture(NULL), TRAIL_ERR_INVALID);
    trail_enter(NULL, &empty);
    assert_int_equal(trail_capture(&context), TRAIL_ERR_NOT_FOUND);
    trail_leave(&empty);
    assert_int_equal(trail_context_new("x", NULL), TRAIL_ERR_INVALID);
    trail_context_free(NULL);
}

static void test_while_no_trail_is_open_contexts_are_refused(void **state)
{
    struct trail_context *context = NULL;
    struct trail_context *copy = captured("req-1");
    struct trail_scope scope;

    (void)state;
    events_close();
    assert_int_equal(trail_context_new("x", &context), TRAIL_ERR_STATE);
    assert_null(context);
    trail_enter(copy, &scope);
    assert_string_equal(trail_request_id(), "");
    trail_leave(&scope);
    trail_context_free(copy);
    events_open(NULL);
}

static void test_without_memory_nothing_is_returned(void **state)
{
    struct trail_context *context = NULL;
    struct trail_context *copy = captured("req-1");
    struct trail_scope scope;

    (void)state;
    trail_enter(copy, &scope);
    faults_arm_from(FAULT_MEMORY, 1, ENOMEM);
    assert_int_equal(trail_capture(&context), TRAIL_ERR_NOMEM);
    assert_int_equal(trail_context_new("x", &context), TRAIL_ERR_NOMEM);
    faults_disarm();
    assert_null(context);
    trail_leave(&scope);
    trail_context_free(copy);
}

static void test_a_scope_takes_no_memory(void **state)
{
    struct trail_context *copy = captured("req-1");
    struct trail_scope scope;

    (void)state;
    faults_arm(FAULT_MEMORY, 0, ENOMEM);
    trail_enter(copy, &scope);
    trail_bind(trail_kv("more", 1));
    trail_leave(&scope);
    assert_int_equal(faults_disarm(), 0);
    trail_context_free(copy);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_trail, close_trail)
    const struct CMUnitTest tests[] = {
        TEST(test_a_copy_is_entered_on_another_thread_after_the_request),
        TEST(test_several_threads_are_in_one_context_at_once),
        TEST(test_what_is_bound_inside_stays_there),
        TEST(test_trace_context_and_baggage_are_copied),
        TEST(test_work_that_no_request_caused_has_ids_of_its_own),
        TEST(test_bad_arguments_are_refused),
        TEST(test_while_no_trail_is_open_contexts_are_refused),
        TEST(test_without_memory_nothing_is_returned),
        TEST(test_a_scope_takes_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
