#include "unit.h"

#include "setup/values.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void assert_size(const char *text, uint64_t expected)
{
    uint64_t size = 0;

    assert_int_equal(trl_value_read_size(text, 1, (uint64_t)1 << 40, &size), TRAIL_OK);
    assert_int_equal(size, expected);
}

static void test_sizes_have_units(void **state)
{
    (void)state;
    assert_size("16777216", 16777216);
    assert_size("16MiB", 16777216);
    assert_size("16 mib", 16777216);
    assert_size("16M", 16777216);
    assert_size("16MB", 16000000);
    assert_size("3GiB", (uint64_t)3 << 30);
    assert_size("3g", (uint64_t)3 << 30);
    assert_size("2GB", 2000000000);
    assert_size("5kB", 5000);
    assert_size("5KiB", 5120);
    assert_size("7B", 7);
}

static void test_what_is_no_size_is_refused(void **state)
{
    static const char *const texts[] = {"MiB",
                                        "-1",
                                        "+1",
                                        "1.5MiB",
                                        "1e6",
                                        "0x10",
                                        "0",
                                        "1TiB",
                                        "16 MiB x",
                                        "18446744073709551616",
                                        "17179869184GiB",
                                        "99999999999999999999999999999999999"};
    uint64_t size = 42;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(trl_value_read_size(texts[i], 1, UINT64_MAX, &size), TRAIL_ERR_MALFORMED);
        assert_int_equal(size, 42);
    }
}

static void test_numbers_have_bounds(void **state)
{
    static const char *const texts[] = {"9",   "101", "-10", "10.0",
                                        "10 ", "ten", "1e1", "18446744073709551626"};
    uint64_t number = 42;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(trl_value_read_number(texts[i], 10, 100, &number), TRAIL_ERR_MALFORMED);
        assert_int_equal(number, 42);
    }
    assert_int_equal(trl_value_read_number("10", 10, 100, &number), TRAIL_OK);
    assert_int_equal(number, 10);
    assert_int_equal(trl_value_read_number("100", 10, 100, &number), TRAIL_OK);
    assert_int_equal(number, 100);
}

static void test_shares_are_decimal_in_any_locale(void **state)
{
    static const char *const bad[] = {"1.1", "-0.5", "0,5", ".", "1e-1", "nan", "2", "0.5x", "50%"};
    double share = 0;

    (void)state;
    setlocale(LC_ALL, "de_DE.UTF-8");
    assert_int_equal(trl_value_read_share("0.25", &share), TRAIL_OK);
    assert_true(share > 0.2499 && share < 0.2501);
    assert_int_equal(trl_value_read_share(".5", &share), TRAIL_OK);
    assert_true(share > 0.4999 && share < 0.5001);
    assert_int_equal(trl_value_read_share("1.000", &share), TRAIL_OK);
    assert_true(share > 0.9999);
    assert_int_equal(trl_value_read_share("0", &share), TRAIL_OK);
    assert_true(share < 0.0001);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(trl_value_read_share(bad[i], &share), TRAIL_ERR_MALFORMED);
    }
    setlocale(LC_ALL, "C");
}

static void test_lists_skip_blanks_and_empty_items(void **state)
{
    struct trl_settings settings = {.blocks = NULL};
    struct trl_list list = {.count = 9};

    (void)state;
    assert_int_equal(trl_value_read_list(" a ,,b\t, c d ,", trl_value_is_text, &settings, &list),
                     TRAIL_OK);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0], "a");
    assert_string_equal(list.items[1], "b");
    assert_string_equal(list.items[2], "c d");
    assert_int_equal(trl_value_read_list("NONE", trl_value_is_text, &settings, &list), TRAIL_OK);
    assert_int_equal(list.count, 0);
    assert_int_equal(trl_value_read_list(" , ", trl_value_is_text, &settings, &list),
                     TRAIL_ERR_MALFORMED);
    trl_settings_fini(&settings);
}

