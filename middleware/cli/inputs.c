/* Several files as one: the lines of each in their order, the files among each other by time. */
#include "event.h"
#include "input.h"
#include "text.h"

#include <stdlib.h>

struct source {
    struct cli_file *file;
    struct cli_line line; /* the next one, if there is one */
    char *translated;
    bool has_line;
    int64_t time_us; /* of the next line, or of the last event before it */
};

struct cli_inputs {
    struct source *sources;
    size_t count;
    struct source *taken; /* whose line is with the caller */
};

static void advance(struct source *source, bool alone)
{
    struct cli_event event;

    source->has_line = cli_file_next(source->file, &source->line);
    if (source->has_line) {
        cli_line_translate(&source->line, &source->translated);
    }
    if (source->has_line && !alone && !source->line.continued &&
        cli_event_read(source->line.text, source->line.size, &event) &&
        event.time_us != CLI_TIME_UNKNOWN) {
        source->time_us = event.time_us;
    }
}

struct cli_inputs *cli_inputs_open(char **names, size_t count)
{
    static char dash[] = "-";
    static char *standard_input[] = {dash};
    struct cli_inputs *inputs = cli_new(1, sizeof *inputs);

    if (count == 0) {
        names = standard_input;
        count = 1;
    }
    inputs->sources = cli_new(count, sizeof *inputs->sources);
    for (size_t i = 0; i < count; i++) {
        struct source *source = &inputs->sources[i];

        source->file = cli_file_open(names[i]);
        if (source->file == NULL) {
            cli_inputs_close(inputs);
            return NULL;
        }
        source->time_us = INT64_MIN;
        inputs->count++;
    }
    if (count > 1) {
        for (size_t i = 0; i < count; i++) {
            advance(&inputs->sources[i], false);
        }
    }
    return inputs;
}

void cli_inputs_close(struct cli_inputs *inputs)
{
    if (inputs == NULL) {
        return;
    }
    for (size_t i = 0; i < inputs->count; i++) {
        cli_file_close(inputs->sources[i].file);
        free(inputs->sources[i].translated);
    }
    free(inputs->sources);
    free(inputs);
}

static struct source *oldest(const struct cli_inputs *inputs)
{
    struct source *found = NULL;

    for (size_t i = 0; i < inputs->count; i++) {
        struct source *source = &inputs->sources[i];

        if (source->has_line && (found == NULL || source->time_us < found->time_us)) {
            found = source;
        }
    }
    return found;
}

bool cli_inputs_next(struct cli_inputs *inputs, struct cli_line *ret_line)
{
    if (inputs->count == 1) {
        advance(inputs->sources, true);
        inputs->taken = inputs->sources->has_line ? inputs->sources : NULL;
    } else {
        if (inputs->taken != NULL) {
            advance(inputs->taken, false);
        }
        /* The pieces of a long line are not parted. */
        if (inputs->taken == NULL || !inputs->taken->has_line || !inputs->taken->line.continued) {
            inputs->taken = oldest(inputs);
        }
    }
    if (inputs->taken == NULL) {
        return false;
    }
    *ret_line = inputs->taken->line;
    return true;
}

bool cli_inputs_failed(const struct cli_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        if (cli_file_failed(inputs->sources[i].file)) {
            return true;
        }
    }
    return false;
}

bool cli_inputs_drained(const struct cli_inputs *inputs)
{
    return inputs->count == 1 && cli_file_drained(inputs->sources->file);
}
