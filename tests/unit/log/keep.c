#include "lines.h"

#include "log/keep_inside.h"
#include "log/sample.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct trl_log_scope scope;

static int begin_request(void **state)
{
    const struct trl_ids ids = {.request_id = "r-1"};

    lines_open(state);
    scope = (struct trl_log_scope){.keeps = true};
    assert_non_null(trl_keep_of(&scope));
    trl_logger_init_ids(&scope.logger, &ids, NULL);
    trl_log_scope_swap(&scope);
    return 0;
}

static int end_request(void **state)
{
    trl_log_scope_swap(NULL);
    trl_keep_give_back(scope.keep);
    return lines_close(state);
}

static void test_detail_is_kept_and_written_in_order(void **state)
{
    (void)state;
    trail_debug("first", "m", trail_kv("password", "x"));
    trail_info("second", NULL);
    trail_debug("third", NULL);
    assert_int_equal(lines_count(), 1);
    assert_line_has_text("event", "second");
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    trail_error("failed", NULL);
    assert_int_equal(lines_count(), 4);
    assert_non_null(strstr(lines_text(1), "\"event\":\"first\",\"requestId\":\"r-1\""));
    assert_non_null(strstr(lines_text(1), "\"level\":\"debug\""));
    assert_non_null(strstr(lines_text(1), "\"password\":\"[redacted]\""));
    assert_non_null(strstr(lines_text(2), "\"event\":\"third\""));
    assert_non_null(strstr(lines_text(3), "\"event\":\"failed\""));
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    assert_int_equal(lines_count(), 4);
}

static size_t kept(const struct trl_keep *keep)
{
    struct trl_keep_reader reader;
    size_t size;
    size_t count = 0;

    trl_keep_read(&reader, keep);
    while (trl_keep_next(&reader, &size) != NULL) {
        count++;
    }
    return count;
}

static void test_detail_of_a_request_that_succeeds_is_forgotten(void **state)
{
    (void)state;
    trail_debug("first", NULL);
    assert_int_equal(kept(scope.keep), 1);
    trl_keep_give_back(scope.keep);
    struct trl_keep *again = trl_keep_take();
    assert_ptr_equal(again, scope.keep);
    assert_int_equal(kept(again), 0);
    assert_int_equal(lines_count(), 0);
}

static void test_of_too_much_detail_the_latest_is_kept(void **state)
{
    int number = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        trail_debug("numbered", NULL, trail_kv("n", i));
    }
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    assert_true(lines_count() > 50);
    assert_line_has_number("n", 9999);
    for (size_t i = 1; i < lines_count(); i++) {
        const char *n = strstr(lines_text(i), "\"n\":");
        assert_non_null(n);
        assert_int_equal(sscanf(n, "\"n\":%d}", &number), 1);
        assert_int_equal(number, 10000 - (int)lines_count() + (int)i);
    }
}

static void test_what_had_to_be_forgotten_is_told_first(void **state)
{
    (void)state;
    for (int i = 0; i < 10000; i++) {
        trail_debug("numbered", NULL, trail_kv("n", i));
    }
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    cJSON *gap = cJSON_Parse(lines_text(0));
    const cJSON *levels = cJSON_GetObjectItem(gap, "levels");
    assert_string_equal(cJSON_GetObjectItem(gap, "event")->valuestring, "log_events_dropped");
    assert_string_equal(cJSON_GetObjectItem(gap, "level")->valuestring, "warn");
    assert_string_equal(cJSON_GetObjectItem(gap, "requestId")->valuestring, "r-1");
    assert_string_equal(cJSON_GetObjectItem(gap, "reason")->valuestring, "keep_full");
    assert_int_equal(cJSON_GetObjectItem(gap, "count")->valueint, 10000 - (lines_count() - 1));
    assert_int_equal(cJSON_GetObjectItem(levels, "debug")->valueint,
                     cJSON_GetObjectItem(gap, "count")->valueint);
    assert_int_equal(cJSON_GetArraySize(levels), 1);
    assert_int_equal(strlen(cJSON_GetObjectItem(gap, "since")->valuestring), 24);
    cJSON_Delete(gap);
    size_t before = lines_count();
    trail_debug("fits", NULL);
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    assert_int_equal(lines_count(), before + 1);
}

