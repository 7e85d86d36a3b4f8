#include "lines.h"

#include "core/counters.h"
#include "core/utf8.h"
#include "log/redact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The last line after its timestamp. */
static const char *after_timestamp(void)
{
    static const char start[] = "{\"timestamp\":\"";
    const char *line = lines_last();

    assert_memory_equal(line, start, sizeof(start) - 1);
    assert_true(strlen(line) > 39);
    assert_int_equal(line[37], 'Z');
    return line + 39;
}

static void test_an_event_stands_in_the_order_of_the_contract(void **state)
{
    struct trail_logger logger;
    const struct trl_ids ids = {"r-1", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7",
                                "b9c7c989f97918e1", "j-1"};

    (void)state;
    trl_logger_init_ids(&logger, &ids, NULL);
    const struct trail_field user = trail_kv("userId", "usr_42");
    trl_logger_bind(&logger, &user, 1);
    trail_log_info(&logger, "order_created", "Order created", trail_kv("orderId", "ord_1"),
                   trail_kv("items", 3));
    assert_string_equal(after_timestamp(),
                        ",\"level\":\"info\",\"service\":\"svc\",\"environment\":\"test\","
                        "\"event\":\"order_created\",\"requestId\":\"r-1\","
                        "\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\","
                        "\"spanId\":\"00f067aa0ba902b7\","
                        "\"parentSpanId\":\"b9c7c989f97918e1\",\"jobId\":\"j-1\","
                        "\"message\":\"Order created\",\"userId\":\"usr_42\","
                        "\"orderId\":\"ord_1\",\"items\":3}");
}

static void test_what_is_unknown_is_absent(void **state)
{
    (void)state;
    trl_log_set_process(NULL, "");
    trail_info("ping", NULL);
    assert_string_equal(after_timestamp(), ",\"level\":\"info\",\"event\":\"ping\"}");
}

static void test_each_type_of_field_is_written(void **state)
{
    bool yes = true;

    (void)state;
    trail_error("typed", NULL, trail_kv("bool", yes), trail_kv("int", -5), trail_kv("uint", 5u),
                trail_kv("double", 12.5), trail_kv("text", "x"), trail_kv("none", (char *)NULL),
                trail_json("json", "{ \"a\": [1] }"), trail_duration_ns("tookMs", 1234567),
                trail_bool("same", 1 == 1), trail_text("part", "abcdef", 3));
    assert_string_equal(
        strstr(after_timestamp(), ",\"bool\""),
        ",\"bool\":true,\"int\":-5,\"uint\":5,\"double\":12.5,\"text\":\"x\",\"none\":null,"
        "\"json\":{\"a\":[1]},\"tookMs\":1.234,\"same\":true,\"part\":\"abc\"}");
}

static void test_invalid_json_is_logged_as_text(void **state)
{
    (void)state;
    trail_info("typed", NULL, trail_json("json", "{\"a\":"));
    assert_line_has_text("json", "{\"a\":");
}

static void test_reserved_names_move_aside(void **state)
{
    static const char *const names[] = {"timestamp",    "level",     "service", "environment",
                                        "event",        "requestId", "traceId", "spanId",
                                        "parentSpanId", "jobId",     "message", "truncated"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char moved[40];
        struct trail_field field = trail_field_string(names[i], strlen(names[i]), "mine");
        snprintf(moved, sizeof(moved), "field.%s", names[i]);
        trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, "m", &field, 1);
        assert_line_has_text(moved, "mine");
    }
    trail_info("e", NULL, trail_kv("level", 1), trail_kv("userId", 2));
    assert_line_has_number("field.level", 1);
    assert_line_has_number("userId", 2);
}

