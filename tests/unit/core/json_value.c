#include "unit.h"

#include "core/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char out[32768];

static bool hides_password(const char *key, size_t key_size, char first_byte)
{
    (void)first_byte;
    return key_size == 8 && memcmp(key, "password", 8) == 0;
}

/* Replaces texts that begin with S. */
static const char *clean(const struct trl_json_filter *filter, const char *text, size_t size,
                         size_t *ret_size)
{
    (void)filter;
    *ret_size = 3;
    return size > 0 && *text == 'S' ? "+\"+" : NULL;
}

static char unescaped[64];
static const struct trl_json_filter filter = {.hides = hides_password,
                                              .replacement = "\"***\"",
                                              .clean = clean,
                                              .room = unescaped,
                                              .room_size = sizeof(unescaped)};

/* Rewrites text within capacity bytes; "" if it is not JSON. */
static const char *rewritten(const char *text, size_t capacity, bool *ret_truncated)
{
    struct trl_json json;

    memset(out, 0x5A, sizeof(out));
    trl_json_init(&json, out, capacity);
    enum trl_json_outcome outcome = trl_json_value(&json, text, strlen(text), &filter);
    assert_true(json.at <= out + capacity);
    assert_int_equal(out[capacity], 0x5A);
    *json.at = '\0';
    *ret_truncated = json.truncated;
    if (outcome != TRL_JSON_WRITTEN) {
        assert_ptr_equal(json.at, out);
    }
    return out;
}

static void assert_rewritten(const char *text, const char *expected)
{
    bool truncated;

    assert_string_equal(rewritten(text, 2000, &truncated), expected);
    assert_false(truncated);
}

static void test_white_space_goes_and_values_stay(void **state)
{
    (void)state;
    assert_rewritten(" { \"a\" : [ 1 , -2.5e+3 , true,\r\n false\t, null ] , \"b\" : { } } ",
                     "{\"a\":[1,-2.5e+3,true,false,null],\"b\":{}}");
    assert_rewritten("\"x\"", "\"x\"");
    assert_rewritten("0", "0");
    assert_rewritten("[]", "[]");
}

static void test_numbers_that_no_double_holds_become_texts(void **state)
{
    char digits[600] = "";
    char expected[sizeof(digits) + 2];

    (void)state;
    assert_rewritten("[1e308,-1.7e308,1e-999,0e999,12345678901234567890123456789]",
                     "[1e308,-1.7e308,1e-999,0e999,12345678901234567890123456789]");
    assert_rewritten("[1e309,-1E+999,1.8e308]", "[\"1e309\",\"-1E+999\",\"1.8e308\"]");
    memset(digits, '9', sizeof(digits) - 1);
    snprintf(expected, sizeof(expected), "\"%s\"", digits);
    assert_rewritten(digits, expected);
}

static void test_what_is_not_json_is_refused(void **state)
{
    static const char *const texts[] = {
        "",          " ",     "{",       "[1,]",     "{\"a\":1,}", "{a:1}",  "01",
        "1.",        "+1",    ".5",      "NaN",      "tru",        "\"\n\"", "\"\\x\"",
        "\"\\u12\"", "[1 2]", "{\"a\"}", "{\"a\":}", "1 1",        "[1]]",   "\"a",
        "{\"a\":1]", "'a'",   "1e",      "-",        "[,1]",       "{,}",    "nullx",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_rewritten(texts[i], "");
    }
}

static void test_strings_are_escaped_anew(void **state)
{
    (void)state;
    assert_rewritten("\"\\u0041\\/\\u00e4\\ud83c\\udf75\"", "\"A/\xC3\xA4\xF0\x9F\x8D\xB5\"");
    assert_rewritten("\"\\u202e\\u0007\x7f\xE2\x80\xA8\"", "\"\\u202e\\u0007\\u007f\\u2028\"");
    assert_rewritten("\"\\ud800 \\udc00 \\ud800\\u0041\"",
                     "\"\xEF\xBF\xBD \xEF\xBF\xBD \xEF\xBF\xBD"
                     "A\"");
    assert_rewritten("\"\xFF\"", "\"\xEF\xBF\xBD\"");
}

static void test_of_equal_keys_the_last_stands(void **state)
{
    (void)state;
    assert_rewritten("{\"a\":1,\"b\":2,\"a\":3}", "{\"b\":2,\"a\":3}");
    assert_rewritten("{\"a\":1,\"a\":2,\"a\":3}", "{\"a\":3}");
    assert_rewritten(
        "{\"b\":0,\"a\":{\"a\":1,\"x\":[\"}\\\"\"]},\"a\":{\"a\":2,\"\\u0061\":3},\"c\":4}",
        "{\"b\":0,\"a\":{\"a\":3},\"c\":4}");
    assert_rewritten("[{\"a\":1},{\"a\":2}]", "[{\"a\":1},{\"a\":2}]");
}

