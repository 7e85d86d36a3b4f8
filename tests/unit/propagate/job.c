/* The life of a job as events: each bears the request's ID, the job's, and a span of its own. */
#include "unit.h"

#include "context/context.h"
#include "events.h"
#include "faults.h"

#include <trail/job.h>

#include <errno.h>
#include <string.h>

static struct trl_context context;
static struct trl_scope scope;
static struct trail_envelope envelope;
static struct trail_job job;

static int begin(void **state)
{
    (void)state;
    events_open(&(struct trail_options){.debug_checks = true});
    trl_context_init_new(&context, "req-1");
    trl_scope_enter(&scope, &context, NULL);
    trail_envelope_init(&envelope, "job-1");
    return 0;
}

static int end(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    assert_null(trl_scope_current());
    events_close();
    return 0;
}

static void run(const struct trail_job_result *result)
{
    trail_job_begin(&job, &envelope, "emails");
    trail_info("email_sent", NULL);
    trail_job_end(&job, result);
}

static void test_a_job_is_enqueued_under_a_span_of_its_own(void **state)
{
    (void)state;
    trail_bind(trail_kv("userId", "u1"));
    trail_job_enqueued(&envelope, "emails");
    const cJSON *event = events_one("job_enqueued");
    assert_string_equal(event_text(event, "level"), "info");
    assert_string_equal(event_text(event, "requestId"), "req-1");
    assert_string_equal(event_text(event, "jobId"), "job-1");
    assert_string_equal(event_text(event, "queue"), "emails");
    assert_string_equal(event_text(event, "userId"), "u1");
    assert_int_equal((int)event_number(event, "attempt"), 1);
    assert_memory_equal(event_text(event, "spanId"), envelope.traceparent + 36, 16);
    assert_string_equal(event_text(event, "parentSpanId"), context.span_id);
}

static void test_a_worker_takes_it_up_where_it_was_left(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    run(NULL);
    static const char *const names[] = {"job_received", "email_sent", "job_succeeded"};
    for (size_t i = 0; i < 3; i++) {
        const cJSON *event = events_one(names[i]);
        assert_string_equal(event_text(event, "requestId"), "req-1");
        assert_string_equal(event_text(event, "jobId"), "job-1");
        assert_string_equal(event_text(event, "traceId"), context.trace_id);
        assert_memory_equal(event_text(event, "parentSpanId"), envelope.traceparent + 36, 16);
    }
    assert_true(event_number(events_one("job_received"), "waitedMs") >= 0);
    assert_true(event_number(events_one("job_succeeded"), "durationMs") >= 0);
    assert_int_equal(events_count("envelope_rejected"), 0);
}

static void test_each_attempt_has_a_span_of_its_own(void **state)
{
    char first[17];

    (void)state;
    run(&(struct trail_job_result){
        .outcome = TRAIL_JOB_RETRY, .error_code = "smtp_down", .delay_ms = 1500});
    const cJSON *event = events_one("job_retry_scheduled");
    strcpy(first, event_text(event, "spanId"));
    assert_string_equal(event_text(event, "level"), "warn");
    assert_string_equal(event_text(event, "errorCode"), "smtp_down");
    assert_int_equal((int)event_number(event, "delayMs"), 1500);
    envelope.attempt = 2;
    run(&(struct trail_job_result){.outcome = TRAIL_JOB_DEAD_LETTERED, .error_code = "smtp_down"});
    event = events_one("job_dead_lettered");
    assert_string_equal(event_text(event, "level"), "error");
    assert_int_equal((int)event_number(event, "attempt"), 2);
    assert_string_not_equal(event_text(event, "spanId"), first);
    assert_string_equal(event_text(event, "requestId"), "req-1");
}

static void test_a_job_inside_a_request_leaves_the_request_current(void **state)
{
    (void)state;
    run(NULL);
    assert_string_equal(trail_request_id(), "req-1");
    assert_string_equal(trail_span_id(), context.span_id);
}

static void test_calls_of_a_job_carry_its_ids(void **state)
{
    struct trail_call call;

    (void)state;
    trail_job_begin(&job, &envelope, "emails");
    trail_call_begin(&(struct trail_call_options){.url = "http://smtp/"}, &call);
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    trail_job_end(&job, NULL);
    assert_string_equal(event_text(events_one("outbound_completed"), "jobId"), "job-1");
}

