/* The rules of W3C Trace Context Level 2, section 3.2; each test names its own. */
#include "unit.h"

#include "context/traceparent.h"

#include <string.h>

#define TRACE  "12345678901234567890123456789012"
#define PARENT "1234567890123456"

static struct trl_traceparent parsed;

static bool parses(const char *text)
{
    return trl_traceparent_parse(text, strlen(text), &parsed);
}

static void assert_continued(const char *text, unsigned flags)
{
    assert_true(parses(text));
    assert_string_equal(parsed.trace_id, TRACE);
    assert_string_equal(parsed.parent_id, PARENT);
    assert_int_equal(parsed.flags, flags);
}

static void test_version_00_is_continued(void **state)
{
    (void)state;
    assert_continued("00-" TRACE "-" PARENT "-01", 1);
    assert_continued("00-" TRACE "-" PARENT "-00", 0);
}

/* 3.2.2.5: sampled and random are carried, the other bits are set to zero. */
static void test_unknown_flags_are_cleared(void **state)
{
    (void)state;
    assert_continued("00-" TRACE "-" PARENT "-02", 2);
    assert_continued("00-" TRACE "-" PARENT "-03", 3);
    assert_continued("00-" TRACE "-" PARENT "-ff", 3);
    assert_continued("00-" TRACE "-" PARENT "-fc", 0);
    assert_continued("00-" TRACE "-" PARENT "-a9", 1);
}

/* 3.2.4: a higher version is read by its first four fields. */
static void test_a_higher_version_may_go_on_behind_a_dash(void **state)
{
    (void)state;
    assert_continued("cc-" TRACE "-" PARENT "-01", 1);
    assert_continued("cc-" TRACE "-" PARENT "-01-what-the-future-will-be-like", 1);
    assert_continued("01-" TRACE "-" PARENT "-03-", 3);
    assert_false(parses("cc-" TRACE "-" PARENT "-01.what-the-future-will-be-like"));
    assert_false(parses("cc-" TRACE "-" PARENT "-012"));
}

/* 3.2.4: version 00 has exactly 55 characters. */
static void test_version_00_does_not_go_on(void **state)
{
    (void)state;
    assert_false(parses("00-" TRACE "-" PARENT "-01."));
    assert_false(parses("00-" TRACE "-" PARENT "-01-what-the-future-will-be-like"));
    assert_false(parses("00-" TRACE "-" PARENT "-001"));
}

/* 3.2.2.1: two lower-case digits; ff is forbidden. */
static void test_a_bad_version_restarts_the_trace(void **state)
{
    static const char *const versions[] = {"ff",   ".0", "0.", "0",  "000",
                                           "0000", "",   "FE", "0A", "0g"};
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        strcpy(text, versions[i]);
        strcat(text, "-" TRACE "-" PARENT "-01");
        assert_false(parses(text));
    }
    assert_false(parses("00." TRACE "-" PARENT "-01"));
}

/* 3.2.2.3: 32 lower-case digits, not all zero. */
static void test_a_bad_trace_id_restarts_the_trace(void **state)
{
    (void)state;
    assert_false(parses("00-00000000000000000000000000000000-" PARENT "-01"));
    assert_false(parses("00-.2345678901234567890123456789012-" PARENT "-01"));
    assert_false(parses("00-1234567890123456789012345678901.-" PARENT "-01"));
    assert_false(parses("00-123456789012345678901234567890123-" PARENT "-01"));
    assert_false(parses("00-1234567890123456789012345678901-" PARENT "-01"));
    assert_false(parses("00-A2345678901234567890123456789012-" PARENT "-01"));
    assert_false(parses("00-" TRACE "." PARENT "-01"));
}

