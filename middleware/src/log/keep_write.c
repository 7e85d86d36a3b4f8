/* Log: what becomes of kept detail that is wanted after all. */
#include "core/json.h"
#include "log/keep_inside.h"
#include "log/line.h"
#include "log/scope.h"
#include "sink/output.h"

#include <string.h>

void trl_keep_read(struct trl_keep_reader *ret_reader, const struct trl_keep *keep)
{
    const struct trl_keep *others = __atomic_load_n(&keep->others, __ATOMIC_ACQUIRE);

    ret_reader->own_size = trl_keep_size(keep);
    ret_reader->own = keep->lines;
    ret_reader->own_mark = keep->forgotten;
    ret_reader->others_size = others != NULL ? trl_keep_size(others) : 0;
    ret_reader->others = others != NULL ? others->lines : NULL;
}

/* A line of theirs stands behind all that the request had said by then, and before all that it
 * said later: timestamps would not tell within a millisecond. */
static bool others_are_next(const struct trl_keep_reader *reader)
{
    trl_keep_mark mark;

    if (reader->others_size < sizeof(mark)) {
        return false;
    }
    memcpy(&mark, reader->others, sizeof(mark));
    return reader->own_size == 0 || mark <= reader->own_mark;
}

/* Takes what stands before the line, and the line. NULL: it is not whole, which only a crash sees
 * of a thread that was making room. */
static const char *take_line(const char **lines, size_t *lines_size, size_t before,
                             size_t *ret_size)
{
    const char *line = *lines + before;
    size_t left = *lines_size - before;
    const char *newline = memchr(line, '\n', left);

    if (newline == NULL) {
        *lines_size = 0;
        return NULL;
    }
    *ret_size = (size_t)(newline + 1 - line);
    *lines = line + *ret_size;
    *lines_size = left - *ret_size;
    return line;
}

const char *trl_keep_next(struct trl_keep_reader *reader, size_t *ret_size)
{
    const char *line = NULL;

    if (others_are_next(reader)) {
        return take_line(&reader->others, &reader->others_size, sizeof(trl_keep_mark), ret_size);
    }
    if (reader->own_size > 0) {
        line = take_line(&reader->own, &reader->own_size, 0, ret_size);
        reader->own_mark += line != NULL ? *ret_size : 0;
    }
    return line;
}

static void add_gap(struct trl_keep_gap *sum, const struct trl_keep *keep)
{
    const struct trl_keep_gap *gap = &keep->gap;

    if (gap->count == 0) {
        return;
    }
    if (sum->count == 0 || memcmp(gap->since, sum->since, TRL_TIMESTAMP_SIZE) < 0) {
        memcpy(sum->since, gap->since, sizeof(sum->since));
    }
    sum->count += gap->count;
    for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
        sum->lost[level] += gap->lost[level];
    }
}

void trl_keep_gap_of(const struct trl_keep *keep, struct trl_keep_gap *ret_gap)
{
    const struct trl_keep *others = __atomic_load_n(&keep->others, __ATOMIC_ACQUIRE);

    memset(ret_gap, 0, sizeof(*ret_gap));
    add_gap(ret_gap, keep);
    if (others != NULL) {
        add_gap(ret_gap, others);
    }
}

size_t trl_keep_gap_levels(const struct trl_keep_gap *gap, char out[TRL_KEEP_LEVELS_MAX])
{
    struct trl_json json;

    trl_json_init(&json, out, TRL_KEEP_LEVELS_MAX);
    for (int level = TRAIL_LEVEL_DEBUG; level < TRAIL_LEVEL_OFF; level++) {
        if (gap->lost[level] > 0) {
            const char *name = trail_level_name((enum trail_level)level);
            trl_json_raw(&json, json.at == out ? "{" : ",", 1);
            trl_json_string(&json, name, strlen(name));
            TRL_JSON_LITERAL(&json, ":");
            trl_json_uint(&json, gap->lost[level]);
        }
    }
    TRL_JSON_LITERAL(&json, "}");
    return (size_t)(json.at - out);
}

/* Past the gate, as the lines that it stands before. */
static void tell_gap(const struct trl_keep *keep, enum trail_level level)
{
    static const struct trail_logger root;
    const struct trl_log_scope *scope = trl_log_scope_current();
    struct trl_keep_gap gap;
    char levels[TRL_KEEP_LEVELS_MAX];

    trl_keep_gap_of(keep, &gap);
    char *room = gap.count > 0 ? trl_output_begin(level) : NULL;
    if (room == NULL) {
        return;
    }
    const struct trail_field fields[] = {
        trail_kv("count", gap.count),
        trail_kv("reason", "keep_full"),
        trail_field_json(TRAIL_KEY_("levels"), levels, trl_keep_gap_levels(&gap, levels)),
        trail_kv("since", (const char *)gap.since),
    };
    const struct trl_event event = {
        .level = TRAIL_LEVEL_WARN,
        .name = "log_events_dropped",
        .name_size = sizeof("log_events_dropped") - 1,
        .message = "Log events were dropped",
        .fields = fields,
        .count = sizeof(fields) / sizeof(fields[0]),
    };
    const struct trail_logger *logger = scope != NULL ? &scope->logger : &root;
    trl_output_end(level, trl_line_format(room, TRAIL_LINE_MAX, logger, &event));
}

bool trl_keep_is_wanted(enum trail_level level, bool asked)
{
    const struct trl_log_scope *scope = trl_log_scope_current();
    enum trail_level threshold =
        scope != NULL && scope->level != TRAIL_LEVEL_DEFAULT ? scope->level : trl_gate_process();

    return level >= threshold || (asked && threshold < TRAIL_LEVEL_OFF);
}

void trl_keep_write(struct trl_keep *keep, enum trail_level level)
{
    struct trl_keep_reader reader;
    const char *line;
    size_t size;

    if (keep == NULL) {
        return;
    }
    if (keep->others != NULL) {
        trl_keep_close(keep->others);
    }
    tell_gap(keep, level);
    trl_keep_read(&reader, keep);
    while ((line = trl_keep_next(&reader, &size)) != NULL) {
        char *room = trl_output_begin(level);
        if (room != NULL) {
            memcpy(room, line, size);
            trl_output_end(level, size);
        }
    }
    keep->gap.count = 0;
    trl_keep_set_size(keep, 0);
    if (keep->others != NULL) {
        keep->others->gap.count = 0;
        trl_keep_set_size(keep->others, 0);
    }
}
