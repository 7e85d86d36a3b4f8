#include "lines.h"

#include "log/keep.h"
#include "log/sample.h"

#include <stdio.h>
#include <string.h>

static struct trl_log_scope scope;

static int begin_request(void **state)
{
    const struct trl_ids ids = {.request_id = "r-1"};

    lines_open(state);
    scope = (struct trl_log_scope){.keep = trl_keep_take()};
    assert_non_null(scope.keep);
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

static void test_detail_of_a_request_that_succeeds_is_forgotten(void **state)
{
    size_t size;

    (void)state;
    trail_debug("first", NULL);
    trl_keep_text(scope.keep, &size);
    assert_true(size > 0);
    trl_keep_give_back(scope.keep);
    struct trl_keep *again = trl_keep_take();
    assert_ptr_equal(again, scope.keep);
    trl_keep_text(again, &size);
    assert_int_equal(size, 0);
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
    for (size_t i = 0; i < lines_count(); i++) {
        const char *n = strstr(lines_text(i), "\"n\":");
        assert_non_null(n);
        assert_int_equal(sscanf(n, "\"n\":%d}", &number), 1);
        assert_int_equal(number, 10000 - (int)lines_count() + (int)i);
    }
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
        TEST(test_lines_of_the_largest_size_are_kept),
        TEST(test_a_request_that_is_sampled_out_keeps_its_info_lines),
        TEST(test_no_keep_is_fine),
        cmocka_unit_test(test_sampling_is_the_same_everywhere),
        cmocka_unit_test(test_a_share_of_requests_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
