/* A trail with a memory output, and its lines parsed. */
#include "events.h"

#include "unit.h"

#include <trail/memory.h>

#include <string.h>

static struct trail *trail;
static struct trail_memory *memory;
static cJSON *parsed;

void events_open(const struct trail_options *options)
{
    struct trail_options all = options != NULL ? *options : (struct trail_options){0};

    assert_int_equal(trail_memory_new(&memory), TRAIL_OK);
    all.memory = memory;
    all.output = "null";
    all.ignore_environment = true;
    assert_int_equal(trail_open(&all, &trail), TRAIL_OK);
}

void events_close(void)
{
    trail_close(trail);
    trail_memory_free(memory);
    cJSON_Delete(parsed);
    trail = NULL;
    memory = NULL;
    parsed = NULL;
}

void events_clear(void)
{
    trail_memory_clear(memory);
}

size_t events_count(const char *event)
{
    return trail_memory_count(memory, event);
}

const char *events_line(const char *event)
{
    assert_int_equal(trail_memory_count(memory, event), 1);
    for (size_t i = 0; i < trail_memory_size(memory); i++) {
        cJSON *line = cJSON_Parse(trail_memory_line(memory, i));
        assert_non_null(line);
        bool found = strcmp(event_text(line, "event"), event) == 0;
        cJSON_Delete(line);
        if (found) {
            return trail_memory_line(memory, i);
        }
    }
    fail_msg("no line bears %s", event);
    return NULL;
}

const cJSON *events_one(const char *event)
{
    cJSON *line = cJSON_Parse(events_line(event));

    cJSON_Delete(parsed);
    parsed = line;
    return line;
}

const char *event_text(const cJSON *event, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, name));

    return text != NULL ? text : "";
}

double event_number(const cJSON *event, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, name);

    return cJSON_IsNumber(item) ? cJSON_GetNumberValue(item) : -1;
}
