#include "lines.h"

#include "faults.h"

#include "log/keep.h"
#include "log/redact.h"
#include "log/scope.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Logs in a thread of its own, which has nothing allocated yet, while memory fails from the nth
 * allocation on. */
struct attempt {
    unsigned nth;
    bool failed;
};

static void log_some(void)
{
    struct trail_logger child;

    trail_logger_init(&child, NULL, trail_kv("a", 1), trail_kv("token", "s3cret"));
    trail_log_info(&child, "e", "Bearer abc123def", trail_kv("query", "token=s3cret&a=1"),
                   trail_json("body", "{\"password\":\"s3cret\",\"b\":[\"token=s3cret\"]}"),
                   trail_kv("text", "token=s3cret"), trail_kv("n", 5));
}

static void *attempt_logging(void *argument)
{
    struct attempt *attempt = argument;

    faults_arm_from(FAULT_MEMORY, attempt->nth, ENOMEM);
    errno = EXDEV;
    log_some();
    attempt->failed = errno != EXDEV;
    unsigned made = faults_disarm();
    if (made >= attempt->nth) {
        attempt->nth++;
    } else {
        attempt->nth = 0;
    }
    return NULL;
}

static void test_without_memory_events_lose_neither_form_nor_secrets(void **state)
{
    struct attempt attempt = {.nth = 1};
    unsigned attempts = 0;

    (void)state;
    while (attempt.nth != 0) {
        size_t before = lines_count();
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, attempt_logging, &attempt), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_false(attempt.failed);
        for (size_t i = before; i < lines_count(); i++) {
            assert_null(strstr(lines_text(i), "s3cret"));
            assert_null(strstr(lines_text(i), "abc123def"));
            cJSON_Delete(lines_parsed());
        }
        attempts++;
    }
    assert_true(attempts > 2);
    assert_line_has_number("n", 5);
}

static void test_a_request_without_memory_keeps_nothing(void **state)
{
    (void)state;
    struct trl_log_scope scope = {.level = TRAIL_LEVEL_DEFAULT, .keeps = true};
    trail_info("warm", NULL);
    struct trl_log_scope *before = trl_log_scope_swap(&scope);
    faults_arm_from(FAULT_MEMORY, 1, ENOMEM);
    trail_debug("detail", NULL);
    faults_disarm();
    trl_log_scope_swap(before);
    assert_null(scope.keep);
    trl_keep_give_back(scope.keep);
}

static void test_a_configuration_that_fails_changes_nothing(void **state)
{
    (void)state;
    for (unsigned nth = 1; nth <= 2; nth++) {
        faults_arm(FAULT_MEMORY, nth, ENOMEM);
        enum trail_status status = trl_redact_configure("email", "token");
        faults_disarm();
        assert_int_equal(status, TRAIL_ERR_NOMEM);
        assert_int_equal(trl_redact_classify("email", 5), TRL_REDACT_NOT);
        assert_int_equal(trl_redact_classify("token", 5), TRL_REDACT_VALUE);
    }
}

static void test_no_event_after_the_first_asks_for_memory(void **state)
{
    (void)state;
    log_some();
    faults_arm(FAULT_MEMORY, 0, ENOMEM);
    trail_info("e", trail_message("%d", 5), trail_kv("a", "b"), trail_kv("c", 0.1 + 0.2));
    trail_debug("e", NULL);
    unsigned lines_of_the_sink = faults_disarm();
    /* The memory sink copies each line. */
    assert_true(lines_of_the_sink <= 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lines_open, lines_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_without_memory_events_lose_neither_form_nor_secrets),
        TEST(test_a_request_without_memory_keeps_nothing),
        TEST(test_a_configuration_that_fails_changes_nothing),
        TEST(test_no_event_after_the_first_asks_for_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
