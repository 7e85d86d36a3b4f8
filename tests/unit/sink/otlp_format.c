#include "unit.h"

#include "sink/otlp_format.h"

#include <cjson/cJSON.h>
#include <string.h>

static struct trl_grown_text text;

/* The records that stand in a request made of these lines. */
static cJSON *request_of(const char *const *lines, size_t count)
{
    bool first = true;

    trl_grown_clear(&text);
    trl_otlp_begin(&text, "shop \"one\"", "test");
    for (size_t i = 0; i < count; i++) {
        first = !trl_otlp_add(&text, first, lines[i], strlen(lines[i])) && first;
    }
    trl_otlp_end(&text);
    assert_false(text.failed);
    cJSON *request = cJSON_ParseWithLength(text.bytes, text.size);
    assert_non_null(request);
    return request;
}

static const cJSON *at(const cJSON *json, const char *name)
{
    const cJSON *member = cJSON_GetObjectItem(json, name);

    assert_non_null(member);
    return member;
}

static const cJSON *records_of(const cJSON *request)
{
    const cJSON *resource = cJSON_GetArrayItem(at(request, "resourceLogs"), 0);

    return at(cJSON_GetArrayItem(at(resource, "scopeLogs"), 0), "logRecords");
}

static const cJSON *value_of(const cJSON *attributes, const char *key)
{
    const cJSON *attribute;

    cJSON_ArrayForEach(attribute, attributes)
    {
        if (strcmp(at(attribute, "key")->valuestring, key) == 0) {
            return at(attribute, "value");
        }
    }
    return NULL;
}

static void test_a_record_has_the_fields_of_the_data_model(void **state)
{
    static const char *const line =
        "{\"Timestamp\":\"1769903999999000000\",\"SeverityText\":\"warn\",\"SeverityNumber\":13,"
        "\"EventName\":\"order_created\",\"TraceId\":\"0af7651916cd43dd8448eb211c80319c\","
        "\"SpanId\":\"b7ad6b7169203331\",\"Body\":\"Order \\\"7\\\" \\u0007\","
        "\"Resource\":{\"service.name\":\"x\"},\"Attributes\":{\"requestId\":\"r-1\"}}";
    cJSON *request = request_of(&line, 1);
    const cJSON *record = cJSON_GetArrayItem(records_of(request), 0);

    (void)state;
    assert_string_equal(at(record, "timeUnixNano")->valuestring, "1769903999999000000");
    assert_string_equal(at(record, "observedTimeUnixNano")->valuestring, "1769903999999000000");
    assert_int_equal(at(record, "severityNumber")->valueint, 13);
    assert_string_equal(at(record, "severityText")->valuestring, "warn");
    assert_string_equal(at(at(record, "body"), "stringValue")->valuestring, "Order \"7\" \a");
    assert_string_equal(at(record, "eventName")->valuestring, "order_created");
    assert_string_equal(at(record, "traceId")->valuestring, "0af7651916cd43dd8448eb211c80319c");
    assert_string_equal(at(record, "spanId")->valuestring, "b7ad6b7169203331");
    const cJSON *attributes = at(record, "attributes");
    assert_int_equal(cJSON_GetArraySize(attributes), 1);
    assert_string_equal(at(value_of(attributes, "requestId"), "stringValue")->valuestring, "r-1");
    cJSON_Delete(request);
}

static void test_the_resource_names_the_service(void **state)
{
    cJSON *request = request_of(NULL, 0);
    const cJSON *resource = at(cJSON_GetArrayItem(at(request, "resourceLogs"), 0), "resource");
    const cJSON *attributes = at(resource, "attributes");

    (void)state;
    assert_string_equal(at(value_of(attributes, "service.name"), "stringValue")->valuestring,
                        "shop \"one\"");
    assert_string_equal(
        at(value_of(attributes, "deployment.environment.name"), "stringValue")->valuestring,
        "test");
    assert_non_null(value_of(attributes, "host.name"));
    assert_non_null(value_of(attributes, "process.pid"));
    cJSON_Delete(request);
}

