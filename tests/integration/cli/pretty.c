#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int teardown(void **state)
{
    (void)state;
    files_remove();
    return 0;
}

static void test_an_event_becomes_a_line_for_people(void **state)
{
    (void)state;
    struct run run = RUN(event_at("02.345", "api", "order_created",
                                  ",\"message\":\"Order created\",\"orderId\":\"ord_1\""),
                         "pretty");
    assert_int_equal(run.status, 0);
    assert_string_equal(run.err, "");
    assert_non_null(strstr(run.out, "10:00:02.345 INFO "));
    assert_non_null(strstr(run.out, "order_created"));
    assert_non_null(strstr(run.out, "orderId=ord_1"));
    assert_null(strchr(run.out, '\x1b'));
    run_free(&run);
}

static void test_what_is_no_event_passes_through(void **state)
{
    (void)state;
    assert_run(
        RUN("Listening on port 8080\n\n{\"a\":1}\n[1,2]\n{\"event\":\n\ttab\r\nlast", "pretty"), 0,
        "Listening on port 8080\n\n{\"a\":1}\n[1,2]\n{\"event\":\n\ttab\nlast\n", "");
}

static void test_what_passes_through_cannot_control_the_terminal(void **state)
{
    (void)state;
    struct run run =
        run_trail((const char *const[]){"pretty", NULL}, "\x1b[2J\x07 \xC2\x9B nul:\0.\n", 17);
    assert_int_equal(run.status, 0);
    assert_null(strchr(run.out, '\x1b'));
    assert_null(strchr(run.out, '\x07'));
    assert_null(strstr(run.out, "\xC2\x9B"));
    assert_int_equal(strlen(run.out), run.out_size);
    run_free(&run);
}

static void test_several_files_are_merged_by_time(void **state)
{
    char text[2048];

    (void)state;
    snprintf(text, sizeof text, "%s  a stack trace\n%s", event_at("01.000", "a", "first", ""),
             event_at("03.000", "a", "third", ""));
    const char *a = file_with("a.jsonl", text, strlen(text));
    const char *line = event_at("02.000", "b", "second", "");
    const char *b = file_with("b.jsonl", line, strlen(line));
    struct run run = RUN("", "pretty", b, a);
    const char *first = strstr(run.out, "first");
    const char *trace = strstr(run.out, "a stack trace");
    const char *second = strstr(run.out, "second");
    const char *third = strstr(run.out, "third");
    assert_true(first != NULL && trace != NULL && second != NULL && third != NULL);
    assert_true(first < trace && trace < second && second < third);
    run_free(&run);
}

static void test_a_line_of_megabytes_passes_through_whole(void **state)
{
    size_t size = 3 << 20;
    char *text = malloc(size);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i + 1 < size; i += 2) { /* a code point across every boundary */
        memcpy(text + i, "\xC3\xA9", 2);
    }
    text[0] = 'x';
    text[1] = 'y';
    text[size - 1] = '\n';
    text[size - 2] = 'z';
    struct run run = run_trail((const char *const[]){"pretty", NULL}, text, size);
    assert_int_equal(run.out_size, size);
    assert_memory_equal(run.out, text, size);
    run_free(&run);
    free(text);
}

static void test_colour_is_given_when_it_is_asked_for(void **state)
{
    (void)state;
    struct run run =
        RUN(event_at("02.345", "api", "order_created", ""), "pretty", "--color=always");
    assert_non_null(strchr(run.out, '\x1b'));
    run_free(&run);
}

static void test_a_file_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    assert_run(RUN("", "pretty", "/nonexistent"), 2, "",
               "trail: /nonexistent: No such file or directory\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_becomes_a_line_for_people),
        cmocka_unit_test(test_what_is_no_event_passes_through),
        cmocka_unit_test(test_what_passes_through_cannot_control_the_terminal),
        cmocka_unit_test_teardown(test_several_files_are_merged_by_time, teardown),
        cmocka_unit_test(test_a_line_of_megabytes_passes_through_whole),
        cmocka_unit_test(test_colour_is_given_when_it_is_asked_for),
        cmocka_unit_test(test_a_file_that_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
