/* Events with secrets: none reaches the line. */
#include "lines.h"

#include "log/key.h"
#include "log/redact.h"

#include <string.h>

static void test_no_secret_of_a_field_reaches_the_line(void **state)
{
    lines_open(state);
    trail_info("e", "Bearer abc123def", trail_kv("password", "s3cret"), trail_kv("pin", 1234),
               trail_kv("query", "token=s3cret&a=1"), trail_kv("card", 4111111111111111),
               trail_kv("url", "https://u:s3cret@h/?sig=s3cret"),
               trail_json("body", "{\"a\":[{\"apiKey\":\"s3cret\"},\"to\\u006ben=s3cret\","
                                  "\"token=s3cret\",4111111111111111],\"tokenCount\":3}"),
               trail_kv("tokenCount", 3), trail_kv("tokens", 7));
    assert_null(strstr(lines_last(), "s3cret"));
    assert_null(strstr(lines_last(), "4111"));
    assert_null(strstr(lines_last(), "1234"));
    assert_line_has_text("message", "Bearer [redacted]");
    assert_line_has_text("query", "token=[redacted]&a=1");
    assert_line_has_text("url", "https://u:[redacted]@h/?sig=[redacted]");
    assert_line_has_number("tokenCount", 3);
    assert_line_has_number("tokens", 7);
    assert_non_null(strstr(lines_last(), "\"body\":{\"a\":[{\"apiKey\":\"[redacted]\"},"
                                         "\"token=[redacted]\",\"token=[redacted]\","
                                         "\"[redacted]\"],\"tokenCount\":3}"));
    lines_close(state);
}

static void test_a_key_without_a_rare_byte_reaches_no_line_wherever_it_stands(void **state)
{
    static const char key[] = "dapiaaccddeeffaa1c2d3e4f5a6c7d8e9fac";
    char text[100];

    lines_open(state);
    for (size_t before = 0; before < 60; before++) {
        memset(text, ' ', sizeof(text));
        memcpy(text + before, key, sizeof(key) - 1);
        for (size_t size = before + sizeof(key) - 1; size < sizeof(text); size += 7) {
            text[size] = '\0';
            trail_info("e", text, trail_kv("x", text));
            text[size] = ' ';
            assert_null(strstr(lines_last(), "dapi"));
        }
    }
    lines_close(state);
}

static void test_allowed_keys_are_written_as_they_are(void **state)
{
    lines_open(state);
    assert_int_equal(trl_redact_configure("email", "token"), TRAIL_OK);
    trail_info("e", NULL, trail_kv("token", "Bearer abc123def"), trail_kv("email", "a@b.c"));
    assert_line_has_text("token", "Bearer abc123def");
    assert_line_has_text("email", "[redacted]");
    assert_int_equal(trl_redact_configure(NULL, NULL), TRAIL_OK);
    trail_info("e", NULL, trail_kv("token", "x"), trail_kv("email", "a@b.c"));
    assert_line_has_text("token", "[redacted]");
    assert_line_has_text("email", "a@b.c");
    lines_close(state);
}

static void test_a_configured_key_is_hidden_where_trail_itself_names_it(void **state)
{
    struct trail_field field = trail_kv("clientIp", "192.0.2.1");

    lines_open(state);
    field.literal = TRL_FIELD_PLAIN;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(trl_redact_configure("clientIp", NULL), TRAIL_OK);
        trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, NULL, &field, 1);
        assert_line_has_text("clientIp", "[redacted]");
        assert_int_equal(trl_redact_configure(NULL, NULL), TRAIL_OK);
        trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, NULL, &field, 1);
        assert_line_has_text("clientIp", "192.0.2.1");
    }
    lines_close(state);
}

static void test_a_secret_where_a_value_is_cut_is_hidden_as_well(void **state)
{
    static char text[50000];

    lines_open(state);
    for (size_t at = 31500; at < 32900; at += 7) {
        memset(text, ' ', sizeof(text));
        memcpy(text + at, "ghp_0123456789abcdefghijABCDEFGHIJ012345", 40);
        const struct trail_field field = trail_field_text("text", 4, text, sizeof(text));
        trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, NULL, &field, 1);
        assert_null(strstr(lines_last(), "ghp_0"));
        assert_non_null(strstr(lines_last(), ",\"truncated\":true}"));
    }
    lines_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_secret_of_a_field_reaches_the_line),
        cmocka_unit_test(test_a_key_without_a_rare_byte_reaches_no_line_wherever_it_stands),
        cmocka_unit_test(test_allowed_keys_are_written_as_they_are),
        cmocka_unit_test(test_a_configured_key_is_hidden_where_trail_itself_names_it),
        cmocka_unit_test(test_a_secret_where_a_value_is_cut_is_hidden_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