static void test_hidden_keys_are_hidden_at_any_depth(void **state)
{
    (void)state;
    assert_rewritten("{\"a\":[{\"password\":\"x\",\"b\":1}],\"password\":{\"c\":[1,{}]},\"d\":2}",
                     "{\"a\":[{\"password\":\"***\",\"b\":1}],\"password\":\"***\",\"d\":2}");
    assert_rewritten("{\"pass\\u0077ord\":[1,2]}", "{\"password\":\"***\"}");
    assert_rewritten("{\"password\":[1,2}", "");
}

static void test_strings_are_looked_through_unescaped(void **state)
{
    (void)state;
    assert_rewritten("[\"Sx\",\"\\u0053\\n\",\"\\\\S\",{\"S\":\"S\"}]",
                     "[\"+\\\"+\",\"+\\\"+\",\"\\\\S\",{\"S\":\"+\\\"+\"}]");
}

static void test_nesting_beyond_the_bound_is_refused(void **state)
{
    static char deep[20001];
    bool truncated;

    (void)state;
    for (size_t depth = 1; depth <= 10000; depth += depth < 100 ? 1 : 3300) {
        memset(deep, '[', depth);
        memset(deep + depth, ']', depth);
        deep[2 * depth] = '\0';
        const char *result = rewritten(deep, 2000, &truncated);
        assert_string_equal(result, depth <= TRL_JSON_DEPTH_MAX ? deep : "");
    }
    memset(deep, '[', 20000);
    assert_string_equal(rewritten(deep, 2000, &truncated), "");
}

static void test_what_is_cut_is_marked_and_stays_json(void **state)
{
    static const char text[] =
        "{\"a\":[1,\"two\",{\"b\":[true,\"\xE2\x82\xAC\xE2\x82\xAC long text\"]}],"
        "\"c\":{\"d\":{},\"e\":[[],[1]]},\"f\":\"g\",\"password\":\"p\"}";
    bool truncated;

    (void)state;
    for (size_t capacity = 0; capacity < 300; capacity++) {
        const char *result = rewritten(text, capacity, &truncated);
        if (*result != '\0') {
            cJSON *parsed = cJSON_Parse(result);
            assert_non_null(parsed);
            cJSON_Delete(parsed);
        }
        assert_true(truncated == (strstr(result, TRL_JSON_CUT_MARK) != NULL) || *result == '\0');
        assert_null(strstr(result, "\"p\""));
    }
    assert_false(truncated);
}

/* Brackets that close take room as well: what follows them must not be taken to have all the room
 * in the world. */
static void test_brackets_that_fill_the_room_are_followed_by_nothing(void **state)
{
    char text[200] = "";
    bool truncated;

    (void)state;
    for (size_t depth = 1; depth < 40; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = '\0';
        char list[450];
        snprintf(list, sizeof(list), "[%s,{\"a\":%s},\"xxxxxxxxxxxxxxxxxxxx\"]", text, text);
        for (size_t capacity = 0; capacity < 300; capacity++) {
            const char *result = rewritten(list, capacity, &truncated);
            cJSON *parsed = *result != '\0' ? cJSON_Parse(result) : NULL;
            assert_true(parsed != NULL || *result == '\0');
            cJSON_Delete(parsed);
        }
    }
}

static void test_what_is_left_out_is_still_checked(void **state)
{
    static char text[200001] = "[\"";
    bool truncated;

    (void)state;
    memset(text + 2, 'x', sizeof(text) - 3);
    memcpy(text + sizeof(text) - 4, "\"]", 3);
    assert_string_not_equal(rewritten(text, 1000, &truncated), "");
    assert_true(truncated);
    memcpy(text + sizeof(text) - 4, "\",", 3);
    assert_string_equal(rewritten(text, 1000, &truncated), "");
    assert_false(truncated);
}

static void test_a_million_equal_keys_end(void **state)
{
    char *text = malloc(12 * 1000000 + 10);
    size_t size = 1;
    bool truncated;

    (void)state;
    assert_non_null(text);
    text[0] = '{';
    for (unsigned i = 0; i < 1000000; i++) {
        size += (size_t)sprintf(text + size, "\"k%u\":1,", i % 3000);
    }
    memcpy(text + size - 1, "}", 2);
    cJSON *parsed = cJSON_Parse(rewritten(text, 32000, &truncated));
    assert_true(cJSON_IsObject(parsed));
    cJSON_Delete(parsed);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_white_space_goes_and_values_stay),
        cmocka_unit_test(test_numbers_that_no_double_holds_become_texts),
        cmocka_unit_test(test_what_is_not_json_is_refused),
        cmocka_unit_test(test_strings_are_escaped_anew),
        cmocka_unit_test(test_of_equal_keys_the_last_stands),
        cmocka_unit_test(test_hidden_keys_are_hidden_at_any_depth),
        cmocka_unit_test(test_strings_are_looked_through_unescaped),
        cmocka_unit_test(test_nesting_beyond_the_bound_is_refused),
        cmocka_unit_test(test_what_is_cut_is_marked_and_stays_json),
        cmocka_unit_test(test_brackets_that_fill_the_room_are_followed_by_nothing),
        cmocka_unit_test(test_what_is_left_out_is_still_checked),
        cmocka_unit_test(test_a_million_equal_keys_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
