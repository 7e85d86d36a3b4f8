/* Problem details are valid JSON whatever they are made of. */
#include "unit.h"

#include "civetweb/problem.h"

#include <cjson/cJSON.h>
#include <string.h>

static cJSON *problem(const char *title, const char *detail, const char *id)
{
    char text[TRL_PROBLEM_SIZE];
    size_t size = trl_problem_format(text, 400, title, detail, id);
    cJSON *object = cJSON_ParseWithLength(text, size);

    assert_non_null(object);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(object, "type")), "about:blank");
    assert_int_equal(cJSON_GetObjectItem(object, "status")->valueint, 400);
    return object;
}

static void test_a_problem_names_what_it_is_given(void **state)
{
    cJSON *object = problem("Bad Request", "a \"quoted\"\r\nline", "id-1");

    (void)state;
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(object, "title")), "Bad Request");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(object, "detail")),
                        "a \"quoted\"\r\nline");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(object, "requestId")), "id-1");
    cJSON_Delete(object);
}

static void test_what_is_missing_is_absent(void **state)
{
    cJSON *object = problem("Bad Request", NULL, "");

    (void)state;
    assert_null(cJSON_GetObjectItem(object, "detail"));
    assert_null(cJSON_GetObjectItem(object, "requestId"));
    cJSON_Delete(object);
}

static void test_a_detail_too_long_is_cut_and_the_id_stays(void **state)
{
    static char detail[20000];
    char id[129];
    cJSON *object;

    (void)state;
    memset(detail, '\n', sizeof(detail) - 1);
    memset(id, 'i', sizeof(id) - 1);
    id[sizeof(id) - 1] = '\0';
    object = problem("Bad Request", detail, id);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(object, "requestId")), id);
    cJSON_Delete(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_problem_names_what_it_is_given),
        cmocka_unit_test(test_what_is_missing_is_absent),
        cmocka_unit_test(test_a_detail_too_long_is_cut_and_the_id_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