static void test_no_key_stands_twice(void **state)
{
    struct trail_logger logger;

    (void)state;
    trail_logger_init(&logger, NULL, trail_kv("a", "bound"), trail_kv("b", "bound"),
                      trail_kv("b", "again"), trail_kv("c", "bound"));
    trail_log_info(&logger, "e", NULL, trail_kv("c", 1), trail_kv("a", 2), trail_kv("c", 3),
                   trail_kv("field.level", 1), trail_kv("level", 2));
    assert_string_equal(strstr(after_timestamp(), ",\"event\""),
                        ",\"event\":\"e\",\"b\":\"again\",\"a\":2,\"c\":3,\"field.level\":2}");
    trail_log_info(&logger, "e", NULL);
    assert_string_equal(strstr(after_timestamp(), ",\"event\""),
                        ",\"event\":\"e\",\"a\":\"bound\",\"b\":\"again\",\"c\":\"bound\"}");
}

static void test_keys_that_become_equal_are_one(void **state)
{
    const struct trail_field fields[] = {trail_field_int("\xFE", 1, 1),
                                         trail_field_int("\xFF", 1, 2), trail_field_int("", 0, 3),
                                         trail_field_int("a\"\n", 3, 4)};

    (void)state;
    trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, NULL, fields, 4);
    assert_string_equal(strstr(after_timestamp(), ",\"event\""),
                        ",\"event\":\"e\",\"\xEF\xBF\xBD\":2,\"\":3,\"a\\\"\\n\":4}");
}

static void test_an_event_without_a_name_has_one(void **state)
{
    (void)state;
    trail_emit(NULL, TRAIL_LEVEL_INFO, NULL, 7, NULL, NULL, 3);
    assert_line_has_text("event", "unnamed_event");
    trail_emit(NULL, TRAIL_LEVEL_INFO, "", 0, NULL, NULL, 0);
    assert_line_has_text("event", "unnamed_event");
    trail_emit(NULL, (enum trail_level)99, "e", 1, NULL, NULL, 0);
    assert_line_has_text("level", "error");
}

static void test_a_value_of_a_megabyte_costs_the_others_nothing(void **state)
{
    static char large[1 << 20];
    struct trail_logger logger;

    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    trail_logger_init(&logger, NULL, trail_kv("bound", "b"));
    trail_log_info(&logger, "e", large, trail_kv("first", large), trail_kv("middle", "m"),
                   trail_json("json", large), trail_kv("last", 1));
    assert_true(strlen(lines_last()) < TRAIL_LINE_MAX);
    assert_true(strlen(lines_last()) > TRAIL_LINE_MAX / 2);
    assert_line_has_text("bound", "b");
    assert_line_has_text("middle", "m");
    assert_line_has_number("last", 1);
    cJSON *line = lines_parsed();
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(line, "truncated")));
    const char *first = cJSON_GetObjectItem(line, "first")->valuestring;
    assert_string_equal(first + strlen(first) - 3, "\xE2\x80\xA6");
    cJSON_Delete(line);
}

static void test_thousands_of_fields_stay_one_line(void **state)
{
    static struct trail_field fields[5000];
    static char keys[5000][8];

    (void)state;
    for (size_t i = 0; i < 5000; i++) {
        int size = snprintf(keys[i], sizeof(keys[i]), "k%zu", i % 3000);
        fields[i] = trail_field_int(keys[i], (size_t)size, (int64_t)i);
    }
    trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, "m", fields, 5000);
    assert_line_has_number("k0", 0);
    cJSON *line = lines_parsed();
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(line, "truncated")));
    cJSON_Delete(line);
}

static void test_values_that_need_escapes_fill_a_line_to_the_brim(void **state)
{
    static char hostile[8000];

    (void)state;
    memset(hostile, 0x01, sizeof(hostile) - 1);
    for (size_t size = 5000; size < 5600; size++) {
        struct trail_field field = trail_field_text("value", 5, hostile, size);
        trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, NULL, &field, 1);
        assert_true(strlen(lines_last()) < TRAIL_LINE_MAX);
        cJSON_Delete(lines_parsed());
    }
}

