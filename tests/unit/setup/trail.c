#include "unit.h"

#include "core/config.h"
#include "sink/output.h"
#include "sink/state.h"

#include <trail/memory.h>

#include <cjson/cJSON.h>
#include <string.h>

static const struct trail_options quiet = {.output = "null", .ignore_environment = true};

static void test_a_second_open_is_refused_until_the_first_is_closed(void **state)
{
    struct trail *first = NULL;
    struct trail *second = NULL;

    (void)state;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(trail_open(&quiet, &first), TRAIL_OK);
        assert_int_equal(trail_open(&quiet, &second), TRAIL_ERR_STATE);
        assert_null(second);
        trail_close(first);
    }
}

static void test_null_arguments_are_refused_or_ignored(void **state)
{
    struct trail_stats stats;

    (void)state;
    assert_int_equal(trail_open(&quiet, NULL), TRAIL_ERR_INVALID);
    assert_int_equal(trail_reopen(NULL), TRAIL_ERR_INVALID);
    assert_int_equal(trail_flush_outputs(NULL, 0), TRAIL_ERR_INVALID);
    assert_int_equal(trail_get_stats(NULL, &stats), TRAIL_ERR_INVALID);
    trail_set_level(NULL, TRAIL_LEVEL_DEBUG);
    trail_close(NULL);
}

static void test_the_configuration_is_in_force_while_it_is_open(void **state)
{
    struct trail_options options = quiet;
    struct trail *trail = NULL;

    (void)state;
    options.service = "shop";
    assert_int_equal(trail_open(&options, &trail), TRAIL_OK);
    assert_string_equal(trl_config()->service, "shop");
    trail_close(trail);
    assert_string_equal(trl_config()->service, "");
}

static void test_lines_of_the_outputs_own_are_whole_under_any_name(void **state)
{
    static char name[129];
    struct trail_options options = quiet;
    struct trail *trail = NULL;
    char line[TRL_GAP_LINE_MAX + 1];

    (void)state;
    memset(name, '"', sizeof(name) - 1);
    options.service = options.environment = name;
    assert_int_equal(trail_open(&options, &trail), TRAIL_OK);
    trl_output_dropped(TRAIL_DROP_LIMIT, TRAIL_LEVEL_WARN);
    size_t size = trl_sink_gap_line(trl_outputs_.sinks[0], line);
    trail_close(trail);
    assert_in_range(size, 1, TRL_GAP_LINE_MAX);
    line[size] = '\0';
    cJSON *parsed = cJSON_Parse(line);
    assert_non_null(cJSON_GetObjectItem(parsed, "service"));
    assert_non_null(cJSON_GetObjectItem(parsed, "environment"));
    cJSON_Delete(parsed);
}

static void test_a_failed_open_tells_why_and_leaves_nothing_open(void **state)
{
    struct trail_options options = quiet;
    struct trail *trail = NULL;
    char text[200] = "";
    char small[8] = "";

    (void)state;
    options.level = "loud";
    options.error_text = text;
    options.error_size = sizeof(text);
    assert_int_equal(trail_open(&options, &trail), TRAIL_ERR_CONFIG);
    assert_null(trail);
    assert_string_equal(text,
                        "option level is \"loud\"; allowed: debug, info, warn, error, fatal, off");
    options.error_text = small;
    options.error_size = sizeof(small);
    assert_int_equal(trail_open(&options, &trail), TRAIL_ERR_CONFIG);
    assert_string_equal(small, "option ");
    options.level = NULL;
    assert_int_equal(trail_open(&options, &trail), TRAIL_OK);
    trail_close(trail);
}

/* A trail that writes into memory. */
struct fixture {
    struct trail_memory *memory;
    struct trail *trail;
    struct trail_options options;
};

static struct fixture open_memory(const char *level)
{
    struct fixture fixture = {.options = quiet};

    assert_int_equal(trail_memory_new(&fixture.memory), TRAIL_OK);
    fixture.options.memory = fixture.memory;
    fixture.options.level = level;
    fixture.options.service = "shop \"one\"";
    assert_int_equal(trail_open(&fixture.options, &fixture.trail), TRAIL_OK);
    return fixture;
}

static void close_memory(struct fixture *fixture)
{
    trail_close(fixture->trail);
    trail_memory_free(fixture->memory);
}

