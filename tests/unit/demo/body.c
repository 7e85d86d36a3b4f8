#include "unit.h"

#include "shared/body.h"

#include <stdlib.h>
#include <string.h>

static cJSON *parse(const char *text, size_t size, struct body_problem *problem)
{
    char *copy = malloc(size + 1);

    assert_non_null(copy);
    memcpy(copy, text, size);
    copy[size] = '\0';
    cJSON *object = body_parse(&(struct body){copy, size}, problem);
    free(copy);
    return object;
}

static void test_an_object_is_read(void **state)
{
    struct body_problem problem;
    cJSON *object = parse("  {\"a\": 1}\n", 11, &problem);

    (void)state;
    assert_non_null(object);
    cJSON_Delete(object);
}

static void test_every_prefix_of_an_object_is_refused(void **state)
{
    static const char text[] = "{\"a\":[1,{\"b\":\"c\\u00e4\"}],\"d\":null}";
    struct body_problem problem;

    (void)state;
    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        assert_null(parse(text, size, &problem));
        assert_string_equal(problem.field, "body");
        assert_string_not_equal(problem.detail, "");
    }
}

static void test_a_nul_hides_nothing(void **state)
{
    struct body_problem problem;

    (void)state;
    assert_null(parse("{}\0", 3, &problem));
    assert_null(parse("{}\0{}", 5, &problem));
    assert_null(parse("\0{}", 3, &problem));
    assert_null(parse("{\"a\":\"b\\u0000c\"}", 16, &problem));
    assert_string_equal(problem.detail, "body has a NUL in a string");
}

static void test_nesting_is_bounded(void **state)
{
    static const char sixteen[] = "{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}";
    static const char seventeen[] = "{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}";
    struct body_problem problem;
    cJSON *object = parse(sixteen, sizeof(sixteen) - 1, &problem);

    (void)state;
    assert_non_null(object);
    cJSON_Delete(object);
    assert_null(parse(seventeen, sizeof(seventeen) - 1, &problem));
    assert_string_equal(problem.detail, "body is nested too deeply");
}

static void test_a_string_has_its_length_and_its_letters(void **state)
{
    struct body_problem problem;
    cJSON *object = cJSON_Parse("{\"t\":\"tea.1\",\"n\":5,\"e\":\"\",\"s\":\"a b\",\"T\":\"x\"}");
    const char *text = NULL;

    (void)state;
    assert_true(body_text(object, "", "t", BODY_NAME, 5, &text, &problem));
    assert_string_equal(text, "tea.1");
    assert_false(body_text(object, "", "t", BODY_NAME, 4, &text, &problem));
    assert_false(body_text(object, "x[0].", "n", BODY_NAME, 9, &text, &problem));
    assert_string_equal(problem.field, "x[0].n");
    assert_false(body_text(object, "", "e", NULL, 9, &text, &problem));
    assert_false(body_text(object, "", "s", BODY_NAME, 9, &text, &problem));
    assert_true(body_text(object, "", "s", NULL, 9, &text, &problem));
    assert_false(body_text(object, "", "absent", NULL, 9, &text, &problem));
    assert_string_equal(problem.detail, "absent is missing");
    cJSON_Delete(object);
}

static void test_a_number_is_whole_and_in_range(void **state)
{
    struct body_problem problem;
    cJSON *object =
        cJSON_Parse("{\"a\":1,\"b\":10,\"c\":0,\"d\":11,\"e\":1.5,\"f\":\"1\",\"g\":1e400,"
                    "\"h\":-1,\"i\":1.0,\"j\":true}");
    static const char *const good[] = {"a", "b", "i"};
    static const char *const bad[] = {"c", "d", "e", "f", "g", "h", "j", "absent"};
    unsigned number = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(body_number(object, "", good[i], 1, 10, &number, &problem));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(body_number(object, "", bad[i], 1, 10, &number, &problem));
        assert_string_equal(problem.field, bad[i]);
    }
    cJSON_Delete(object);
}

static void test_a_name_that_stands_twice_is_refused(void **state)
{
    struct body_problem problem;
    cJSON *object = cJSON_Parse("{\"a\":\"x\",\"b\":1,\"A\":\"x\",\"\\u0061\":\"x\",\"b\":1}");
    const char *text = NULL;
    unsigned number = 0;

    (void)state;
    assert_false(body_text(object, "x.", "a", NULL, 9, &text, &problem));
    assert_string_equal(problem.field, "x.a");
    assert_string_equal(problem.detail, "x.a stands there twice");
    assert_false(body_number(object, "", "b", 1, 9, &number, &problem));
    assert_true(body_text(object, "", "A", NULL, 9, &text, &problem));
    cJSON_Delete(object);
}

static void test_what_is_no_object_has_no_members(void **state)
{
    static const char *const texts[] = {"[\"a\",[1]]", "\"a\"", "1", "null"};
    struct body_problem problem;
    const char *text = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        cJSON *value = cJSON_Parse(texts[i]);
        assert_false(body_text(value, "", "a", NULL, 9, &text, &problem));
        assert_string_equal(problem.detail, "a is missing");
        cJSON_Delete(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_object_is_read),
        cmocka_unit_test(test_every_prefix_of_an_object_is_refused),
        cmocka_unit_test(test_a_nul_hides_nothing),
        cmocka_unit_test(test_nesting_is_bounded),
        cmocka_unit_test(test_a_string_has_its_length_and_its_letters),
        cmocka_unit_test(test_a_name_that_stands_twice_is_refused),
        cmocka_unit_test(test_what_is_no_object_has_no_members),
        cmocka_unit_test(test_a_number_is_whole_and_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
