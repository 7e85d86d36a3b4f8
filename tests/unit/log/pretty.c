#include "unit.h"

#include "log/pretty.h"

#include <stdlib.h>
#include <string.h>

static char out[65536];

static const char *pretty(const char *line, bool color, unsigned width)
{
    const struct trl_pretty_options options = {.color = color, .width = width};
    size_t size = trl_pretty_line(&options, line, strlen(line), out, sizeof(out) - 1);

    out[size] = '\0';
    return out;
}

static const char order[] =
    "{\"timestamp\":\"2026-01-31T12:00:01.234Z\",\"level\":\"info\",\"service\":\"checkout-api\","
    "\"environment\":\"development\",\"event\":\"order_created\",\"requestId\":\"r-1\","
    "\"traceId\":\"t\",\"message\":\"Order created\",\"orderId\":\"ord_1\",\"items\":3,"
    "\"note\":\"two words\",\"tags\":[\"a\",{\"b\":null}]}\n";

static void test_an_event_is_one_aligned_line(void **state)
{
    (void)state;
    assert_string_equal(pretty(order, false, 0),
                        "12:00:01.234 INFO  checkout-api     order_created            "
                        "Order created orderId=ord_1 items=3 note=\"two words\" "
                        "tags=[\"a\",{\"b\":null}] requestId=r-1\n");
}

static void test_levels_have_colours(void **state)
{
    (void)state;
    assert_non_null(strstr(pretty("{\"level\":\"error\",\"event\":\"e\"}", true, 0),
                           "\033[31mERROR\033[0m \033[1me\033[0m"));
    assert_non_null(
        strstr(pretty("{\"level\":\"warn\",\"event\":\"e\"}", true, 0), "\033[33mWARN "));
    assert_null(strchr(pretty("{\"level\":\"warn\",\"event\":\"e\"}", false, 0), '\033'));
}

static void test_fields_wrap_at_the_width(void **state)
{
    (void)state;
    const char *lines = pretty(order, false, 80);
    assert_non_null(strstr(lines, "\n    orderId="));
    for (const char *line = lines; *line != '\0'; line += strcspn(line, "\n") + 1) {
        assert_true(strcspn(line, "\n") <= 80);
    }
}

#define SHOP  "\xE5\xBA\x97" /* two columns */
#define ACUTE "\xCC\x81"     /* none */
#define KANJI "\xE6\xBC\xA2\xE5\xAD\x97"

static void test_wide_characters_take_two_columns(void **state)
{
    static const char line[] =
        "{\"service\":\"" SHOP "e" ACUTE "\",\"event\":\"e\",\"a\":\"" KANJI KANJI KANJI "\"}";

    (void)state;
    assert_string_equal(pretty(line, false, 56),
                        SHOP "e" ACUTE "              e                        a=" KANJI KANJI KANJI
                             "\n");
    assert_non_null(strstr(pretty(line, false, 55), "e\n    a=" KANJI));
}

static void test_a_text_of_several_lines_keeps_them(void **state)
{
    (void)state;
    assert_string_equal(
        pretty("{\"event\":\"e\",\"stack\":\"main\\n\\tat x\\u001b[2J\",\"a\":1}", false, 0),
        "e                        a=1\n    stack:\n        main\n            at x\\u001b[2J\n");
}

static void test_a_backslash_before_an_n_parts_no_lines(void **state)
{
    (void)state;
    assert_string_equal(pretty("{\"event\":\"e\",\"path\":\"C:\\\\new\"}", false, 0),
                        "e                        path=\"C:\\new\"\n");
}

static void test_nothing_in_a_value_controls_the_terminal(void **state)
{
    (void)state;
    const char *text = pretty("{\"event\":\"a\\u001b[2J\",\"message\":\"\\u202e\\u009b\\r\","
                              "\"k\\u0007\":\"\\b\x7f\xC2\x9B\xE2\x80\xAE\",\"x\":[\"\x7f\"]}",
                              false, 0);
    for (const char *at = text; *at != '\0'; at++) {
        assert_true((unsigned char)*at >= 0x20 || *at == '\n');
        assert_int_not_equal(*at, 0x7F);
    }
    assert_null(strstr(text, "\xC2\x9B"));
    assert_null(strstr(text, "\xE2\x80\xAE"));
}

static void test_what_is_no_event_is_left_to_the_caller(void **state)
{
    static const char *const lines[] = {"",
                                        "{}",
                                        "[1]",
                                        "plain text",
                                        "{\"event\":\"e\"",
                                        "{\"event\":\"e\"} x",
                                        "{\"msg\":\"m\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_string_equal(pretty(lines[i], false, 0), "");
    }
}

static void test_other_text_passes_without_its_controls(void **state)
{
    static const char text[] = "a\tb\033[31m\r\n\xFF\xE2\x80\xAE";
    size_t size = trl_pretty_passthrough(text, strlen(text), out, sizeof(out));

    (void)state;
    out[size] = '\0';
    assert_string_equal(out, "a\tb\\u001b[31m\\r\n\xEF\xBF\xBD\\u202e");
}

static void test_too_little_room_writes_nothing(void **state)
{
    const struct trl_pretty_options options = {.color = true, .width = 40};

    (void)state;
    for (size_t capacity = 0; capacity < sizeof(order); capacity++) {
        memset(out, 0x5A, sizeof(out));
        size_t size = trl_pretty_line(&options, order, strlen(order), out, capacity);
        assert_int_equal(out[capacity], 0x5A);
        assert_true(size <= capacity);
    }
    assert_true(
        trl_pretty_line(&options, order, strlen(order), out, trl_pretty_bound(strlen(order))) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_is_one_aligned_line),
        cmocka_unit_test(test_levels_have_colours),
        cmocka_unit_test(test_fields_wrap_at_the_width),
        cmocka_unit_test(test_wide_characters_take_two_columns),
        cmocka_unit_test(test_a_text_of_several_lines_keeps_them),
        cmocka_unit_test(test_a_backslash_before_an_n_parts_no_lines),
        cmocka_unit_test(test_nothing_in_a_value_controls_the_terminal),
        cmocka_unit_test(test_what_is_no_event_is_left_to_the_caller),
        cmocka_unit_test(test_other_text_passes_without_its_controls),
        cmocka_unit_test(test_too_little_room_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