static void test_events_bear_the_service_and_the_environment(void **state)
{
    struct fixture fixture = open_memory("info");

    (void)state;
    trail_info("shop_opened", "Come in", trail_kv("doors", 2));
    assert_int_equal(trail_memory_size(fixture.memory), 1);
    cJSON *line = cJSON_Parse(trail_memory_line(fixture.memory, 0));
    assert_string_equal(cJSON_GetObjectItem(line, "service")->valuestring, "shop \"one\"");
    assert_string_equal(cJSON_GetObjectItem(line, "environment")->valuestring, "development");
    assert_string_equal(cJSON_GetObjectItem(line, "event")->valuestring, "shop_opened");
    cJSON_Delete(line);
    close_memory(&fixture);
}

static void test_the_level_changes_while_it_is_open(void **state)
{
    struct fixture fixture = open_memory("warn");

    (void)state;
    trail_info("one", NULL);
    trail_set_level(fixture.trail, TRAIL_LEVEL_DEBUG);
    trail_debug("two", NULL);
    trail_set_level(fixture.trail, TRAIL_LEVEL_OFF);
    trail_fatal("three", NULL);
    trail_set_level(fixture.trail, TRAIL_LEVEL_DEFAULT);
    trail_warn("four", NULL);
    trail_info("five", NULL);
    trail_set_level(fixture.trail, (enum trail_level)77);
    trail_warn("six", NULL);
    assert_int_equal(trail_memory_count(fixture.memory, "one"), 0);
    assert_int_equal(trail_memory_count(fixture.memory, "two"), 1);
    assert_int_equal(trail_memory_count(fixture.memory, "three"), 0);
    assert_int_equal(trail_memory_count(fixture.memory, "four"), 1);
    assert_int_equal(trail_memory_count(fixture.memory, "five"), 0);
    assert_int_equal(trail_memory_count(fixture.memory, "six"), 1);
    close_memory(&fixture);
}

static void test_nothing_is_logged_after_it_is_closed(void **state)
{
    struct fixture fixture = open_memory("debug");

    (void)state;
    trail_close(fixture.trail);
    trail_fatal("too_late", NULL);
    assert_false(trail_enabled(TRAIL_LEVEL_FATAL));
    assert_int_equal(trail_memory_size(fixture.memory), 0);
    trail_memory_free(fixture.memory);
}

static void test_counters_begin_at_the_opening(void **state)
{
    struct trail_stats stats;

    (void)state;
    for (int round = 0; round < 2; round++) {
        struct fixture fixture = open_memory("info");
        trail_info("one", NULL, trail_kv("password", "x"));
        trail_debug("two", NULL);
        assert_int_equal(trail_get_stats(fixture.trail, &stats), TRAIL_OK);
        assert_int_equal(stats.accepted, 1);
        assert_int_equal(stats.written, 1);
        assert_int_equal(stats.redacted, 1);
        assert_int_equal(stats.sink_errors, 0);
        close_memory(&fixture);
    }
}

static void test_a_loggers_level_holds_beside_one_that_was_changed(void **state)
{
    struct trail_memory *memory;
    struct trail_logger logger;
    struct trail *trail;

    (void)state;
    assert_int_equal(trail_memory_new(&memory), TRAIL_OK);
    assert_int_equal(trail_open(&(struct trail_options){.output = "null@debug",
                                                        .memory = memory,
                                                        .ignore_environment = true},
                                &trail),
                     TRAIL_OK);
    trail_set_level(trail, TRAIL_LEVEL_ERROR);
    trail_logger_init(&logger, NULL, TRAIL_END_);
    trail_logger_set_level(&logger, TRAIL_LEVEL_DEBUG);
    trail_log_debug(&logger, "one", NULL);
    trail_info("two", NULL);
    assert_int_equal(trail_memory_count(memory, "one"), 1);
    assert_int_equal(trail_memory_count(memory, "two"), 0);
    trail_close(trail);
    trail_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_second_open_is_refused_until_the_first_is_closed),
        cmocka_unit_test(test_null_arguments_are_refused_or_ignored),
        cmocka_unit_test(test_the_configuration_is_in_force_while_it_is_open),
        cmocka_unit_test(test_events_bear_the_service_and_the_environment),
        cmocka_unit_test(test_the_level_changes_while_it_is_open),
        cmocka_unit_test(test_nothing_is_logged_after_it_is_closed),
        cmocka_unit_test(test_counters_begin_at_the_opening),
        cmocka_unit_test(test_a_loggers_level_holds_beside_one_that_was_changed),
        cmocka_unit_test(test_lines_of_the_outputs_own_are_whole_under_any_name),
        cmocka_unit_test(test_a_failed_open_tells_why_and_leaves_nothing_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
