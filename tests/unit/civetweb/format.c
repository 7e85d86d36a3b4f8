#include "unit.h"

#include "civetweb/format.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ROOM = 256 };

static char ours[ROOM];
static char libcs[ROOM];

static int TRAIL_PRINTF(2, 3) format(size_t room, const char *format, ...)
{
    va_list arguments;
    int size;

    va_start(arguments, format);
    memset(ours, '#', sizeof(ours));
    size = trl_format(ours, room, format, arguments);
    /* The arguments may be used again. */
    assert_true(vsnprintf(libcs, sizeof(libcs), format, arguments) >= 0);
    va_end(arguments);
    return size;
}

/* Taken, and as libc writes it. */
#define ASSERT_SAME(...)                                                                           \
    do {                                                                                           \
        int size = format(ROOM, __VA_ARGS__);                                                      \
        assert_int_equal(size, strlen(libcs));                                                     \
        assert_memory_equal(ours, libcs, (size_t)size);                                            \
        assert_int_equal(ours[size], '#');                                                         \
    } while (0)

#define ASSERT_LEFT(...) assert_int_equal(format(ROOM, __VA_ARGS__), -1)

static void test_usual_directives_are_written_as_by_libc(void **state)
{
    (void)state;
    ASSERT_SAME("plain");
    ASSERT_SAME("%s", "text");
    ASSERT_SAME("a%sb%%c%cd", "", '!');
    ASSERT_SAME("%d %i %u", -1, 7, 4000000000u);
    ASSERT_SAME("%ld %li %lu", LONG_MIN, LONG_MAX, ULONG_MAX);
    ASSERT_SAME("%lld %lli %llu", LLONG_MIN, LLONG_MAX, ULLONG_MAX);
    ASSERT_SAME("%zu %zu|", (size_t)0, SIZE_MAX);
    ASSERT_SAME("HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n\r\n%s", 200, "OK", (size_t)2, "{}");
}

static void test_numbers_of_each_length_are_written_as_by_libc(void **state)
{
    unsigned long long value = 1;

    (void)state;
    for (int digits = 1; digits < 20; digits++) {
        ASSERT_SAME("%llu %llu %lld|", value, value - 1, -(long long)(value / 10));
        value *= 10;
    }
    ASSERT_SAME("%d%d", INT_MIN, INT_MAX);
}

static void test_everything_else_is_left_to_libc(void **state)
{
    (void)state;
    ASSERT_LEFT("%5d", 1);
    ASSERT_LEFT("%-5s|", "a");
    ASSERT_LEFT("%.3s", "abcdef");
    ASSERT_LEFT("%*d", 3, 1);
    ASSERT_LEFT("%x %o", 1u, 1u);
    ASSERT_LEFT("%hd", (short)1);
    ASSERT_LEFT("%f", 1.5);
    ASSERT_LEFT("%p", (void *)ours);
    ASSERT_LEFT("%ls", L"a");
    ASSERT_LEFT("%jd", (intmax_t)1);
    ASSERT_LEFT("%+d", 1);
}

static void test_no_byte_is_written_outside_of_the_room(void **state)
{
    (void)state;
    for (size_t room = 0; room < 64; room++) {
        int size = format(room, "12345%s%d%c%%", "abcdefgh", -1234567, 'x');
        if (size >= 0) {
            assert_true((size_t)size <= room);
            assert_memory_equal(ours, libcs, (size_t)size);
        }
        for (size_t i = room; i < sizeof(ours); i++) {
            assert_int_equal(ours[i], '#');
        }
    }
    assert_int_equal(format(64, "%d", 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_directives_are_written_as_by_libc),
        cmocka_unit_test(test_numbers_of_each_length_are_written_as_by_libc),
        cmocka_unit_test(test_everything_else_is_left_to_libc),
        cmocka_unit_test(test_no_byte_is_written_outside_of_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
