#include "run.h"

#include <stdio.h>
#include <string.h>

static void test_without_a_command_the_usage_goes_to_stderr(void **state)
{
    (void)state;
    struct run run = run_trail((const char *const[]){NULL}, "", 0);
    assert_int_equal(run.status, 2);
    assert_string_equal(run.out, "");
    assert_non_null(strstr(run.err, "usage: trail COMMAND"));
    run_free(&run);
}

static void test_help_names_every_command(void **state)
{
    static const char *const names[] = {"pretty", "show",    "find",  "log",
                                        "redact", "recover", "check", "schema"};

    (void)state;
    struct run run = RUN("", "--help");
    assert_int_equal(run.status, 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_non_null(strstr(run.out, names[i]));
    }
    run_free(&run);
}

static void test_each_command_has_a_help_of_its_own(void **state)
{
    static const char *const names[] = {"pretty", "show",    "find",  "log",
                                        "redact", "recover", "check", "schema"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char usage[64];
        struct run run = RUN("", names[i], "--help");
        struct run same = RUN("", "help", names[i]);

        snprintf(usage, sizeof usage, "usage: trail %s", names[i]);
        assert_int_equal(run.status, 0);
        assert_non_null(strstr(run.out, usage));
        assert_string_equal(run.out, same.out);
        assert_string_equal(run.err, "");
        run_free(&run);
        run_free(&same);
    }
}

static void test_the_version_is_told(void **state)
{
    (void)state;
    assert_run(RUN("", "--version"), 0, "trail 0.1.0\n", "");
}

static void test_an_unknown_command_is_named(void **state)
{
    (void)state;
    assert_run(RUN("", "shwo"), 2, "", "trail: there is no command 'shwo'\nTry 'trail --help'.\n");
}

static void test_an_unknown_command_cannot_control_the_terminal(void **state)
{
    (void)state;
    assert_run(RUN("", "\x1b[31mred\n"), 2, "",
               "trail: there is no command '\\x1b[31mred\\x0a'\nTry 'trail --help'.\n");
}

static void test_a_wrong_option_is_named(void **state)
{
    (void)state;
    assert_run(RUN("", "show", "--colour"), 2, "",
               "trail: show: there is no option '--colour'\nTry 'trail show --help'.\n");
    assert_run(RUN("", "show", "-xy"), 2, "",
               "trail: show: there is no option '-x'\nTry 'trail show --help'.\n");
    assert_run(RUN("", "show", "--width"), 2, "",
               "trail: show: option '--width' needs a value\nTry 'trail show --help'.\n");
    assert_run(RUN("", "show", "--json=yes"), 2, "",
               "trail: show: option '--json' takes no value\nTry 'trail show --help'.\n");
    assert_run(RUN("", "show", "--width=12"), 2, "",
               "trail: show: which ID?\nTry 'trail show --help'.\n");
    assert_run(RUN("", "show", "--width=12", "x"), 2, "",
               "trail: show: --width is a number from 40 to 1000, not '12'\n"
               "Try 'trail show --help'.\n");
    assert_run(RUN("", "show", "--color=red", "x"), 2, "",
               "trail: show: --color is auto, always or never, not 'red'\n"
               "Try 'trail show --help'.\n");
}

static void test_an_operand_too_many_is_an_error(void **state)
{
    (void)state;
    assert_run(RUN("", "schema", "extra"), 2, "",
               "trail: schema: takes no argument\nTry 'trail schema --help'.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_command_the_usage_goes_to_stderr),
        cmocka_unit_test(test_help_names_every_command),
        cmocka_unit_test(test_each_command_has_a_help_of_its_own),
        cmocka_unit_test(test_the_version_is_told),
        cmocka_unit_test(test_an_unknown_command_is_named),
        cmocka_unit_test(test_an_unknown_command_cannot_control_the_terminal),
        cmocka_unit_test(test_a_wrong_option_is_named),
        cmocka_unit_test(test_an_operand_too_many_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
