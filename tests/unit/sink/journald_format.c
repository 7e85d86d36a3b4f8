#include "unit.h"

#include "sink/journald_format.h"

#include <stdio.h>
#include <string.h>

static char entry[TRL_JOURNALD_ENTRY_MAX];

static void assert_entry(enum trail_level level, const char *line, const char *expected,
                         size_t expected_size)
{
    size_t size = trl_journald_format(level, line, strlen(line), entry);

    assert_int_equal(size, expected_size);
    assert_memory_equal(entry, expected, size);
}

#define ASSERT_ENTRY(level, line, expected)                                                        \
    assert_entry((level), (line), (expected), sizeof(expected) - 1)

static void test_members_stand_under_upper_case_names(void **state)
{
    (void)state;
    ASSERT_ENTRY(TRAIL_LEVEL_INFO,
                 "{\"service\":\"shop\",\"event\":\"order_created\",\"requestId\":\"r-1\","
                 "\"message\":\"Order \\\"7\\\"\",\"durationMs\":1.5,\"http2Ok\":true,"
                 "\"none\":null,\"list\":[1,2]}",
                 "PRIORITY=6\nSYSLOG_IDENTIFIER=shop\nSERVICE=shop\nEVENT=order_created\n"
                 "REQUEST_ID=r-1\nMESSAGE=Order \"7\"\nDURATION_MS=1.5\nHTTP2_OK=true\n"
                 "NONE=null\nLIST=[1,2]\n");
}

static void test_without_a_message_the_event_is_it(void **state)
{
    (void)state;
    ASSERT_ENTRY(TRAIL_LEVEL_ERROR, "{\"event\":\"a\"}", "PRIORITY=3\nEVENT=a\nMESSAGE=a\n");
    ASSERT_ENTRY(TRAIL_LEVEL_FATAL, "{}", "PRIORITY=2\nMESSAGE=\n");
}

/* Kept detail goes out under the level of the event that frees it. */
static void test_the_lines_own_level_is_its_priority(void **state)
{
    (void)state;
    ASSERT_ENTRY(TRAIL_LEVEL_ERROR, "{\"level\":\"debug\",\"event\":\"a\"}",
                 "PRIORITY=7\nLEVEL=debug\nEVENT=a\nMESSAGE=a\n");
}

static void test_a_value_with_a_newline_bears_its_size(void **state)
{
    (void)state;
    ASSERT_ENTRY(TRAIL_LEVEL_DEBUG, "{\"message\":\"a\\nb\"}",
                 "PRIORITY=7\nMESSAGE\n\3\0\0\0\0\0\0\0a\nb\n");
}

static void test_nothing_in_a_value_controls_a_terminal(void **state)
{
    (void)state;
    ASSERT_ENTRY(
        TRAIL_LEVEL_INFO,
        "{\"event\":\"\\u009be\",\"text\":\"\\u001b[2J\\u0000\\t\\r\\u007f\\u202e\\\"\\u00e4\","
        "\"list\":[\"\\u001b\"]}",
        "PRIORITY=6\nEVENT=\\u009be\nTEXT=\\u001b[2J\\u0000\\t\\r\\u007f\\u202e\"\xC3\xA4\n"
        "LIST=[\"\\u001b\"]\nMESSAGE=\\u009be\n");
}

static void test_names_that_the_journal_knows_are_set_apart(void **state)
{
    (void)state;
    ASSERT_ENTRY(TRAIL_LEVEL_WARN,
                 "{\"message\":\"m\",\"priority\":1,\"syslogPid\":2,\"_PID\":3,\"9a\":4,\"\":5,"
                 "\"a-b.c\":6,\"MESSAGE\":7}",
                 "PRIORITY=4\nMESSAGE=m\nFIELD_PRIORITY=1\nFIELD_SYSLOG_PID=2\nFIELD__PID=3\n"
                 "FIELD_9A=4\nFIELD_=5\nA_B_C=6\nFIELD_MESSAGE=7\n");
    ASSERT_ENTRY(
        TRAIL_LEVEL_WARN,
        "{\"message\":\"m\",\"messageId\":1,\"errno\":2,\"codeLine\":3,\"unit\":4,\"units\":5,"
        "\"objectPid\":6,\"objectId\":7}",
        "PRIORITY=4\nMESSAGE=m\nFIELD_MESSAGE_ID=1\nFIELD_ERRNO=2\nFIELD_CODE_LINE=3\n"
        "FIELD_UNIT=4\nUNITS=5\nFIELD_OBJECT_PID=6\nOBJECT_ID=7\n");
}