/* 3.2.2.4: 16 lower-case digits, not all zero. */
static void test_a_bad_parent_id_restarts_the_trace(void **state)
{
    (void)state;
    assert_false(parses("00-" TRACE "-0000000000000000-01"));
    assert_false(parses("00-" TRACE "-.234567890123456-01"));
    assert_false(parses("00-" TRACE "-123456789012345.-01"));
    assert_false(parses("00-" TRACE "-12345678901234567-01"));
    assert_false(parses("00-" TRACE "-123456789012345-01"));
    assert_false(parses("00-" TRACE "-A234567890123456-01"));
    assert_false(parses("00-" TRACE "-" PARENT ".01"));
}

static void test_bad_flags_restart_the_trace(void **state)
{
    (void)state;
    assert_false(parses("00-" TRACE "-" PARENT "-.0"));
    assert_false(parses("00-" TRACE "-" PARENT "-0."));
    assert_false(parses("00-" TRACE "-" PARENT "-1"));
    assert_false(parses("00-" TRACE "-" PARENT "-A0"));
}

/* RFC 9110, 5.5: white space around a field's value is no part of it; a TAB is white space. */
static void test_white_space_around_it_is_no_part_of_it(void **state)
{
    (void)state;
    assert_continued(" 00-" TRACE "-" PARENT "-01", 1);
    assert_continued("\t00-" TRACE "-" PARENT "-01", 1);
    assert_continued("00-" TRACE "-" PARENT "-01 ", 1);
    assert_continued("00-" TRACE "-" PARENT "-01\t", 1);
    assert_continued("\t 00-" TRACE "-" PARENT "-01 \t", 1);
}

static void test_what_is_no_traceparent_at_all_restarts_the_trace(void **state)
{
    char huge[100000];

    (void)state;
    assert_false(parses(""));
    assert_false(parses("\t \t"));
    assert_false(parses("-"));
    memset(huge, '0', sizeof(huge));
    assert_false(trl_traceparent_parse(huge, sizeof(huge), &parsed));
    for (size_t size = 0; size < 55; size++) {
        assert_false(trl_traceparent_parse("00-" TRACE "-" PARENT "-01", size, &parsed));
    }
    assert_false(trl_traceparent_parse("00-" TRACE "-" PARENT "-\0"
                                       "1",
                                       55, &parsed));
}

static void test_a_failed_parse_writes_nothing(void **state)
{
    struct trl_traceparent before;

    (void)state;
    memset(&parsed, 'x', sizeof(parsed));
    before = parsed;
    assert_false(parses("00-" TRACE "-0000000000000000-01"));
    assert_memory_equal(&before, &parsed, sizeof(parsed));
}

/* 3.2.4: what is written is version 00, whatever came in. */
static void test_it_is_written_as_version_00(void **state)
{
    char text[TRAIL_TRACEPARENT_BYTES];

    (void)state;
    trl_traceparent_write(TRACE, PARENT, 1, text);
    assert_string_equal(text, "00-" TRACE "-" PARENT "-01");
    trl_traceparent_write(TRACE, PARENT, 0xFF, text);
    assert_string_equal(text, "00-" TRACE "-" PARENT "-03");
    assert_continued(text, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_00_is_continued),
        cmocka_unit_test(test_unknown_flags_are_cleared),
        cmocka_unit_test(test_a_higher_version_may_go_on_behind_a_dash),
        cmocka_unit_test(test_version_00_does_not_go_on),
        cmocka_unit_test(test_a_bad_version_restarts_the_trace),
        cmocka_unit_test(test_a_bad_trace_id_restarts_the_trace),
        cmocka_unit_test(test_a_bad_parent_id_restarts_the_trace),
        cmocka_unit_test(test_bad_flags_restart_the_trace),
        cmocka_unit_test(test_white_space_around_it_is_no_part_of_it),
        cmocka_unit_test(test_what_is_no_traceparent_at_all_restarts_the_trace),
        cmocka_unit_test(test_a_failed_parse_writes_nothing),
        cmocka_unit_test(test_it_is_written_as_version_00),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
