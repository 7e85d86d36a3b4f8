/* Follow: each round reads what every log has gained, sorts it by its time, and hands it to
 * `trail pretty`. */
#include "demo/follow.h"

#include "demo/events.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAMP_BYTES 32

struct line {
    char stamp[STAMP_BYTES]; /* "": it is no event */
    size_t number;           /* as it came: what bears the same time stays in order */
    char *text;
};

struct batch {
    struct line *lines;
    size_t count;
    size_t capacity;
};

static bool make_room(struct batch *batch)
{
    if (batch->count < batch->capacity) {
        return true;
    }
    size_t capacity = batch->capacity == 0 ? 64 : batch->capacity * 2;
    struct line *lines = realloc(batch->lines, capacity * sizeof(*lines));
    if (lines == NULL) {
        return false;
    }
    batch->lines = lines;
    batch->capacity = capacity;
    return true;
}

static bool take_line(void *context, const char *text, size_t size)
{
    struct batch *batch = context;
    char *copy = make_room(batch) ? strdup(text) : NULL;

    if (copy == NULL) {
        return false;
    }
    cJSON *event = cJSON_ParseWithLength(text, size);
    struct line *line = &batch->lines[batch->count];
    *line = (struct line){.number = batch->count, .text = copy};
    (void)snprintf(line->stamp, sizeof(line->stamp), "%s", event_text(event, "timestamp"));
    cJSON_Delete(event);
    batch->count++;
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct line *left = a;
    const struct line *right = b;
    int order = strcmp(left->stamp, right->stamp);

    return order != 0 ? order : (left->number > right->number) - (left->number < right->number);
}

static void start_pretty(struct follow *follow)
{
    char program[FLEET_PATH_MAX];
    int ends[2];

    (void)snprintf(program, sizeof(program), "%s/trail", follow->fleet->settings.programs);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    const char *const argv[] = {program, "pretty", NULL};
    FILE *out = fdopen(ends[1], "w");
    if (out != NULL && process_start(&(struct process_options){.argv = argv, .stdin_fd = ends[0]},
                                     &follow->pretty)) {
        follow->out = out;
    } else if (out != NULL) {
        (void)fclose(out);
    } else {
        (void)close(ends[1]);
    }
    (void)close(ends[0]);
}

void follow_init(struct follow *follow, const struct fleet *fleet)
{
    *follow = (struct follow){.fleet = fleet, .out = stdout};
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        char log[FLEET_PATH_MAX];
        fleet_log(fleet, (enum fleet_service)which, log, sizeof(log));
        follow->offsets[which] = events_end(log);
    }
    start_pretty(follow);
}

bool follow_poll(struct follow *follow)
{
    struct batch batch = {NULL, 0, 0};

    for (int which = 0; which < FLEET_SERVICES_; which++) {
        char log[FLEET_PATH_MAX];
        fleet_log(follow->fleet, (enum fleet_service)which, log, sizeof(log));
        follow->offsets[which] = events_read_lines(log, follow->offsets[which], take_line, &batch);
    }
    if (batch.count > 0) {
        qsort(batch.lines, batch.count, sizeof(*batch.lines), by_time);
    }
    for (size_t i = 0; i < batch.count; i++) {
        (void)fprintf(follow->out, "%s\n", batch.lines[i].text);
        free(batch.lines[i].text);
    }
    free(batch.lines);
    (void)fflush(follow->out);
    return !ferror(follow->out) && (follow->out == stdout || process_is_running(&follow->pretty));
}

void follow_fini(struct follow *follow)
{
    (void)follow_poll(follow);
    if (follow->out != stdout) {
        (void)fclose(follow->out);
        (void)process_wait(&follow->pretty, 5000, NULL);
        (void)process_stop(&follow->pretty, 1000);
    }
}
