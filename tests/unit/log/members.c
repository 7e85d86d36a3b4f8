#include "lines.h"

#include "log/line.h"

#include <stdio.h>
#include <string.h>

/* What the last line has behind its message. */
static const char *fields_of_last(void)
{
    const char *message = strstr(lines_last(), ",\"message\":\"m\"");

    assert_non_null(message);
    return message + strlen(",\"message\":\"m\"");
}

static void log_values(const char *text, long long number, double real, bool yes)
{
    trail_info("e", "m", trail_kv("text", text), trail_kv("number", number), trail_kv("real", real),
               trail_kv("yes", yes));
}

/* Each is logged twice by one call, so that what the first one left behind is met. */
static void test_one_call_logs_whatever_values_it_is_given(void **state)
{
    static const struct {
        const char *text;
        long long number;
        double real;
        bool yes;
        const char *line;
    } cases[] = {
        {"x", 1, 1.5, true, ",\"text\":\"x\",\"number\":1,\"real\":1.5,\"yes\":true}"},
        {NULL, 0, 0.0, false, ",\"text\":null,\"number\":0,\"real\":0,\"yes\":false}"},
        {"", -1, -0.5, true, ",\"text\":\"\",\"number\":-1,\"real\":-0.5,\"yes\":true}"},
        {"\"\n", 9999, 1e300, false,
         ",\"text\":\"\\\"\\n\",\"number\":9999,\"real\":1e+300,\"yes\":false}"},
        {"password=hunter2", 4111111111111111, 0.1, true,
         ",\"text\":\"password=[redacted]\",\"number\":\"[redacted]\",\"real\":0.1,\"yes\":true}"},
        {"pin%3D1234", 1, 1, true,
         ",\"text\":\"pin%3D[redacted]\",\"number\":1,\"real\":1,\"yes\":true}"},
        {"0123456789abcdef 0123456789abcdef 0123456789abcdef 0123456789abcdef", 10000, 12.345, true,
         ",\"text\":\"0123456789abcdef 0123456789abcdef 0123456789abcdef 0123456789abcdef\","
         "\"number\":10000,\"real\":12.345,\"yes\":true}"},
    };

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            log_values(cases[i].text, cases[i].number, cases[i].real, cases[i].yes);
            assert_string_equal(fields_of_last(), cases[i].line);
        }
    }
}

static void test_a_double_that_is_a_cards_number_is_hidden(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        log_values("a", 1, 4222222222222.0, true);
        assert_non_null(strstr(fields_of_last(), ",\"real\":\"[redacted]\","));
        log_values("a", 1, 4111111111111111.0, true);
        assert_non_null(strstr(fields_of_last(), ",\"real\":\"[redacted]\","));
        log_values("a", 1, 4111111111111112.0, true);
        assert_non_null(strstr(fields_of_last(), ",\"real\":4111111111111112,"));
        log_values("a", 1, 1e300, true);
        assert_non_null(strstr(fields_of_last(), ",\"real\":1e+300,"));
    }
}

static void test_one_key_is_logged_with_values_of_any_type(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        struct trail_field field = trail_kv("value", 5);
        trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, "m", &field, 1);
        assert_string_equal(fields_of_last(), ",\"value\":5}");
        field = trail_field_literal(trail_field_string(field.key, field.key_size, "five"));
        trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, "m", &field, 1);
        assert_string_equal(fields_of_last(), ",\"value\":\"five\"}");
        field = trail_field_literal(trail_field_bool(field.key, field.key_size, true));
        trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, "m", &field, 1);
        assert_string_equal(fields_of_last(), ",\"value\":true}");
    }
}

/* As when a library that was unloaded leaves its address to another one's literals. */
static void test_a_literal_that_has_changed_is_judged_anew(void **state)
{
    static const char *const names[] = {"pin", "colour", "passwd", "password", "passwore", "a"};
    static char key[16];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char line[64];
        bool secret = strncmp(names[i], "p", 1) == 0 && strcmp(names[i], "passwore") != 0;
        snprintf(key, sizeof(key), "%s", names[i]);
        const struct trail_field field =
            trail_field_literal(trail_field_string(key, strlen(key), "red"));
        for (int round = 0; round < 2; round++) {
            trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, "m", &field, 1);
            snprintf(line, sizeof(line), ",\"%s\":\"%s\"}", names[i],
                     secret ? "[redacted]" : "red");
            assert_string_equal(fields_of_last(), line);
        }
    }
}

static void test_an_unusual_field_among_usual_ones_costs_no_other(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        trail_info("e", "m", trail_kv("a", 1), trail_kv("token", "s3cret"), trail_kv("b", "two"),
                   trail_json("c", "[3]"), trail_kv("a", 4), trail_kv("d", 5));
        assert_string_equal(fields_of_last(),
                            ",\"token\":\"[redacted]\",\"b\":\"two\",\"c\":[3],\"a\":4,\"d\":5}");
    }
}

