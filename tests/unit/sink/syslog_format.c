#include "unit.h"

#include "sink/syslog_format.h"

#include <stdio.h>
#include <string.h>

static const struct trl_syslog_origin origin = {
    .facility = 1, .host = "host1", .application = "shop", .process = "42"};

static char message[TRL_SYSLOG_MESSAGE_MAX + 1];

static const char *format(enum trail_level level, const char *line, size_t limit)
{
    size_t size =
        trl_syslog_format(&origin, level, line, strlen(line), line, strlen(line), limit, message);

    assert_true(size <= limit);
    message[size] = '\0';
    return message;
}

static void test_a_message_has_the_parts_of_rfc_5424(void **state)
{
    static const char line[] =
        "{\"timestamp\":\"2026-01-31T23:59:59.999Z\",\"level\":\"info\",\"service\":\"shop\","
        "\"event\":\"order_created\",\"requestId\":\"r-1\",\"traceId\":\"0af7\","
        "\"spanId\":\"b7ad\",\"jobId\":\"j1\"}";
    char expected[1024];

    (void)state;
    snprintf(expected, sizeof(expected),
             "<14>1 2026-01-31T23:59:59.999Z host1 shop 42 order_created [trail@32473 "
             "requestId=\"r-1\" traceId=\"0af7\" spanId=\"b7ad\" jobId=\"j1\"] %s",
             line);
    assert_string_equal(format(TRAIL_LEVEL_INFO, line, 8192), expected);
}

static void test_levels_become_severities(void **state)
{
    (void)state;
    assert_memory_equal(format(TRAIL_LEVEL_DEBUG, "{}", 8192), "<15>1", 5);
    assert_memory_equal(format(TRAIL_LEVEL_INFO, "{}", 8192), "<14>1", 5);
    assert_memory_equal(format(TRAIL_LEVEL_WARN, "{}", 8192), "<12>1", 5);
    assert_memory_equal(format(TRAIL_LEVEL_ERROR, "{}", 8192), "<11>1", 5);
    assert_memory_equal(format(TRAIL_LEVEL_FATAL, "{}", 8192), "<10>1", 5);
}

/* Kept detail goes out under the level of the event that frees it. */
static void test_the_lines_own_level_beats_the_one_it_goes_out_under(void **state)
{
    (void)state;
    assert_memory_equal(format(TRAIL_LEVEL_ERROR, "{\"level\":\"debug\"}", 8192), "<15>1", 5);
    assert_memory_equal(format(TRAIL_LEVEL_INFO, "{\"a\":1,\"level\":\"fatal\"}", 8192), "<10>1",
                        5);
    assert_memory_equal(format(TRAIL_LEVEL_WARN, "{\"level\":\"none\"}", 8192), "<12>1", 5);
    assert_memory_equal(format(TRAIL_LEVEL_WARN, "{\"level\":1}", 8192), "<12>1", 5);
}

static void test_what_is_missing_is_a_dash(void **state)
{
    (void)state;
    assert_string_equal(format(TRAIL_LEVEL_INFO, "{}", 8192), "<14>1 - host1 shop 42 - - {}");
    assert_string_equal(format(TRAIL_LEVEL_INFO, "no JSON", 8192),
                        "<14>1 - host1 shop 42 - - no JSON");
    assert_string_equal(format(TRAIL_LEVEL_INFO, "", 8192), "<14>1 - host1 shop 42 - - ");
}

static void test_text_that_is_not_ascii_begins_with_a_bom(void **state)
{
    (void)state;
    assert_string_equal(format(TRAIL_LEVEL_INFO, "{\"a\":\"\xC3\xA4\"}", 8192),
                        "<14>1 - host1 shop 42 - - \xEF\xBB\xBF{\"a\":\"\xC3\xA4\"}");
}

