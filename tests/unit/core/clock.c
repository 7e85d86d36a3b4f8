#include "unit.h"

#include "core/clock.h"
#include "core/ticks.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned wall_readings;

int __real_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    wall_readings += clock == CLOCK_REALTIME;
    return __real_clock_gettime(clock, out);
}

static void assert_formats(int64_t wall_ms, const char *expected)
{
    char text[TRL_TIMESTAMP_SIZE + 1] = {0};

    trl_clock_format_ms(wall_ms, text);
    assert_string_equal(text, expected);
}

static void test_known_times_are_formatted(void **state)
{
    (void)state;
    assert_formats(0, "1970-01-01T00:00:00.000Z");
    assert_formats(951782399999, "2000-02-28T23:59:59.999Z");
    assert_formats(951782400000, "2000-02-29T00:00:00.000Z");
    assert_formats(4107542400000, "2100-03-01T00:00:00.000Z");
    assert_formats(-1, "1969-12-31T23:59:59.999Z");
    assert_formats(253402300799999, "9999-12-31T23:59:59.999Z");
}

static void test_years_without_four_digits_stay_well_formed(void **state)
{
    (void)state;
    assert_formats(253402300800000, "0000-01-01T00:00:00.000Z");
    assert_formats(-62167219200001, "0000-01-01T00:00:00.999Z");
}

static void test_a_century_of_days_agrees_with_libc(void **state)
{
    (void)state;
    for (int64_t day = -10000; day < 40000; day++) {
        time_t second = (time_t)(day * 86400 + (day * 7919) % 86400);
        struct tm civil;
        char expected[64];

        gmtime_r(&second, &civil);
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.042Z", &civil);
        assert_formats((int64_t)second * 1000 + 42, expected);
    }
}

static void test_timestamps_are_read_back(void **state)
{
    static const char *const others[] = {"", "2026-01-31T23:59:59Z", "2026-13-31T23:59:59.999Z",
                                         "2026-01-31 23:59:59.999Z", "2026-01-31T23:59:59.99xZ"};
    int64_t read = 0;

    (void)state;
    for (int64_t day = -10000; day < 40000; day++) {
        int64_t wall_ms = day * 86400000 + (day * 7919 % 86400000 + 86400000) % 86400000;
        char text[TRL_TIMESTAMP_SIZE];
        trl_clock_format_ms(wall_ms, text);
        assert_true(trl_clock_parse_ms(text, sizeof(text), &read));
        assert_int_equal(read, wall_ms);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(trl_clock_parse_ms(others[i], strlen(others[i]), &read));
    }
}

static void test_the_timestamp_is_utc_in_any_time_zone(void **state)
{
    char before[TRL_TIMESTAMP_SIZE + 1] = {0};
    char now[TRL_TIMESTAMP_SIZE + 1] = {0};
    char after[TRL_TIMESTAMP_SIZE + 1] = {0};

    (void)state;
    setenv("TZ", "Asia/Kathmandu", 1);
    tzset();
    trl_clock_format_ms(trl_clock_wall_ms(), before);
    trl_clock_timestamp(now);
    trl_clock_format_ms(trl_clock_wall_ms(), after);
    assert_true(strcmp(before, now) <= 0);
    assert_true(strcmp(now, after) <= 0);
    unsetenv("TZ");
}

/* Reads the wall clock as timestamps are told. */
static int64_t stamp_ms(void)
{
    char text[TRL_TIMESTAMP_SIZE];
    int64_t wall_ms;

    trl_clock_timestamp(text);
    assert_true(trl_clock_parse_ms(text, sizeof(text), &wall_ms));
    return wall_ms;
}

/* Long enough that the rate of the processor's counter is known for most of it. */
static void test_a_timestamp_is_the_wall_clocks_millisecond(void **state)
{
    int64_t start_ms = trl_clock_wall_ms();
    int64_t after_ms = start_ms;

    (void)state;
    while (after_ms < start_ms + 100) {
        int64_t before_ms = trl_clock_wall_ms();
        int64_t now_ms = stamp_ms();
        after_ms = trl_clock_wall_ms();
        assert_in_range(now_ms, before_ms, after_ms);
    }
}

/* In a time; skips the test where there is no counter that can be relied on. */
static uint64_t known_ticks(uint64_t time_ns)
{
    uint64_t end_ns = trl_clock_monotonic_ns() + 200000000;
    uint64_t ticks = 0;

    while (ticks == 0 && trl_clock_monotonic_ns() < end_ns) {
        ticks = trl_ticks_within(time_ns);
    }
    if (ticks == 0) {
        skip();
    }
    return ticks;
}

/* Whatever the scheduler does between two readings. */
static void test_ticks_are_over_when_their_time_is(void **state)
{
    const uint64_t time_ns = 1000000;
    uint64_t ticks = known_ticks(time_ns);

    (void)state;
    assert_true(trl_ticks_within(time_ns / 2) <= ticks / 2);
    for (int i = 0; i < 20; i++) {
        uint64_t start = trl_ticks();
        uint64_t start_ns = trl_clock_monotonic_ns();
        while (trl_clock_monotonic_ns() - start_ns < time_ns) {}
        assert_true(trl_ticks() - start >= ticks);
    }
}

/* Each time it holds for three quarters of what is left of its millisecond. */
static void test_a_timestamp_is_worked_out_a_few_times_a_millisecond(void **state)
{
    enum { STAMPS = 200000 };

    (void)state;
    (void)known_ticks(1000000);
    uint64_t start_ns = trl_clock_monotonic_ns();
    unsigned before = wall_readings;
    for (int i = 0; i < STAMPS; i++) {
        char text[TRL_TIMESTAMP_SIZE];
        trl_clock_timestamp(text);
    }
    unsigned milliseconds = (unsigned)((trl_clock_monotonic_ns() - start_ns) / 1000000) + 1;
    assert_true(wall_readings - before <= 40 * milliseconds);
}

static void test_the_monotonic_clock_never_goes_back(void **state)
{
    uint64_t last = trl_clock_monotonic_ns();

    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint64_t now = trl_clock_monotonic_ns();
        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_times_are_formatted),
        cmocka_unit_test(test_years_without_four_digits_stay_well_formed),
        cmocka_unit_test(test_a_century_of_days_agrees_with_libc),
        cmocka_unit_test(test_timestamps_are_read_back),
        cmocka_unit_test(test_the_timestamp_is_utc_in_any_time_zone),
        cmocka_unit_test(test_a_timestamp_is_the_wall_clocks_millisecond),
        cmocka_unit_test(test_ticks_are_over_when_their_time_is),
        cmocka_unit_test(test_a_timestamp_is_worked_out_a_few_times_a_millisecond),
        cmocka_unit_test(test_the_monotonic_clock_never_goes_back),
    };
    trl_ticks_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