static void test_a_hostile_envelope_gives_new_ids_and_an_event(void **state)
{
    const char *text = "{\"requestId\":\"a\\nb\",\"jobId\":\"\\u001b\"}";

    (void)state;
    trl_scope_leave(&scope);
    (void)!trail_envelope_from_json(&envelope, text, strlen(text));
    run(NULL);
    const cJSON *event = events_one("envelope_rejected");
    assert_string_equal(event_text(event, "level"), "warn");
    assert_string_equal(event_text(event, "reason"), "request_id_bad_character");
    assert_string_equal(event_text(event, "queue"), "emails");
    assert_int_equal(strlen(event_text(event, "requestId")), 36);
    assert_int_equal(events_count("job_succeeded"), 1);
}

static void test_an_envelope_that_was_never_filled_runs_all_the_same(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    memset(&envelope, 0xFF, sizeof(envelope));
    envelope.rejected_ = 0;
    trail_job_enqueued(&envelope, "emails");
    run(NULL);
    assert_int_equal(strlen(event_text(events_one("job_succeeded"), "requestId")), 36);
    assert_false(cJSON_HasObjectItem(events_one("job_succeeded"), "jobId"));
    assert_false(cJSON_HasObjectItem(events_one("job_enqueued"), "jobId"));
    assert_false(cJSON_HasObjectItem(events_one("job_enqueued"), "requestId"));
    assert_false(cJSON_HasObjectItem(events_one("job_enqueued"), "parentSpanId"));
    events_clear();
    trail_job_begin(&job, NULL, NULL);
    trail_job_end(&job, NULL);
    assert_false(cJSON_HasObjectItem(events_one("job_received"), "queue"));
    assert_false(cJSON_HasObjectItem(events_one("job_succeeded"), "queue"));
    assert_false(cJSON_HasObjectItem(events_one("envelope_rejected"), "queue"));
    assert_int_equal(events_count("envelope_rejected"), 1);
    trail_job_enqueued(NULL, "emails");
}