static void test_values_of_structured_data_are_escaped(void **state)
{
    (void)state;
    assert_string_equal(format(TRAIL_LEVEL_INFO, "{\"requestId\":\"a\\\"b\\\\c]d\"}", 8192),
                        "<14>1 - host1 shop 42 - [trail@32473 requestId=\"a\\\"b\\\\c\\]d\"] "
                        "{\"requestId\":\"a\\\"b\\\\c]d\"}");
}

static void test_an_event_of_any_bytes_is_a_valid_msgid(void **state)
{
    (void)state;
    assert_string_equal(format(TRAIL_LEVEL_INFO, "{\"event\":\"a b\\u0001\xC3\xA4\"}", 8192),
                        "<14>1 - host1 shop 42 a_b__ - \xEF\xBB\xBF{\"event\":\"a b\\u0001"
                        "\xC3\xA4\"}");
    format(TRAIL_LEVEL_INFO, "{\"event\":\"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee\"}",
           8192);
    assert_non_null(strstr(message, " eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee - "));
}

static void test_a_message_over_its_limit_is_cut_and_says_so(void **state)
{
    char line[TRAIL_LINE_MAX];

    (void)state;
    size_t size = (size_t)snprintf(line, sizeof(line), "{\"requestId\":\"r\",\"a\":\"");
    while (size + 4 < sizeof(line)) {
        memcpy(line + size, "\xE2\x82\xAC", 3);
        size += 3;
    }
    memcpy(line + size, "\"}", 3);
    for (size_t limit = 2048; limit < 2052; limit++) {
        format(TRAIL_LEVEL_INFO, line, limit);
        assert_non_null(strstr(message, "requestId=\"r\" truncated=\"true\"] \xEF\xBB\xBF{"));
        assert_memory_equal(message + strlen(message) - 3, "\xE2\x82\xAC", 3);
    }
}

static void test_the_longest_parts_leave_room_for_text(void **state)
{
    struct trl_syslog_origin longest = {.facility = 23};
    char line[2000];
    char id[257];

    (void)state;
    memset(longest.host, 'h', sizeof(longest.host) - 1);
    memset(longest.application, 'a', sizeof(longest.application) - 1);
    memset(longest.process, '9', sizeof(longest.process) - 1);
    memset(id, ']', 256);
    id[256] = '\0';
    int size = snprintf(line, sizeof(line),
                        "{\"timestamp\":\"2026-01-31T23:59:59.999Z\",\"event\":\"%s\","
                        "\"requestId\":\"%s\",\"traceId\":\"%s\",\"spanId\":\"%s\","
                        "\"jobId\":\"%s\"}",
                        id, id, id, id, id);
    size_t written = trl_syslog_format(&longest, TRAIL_LEVEL_FATAL, line, (size_t)size, line,
                                       (size_t)size, 2048, message);
    assert_true(written > 0 && written <= 2048);
}

static void test_a_process_names_itself(void **state)
{
    struct trl_syslog_origin own;

    (void)state;
    trl_syslog_origin_init(&own, 16, "caf\xC3\xA9 one");
    assert_string_equal(own.application, "caf__one");
    assert_int_equal(own.facility, 16);
    assert_true(strlen(own.host) > 0);
    trl_syslog_origin_init(&own, 16, "");
    assert_string_equal(own.application, "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message_has_the_parts_of_rfc_5424),
        cmocka_unit_test(test_levels_become_severities),
        cmocka_unit_test(test_the_lines_own_level_beats_the_one_it_goes_out_under),
        cmocka_unit_test(test_what_is_missing_is_a_dash),
        cmocka_unit_test(test_text_that_is_not_ascii_begins_with_a_bom),
        cmocka_unit_test(test_values_of_structured_data_are_escaped),
        cmocka_unit_test(test_an_event_of_any_bytes_is_a_valid_msgid),
        cmocka_unit_test(test_a_message_over_its_limit_is_cut_and_says_so),
        cmocka_unit_test(test_the_longest_parts_leave_room_for_text),
        cmocka_unit_test(test_a_process_names_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
