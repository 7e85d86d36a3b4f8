#include "run.h"

#include <stdlib.h>
#include <string.h>

static int teardown(void **state)
{
    (void)state;
    clear_variables();
    files_remove();
    return 0;
}

static void test_secrets_are_replaced_and_the_rest_stays(void **state)
{
    (void)state;
    assert_run(RUN("user=u_17 password=hunter2 tokenCount=3\n"
                   "Authorization: Bearer abcdefghijklmnop\n"
                   "postgres://app:s3cret@db:5432/x\n",
                   "redact"),
               0,
               "user=u_17 password=[redacted] tokenCount=3\n"
               "Authorization: [redacted]\n"
               "postgres://app:[redacted]@db:5432/x\n",
               "");
}

static void test_text_without_secrets_stays_byte_for_byte(void **state)
{
    static const char text[] = "plain\r\n\0\xFF\x1b[31m\n\n  no newline at the end";

    (void)state;
    struct run run = run_trail((const char *const[]){"redact", NULL}, text, sizeof(text) - 1);
    assert_int_equal(run.status, 0);
    assert_int_equal(run.out_size, sizeof(text) - 1);
    assert_memory_equal(run.out, text, sizeof(text) - 1);
    run_free(&run);
}

static void test_a_secret_of_several_lines_is_replaced(void **state)
{
    (void)state;
    struct run run = RUN("before\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n"
                         "-----END PRIVATE KEY-----\nafter\n",
                         "redact");
    assert_int_equal(run.status, 0);
    assert_null(strstr(run.out, "MIIEvQ"));
    assert_null(strstr(run.out, "kqhkiG"));
    assert_non_null(strstr(run.out, "before\n"));
    assert_non_null(strstr(run.out, "after\n"));
    run_free(&run);
}

static void test_the_environment_names_further_keys_and_allows_others(void **state)
{
    (void)state;
    set_variable("TRAIL_REDACT", "shoeSize");
    set_variable("TRAIL_REDACT_ALLOW", "password");
    assert_run(RUN("shoe_size=46 password=open\n", "redact"), 0,
               "shoe_size=[redacted] password=open\n", "");
}

static void test_the_environment_is_read_as_by_programs_that_log(void **state)
{
    (void)state;
    set_variable("TRAIL_REDACT", " None ");
    set_variable("TRAIL_REDACT_ALLOW", "none");
    assert_run(RUN("none=5 password=6\n", "redact"), 0, "none=5 password=[redacted]\n", "");
    clear_variables();
    set_variable("TRAIL_REDACT", "a,b\tc");
    assert_run(RUN("a=1\n", "redact"), 2, "",
               "trail: TRAIL_REDACT is \"a,b?c\"; allowed: none, or a comma-separated list of "
               "keys\n");
}

static void test_a_line_of_megabytes_is_copied(void **state)
{
    size_t size = 3 << 20;
    char *text = malloc(size);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    struct run run = run_trail((const char *const[]){"redact", NULL}, text, size);
    assert_int_equal(run.out_size, size);
    assert_memory_equal(run.out, text, size);
    run_free(&run);
    free(text);
}

static void test_files_are_read_in_turn(void **state)
{
    (void)state;
    const char *first = file_with("a", "token=abc\n", 10);
    const char *second = file_with("b", "b\n", 2);
    assert_run(RUN("", "redact", first, second), 0, "token=[redacted]\nb\n", "");
    assert_run(RUN("", "redact", "/nonexistent", second), 2, "b\n",
               "trail: /nonexistent: No such file or directory\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets_are_replaced_and_the_rest_stays),
        cmocka_unit_test(test_text_without_secrets_stays_byte_for_byte),
        cmocka_unit_test(test_a_secret_of_several_lines_is_replaced),
        cmocka_unit_test_teardown(test_the_environment_names_further_keys_and_allows_others,
                                  teardown),
        cmocka_unit_test_teardown(test_the_environment_is_read_as_by_programs_that_log, teardown),
        cmocka_unit_test(test_a_line_of_megabytes_is_copied),
        cmocka_unit_test_teardown(test_files_are_read_in_turn, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