static void test_every_type_of_value_has_its_own_form(void **state)
{
    static const char *const line =
        "{\"Attributes\":{\"i\":-7,\"big\":12345678901234567890,\"ns\":1769860801234567890,"
        "\"most\":9223372036854775807,\"more\":9223372036854775808,\"d\":1.5,\"e\":1e3,\"t\":true,"
        "\"n\":null,\"a\":[1,\"x\",[]],\"o\":{\"k\":{\"l\":false}}}}";
    cJSON *request = request_of(&line, 1);
    const cJSON *attributes = at(cJSON_GetArrayItem(records_of(request), 0), "attributes");

    (void)state;
    assert_string_equal(at(value_of(attributes, "i"), "intValue")->valuestring, "-7");
    assert_string_equal(at(value_of(attributes, "ns"), "intValue")->valuestring,
                        "1769860801234567890");
    assert_string_equal(at(value_of(attributes, "most"), "intValue")->valuestring,
                        "9223372036854775807");
    assert_true(cJSON_IsNumber(at(value_of(attributes, "more"), "doubleValue")));
    assert_true(cJSON_IsNumber(at(value_of(attributes, "big"), "doubleValue")));
    assert_true(cJSON_IsNumber(at(value_of(attributes, "d"), "doubleValue")));
    assert_true(cJSON_IsNumber(at(value_of(attributes, "e"), "doubleValue")));
    assert_true(cJSON_IsTrue(at(value_of(attributes, "t"), "boolValue")));
    assert_int_equal(cJSON_GetArraySize(value_of(attributes, "n")), 0);
    const cJSON *values = at(at(value_of(attributes, "a"), "arrayValue"), "values");
    assert_int_equal(cJSON_GetArraySize(values), 3);
    assert_string_equal(at(cJSON_GetArrayItem(values, 1), "stringValue")->valuestring, "x");
    const cJSON *inner = value_of(at(at(value_of(attributes, "o"), "kvlistValue"), "values"), "k");
    inner = value_of(at(at(inner, "kvlistValue"), "values"), "l");
    assert_true(cJSON_IsFalse(at(inner, "boolValue")));
    cJSON_Delete(request);
}

static void test_lines_that_are_no_events_are_left_out(void **state)
{
    static const char *const lines[] = {"rubbish", "{\"Body\":\"a\"}", "", "[1]",
                                        "{\"Body\":\"b\"}"};
    cJSON *request = request_of(lines, 5);
    const cJSON *records = records_of(request);

    (void)state;
    assert_int_equal(cJSON_GetArraySize(records), 2);
    const cJSON *second = cJSON_GetArrayItem(records, 1);
    assert_string_equal(at(at(second, "body"), "stringValue")->valuestring, "b");
    assert_null(cJSON_GetObjectItem(second, "timeUnixNano"));
    cJSON_Delete(request);
}

static unsigned long rejected(const char *body)
{
    return trl_otlp_rejected(body, strlen(body));
}

static void test_a_partial_success_says_how_many_were_refused(void **state)
{
    (void)state;
    assert_int_equal(rejected("{\"partialSuccess\":{\"rejectedLogRecords\":\"3\"}}"), 3);
    assert_int_equal(rejected("{\"partialSuccess\":{\"rejectedLogRecords\":4,\"x\":1}}"), 4);
    assert_int_equal(rejected("{\"partialSuccess\":{}}"), 0);
    assert_int_equal(rejected("{}"), 0);
    assert_int_equal(rejected("{\"partialSuccess\":7}"), 0);
    assert_int_equal(rejected("{\"partialSuccess\":{\"rejectedLogRecords\":-1}}"), 0);
    assert_int_equal(rejected("{\"partialSuccess\":{\"rejectedLogRecords\":"), 0);
    assert_int_equal(rejected(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_has_the_fields_of_the_data_model),
        cmocka_unit_test(test_the_resource_names_the_service),
        cmocka_unit_test(test_every_type_of_value_has_its_own_form),
        cmocka_unit_test(test_lines_that_are_no_events_are_left_out),
        cmocka_unit_test(test_a_partial_success_says_how_many_were_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    trl_grown_fini(&text);
    return failed;
}
