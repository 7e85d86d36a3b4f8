#include "unit.h"

#include "sink/output.h"
#include "sink/outputs.h"

#include <string.h>

static struct trail_memory *memory;

static void log_line(enum trail_level level, const char *line)
{
    char *room = trl_output_begin(level);

    assert_non_null(room);
    memcpy(room, line, strlen(line));
    trl_output_end(level, strlen(line));
}

static int open_memory(void **state)
{
    struct trl_sink *sink;

    (void)state;
    assert_int_equal(trail_memory_new(&memory), TRAIL_OK);
    assert_int_equal(trl_sink_new_memory(memory, &sink), TRAIL_OK);
    sink->level = TRAIL_LEVEL_INFO;
    assert_int_equal(trl_outputs_open(&(struct trl_outputs_options){
                         .sinks = &sink, .count = 1, .identity = "\"service\":\"t\""}),
                     TRAIL_OK);
    return 0;
}

static int close_memory(void **state)
{
    (void)state;
    trl_outputs_close(1000);
    trail_memory_free(memory);
    return 0;
}

static void test_lines_are_kept_in_order_without_their_newline(void **state)
{
    (void)state;
    log_line(TRAIL_LEVEL_INFO, "{\"event\":\"a\"}\n");
    log_line(TRAIL_LEVEL_WARN, "{\"event\":\"b\",\"x\":\"\\\"event\\\":\\\"a\\\"\"}\n");
    assert_int_equal(trail_memory_size(memory), 2);
    assert_string_equal(trail_memory_line(memory, 0), "{\"event\":\"a\"}");
    assert_null(trail_memory_line(memory, 2));
    assert_int_equal(trail_memory_count(memory, "a"), 1);
    assert_int_equal(trail_memory_count(memory, "b"), 1);
    assert_int_equal(trail_memory_count(memory, NULL), 2);
    trail_memory_clear(memory);
    assert_int_equal(trail_memory_size(memory), 0);
}

static void test_a_sink_takes_no_line_below_its_level(void **state)
{
    (void)state;
    log_line(TRAIL_LEVEL_DEBUG, "{\"event\":\"a\"}\n");
    assert_int_equal(trail_memory_size(memory), 0);
}

static void test_without_a_memory_everything_is_empty(void **state)
{
    (void)state;
    assert_int_equal(trail_memory_new(NULL), TRAIL_ERR_INVALID);
    assert_int_equal(trail_memory_size(NULL), 0);
    assert_int_equal(trail_memory_count(NULL, "a"), 0);
    assert_null(trail_memory_line(NULL, 0));
    trail_memory_clear(NULL);
    trail_memory_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_are_kept_in_order_without_their_newline,
                                        open_memory, close_memory),
        cmocka_unit_test_setup_teardown(test_a_sink_takes_no_line_below_its_level, open_memory,
                                        close_memory),
        cmocka_unit_test(test_without_a_memory_everything_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
