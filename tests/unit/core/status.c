#include "unit.h"

#include <trail/base.h>

static void test_every_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int status = TRAIL_OK; status >= TRAIL_ERR_NOT_FOUND; status--) {
        const char *text = trail_status_text((enum trail_status)status);
        assert_string_not_equal(text, "unknown status");
        for (int other = TRAIL_OK; other > status; other--) {
            assert_string_not_equal(text, trail_status_text((enum trail_status)other));
        }
    }
}

static void test_unknown_status_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(trail_status_text((enum trail_status)12345), "unknown status");
}

static void test_level_words_are_case_insensitive_and_have_aliases(void **state)
{
    static const struct {
        const char *text;
        enum trail_level level;
    } cases[] = {
        {"debug", TRAIL_LEVEL_DEBUG}, {"INFO", TRAIL_LEVEL_INFO},    {"Warn", TRAIL_LEVEL_WARN},
        {"error", TRAIL_LEVEL_ERROR}, {"fatal", TRAIL_LEVEL_FATAL},  {"off", TRAIL_LEVEL_OFF},
        {"trace", TRAIL_LEVEL_DEBUG}, {"WARNING", TRAIL_LEVEL_WARN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum trail_level level = TRAIL_LEVEL_DEFAULT;
        assert_int_equal(trail_level_parse(cases[i].text, &level), TRAIL_OK);
        assert_int_equal(level, cases[i].level);
    }
}

static void test_other_words_are_no_level_and_leave_the_output_alone(void **state)
{
    static const char *const words[] = {"", "default", "inf", "infos", " info", "2"};
    enum trail_level level = TRAIL_LEVEL_FATAL;

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_int_equal(trail_level_parse(words[i], &level), TRAIL_ERR_MALFORMED);
        assert_int_equal(level, TRAIL_LEVEL_FATAL);
    }
    assert_int_equal(trail_level_parse(NULL, &level), TRAIL_ERR_INVALID);
    assert_int_equal(trail_level_parse("info", NULL), TRAIL_ERR_INVALID);
}

static void test_level_names_are_those_of_events(void **state)
{
    (void)state;
    assert_string_equal(trail_level_name(TRAIL_LEVEL_DEBUG), "debug");
    assert_string_equal(trail_level_name(TRAIL_LEVEL_WARN), "warn");
    assert_string_equal(trail_level_name(TRAIL_LEVEL_FATAL), "fatal");
    assert_string_equal(trail_level_name((enum trail_level)77), "error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status_has_a_text_of_its_own),
        cmocka_unit_test(test_unknown_status_has_a_text),
        cmocka_unit_test(test_level_words_are_case_insensitive_and_have_aliases),
        cmocka_unit_test(test_other_words_are_no_level_and_leave_the_output_alone),
        cmocka_unit_test(test_level_names_are_those_of_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