/* A random byte, or a piece of UTF-8, or of what a terminal obeys. */
static size_t random_piece(char *out)
{
    static const char *const pieces[] = {"a",    "\xC3\xBC",     "\xE2\x82\xAC", "\xF0\x9F\x8D\xB5",
                                         "\033", "\xE2\x80\xAE", "\xC2\x9B",     "\x7F",
                                         "\"",   "\\",           "\n",           "\xE2\x82"};
    size_t choice = (size_t)rand() % (sizeof(pieces) / sizeof(pieces[0]) + 3);

    if (choice >= sizeof(pieces) / sizeof(pieces[0])) {
        *out = (char)(1 + rand() % 255);
        return 1;
    }
    memcpy(out, pieces[choice], strlen(pieces[choice]));
    return strlen(pieces[choice]);
}

/* What a parser must give for text: itself, with U+FFFD where it is not UTF-8. */
static void repair(const char *text, size_t size, char *out)
{
    for (size_t at = 0; at < size;) {
        size_t taken;
        out += trl_utf8_encode(trl_utf8_decode(text + at, size - at, &taken), out);
        at += taken;
    }
    *out = '\0';
}

static void test_random_bytes_come_back_from_a_parser(void **state)
{
    (void)state;
    srand(7);
    for (int round = 0; round < 3000; round++) {
        char text[256];
        char expected[1024];
        size_t size = 0;
        for (int pieces = rand() % 40; pieces > 0; pieces--) {
            size += random_piece(text + size);
        }
        if (trl_redact_text(text, size, expected, sizeof(expected), &(size_t){0})) {
            continue; /* by chance it looks like a secret */
        }
        repair(text, size, expected);
        const struct trail_field field = trail_field_text("value", 5, text, size);
        trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, NULL, &field, 1);
        assert_line_has_text("value", expected);
        for (const char *at = lines_last(); *at != '\0'; at++) {
            assert_true((unsigned char)*at >= 0x20 && *at != 0x7F);
        }
    }
}

static void test_nothing_passes_below_the_level(void **state)
{
    int evaluated = 0;

    (void)state;
    trail_debug("e", NULL, trail_kv("n", ++evaluated));
    trl_gate_set_process(TRAIL_LEVEL_OFF);
    trail_fatal("e", NULL, trail_kv("n", ++evaluated));
    trail_emit(NULL, TRAIL_LEVEL_FATAL, "e", 1, NULL, NULL, 0);
    assert_int_equal(evaluated, 0);
    assert_int_equal(lines_count(), 0);
    trl_gate_set_process(TRAIL_LEVEL_DEBUG);
    trail_debug("e", NULL, trail_kv("n", ++evaluated));
    assert_int_equal(lines_count(), 1);
}

static void test_a_logger_may_have_a_level_of_its_own(void **state)
{
    struct trail_logger logger;
    struct trail_logger child;

    (void)state;
    trail_logger_init(&logger, NULL, TRAIL_END_);
    trail_logger_set_level(&logger, TRAIL_LEVEL_DEBUG);
    trail_logger_init(&child, &logger, TRAIL_END_);
    trail_log_debug(&child, "e", NULL);
    assert_int_equal(lines_count(), 1);
    trail_logger_set_level(&logger, TRAIL_LEVEL_ERROR);
    trail_log_warn(&logger, "e", NULL);
    assert_int_equal(lines_count(), 1);
    assert_false(trail_logger_enabled(&logger, TRAIL_LEVEL_WARN));
    trail_logger_set_level(&logger, TRAIL_LEVEL_DEFAULT);
    assert_true(trail_logger_enabled(&logger, TRAIL_LEVEL_INFO));
}

static void test_a_scope_lends_its_logger_and_its_level(void **state)
{
    struct trl_log_scope scope = {.level = TRAIL_LEVEL_DEBUG};
    const struct trl_ids ids = {.request_id = "r-9"};
    struct trail_logger child;

    (void)state;
    trl_logger_init_ids(&scope.logger, &ids, NULL);
    assert_false(trail_enabled(TRAIL_LEVEL_DEBUG));
    struct trl_log_scope *before = trl_log_scope_swap(&scope);
    assert_true(trail_enabled(TRAIL_LEVEL_DEBUG));
    trail_debug("e", NULL);
    assert_line_has_text("requestId", "r-9");
    trail_logger_init(&child, NULL, trail_kv("a", 1));
    scope.level = TRAIL_LEVEL_ERROR;
    trl_log_scope_changed();
    trail_warn("e", NULL);
    assert_int_equal(lines_count(), 1);
    assert_ptr_equal(trl_log_scope_swap(before), &scope);
    trail_log_info(&child, "e", NULL);
    assert_line_has_text("requestId", "r-9");
}