static void assert_outputs_refused(const char *text)
{
    struct trl_settings settings = {.blocks = NULL};

    assert_int_not_equal(trl_value_read_outputs(text, &settings), TRAIL_OK);
    trl_settings_fini(&settings);
}

static void test_outputs_have_addresses_and_levels(void **state)
{
    struct trl_settings settings = {.blocks = NULL};
    const struct trl_output_config *outputs = settings.config.outputs;

    (void)state;
    assert_int_equal(trl_value_read_outputs("stdout, file:/var/log/x.jsonl@Debug ,STDERR@error,"
                                            "otlp:http://me@localhost:4318/v1/logs,journald",
                                            &settings),
                     TRAIL_OK);
    assert_int_equal(settings.config.output_count, 5);
    assert_int_equal(outputs[0].kind, TRL_OUTPUT_STDOUT);
    assert_int_equal(outputs[0].level, TRAIL_LEVEL_DEFAULT);
    assert_int_equal(outputs[1].kind, TRL_OUTPUT_FILE);
    assert_string_equal(outputs[1].address, "/var/log/x.jsonl");
    assert_int_equal(outputs[1].level, TRAIL_LEVEL_DEBUG);
    assert_int_equal(outputs[2].kind, TRL_OUTPUT_STDERR);
    assert_int_equal(outputs[2].level, TRAIL_LEVEL_ERROR);
    assert_string_equal(outputs[3].address, "http://me@localhost:4318/v1/logs");
    assert_int_equal(outputs[3].level, TRAIL_LEVEL_DEFAULT);
    assert_int_equal(outputs[4].kind, TRL_OUTPUT_JOURNALD);
    assert_string_equal(outputs[4].address, "");
    trl_settings_fini(&settings);
}

static void test_a_backslash_keeps_commas_and_levels_in_a_path(void **state)
{
    struct trl_settings settings = {.blocks = NULL};

    (void)state;
    assert_int_equal(trl_value_read_outputs("file:/a\\,b\\@warn\\\\c@info,stderr", &settings),
                     TRAIL_OK);
    assert_string_equal(settings.config.outputs[0].address, "/a,b@warn\\c");
    assert_int_equal(settings.config.outputs[0].level, TRAIL_LEVEL_INFO);
    assert_int_equal(settings.config.output_count, 2);
    trl_settings_fini(&settings);
}

static void test_a_relative_path_is_resolved_at_once(void **state)
{
    struct trl_settings settings = {.blocks = NULL};
    char *directory = getcwd(NULL, 0);

    (void)state;
    assert_int_equal(trl_value_read_outputs("file:log/x.jsonl", &settings), TRAIL_OK);
    const char *address = settings.config.outputs[0].address;
    assert_int_equal(strncmp(address, directory, strlen(directory)), 0);
    assert_string_equal(address + strlen(directory), "/log/x.jsonl");
    trl_settings_fini(&settings);
    free(directory);
}

static void test_outputs_that_make_no_sense_are_refused(void **state)
{
    static const char *const texts[] = {
        ",",           "file",          "file:",        "otlp:",
        "stdout:x",    "stdoutt",       "stdout@loud",  "file:/x@debgu",
        "file:/x\n",   "stdout,stdout", "@debug",       ":/x",
        "file:/x\x1b", "file:/x@",      "stdout@@info", "file:/x,file:/x@debug",
        "stdout\\",    "null@default",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_outputs_refused(texts[i]);
    }
    assert_outputs_refused("file:/1,file:/2,file:/3,file:/4,file:/5,file:/6,file:/7,file:/8,null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_have_units),
        cmocka_unit_test(test_what_is_no_size_is_refused),
        cmocka_unit_test(test_numbers_have_bounds),
        cmocka_unit_test(test_shares_are_decimal_in_any_locale),
        cmocka_unit_test(test_lists_skip_blanks_and_empty_items),
        cmocka_unit_test(test_outputs_have_addresses_and_levels),
        cmocka_unit_test(test_a_backslash_keeps_commas_and_levels_in_a_path),
        cmocka_unit_test(test_a_relative_path_is_resolved_at_once),
        cmocka_unit_test(test_outputs_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