static void test_fields_beyond_the_last_allowed_are_left_out(void **state)
{
    static struct trail_field fields[TRL_FIELDS_MAX + 1];
    static char keys[TRL_FIELDS_MAX + 1][8];

    (void)state;
    for (size_t i = 0; i <= TRL_FIELDS_MAX; i++) {
        int size = snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
        fields[i] = trail_field_int(keys[i], (size_t)size, 1);
    }
    trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, "m", fields, TRL_FIELDS_MAX);
    assert_non_null(strstr(lines_last(), ",\"k1023\":1}"));
    trail_emit(NULL, TRAIL_LEVEL_INFO, "e", 1, "m", fields, TRL_FIELDS_MAX + 1);
    assert_non_null(strstr(lines_last(), ",\"k1023\":1,\"truncated\":true}"));
}

/* What stood there gives way, and its room is not enough for what is to take its place. */
static void test_a_value_bound_anew_that_does_not_fit_leaves_the_line_whole(void **state)
{
    static char filling[TRAIL_LOGGER_BYTES - 200];
    static char longer[TRAIL_LOGGER_BYTES];
    struct trail_logger logger;

    (void)state;
    memset(filling, 'f', sizeof(filling) - 1);
    memset(longer, 'l', sizeof(longer) - 1);
    trail_logger_init(&logger, NULL,
                      trail_kv("first", "a value of some forty bytes or rather more"),
                      trail_kv("filling", filling));
    trail_logger_init(&logger, &logger, trail_kv("first", longer));
    trail_log_info(&logger, "e", "m", trail_kv("own", 1));
    assert_line_has_text("filling", filling);
    assert_line_has_number("own", 1);
    assert_line_has_not("first");
    assert_non_null(strstr(lines_last(), ",\"truncated\":true}"));
}

/* What is bound goes the way of an event's fields. */
static void test_loggers_bind_whatever_fields_they_are_given(void **state)
{
    struct trail_logger logger;
    struct trail_logger child;

    (void)state;
    for (int round = 0; round < 2; round++) {
        trail_logger_init(&logger, NULL, trail_kv("a", 1), trail_kv("token", "s3cret"),
                          trail_kv("b", "two"), trail_json("c", "[3]"), trail_kv("d", 5));
        trail_logger_init(&child, &logger, trail_kv("b", "anew"), trail_kv("e", 0.5),
                          trail_kv("e", "\n"), trail_kv("f", 6));
        trail_log_info(&child, "e", "m");
        assert_string_equal(fields_of_last(),
                            ",\"a\":1,\"token\":\"[redacted]\",\"c\":[3],\"d\":5,\"b\":\"anew\","
                            "\"e\":\"\\n\",\"f\":6}");
        trail_log_info(&logger, "e", "m");
        assert_string_equal(fields_of_last(),
                            ",\"a\":1,\"token\":\"[redacted]\",\"b\":\"two\",\"c\":[3],\"d\":5}");
    }
}

/* Up to the last byte of a logger's room: each field is there whole, or not at all and told. */
static void test_a_logger_that_is_full_leaves_out_whole_fields(void **state)
{
    static char filling[TRAIL_LOGGER_BYTES];
    struct trail_logger logger;
    size_t wholes = 0;
    size_t cuts = 0;

    (void)state;
    memset(filling, 'f', sizeof(filling) - 1);
    for (size_t size = sizeof(filling) - 300; size < sizeof(filling); size++) {
        struct trail_field fields[] = {
            trail_field_text("filling", 7, filling, size),
            trail_kv("short", 1),
            trail_kv("text", "a value of some forty bytes or rather more"),
            trail_kv("last", 2),
        };
        trail_logger_init_fields(&logger, NULL, fields, 4);
        trail_log_info(&logger, "e", "m");
        const char *last = lines_last();
        const char *filled = strstr(last, "\"filling\":\"");
        assert_true(filled == NULL || strspn(filled + 11, "f") == size);
        bool whole = filled != NULL && strstr(last, "\"short\":1") != NULL &&
                     strstr(last, "rather more\"") != NULL && strstr(last, "\"last\":2") != NULL;
        assert_int_equal(strstr(last, "\"truncated\":true") == NULL, whole);
        assert_true(strstr(last, "\"text\":") == NULL || strstr(last, "rather more\"") != NULL);
        assert_true(strstr(last, "\"last\":") == NULL || strstr(last, "\"last\":2") != NULL);
        wholes += whole ? 1 : 0;
        cuts += whole ? 0 : 1;
    }
    assert_true(wholes > 0);
    assert_true(cuts > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lines_open, lines_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_call_logs_whatever_values_it_is_given),
        TEST(test_a_double_that_is_a_cards_number_is_hidden),
        TEST(test_one_key_is_logged_with_values_of_any_type),
        TEST(test_a_literal_that_has_changed_is_judged_anew),
        TEST(test_an_unusual_field_among_usual_ones_costs_no_other),
        TEST(test_fields_beyond_the_last_allowed_are_left_out),
        TEST(test_loggers_bind_whatever_fields_they_are_given),
        TEST(test_a_logger_that_is_full_leaves_out_whole_fields),
        TEST(test_a_value_bound_anew_that_does_not_fit_leaves_the_line_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