static void test_an_envelope_does_not_write_into_the_line(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    strcpy(envelope.request_id, "x\",\"level\":\"fatal");
    strcpy(envelope.job_id, "y\n{}");
    strcpy(envelope.parent_id, "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"");
    trail_job_enqueued(&envelope, "emails");
    run(NULL);
    assert_string_equal(event_text(events_one("job_enqueued"), "level"), "info");
    assert_false(cJSON_HasObjectItem(events_one("job_enqueued"), "requestId"));
    assert_int_equal(strlen(event_text(events_one("job_succeeded"), "requestId")), 36);
}

static void test_a_wait_that_makes_no_sense_is_not_told(void **state)
{
    (void)state;
    envelope.enqueued_at_ms = INT64_MAX;
    run(NULL);
    assert_false(cJSON_HasObjectItem(events_one("job_received"), "waitedMs"));
}

static void test_a_level_that_was_asked_for_follows_the_job(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    envelope.level = TRAIL_LEVEL_DEBUG;
    trail_job_begin(&job, &envelope, "emails");
    trail_debug("detail_seen", NULL);
    trail_job_end(&job, NULL);
    assert_int_equal(events_count("detail_seen"), 1);
    envelope.level = 99;
    run(NULL);
}

/* A worker's thread, which is in no request. */
static void work_at_info(const struct trail_job_result *result, bool asks)
{
    trl_scope_leave(&scope);
    trail_job_begin(&job, &envelope, "emails");
    trail_debug("detail_seen", NULL);
    if (asks) {
        trail_keep();
    }
    trail_job_end(&job, result);
}

static void test_detail_of_a_job_is_written_if_it_fails_or_asks_for_it(void **state)
{
    static const struct trail_job_result retry = {.outcome = TRAIL_JOB_RETRY};
    static const struct trail_job_result dead = {.outcome = TRAIL_JOB_DEAD_LETTERED};

    (void)state;
    work_at_info(NULL, false);
    assert_int_equal(events_count("detail_seen"), 0);
    work_at_info(&retry, false);
    assert_int_equal(events_count("detail_seen"), 1);
    work_at_info(&dead, false);
    assert_int_equal(events_count("detail_seen"), 2);
    work_at_info(NULL, true);
    assert_int_equal(events_count("detail_seen"), 3);
    assert_int_equal(events_count("log_events_dropped"), 0);
}

static void test_detail_of_a_job_within_other_work_can_be_asked_for(void **state)
{
    struct trl_scope outer;

    (void)state;
    trl_scope_leave(&scope);
    trl_context_init_new(&context, NULL);
    trl_scope_enter(&outer, &context, NULL);
    trail_job_begin(&job, &envelope, "emails");
    trail_debug("detail_seen", NULL);
    trail_keep();
    trail_job_end(&job, NULL);
    trl_scope_leave(&outer);
    assert_int_equal(events_count("detail_seen"), 1);
}

static void test_a_job_that_is_sampled_out_is_told_if_it_fails(void **state)
{
    static const struct trail_job_result dead = {.outcome = TRAIL_JOB_DEAD_LETTERED};

    (void)state;
    trl_scope_leave(&scope);
    events_close();
    events_open(&(struct trail_options){.sample = "0"});
    run(NULL);
    assert_int_equal(events_count(NULL), 0);
    run(&dead);
    assert_int_equal(events_count("job_received"), 1);
    assert_int_equal(events_count("email_sent"), 1);
    assert_int_equal(events_count("job_dead_lettered"), 1);
}

static void test_a_job_ends_once(void **state)
{
    (void)state;
    trail_job_begin(&job, &envelope, "emails");
    trail_job_end(&job, NULL);
    trail_job_end(&job, NULL);
    trail_job_end(NULL, NULL);
    assert_int_equal(events_count("job_succeeded"), 1);
}

static void test_a_scope_that_the_work_forgot_is_left_with_the_job(void **state)
{
    struct trail_scope inner;

    (void)state;
    trail_job_begin(&job, &envelope, "emails");
    trail_enter(NULL, &inner);
    trail_job_end(&job, NULL);
    assert_string_equal(event_text(events_one("job_succeeded"), "jobId"), "job-1");
    assert_int_equal(events_count("scope_not_left"), 1);
}

static void test_a_long_queue_name_is_cut(void **state)
{
    char queue[200];

    (void)state;
    memset(queue, 'q', sizeof(queue) - 1);
    queue[sizeof(queue) - 1] = '\0';
    trail_job_begin(&job, &envelope, queue);
    trail_job_end(&job, NULL);
    assert_int_equal(strlen(event_text(events_one("job_succeeded"), "queue")), 63);
}

static void test_below_the_level_nothing_is_told(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    events_close();
    events_open(&(struct trail_options){.level = "off"});
    trail_job_enqueued(&envelope, NULL);
    envelope.rejected_ = 1;
    run(NULL);
    run(&(struct trail_job_result){.outcome = TRAIL_JOB_RETRY});
    run(&(struct trail_job_result){.outcome = TRAIL_JOB_DEAD_LETTERED});
    assert_int_equal(events_count(NULL), 0);
}

static void test_an_envelope_of_another_request_is_told_as_forgotten(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    trail_envelope_init(&envelope, "job-2");
    trl_scope_enter(&scope, &context, NULL);
    trail_job_enqueued(&envelope, "orphans");
    trail_job_enqueued(&envelope, "orphans");
    const cJSON *event = events_one("context_not_propagated");
    assert_string_equal(event_text(event, "kind"), "job");
    assert_string_equal(event_text(event, "where"), "orphans");
    assert_string_equal(event_text(event, "requestId"), "req-1");
}

static void test_without_memory_a_job_runs_in_an_empty_scope(void **state)
{
    (void)state;
    faults_arm_from(FAULT_MEMORY, 1, ENOMEM);
    trail_job_begin(&job, &envelope, "emails");
    faults_disarm();
    assert_string_equal(trail_request_id(), "");
    trail_job_end(&job, NULL);
    assert_int_equal(events_count("job_succeeded"), 1);
    assert_string_equal(trail_request_id(), "req-1");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_job_is_enqueued_under_a_span_of_its_own),
        TEST(test_a_worker_takes_it_up_where_it_was_left),
        TEST(test_each_attempt_has_a_span_of_its_own),
        TEST(test_a_job_inside_a_request_leaves_the_request_current),
        TEST(test_calls_of_a_job_carry_its_ids),
        TEST(test_a_hostile_envelope_gives_new_ids_and_an_event),
        TEST(test_an_envelope_that_was_never_filled_runs_all_the_same),
        TEST(test_an_envelope_does_not_write_into_the_line),
        TEST(test_a_wait_that_makes_no_sense_is_not_told),
        TEST(test_a_level_that_was_asked_for_follows_the_job),
        TEST(test_detail_of_a_job_is_written_if_it_fails_or_asks_for_it),
        TEST(test_detail_of_a_job_within_other_work_can_be_asked_for),
        TEST(test_a_job_that_is_sampled_out_is_told_if_it_fails),
        TEST(test_a_job_ends_once),
        TEST(test_a_scope_that_the_work_forgot_is_left_with_the_job),
        TEST(test_a_long_queue_name_is_cut),
        TEST(test_below_the_level_nothing_is_told),
        TEST(test_an_envelope_of_another_request_is_told_as_forgotten),
        TEST(test_without_memory_a_job_runs_in_an_empty_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
