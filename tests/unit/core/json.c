#include "unit.h"

#include "core/json.h"

#include <cjson/cJSON.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 0x5A

/* Runs WRITE on a writer over CAPACITY bytes and leaves the terminated result in text. */
struct paper {
    struct trl_json json;
    size_t capacity;
    char *bytes;
};

static struct paper paper_new(size_t capacity)
{
    struct paper paper = {.capacity = capacity, .bytes = malloc(capacity + 16)};

    assert_non_null(paper.bytes);
    memset(paper.bytes, GUARD, capacity + 16);
    trl_json_init(&paper.json, paper.bytes, capacity);
    return paper;
}

static size_t paper_size(const struct paper *paper)
{
    return (size_t)(paper->json.at - paper->bytes);
}

/* Terminates what was written, after checking that nothing was written beyond the capacity. */
static const char *paper_text(struct paper *paper)
{
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(paper->bytes[paper->capacity + i], GUARD);
    }
    *paper->json.at = '\0';
    return paper->bytes;
}

static void assert_string_is_written(const char *text, size_t size, const char *expected)
{
    for (size_t slack = 0; slack < 300; slack += 150) { /* both by the bounded and the fast way */
        struct paper paper = paper_new(strlen(expected) + slack);
        assert_true(trl_json_string(&paper.json, text, size));
        assert_false(paper.json.truncated);
        assert_string_equal(paper_text(&paper), expected);
        free(paper.bytes);
    }
}

static void test_plain_text_of_any_length_is_copied(void **state)
{
    char text[100];
    char expected[103];

    (void)state;
    for (size_t size = 0; size < sizeof(text); size++) {
        for (size_t i = 0; i < size; i++) {
            text[i] = (char)('#' + (i % 50));
        }
        expected[0] = '"';
        memcpy(expected + 1, text, size);
        memcpy(expected + 1 + size, "\"", 2);
        assert_string_is_written(text, size, expected);
    }
}

static void test_one_special_byte_at_any_place_is_escaped(void **state)
{
    (void)state;
    for (size_t size = 1; size < 50; size++) {
        for (size_t at = 0; at < size; at++) {
            char text[50];
            char expected[60] = "\"";
            memset(text, 'x', size);
            text[at] = '"';
            memset(expected + 1, 'x', size + 1);
            memcpy(expected + 1 + at, "\\\"", 2);
            expected[size + 2] = '"';
            assert_string_is_written(text, size, expected);
        }
    }
}

static void test_controls_get_escapes(void **state)
{
    (void)state;
    assert_string_is_written("\b\t\n\f\r\"\\/", 8, "\"\\b\\t\\n\\f\\r\\\"\\\\/\"");
    assert_string_is_written("\0\x1b\x7f", 3, "\"\\u0000\\u001b\\u007f\"");
    assert_string_is_written("\xC2\x80\xC2\x9F\xC2\xA0", 6, "\"\\u0080\\u009f\xC2\xA0\"");
}

static void test_separators_and_bidi_controls_get_escapes(void **state)
{
    (void)state;
    assert_string_is_written("\xE2\x80\xA8\xE2\x80\xA9", 6, "\"\\u2028\\u2029\"");
    assert_string_is_written("\xE2\x80\xAA\xE2\x80\xAE", 6, "\"\\u202a\\u202e\"");
    assert_string_is_written("\xE2\x81\xA6\xE2\x81\xA9", 6, "\"\\u2066\\u2069\"");
    assert_string_is_written("\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C", 8, "\"\\u200e\\u200f\\u061c\"");
}