static void test_long_names_are_cut(void **state)
{
    char line[400];
    char name[201];

    (void)state;
    memset(name, 'n', 200);
    name[200] = '\0';
    snprintf(line, sizeof(line), "{\"message\":\"\",\"%s\":1}", name);
    size_t size = trl_journald_format(TRAIL_LEVEL_INFO, line, strlen(line), entry);
    entry[size] = '\0';
    char *last = strstr(entry, "NNN");
    assert_non_null(last);
    assert_true(strcspn(last, "=") <= 64);
}

static void test_the_largest_lines_fit(void **state)
{
    static char line[TRAIL_LINE_MAX + 64];
    size_t size = 1;
    int members = 0;

    (void)state;
    line[0] = '{';
    while (size + 60 < TRAIL_LINE_MAX) {
        size += (size_t)sprintf(line + size,
                                "%s\"aB%d\":\"\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\"",
                                members > 0 ? "," : "", members);
        members++;
    }
    line[size++] = '}';
    size_t written = trl_journald_format(TRAIL_LEVEL_INFO, line, size, entry);
    int found = 0;
    for (size_t i = 0; i + 3 < written; i++) {
        found += memcmp(entry + i, "\nA_B", 4) == 0 ? 1 : 0;
    }
    assert_int_equal(found, members);
}

static void test_an_entry_has_no_more_fields_than_the_journal_takes(void **state)
{
    static char line[TRAIL_LINE_MAX];
    char *at = stpcpy(line, "{\"event\":\"e\"");
    size_t fields = 0;

    (void)state;
    for (int i = 0; i < 1100; i++) {
        at += sprintf(at, ",\"k%d\":%d", i, i);
    }
    strcpy(at, "}");
    size_t size = trl_journald_format(TRAIL_LEVEL_INFO, line, strlen(line), entry);
    for (size_t i = 0; i < size; i++) {
        fields += entry[i] == '\n' ? 1 : 0;
    }
    assert_true(fields <= 1024);
    assert_non_null(memmem(entry, size, "\nK990=990\n", 10));
    assert_memory_equal(entry + size - strlen("\nTRUNCATED=true\nMESSAGE=e\n"),
                        "\nTRUNCATED=true\nMESSAGE=e\n", strlen("\nTRUNCATED=true\nMESSAGE=e\n"));
}

static void test_what_is_no_object_is_no_entry(void **state)
{
    (void)state;
    assert_int_equal(trl_journald_format(TRAIL_LEVEL_INFO, "x", 1, entry), 0);
    assert_int_equal(trl_journald_format(TRAIL_LEVEL_INFO, "", 0, entry), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_stand_under_upper_case_names),
        cmocka_unit_test(test_without_a_message_the_event_is_it),
        cmocka_unit_test(test_the_lines_own_level_is_its_priority),
        cmocka_unit_test(test_a_value_with_a_newline_bears_its_size),
        cmocka_unit_test(test_nothing_in_a_value_controls_a_terminal),
        cmocka_unit_test(test_names_that_the_journal_knows_are_set_apart),
        cmocka_unit_test(test_long_names_are_cut),
        cmocka_unit_test(test_the_largest_lines_fit),
        cmocka_unit_test(test_an_entry_has_no_more_fields_than_the_journal_takes),
        cmocka_unit_test(test_what_is_no_object_is_no_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
