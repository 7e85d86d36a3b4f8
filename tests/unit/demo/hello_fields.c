#include "unit.h"

#include "events.h"
#include "hello/fields.h"
#include "shared/json_depth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int begin(void **state)
{
    (void)state;
    events_open(NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    events_close();
    return 0;
}

static bool log_fields(const char *text)
{
    char *copy = strdup(text);

    assert_non_null(copy);
    events_clear();
    bool logged = hello_log_fields(copy, strlen(copy));
    free(copy);
    return logged;
}

static void test_each_member_is_a_field_of_its_type(void **state)
{
    const cJSON *event;

    (void)state;
    assert_true(
        log_fields(" {\"text\":\"a\\\"b\" , \"k\\\"}\": -1.5e3, \"yes\":true,\n\"none\":null,"
                   "\"list\":[1,{\"a\":\"]\"}],\"object\":{\"b\":[]}} "));
    event = events_one("fields_received");
    assert_string_equal(event_text(event, "text"), "a\"b");
    assert_true(event_number(event, "k\"}") == -1500);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(event, "yes")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(event, "none")));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(event, "list")), 2);
    assert_true(cJSON_IsObject(cJSON_GetObjectItem(event, "object")));
}

static void test_a_number_beyond_64_bits_is_a_number(void **state)
{
    (void)state;
    assert_true(log_fields("{\"n\":12345678901234567890}"));
    assert_true(event_number(events_one("fields_received"), "n") > 1.2e19);
}

static void test_a_nul_ends_no_string(void **state)
{
    (void)state;
    assert_true(log_fields("{\"a\":\"x\\u0000y\",\"b\":\"z\"}"));
    assert_non_null(strstr(events_line("fields_received"), "\"a\":\"x\\u0000y\""));
    assert_string_equal(event_text(events_one("fields_received"), "b"), "z");
}

static void test_half_a_surrogate_pair_is_replaced(void **state)
{
    (void)state;
    assert_true(log_fields("{\"a\":\"x\\ud800\",\"b\":[\"\\uDC00\\ud800\\\\uDC00\"],"
                           "\"k\\udfff\":\"\\\\ud800 \\ud83d\\ude00\"}"));
    assert_non_null(strstr(events_line("fields_received"),
                           "\"a\":\"x\xEF\xBF\xBD\",\"b\":[\"\xEF\xBF\xBD\xEF\xBF\xBD\\\\uDC00\"],"
                           "\"k\xEF\xBF\xBD\":\"\\\\ud800 \xF0\x9F\x98\x80\""));
    assert_false(log_fields("{\"a\":\"\\ud8"));
    assert_false(log_fields("{\"a\":\"\\"));
}

static void test_an_object_may_be_empty(void **state)
{
    (void)state;
    assert_true(log_fields("{}"));
    assert_non_null(events_one("fields_received"));
}

static void test_what_is_no_object_is_refused(void **state)
{
    static const char *const texts[] = {"", "{", "[]", "1", "null", "{} {}", "{\"a\":}", "{a:1}"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(log_fields(texts[i]));
        assert_int_equal(events_count("fields_received"), 0);
    }
    assert_false(hello_log_fields((char[]){"{}\0"}, 3));
}

static void test_nesting_is_bounded(void **state)
{
    char text[2 * JSON_DEPTH_MAX + 64];

    (void)state;
    for (unsigned depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        size_t size = (size_t)sprintf(text, "{\"a\":");
        memset(text + size, '[', depth - 1);
        memset(text + size + depth - 1, ']', depth - 1);
        strcpy(text + size + 2 * (depth - 1), "}");
        assert_int_equal(log_fields(text), depth == JSON_DEPTH_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_member_is_a_field_of_its_type),
        cmocka_unit_test(test_a_number_beyond_64_bits_is_a_number),
        cmocka_unit_test(test_a_nul_ends_no_string),
        cmocka_unit_test(test_half_a_surrogate_pair_is_replaced),
        cmocka_unit_test(test_an_object_may_be_empty),
        cmocka_unit_test(test_what_is_no_object_is_refused),
        cmocka_unit_test(test_nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