/* A second thread under a captured context, as the context room makes its scope. */
static void enter_elsewhere(struct trl_log_scope *elsewhere)
{
    *elsewhere = scope;
    elsewhere->keep = trl_keep_share(trl_keep_of(&scope));
    assert_non_null(elsewhere->keep);
    trl_log_scope_swap(elsewhere);
}

static void leave_elsewhere(struct trl_log_scope *elsewhere)
{
    trl_log_scope_swap(&scope);
    trl_keep_unshare(elsewhere->keep);
}

static void test_detail_of_other_threads_stands_where_it_came(void **state)
{
    static const char *const order[] = {"first", "second", "third", "fourth"};
    struct trl_log_scope elsewhere;

    (void)state;
    trail_debug("first", NULL);
    enter_elsewhere(&elsewhere);
    trail_debug("second", NULL);
    trl_log_scope_swap(&scope);
    trail_debug("third", NULL);
    trl_log_scope_swap(&elsewhere);
    trail_debug("fourth", NULL);
    leave_elsewhere(&elsewhere);
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    assert_int_equal(lines_count(), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_non_null(strstr(lines_text(i), order[i]));
    }
}

static void test_order_outlives_what_had_to_be_forgotten(void **state)
{
    struct trl_log_scope elsewhere;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        trail_debug("before_them", NULL, trail_kv("n", i));
    }
    enter_elsewhere(&elsewhere);
    for (int i = 0; i < 1000; i++) {
        trail_debug("theirs", NULL, trail_kv("n", i));
    }
    leave_elsewhere(&elsewhere);
    trail_debug("after_them", NULL);
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    size_t i = 1;
    assert_non_null(strstr(lines_text(0), "log_events_dropped"));
    while (strstr(lines_text(i), "before_them") != NULL) {
        i++;
    }
    assert_true(i > 1);
    while (strstr(lines_text(i), "theirs") != NULL) {
        i++;
    }
    assert_int_equal(i, lines_count() - 1);
    assert_line_has_text("event", "after_them");
}

/* The state of a thread that is making room, as another one may find it. */
static void test_a_line_that_comes_while_room_is_made_keeps_its_place(void **state)
{
    struct trl_log_scope elsewhere;

    (void)state;
    trail_debug("first", NULL);
    size_t size = trl_keep_size(scope.keep);
    scope.keep->moving = size;
    scope.keep->moves++;
    trl_keep_set_size(scope.keep, 0);
    enter_elsewhere(&elsewhere);
    trail_debug("second", NULL);
    leave_elsewhere(&elsewhere);
    trl_keep_set_size(scope.keep, size);
    scope.keep->moves++;
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    assert_int_equal(lines_count(), 2);
    assert_non_null(strstr(lines_text(0), "first"));
    assert_non_null(strstr(lines_text(1), "second"));
}

static void test_after_the_request_a_line_of_another_thread_is_below_the_level(void **state)
{
    struct trl_log_scope elsewhere;

    (void)state;
    enter_elsewhere(&elsewhere);
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    trail_debug("late", NULL);
    trl_keep_give_back(scope.keep);
    trail_debug("later", NULL);
    scope.keep = trl_keep_take();
    trail_debug("of_the_next_request", NULL);
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    assert_int_equal(lines_count(), 0);
    trail_info("written", NULL);
    assert_int_equal(lines_count(), 1);
    leave_elsewhere(&elsewhere);
}

static void test_what_other_threads_say_is_bounded_too(void **state)
{
    struct trl_log_scope elsewhere;

    (void)state;
    trail_debug("of_the_request", NULL);
    enter_elsewhere(&elsewhere);
    for (int i = 0; i < 10000; i++) {
        trail_debug("numbered", NULL, trail_kv("n", i));
    }
    leave_elsewhere(&elsewhere);
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    assert_non_null(strstr(lines_text(0), "log_events_dropped"));
    assert_non_null(strstr(lines_text(1), "of_the_request"));
    assert_line_has_number("n", 9999);
}

