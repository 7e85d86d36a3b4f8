#include "unit.h"

#include "shared/queue.h"

#include <string.h>

static void test_delays_double_up_to_a_minute_and_half_of_each_is_random(void **state)
{
    (void)state;
    for (unsigned attempt = 1; attempt <= 40; attempt++) {
        uint64_t full_ms = attempt <= 7 ? 1000ull << (attempt - 1) : 60000;
        full_ms = full_ms < 60000 ? full_ms : 60000;
        for (int i = 0; i < 100; i++) {
            assert_in_range(queue_retry_delay_ms(attempt, 1000), full_ms / 2, full_ms);
        }
    }
}

static void test_jobs_that_fail_together_do_not_come_back_together(void **state)
{
    uint64_t first = queue_retry_delay_ms(6, 1000);
    unsigned others = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        others += queue_retry_delay_ms(6, 1000) != first ? 1 : 0;
    }
    assert_true(others > 50);
}

static void test_the_smallest_delay_is_none(void **state)
{
    (void)state;
    assert_in_range(queue_retry_delay_ms(1, 1), 0, 1);
    assert_int_equal(queue_retry_delay_ms(5, 0), 0);
}

static void test_an_engine_that_is_not_known_is_named(void **state)
{
    static const char *const urls[] = {"", "sqlite", "kafka://x", "sqlit:"};
    struct queue *queue = NULL;
    char error[256];

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        assert_int_equal(
            queue_open(&(struct queue_settings){.url = urls[i]}, &queue, error, sizeof(error)),
            QUEUE_BROKEN);
        assert_null(queue);
        assert_non_null(strstr(error, "no such queue"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delays_double_up_to_a_minute_and_half_of_each_is_random),
        cmocka_unit_test(test_jobs_that_fail_together_do_not_come_back_together),
        cmocka_unit_test(test_the_smallest_delay_is_none),
        cmocka_unit_test(test_an_engine_that_is_not_known_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
