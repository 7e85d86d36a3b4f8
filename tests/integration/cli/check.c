#include "run.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                                       \
    "\"timestamp\":\"2026-01-31T10:00:02.000Z\",\"level\":\"info\",\"service\":\"api\","           \
    "\"event\":\"order_created\""

static void assert_fault(const char *line, const char *fault)
{
    char text[4096];
    char expected[4096];

    snprintf(text, sizeof text, "%s\n", line);
    snprintf(expected, sizeof expected, "-:1: %s\n1 line, 1 does not hold\n", fault);
    assert_run(RUN(text, "check"), 1, expected, "");
}

static void assert_holds(const char *line)
{
    char text[4096];

    snprintf(text, sizeof text, "%s\n", line);
    assert_run(RUN(text, "check"), 0, "1 line, 0 do not hold\n", "");
}

static void test_an_event_holds(void **state)
{
    (void)state;
    assert_holds("{" HEAD "}");
    assert_holds("{\"timestamp\":\"2026-01-31T10:00:02.000Z\",\"level\":\"warn\",\"service\":\"a\","
                 "\"environment\":\"test\",\"event\":\"a\",\"requestId\":\"r\","
                 "\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"spanId\":\"00f067aa0ba902b7\","
                 "\"parentSpanId\":\"00f067aa0ba902b8\",\"jobId\":\"j\",\"message\":\"m\","
                 "\"status\":201,\"durationMs\":0.125,\"field.level\":\"x\",\"a\":{\"b\":1},"
                 "\"b\":{\"b\":1},\"truncated\":true}");
}

static void test_nothing_at_all_holds(void **state)
{
    (void)state;
    assert_run(RUN("", "check"), 0, "0 lines, 0 do not hold\n", "");
    assert_run(RUN("", "check", "--quiet"), 0, "", "");
}

static void test_what_is_no_json_object_does_not(void **state)
{
    (void)state;
    assert_fault("", "an empty line");
    assert_fault("hello", "not a JSON object");
    assert_fault("[]", "not a JSON object");
    assert_fault("{" HEAD "", "not a JSON object");
    assert_fault("{" HEAD "}{}", "not a JSON object");
    assert_fault("{" HEAD "} ", "white space around the object");
}

static void test_a_missing_name_does_not(void **state)
{
    (void)state;
    assert_fault("{}", "timestamp is missing");
    assert_fault("{\"timestamp\":\"2026-01-31T10:00:02.000Z\",\"service\":\"a\",\"event\":\"e\"}",
                 "level is missing");
}

static void test_names_out_of_order_do_not(void **state)
{
    (void)state;
    assert_fault("{" HEAD ",\"environment\":\"test\"}", "environment stands after event");
    assert_fault("{" HEAD ",\"a\":1,\"requestId\":\"r\"}", "requestId stands after fields");
}

static void test_a_key_that_stands_twice_does_not(void **state)
{
    (void)state;
    assert_fault("{" HEAD ",\"a\":1,\"a\":2}", "the key a stands twice in one object");
    assert_fault("{" HEAD ",\"a\":1,\"\\u0061\":2}", "the key a stands twice in one object");
    assert_fault("{" HEAD ",\"x\":[{\"a\":{},\"b\":1,\"a\":2}]}",
                 "the key a stands twice in one object");
}

static void test_a_value_of_the_wrong_form_does_not(void **state)
{
    (void)state;
    assert_fault("{\"timestamp\":\"2026-01-31 10:00:02\"}",
                 "timestamp is not a time like 2026-01-31T23:59:59.999Z");
    assert_fault("{\"timestamp\":\"2026-01-31T10:00:02.000Z\",\"level\":\"INFO\"}",
                 "level is not debug, info, warn, error or fatal");
    assert_fault("{" HEAD ",\"requestId\":\"a b\"}",
                 "requestId is not 1 to 128 bytes of A-Z a-z 0-9 . _ ~ : + / = @ -");
    assert_fault("{" HEAD ",\"traceId\":\"00000000000000000000000000000000\"}",
                 "traceId is not 32 lower-case hexadecimal digits, not all zero");
    assert_fault("{" HEAD ",\"spanId\":\"00F067AA0BA902B7\"}",
                 "spanId is not 16 lower-case hexadecimal digits, not all zero");
    assert_fault("{" HEAD ",\"message\":null}", "message is not a string");
    assert_fault("{" HEAD ",\"status\":1}", "status is not an integer from 100 to 599");
    assert_fault("{" HEAD ",\"bytesOut\":-1}", "bytesOut is not an integer from 0");
    assert_fault("{" HEAD ",\"durationMs\":\"12\"}", "durationMs is not a number from 0");
    assert_fault("{" HEAD ",\"truncated\":false}", "truncated is not true");
}

static void test_an_event_is_named_in_snake_case(void **state)
{
    static const char *const names[] = {"",  "OrderCreated", "order-created", "_a", "a_", "a__b",
                                        "1a"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char line[256];

        snprintf(line, sizeof line,
                 "{\"timestamp\":\"2026-01-31T10:00:02.000Z\",\"level\":\"info\","
                 "\"service\":\"a\",\"event\":\"%s\"}",
                 names[i]);
        assert_fault(line, "event is not a name in snake_case");
    }
}