static void test_another_thread_may_ask_for_the_detail(void **state)
{
    struct trl_log_scope elsewhere;

    (void)state;
    assert_false(trl_keep_is_asked(NULL));
    trl_keep_ask(scope.keep);
    assert_false(trl_keep_is_asked(scope.keep));
    enter_elsewhere(&elsewhere);
    assert_false(trl_keep_is_asked(scope.keep));
    trl_keep_ask(elsewhere.keep);
    assert_true(trl_keep_is_asked(scope.keep));
    leave_elsewhere(&elsewhere);
}

static void test_a_forked_child_keeps_nothing_for_its_parents_request(void **state)
{
    struct trl_log_scope elsewhere;
    int status;

    (void)state;
    enter_elsewhere(&elsewhere);
    /* As if another thread were adding a line while this one forks. */
    assert_non_null(trl_keep_begin(elsewhere.keep));
    pid_t child = fork();
    if (child == 0) {
        trail_debug("in_the_child", NULL);
        _exit(trl_keep_begin(elsewhere.keep) == NULL ? 0 : 1);
    }
    trl_keep_end(elsewhere.keep, 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    leave_elsewhere(&elsewhere);
}

static void test_lines_of_the_largest_size_are_kept(void **state)
{
    static char large[40000];

    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    for (int i = 0; i < 5; i++) {
        trail_debug("large", large, trail_kv("n", i));
    }
    trl_keep_write(scope.keep, TRAIL_LEVEL_ERROR);
    assert_line_has_number("n", 4);
}

static void test_a_request_that_is_sampled_out_keeps_its_info_lines(void **state)
{
    (void)state;
    scope.sampled_out = true;
    trail_info("first", NULL);
    assert_int_equal(lines_count(), 0);
    trail_warn("second", NULL);
    assert_int_equal(lines_count(), 1);
    trl_keep_write(scope.keep, TRAIL_LEVEL_WARN);
    assert_line_has_text("event", "first");
}

static void test_no_keep_is_fine(void **state)
{
    (void)state;
    trl_keep_write(NULL, TRAIL_LEVEL_ERROR);
    trl_keep_give_back(NULL);
    assert_int_equal(lines_count(), 0);
}

static void test_sampling_is_the_same_everywhere(void **state)
{
    (void)state;
    /* Changing one of these breaks the agreement with services of other versions. */
    assert_true(trl_sample_keeps("3f2504e0-4f89-41d3-9a0c-0305e82c3301", 0.5));
    assert_false(trl_sample_keeps("3f2504e0-4f89-41d3-9a0c-0305e82c3301", 0.1));
}

static void test_a_share_of_requests_is_kept(void **state)
{
    unsigned kept = 0;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        char id[20];
        snprintf(id, sizeof(id), "request-%u", i);
        assert_true(trl_sample_keeps(id, 1));
        assert_false(trl_sample_keeps(id, 0));
        kept += trl_sample_keeps(id, 0.1);
        assert_true(trl_sample_keeps(id, 0.5) || !trl_sample_keeps(id, 0.1));
    }
    assert_in_range(kept, 9500, 10500);
    assert_false(trl_sample_keeps(NULL, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_request, end_request)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_detail_is_kept_and_written_in_order),
        TEST(test_detail_of_a_request_that_succeeds_is_forgotten),
        TEST(test_of_too_much_detail_the_latest_is_kept),
        TEST(test_what_had_to_be_forgotten_is_told_first),
        TEST(test_detail_of_other_threads_stands_where_it_came),
        TEST(test_order_outlives_what_had_to_be_forgotten),
        TEST(test_a_line_that_comes_while_room_is_made_keeps_its_place),
        TEST(test_after_the_request_a_line_of_another_thread_is_below_the_level),
        TEST(test_what_other_threads_say_is_bounded_too),
        TEST(test_another_thread_may_ask_for_the_detail),
        TEST(test_a_forked_child_keeps_nothing_for_its_parents_request),
        TEST(test_lines_of_the_largest_size_are_kept),
        TEST(test_a_request_that_is_sampled_out_keeps_its_info_lines),
        TEST(test_no_keep_is_fine),
        cmocka_unit_test(test_sampling_is_the_same_everywhere),
        cmocka_unit_test(test_a_share_of_requests_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
