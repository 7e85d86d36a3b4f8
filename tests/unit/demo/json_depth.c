#include "unit.h"

#include "shared/json_depth.h"

#include <string.h>

static bool is_shallow(const char *text)
{
    return json_is_shallow(text, strlen(text), 4);
}

static void test_arrays_and_objects_are_levels(void **state)
{
    (void)state;
    assert_true(is_shallow("[[[[]]]]"));
    assert_false(is_shallow("[[[[[]]]]]"));
    assert_true(is_shallow("{\"a\":[{\"a\":[]}]}"));
    assert_false(is_shallow("{\"a\":[{\"a\":[{}]}]}"));
    assert_false(is_shallow("[[[[["));
}

static void test_what_stands_side_by_side_is_no_deeper(void **state)
{
    (void)state;
    assert_true(is_shallow("[[],[],[],[],[],{},{},{},{}]"));
}

static void test_strings_do_not_nest(void **state)
{
    (void)state;
    assert_true(is_shallow("{\"a\":\"[[[[[\\\"[[[[[\\\\\"}"));
    assert_false(is_shallow("{\"a\":\"\\\\\",\"b\":[[[[]]]]}"));
}

static void test_what_is_no_json_is_passed_over(void **state)
{
    (void)state;
    assert_true(is_shallow(""));
    assert_true(is_shallow("]]]]"));
    assert_true(is_shallow("\"[[[[["));
    assert_true(is_shallow("\"\\"));
}

static bool holds_nul(const char *text)
{
    return json_holds_nul(text, strlen(text));
}

static void test_a_nul_is_found_behind_its_escape_alone(void **state)
{
    (void)state;
    assert_true(holds_nul("{\"a\":\"x\\u0000y\"}"));
    assert_true(holds_nul("{\"\\u0000\":1}"));
    assert_true(holds_nul("[\"\\\\\\u0000\"]"));
    assert_false(holds_nul("[\"\\\\u0000\"]"));
    assert_false(holds_nul("[\"u0000\",\"\\u0001\",\"\\u00e4\"]"));
    assert_false(holds_nul("\"\\u000"));
    assert_false(holds_nul(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrays_and_objects_are_levels),
        cmocka_unit_test(test_what_stands_side_by_side_is_no_deeper),
        cmocka_unit_test(test_strings_do_not_nest),
        cmocka_unit_test(test_what_is_no_json_is_passed_over),
        cmocka_unit_test(test_a_nul_is_found_behind_its_escape_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
