#include "lines.h"

#include "sink/outputs.h"

#include <string.h>
#include <trail/memory.h>

static struct trail_memory *memory;

int lines_open(void **state)
{
    struct trl_sink *sink;

    (void)state;
    assert_int_equal(trail_memory_new(&memory), TRAIL_OK);
    assert_int_equal(trl_sink_new_memory(memory, &sink), TRAIL_OK);
    const struct trl_outputs_options options = {.sinks = &sink, .count = 1, .identity = ""};
    assert_int_equal(trl_outputs_open(&options), TRAIL_OK);
    trl_log_set_process("svc", "test");
    trl_gate_set_process(TRAIL_LEVEL_INFO);
    return 0;
}

int lines_close(void **state)
{
    (void)state;
    trl_gate_set_process(TRAIL_LEVEL_OFF);
    trl_log_set_process(NULL, NULL);
    trl_outputs_close(1000);
    trail_memory_free(memory);
    return 0;
}

size_t lines_count(void)
{
    return trail_memory_size(memory);
}

const char *lines_text(size_t index)
{
    const char *line = trail_memory_line(memory, index);

    assert_non_null(line);
    return line;
}

const char *lines_last(void)
{
    assert_true(lines_count() > 0);
    return lines_text(lines_count() - 1);
}

cJSON *lines_parsed(void)
{
    cJSON *parsed = cJSON_ParseWithOpts(lines_last(), NULL, 1);

    assert_true(cJSON_IsObject(parsed));
    return parsed;
}

void assert_line_has_text(const char *key, const char *value)
{
    cJSON *line = lines_parsed();
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(line, key);

    assert_true(cJSON_IsString(member));
    assert_string_equal(member->valuestring, value);
    cJSON_Delete(line);
}

void assert_line_has_number(const char *key, double value)
{
    cJSON *line = lines_parsed();
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(line, key);

    assert_true(cJSON_IsNumber(member));
    assert_true(member->valuedouble == value);
    cJSON_Delete(line);
}

void assert_line_has_not(const char *key)
{
    cJSON *line = lines_parsed();

    assert_null(cJSON_GetObjectItemCaseSensitive(line, key));
    cJSON_Delete(line);
}