static void test_info_of_a_request_sampled_out_is_not_written(void **state)
{
    struct trl_log_scope scope = {.sampled_out = true};

    (void)state;
    trl_log_scope_swap(&scope);
    trail_info("e", NULL);
    assert_int_equal(lines_count(), 0);
    trail_warn("e", NULL);
    assert_int_equal(lines_count(), 1);
    trl_log_scope_swap(NULL);
}

static void test_bound_fields_that_do_not_fit_are_told(void **state)
{
    struct trail_logger logger;
    char large[1200] = "";

    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    trail_logger_init(&logger, NULL, trail_kv("small", 1), trail_kv("large", large),
                      trail_kv("other", 2));
    trail_log_info(&logger, "e", NULL);
    assert_string_equal(strstr(lines_last(), ",\"small\""),
                        ",\"small\":1,\"other\":2,\"truncated\":true}");
}

static void test_errno_is_kept(void **state)
{
    (void)state;
    errno = EXDEV;
    trail_info("e", trail_message("%d", 1), trail_kv("a", 0.1 + 0.2), trail_kv("b", 5e-324),
               trail_json("c", "[1e400,1e-400]"));
    assert_int_equal(errno, EXDEV);
}

static void test_a_formatted_message_is_cut_with_a_mark(void **state)
{
    struct trail_message_ buffer;

    (void)state;
    assert_string_equal(trail_message_format_(&buffer, "%d %% of %s", 5, "x"), "5 % of x");
    const char *cut = trail_message_format_(&buffer, "%*d", 2000, 1);
    assert_int_equal(strlen(cut), TRAIL_MESSAGE_MAX - 1);
    assert_string_equal(cut + strlen(cut) - 3, "\xE2\x80\xA6");
    trail_info("e", trail_message("%*d", TRAIL_MESSAGE_MAX, 1));
    assert_non_null(strstr(lines_last(), "\xE2\x80\xA6\",\"truncated\":true}"));
    trail_info("e", trail_message("%*d", TRAIL_MESSAGE_MAX - 1, 1));
    assert_line_has_not("truncated");
}

static void test_truncated_events_are_counted(void **state)
{
    static char large[40000];
    uint64_t truncated = trl_counter_sum(TRL_COUNT_TRUNCATED);

    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    trail_info("e", NULL);
    trail_info("e", large);
    trail_debug("e", large);
    assert_int_equal(trl_counter_sum(TRL_COUNT_TRUNCATED) - truncated, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lines_open, lines_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_event_stands_in_the_order_of_the_contract),
        TEST(test_what_is_unknown_is_absent),
        TEST(test_each_type_of_field_is_written),
        TEST(test_invalid_json_is_logged_as_text),
        TEST(test_reserved_names_move_aside),
        TEST(test_no_key_stands_twice),
        TEST(test_keys_that_become_equal_are_one),
        TEST(test_an_event_without_a_name_has_one),
        TEST(test_a_value_of_a_megabyte_costs_the_others_nothing),
        TEST(test_thousands_of_fields_stay_one_line),
        TEST(test_values_that_need_escapes_fill_a_line_to_the_brim),
        TEST(test_random_bytes_come_back_from_a_parser),
        TEST(test_nothing_passes_below_the_level),
        TEST(test_a_logger_may_have_a_level_of_its_own),
        TEST(test_a_scope_lends_its_logger_and_its_level),
        TEST(test_info_of_a_request_sampled_out_is_not_written),
        TEST(test_bound_fields_that_do_not_fit_are_told),
        TEST(test_errno_is_kept),
        TEST(test_a_formatted_message_is_cut_with_a_mark),
        TEST(test_truncated_events_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
