#include "unit.h"

#include "shared/options.h"

#include <stdlib.h>

static const char *address;
static unsigned port;

static enum options_outcome read_arguments(int count, const char **arguments)
{
    const struct option_spec specs[] = {
        option_port("TRAIL_TEST_PORT", &port),
        option_text("peer", "TRAIL_TEST_PEER", "URL", "a neighbour", &address),
    };

    address = "default";
    port = 80;
    return options_read("test", specs, 2, count, (char **)(uintptr_t)arguments);
}

#define READ(...)                                                                                  \
    read_arguments((int)(sizeof((const char *[]){"test", __VA_ARGS__}) / sizeof(char *)),          \
                   (const char *[]){"test", __VA_ARGS__, NULL})

static void test_defaults_stand_where_nothing_is_given(void **state)
{
    (void)state;
    assert_int_equal(read_arguments(1, (const char *[]){"test", NULL}), OPTIONS_RUN);
    assert_int_equal(port, 80);
    assert_string_equal(address, "default");
}

static void test_a_value_follows_or_is_joined(void **state)
{
    (void)state;
    assert_int_equal(READ("--port", "0", "--peer=http://a=b"), OPTIONS_RUN);
    assert_int_equal(port, 0);
    assert_string_equal(address, "http://a=b");
    assert_int_equal(READ("--port=65535"), OPTIONS_RUN);
    assert_int_equal(port, 65535);
}

static void test_the_last_of_two_counts(void **state)
{
    (void)state;
    assert_int_equal(READ("--port", "1", "--port", "2"), OPTIONS_RUN);
    assert_int_equal(port, 2);
}

static void test_the_command_line_beats_the_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("TRAIL_TEST_PORT", "7", 1), 0);
    assert_int_equal(setenv("TRAIL_TEST_PEER", "", 1), 0);
    assert_int_equal(READ("--peer", "x"), OPTIONS_RUN);
    assert_int_equal(port, 7);
    assert_int_equal(READ("--port", "8"), OPTIONS_RUN);
    assert_int_equal(port, 8);
    /* An empty variable is unset. */
    assert_string_equal(address, "default");
    assert_int_equal(setenv("TRAIL_TEST_PORT", "seven", 1), 0);
    assert_int_equal(READ("--port", "8"), OPTIONS_BAD);
    assert_int_equal(unsetenv("TRAIL_TEST_PORT"), 0);
    assert_int_equal(unsetenv("TRAIL_TEST_PEER"), 0);
}

static void test_numbers_out_of_range_or_with_anything_around_are_refused(void **state)
{
    static const char *const values[] = {
        "-1", "65536", "99999999999999999999999", "1x", " 1", "+1", "0x1", "1.0", "", "1 "};

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_int_equal(READ("--port", values[i]), OPTIONS_BAD);
        assert_int_equal(port, 80);
    }
}

static void test_what_is_no_option_is_refused(void **state)
{
    static const char *const values[] = {"-port", "--", "--po", "--ports", "port", "", "--=1"};

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_int_equal(READ(values[i]), OPTIONS_BAD);
    }
    assert_int_equal(READ("--port"), OPTIONS_BAD);
    assert_int_equal(READ("--peer", ""), OPTIONS_BAD);
    assert_int_equal(READ("--peer="), OPTIONS_BAD);
}

static void test_help_is_help_wherever_it_stands(void **state)
{
    (void)state;
    assert_int_equal(READ("--nonsense", "--help"), OPTIONS_HELP);
}

static void test_a_url_is_shown_without_its_password(void **state)
{
    static const char *const cases[][2] = {
        {"amqps://trail:s3cret@broker:5671/", "amqps://broker:5671/"},
        {"http://trail:s3@cret@host/path", "http://host/path"},
        {"mysql://host", "mysql://host"},
        {"mysql", "mysql"},
        {"trail:s3cret@host", "host"},
        {"trail:s3@cret@host:80/path", "host:80/path"},
        {"trail:s3cret@host/to/http://elsewhere", "host/to/http://elsewhere"},
        {"trail:s3://cret@host", "host"},
        {"", ""},
    };
    char shown[OPTIONS_SHOWN_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(options_shown_url(cases[i][0], shown), cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_stand_where_nothing_is_given),
        cmocka_unit_test(test_a_value_follows_or_is_joined),
        cmocka_unit_test(test_the_last_of_two_counts),
        cmocka_unit_test(test_the_command_line_beats_the_environment),
        cmocka_unit_test(test_numbers_out_of_range_or_with_anything_around_are_refused),
        cmocka_unit_test(test_what_is_no_option_is_refused),
        cmocka_unit_test(test_a_url_is_shown_without_its_password),
        cmocka_unit_test(test_help_is_help_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