static void test_raw_control_bytes_do_not(void **state)
{
    (void)state;
    assert_fault("{" HEAD ",\"a\":\"\x1b[0m\"}", "byte 101 begins a control character, U+001B");
    assert_fault("{" HEAD ",\"a\":\"\x7f\"}", "byte 101 begins a control character, U+007F");
    assert_fault("{" HEAD ",\"a\":\"\xC2\x9B\"}", "byte 101 begins a control character, U+009B");
    assert_fault("{" HEAD ",\"a\":\"\xE2\x80\xA8\"}",
                 "byte 101 begins a line or paragraph separator, U+2028");
    assert_fault("{" HEAD ",\"a\":\"\xE2\x80\xAE\"}",
                 "byte 101 begins a bidirectional control, U+202E");
    assert_fault("{" HEAD ",\"a\":\"\xFF\"}", "byte 101 is not UTF-8");
    assert_fault("{" HEAD "}\r", "byte 96 begins a control character, U+000D");
}

static void test_the_replacement_character_is_utf_8(void **state)
{
    (void)state;
    assert_holds("{" HEAD ",\"a\":\"\xEF\xBF\xBD\"}");
}

static void test_a_line_may_have_32_kib_and_no_more(void **state)
{
    char *line = malloc(40000);

    (void)state;
    assert_non_null(line);
    int head = sprintf(line, "{" HEAD ",\"a\":\"");
    memset(line + head, 'x', 40000 - (size_t)head);
    memcpy(line + 32765, "\"}\n", 3);
    struct run run = run_trail((const char *const[]){"check", NULL}, line, 32768);
    assert_run(run, 0, "1 line, 0 do not hold\n", "");
    memcpy(line + 32765, "x\"}\n", 4);
    run = run_trail((const char *const[]){"check", NULL}, line, 32769);
    assert_run(run, 1, "-:1: 32769 bytes are more than 32768\n1 line, 1 does not hold\n", "");
    free(line);
}

static void test_a_line_of_megabytes_is_one_fault(void **state)
{
    size_t size = 3 << 20;
    char *text = malloc(size + 1);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    text[size] = '\n';
    struct run run = run_trail((const char *const[]){"check", NULL}, text, size + 1);
    assert_run(run, 1, "-:1: the line is far too long\n1 line, 1 does not hold\n", "");
    free(text);
}

static void test_a_torn_last_line_does_not_hold(void **state)
{
    (void)state;
    assert_run(RUN("{" HEAD "}", "check"), 1,
               "-:1: no newline at its end\n1 line, 1 does not hold\n", "");
}

static void test_each_fault_is_told_with_its_file_and_line(void **state)
{
    static const char text[] = "{" HEAD "}\nx\n{" HEAD "}\n";
    char expected[256];

    (void)state;
    const char *file = file_with("a.jsonl", text, strlen(text));
    snprintf(expected, sizeof expected, "%s:2: not a JSON object\n3 lines, 1 does not hold\n",
             file);
    assert_run(RUN("", "check", file), 1, expected, "");
    files_remove();
}

static void test_a_file_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    assert_run(RUN("", "check", "--quiet", "/nonexistent"), 2, "",
               "trail: /nonexistent: No such file or directory\n");
}

static void test_the_schema_is_one_of_draft_2020_12(void **state)
{
    (void)state;
    struct run run = RUN("", "schema");
    cJSON *schema = cJSON_Parse(run.out);
    assert_non_null(schema);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(schema, "$schema")),
                        "https://json-schema.org/draft/2020-12/schema");
    const cJSON *properties = cJSON_GetObjectItem(schema, "properties");
    assert_string_equal(properties->child->string, "timestamp");
    assert_non_null(cJSON_GetObjectItem(properties, "durationMs"));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(schema, "required")), 4);
    cJSON_Delete(schema);
    run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_holds),
        cmocka_unit_test(test_nothing_at_all_holds),
        cmocka_unit_test(test_what_is_no_json_object_does_not),
        cmocka_unit_test(test_a_missing_name_does_not),
        cmocka_unit_test(test_names_out_of_order_do_not),
        cmocka_unit_test(test_a_key_that_stands_twice_does_not),
        cmocka_unit_test(test_a_value_of_the_wrong_form_does_not),
        cmocka_unit_test(test_an_event_is_named_in_snake_case),
        cmocka_unit_test(test_raw_control_bytes_do_not),
        cmocka_unit_test(test_the_replacement_character_is_utf_8),
        cmocka_unit_test(test_a_line_may_have_32_kib_and_no_more),
        cmocka_unit_test(test_a_line_of_megabytes_is_one_fault),
        cmocka_unit_test(test_a_torn_last_line_does_not_hold),
        cmocka_unit_test(test_each_fault_is_told_with_its_file_and_line),
        cmocka_unit_test(test_a_file_that_cannot_be_read_is_an_error),
        cmocka_unit_test(test_the_schema_is_one_of_draft_2020_12),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
