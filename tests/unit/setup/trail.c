#include "unit.h"

#include "core/config.h"

#include <trail/trail.h>

#include <string.h>

static const struct trail_options quiet = {.output = "null", .ignore_environment = true};

static void test_a_second_open_is_refused_until_the_first_is_closed(void **state)
{
    struct trail *first = NULL;
    struct trail *second = NULL;

    (void)state;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(trail_open(&quiet, &first), TRAIL_OK);
        assert_int_equal(trail_open(&quiet, &second), TRAIL_ERR_STATE);
        assert_null(second);
        trail_close(first);
    }
}

static void test_null_arguments_are_refused_or_ignored(void **state)
{
    struct trail_stats stats;

    (void)state;
    assert_int_equal(trail_open(&quiet, NULL), TRAIL_ERR_INVALID);
    assert_int_equal(trail_reopen(NULL), TRAIL_ERR_INVALID);
    assert_int_equal(trail_flush_outputs(NULL, 0), TRAIL_ERR_INVALID);
    assert_int_equal(trail_get_stats(NULL, &stats), TRAIL_ERR_INVALID);
    trail_set_level(NULL, TRAIL_LEVEL_DEBUG);
    trail_close(NULL);
}

static void test_the_configuration_is_in_force_while_it_is_open(void **state)
{
    struct trail_options options = quiet;
    struct trail *trail = NULL;

    (void)state;
    options.service = "shop";
    assert_int_equal(trail_open(&options, &trail), TRAIL_OK);
    assert_string_equal(trl_config()->service, "shop");
    trail_close(trail);
    assert_string_equal(trl_config()->service, "");
}

static void test_a_failed_open_tells_why_and_leaves_nothing_open(void **state)
{
    struct trail_options options = quiet;
    struct trail *trail = NULL;
    char text[200] = "";
    char small[8] = "";

    (void)state;
    options.level = "loud";
    options.error_text = text;
    options.error_size = sizeof(text);
    assert_int_equal(trail_open(&options, &trail), TRAIL_ERR_CONFIG);
    assert_null(trail);
    assert_string_equal(text,
                        "option level is \"loud\"; allowed: debug, info, warn, error, fatal, off");
    options.error_text = small;
    options.error_size = sizeof(small);
    assert_int_equal(trail_open(&options, &trail), TRAIL_ERR_CONFIG);
    assert_string_equal(small, "option ");
    options.level = NULL;
    assert_int_equal(trail_open(&options, &trail), TRAIL_OK);
    trail_close(trail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_second_open_is_refused_until_the_first_is_closed),
        cmocka_unit_test(test_null_arguments_are_refused_or_ignored),
        cmocka_unit_test(test_the_configuration_is_in_force_while_it_is_open),
        cmocka_unit_test(test_a_failed_open_tells_why_and_leaves_nothing_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