static void test_what_is_not_utf8_becomes_the_replacement_character(void **state)
{
    (void)state;
    assert_string_is_written("a\xFFz", 3, "\"a\xEF\xBF\xBDz\"");
    assert_string_is_written("\xE2\x82", 2, "\"\xEF\xBF\xBD\"");
    assert_string_is_written("\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void test_text_of_the_world_is_kept(void **state)
{
    static const char text[] = "Gr\xC3\xBC\xC3\x9F"
                               "e, \xE8\x8C\xB6, \xF0\x9F\x8D\xB5";
    char expected[64] = "\"";

    (void)state;
    strcat(strcat(expected, text), "\"");
    assert_string_is_written(text, strlen(text), expected);
}

static void test_random_bytes_come_back_from_a_parser(void **state)
{
    (void)state;
    srand(1);
    for (int round = 0; round < 20000; round++) {
        char text[64];
        size_t size = (size_t)rand() % sizeof(text);
        for (size_t i = 0; i < size; i++) {
            int kind = rand() % 3;
            text[i] = (char)(kind == 0 ? 1 + rand() % 255 : kind == 1 ? 'a' : 0xC2 + rand() % 50);
        }
        struct paper paper = paper_new(500);
        struct paper again = paper_new(500);
        assert_true(trl_json_string(&paper.json, text, size));
        cJSON *parsed = cJSON_Parse(paper_text(&paper));
        assert_true(cJSON_IsString(parsed));
        assert_true(trl_json_string(&again.json, parsed->valuestring, strlen(parsed->valuestring)));
        assert_string_equal(paper_text(&again), paper_text(&paper));
        cJSON_Delete(parsed);
        free(again.bytes);
        free(paper.bytes);
    }
}

static void test_a_string_is_cut_between_code_points_and_marked(void **state)
{
    static const char text[] = "abc\xE2\x82\xAC\x01xyz\xF0\x9F\x8D\xB5klm";

    (void)state;
    for (size_t capacity = 0; capacity < 30; capacity++) {
        struct paper paper = paper_new(capacity);
        bool written = trl_json_string(&paper.json, text, strlen(text));
        const char *result = paper_text(&paper);
        cJSON *parsed = cJSON_Parse(result);
        assert_int_equal(written, capacity >= 5);
        assert_true(paper_size(&paper) <= capacity);
        if (written && paper.json.truncated) {
            size_t kept = strlen(parsed->valuestring) - TRL_JSON_CUT_MARK_SIZE;
            assert_string_equal(parsed->valuestring + kept, TRL_JSON_CUT_MARK);
            assert_memory_equal(parsed->valuestring, text, kept);
        }
        assert_int_equal(paper.json.truncated, capacity < 24);
        cJSON_Delete(parsed);
        free(paper.bytes);
    }
}

static void test_a_megabyte_is_cut(void **state)
{
    static char text[1 << 20];
    struct paper paper = paper_new(1000);

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_true(trl_json_string(&paper.json, text, sizeof(text)));
    assert_true(paper.json.truncated);
    assert_int_equal(paper_size(&paper), 1000);
    free(paper.bytes);
}

static void assert_number(const char *expected, bool written, struct paper *paper)
{
    assert_true(written);
    assert_string_equal(paper_text(paper), expected);
    paper->json.at = paper->bytes;
}

static void test_integers_are_written_in_full(void **state)
{
    struct paper paper = paper_new(100);

    (void)state;
    assert_number("0", trl_json_int(&paper.json, 0), &paper);
    assert_number("-1", trl_json_int(&paper.json, -1), &paper);
    assert_number("9223372036854775807", trl_json_int(&paper.json, INT64_MAX), &paper);
    assert_number("-9223372036854775808", trl_json_int(&paper.json, INT64_MIN), &paper);
    assert_number("18446744073709551615", trl_json_uint(&paper.json, UINT64_MAX), &paper);
    assert_number("100", trl_json_uint(&paper.json, 100), &paper);
    free(paper.bytes);
}

static void test_nanoseconds_become_decimal_milliseconds(void **state)
{
    struct paper paper = paper_new(100);

    (void)state;
    assert_number("12.345", trl_json_ms(&paper.json, 12345678), &paper);
    assert_number("0.000", trl_json_ms(&paper.json, 999), &paper);
    assert_number("0.050", trl_json_ms(&paper.json, 50000), &paper);
    assert_number("18446744073709.551", trl_json_ms(&paper.json, UINT64_MAX), &paper);
    free(paper.bytes);
}

static void test_doubles_are_as_short_as_they_can_be(void **state)
{
    struct paper paper = paper_new(100);

    (void)state;
    assert_number("12.345", trl_json_double(&paper.json, 12.345), &paper);
    assert_number("0.1", trl_json_double(&paper.json, 0.1), &paper);
    assert_number("0.30000000000000004", trl_json_double(&paper.json, 0.1 + 0.2), &paper);
    assert_number("201", trl_json_double(&paper.json, 201.0), &paper);
    assert_number("-0", trl_json_double(&paper.json, -0.0), &paper);
    assert_number("-1.5", trl_json_double(&paper.json, -1.5), &paper);
    assert_number("0.0000001", trl_json_double(&paper.json, 1e-7), &paper);
    free(paper.bytes);
}

static void test_nan_and_infinity_become_null(void **state)
{
    struct paper paper = paper_new(100);

    (void)state;
    assert_number("null", trl_json_double(&paper.json, (double)NAN), &paper);
    assert_number("null", trl_json_double(&paper.json, (double)INFINITY), &paper);
    assert_number("null", trl_json_double(&paper.json, -(double)INFINITY), &paper);
    free(paper.bytes);
}

static double random_double(void)
{
    uint64_t bits = 0;
    double value;

    for (int i = 0; i < 5; i++) {
        bits = bits << 15 ^ (uint64_t)rand();
    }
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void assert_doubles_read_back(void)
{
    static const double values[] = {
        DBL_MAX, DBL_MIN,     DBL_TRUE_MIN,       1e21, 1e20, 123456789012345680.0, 1.5e-300,
        1e-6,    0.000001234, 9007199254740993.0, 1e22, 5e-7};

    for (size_t i = 0; i < 50000; i++) {
        double value = i < sizeof(values) / sizeof(values[0]) ? values[i] : random_double();
        struct paper paper = paper_new(60);
        assert_true(trl_json_double(&paper.json, value));
        if (isfinite(value)) {
            cJSON *parsed = cJSON_Parse(paper_text(&paper));
            assert_true(cJSON_IsNumber(parsed));
            assert_true(parsed->valuedouble == value);
            cJSON_Delete(parsed);
        }
        free(paper.bytes);
    }
}

static void test_doubles_read_back_as_themselves(void **state)
{
    (void)state;
    srand(2);
    assert_doubles_read_back();
}

static void test_a_locale_with_a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
        skip();
    }
    struct paper paper = paper_new(100);
    assert_number("0.30000000000000004", trl_json_double(&paper.json, 0.1 + 0.2), &paper);
    setlocale(LC_ALL, "C");
    free(paper.bytes);
}

static void test_what_does_not_fit_leaves_no_trace(void **state)
{
    struct paper paper = paper_new(3);

    (void)state;
    assert_false(trl_json_int(&paper.json, 1234));
    assert_false(trl_json_null(&paper.json));
    assert_false(trl_json_double(&paper.json, 12.5));
    assert_int_equal(paper_size(&paper), 0);
    assert_true(paper.json.truncated);
    assert_true(trl_json_int(&paper.json, 123));
    assert_string_equal(paper_text(&paper), "123");
    free(paper.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_text_of_any_length_is_copied),
        cmocka_unit_test(test_one_special_byte_at_any_place_is_escaped),
        cmocka_unit_test(test_controls_get_escapes),
        cmocka_unit_test(test_separators_and_bidi_controls_get_escapes),
        cmocka_unit_test(test_what_is_not_utf8_becomes_the_replacement_character),
        cmocka_unit_test(test_text_of_the_world_is_kept),
        cmocka_unit_test(test_random_bytes_come_back_from_a_parser),
        cmocka_unit_test(test_a_string_is_cut_between_code_points_and_marked),
        cmocka_unit_test(test_a_megabyte_is_cut),
        cmocka_unit_test(test_integers_are_written_in_full),
        cmocka_unit_test(test_nanoseconds_become_decimal_milliseconds),
        cmocka_unit_test(test_doubles_are_as_short_as_they_can_be),
        cmocka_unit_test(test_nan_and_infinity_become_null),
        cmocka_unit_test(test_doubles_read_back_as_themselves),
        cmocka_unit_test(test_a_locale_with_a_decimal_comma_changes_nothing),
        cmocka_unit_test(test_what_does_not_fit_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
