/* What is counted of requests, read while others end. */
#include "unit.h"

#include "civetweb/metrics.h"

#include <stdio.h>
#include <string.h>

static void record(const char *route)
{
    trl_metrics_record(&(struct trl_measured){.method = "GET",
                                              .method_size = 3,
                                              .route = route,
                                              .status = 200,
                                              .duration_ns = 1000000,
                                              .now_ns = 1000000000,
                                              .request_id = "one",
                                              .trace_id = "0123456789abcdef0123456789abcdef"});
}

static void record_many(int from, int to)
{
    for (int i = from; i < to; i++) {
        char route[32];
        snprintf(route, sizeof(route), "/route/%d", i);
        record(route);
    }
}

static void test_no_series_is_read_twice_while_new_ones_come(void **state)
{
    static char seen[64][32];
    struct trl_series series;
    size_t count = 0;
    size_t cursor = 0;

    (void)state;
    record_many(0, 8);
    while (trl_metrics_read(&cursor, &series)) {
        for (size_t i = 0; i < count; i++) {
            assert_string_not_equal(seen[i], series.route);
        }
        snprintf(seen[count++], sizeof(seen[0]), "%s", series.route);
        record_many((int)count * 8, (int)count * 8 + (count < 5 ? 8 : 0));
    }
    assert_true(count >= 8 && count <= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_series_is_read_twice_while_new_ones_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
