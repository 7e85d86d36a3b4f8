/* Events: a log is a file of JSON lines, read with the JSON parser and nothing else. */
#include "demo/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

long events_end(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? (long)status.st_size : 0;
}

long events_read_lines(const char *path, long offset, event_line_fn *each, void *context)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size = 0;
    bool more = true;

    if (file == NULL) {
        return offset;
    }
    if (fseek(file, offset, SEEK_SET) == 0) {
        while (more && (size = getline(&line, &capacity, file)) > 0 && line[size - 1] == '\n') {
            line[size - 1] = '\0';
            more = each(context, line, (size_t)size - 1);
            offset += more ? (long)size : 0;
        }
    }
    free(line);
    (void)fclose(file);
    return offset;
}

struct reader {
    event_fn *each;
    void *context;
};

static bool take_event(void *context, const char *line, size_t size)
{
    const struct reader *reader = context;
    cJSON *event = cJSON_ParseWithLength(line, size);
    bool more = event == NULL || reader->each(reader->context, event);

    cJSON_Delete(event);
    return more;
}

long events_read(const char *path, long offset, event_fn *each, void *context)
{
    struct reader reader = {each, context};

    return events_read_lines(path, offset, take_event, &reader);
}

const char *event_text(const cJSON *event, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, name));

    return text != NULL ? text : "";
}

bool event_is(const cJSON *event, const char *name)
{
    return strcmp(event_text(event, "event"), name) == 0;
}

bool event_is_terminal(const cJSON *event)
{
    return event_is(event, "request_completed") || event_is(event, "request_failed") ||
           event_is(event, "request_aborted");
}
