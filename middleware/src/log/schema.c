/* Log: lines in the schemas of other ecosystems. A table says what each field is called there; what
 * no entry takes, because it has another name or another type, keeps its own. */
#include "log/schema.h"

#include "core/clock.h"
#include "core/json.h"
#include "core/json_read.h"
#include "log/schema_map.h"
#include "log/schema_value.h"

#include <trail/log.h>

#include <string.h>

#define ENTRIES_MAX 32

/* Kept back for `,"truncated":true`, the brackets and the newline. */
#define RESERVED 64

/* Where the next member goes. */
struct pen {
    struct trl_json json;
    const char *open[TRL_SCHEMA_PATH_MAX]; /* the objects that are open inside the line's */
    size_t depth;
    bool comma;
};

struct rewriting {
    const struct trl_schema_map *map;
    const struct trl_schema_options *options;
    struct pen pen;
    bool truncated;                              /* the line was before */
    struct trl_json_member sources[ENTRIES_MAX]; /* by entry; key.text NULL: not in the line */
    bool taken[ENTRIES_MAX];
};

static void put_name(struct pen *pen, const char *name)
{
    if (pen->comma) {
        TRL_JSON_LITERAL(&pen->json, ",");
    }
    trl_json_string(&pen->json, name, strlen(name));
    TRL_JSON_LITERAL(&pen->json, ":");
    pen->comma = true;
}

/* Closes and opens objects until those of path are open. */
static void go_to(struct pen *pen, const char *const *path, size_t depth)
{
    size_t common = 0;

    while (common < depth && common < pen->depth && strcmp(path[common], pen->open[common]) == 0) {
        common++;
    }
    for (; pen->depth > common; pen->depth--) {
        TRL_JSON_LITERAL(&pen->json, "}");
        pen->comma = true;
    }
    for (; pen->depth < depth; pen->depth++) {
        put_name(pen, path[pen->depth]);
        TRL_JSON_LITERAL(&pen->json, "{");
        pen->open[pen->depth] = path[pen->depth];
        pen->comma = false;
    }
}

/* To the object for what no entry takes. */
static void go_to_rest(struct rewriting *rewriting)
{
    go_to(&rewriting->pen, &rewriting->map->rest, rewriting->map->rest != NULL ? 1 : 0);
}

/* What was not written as a whole leaves no trace, not even of the objects it would stand in. */
static void settle(struct rewriting *rewriting, const struct pen *before, bool written)
{
    bool truncated = before->json.truncated || rewriting->pen.json.truncated;

    if (!written) {
        rewriting->pen = *before;
    }
    rewriting->pen.json.truncated = truncated;
}

static size_t depth_of(const struct trl_schema_entry *entry)
{
    size_t depth = 0;

    while (entry->path[depth + 1] != NULL) {
        depth++;
    }
    return depth;
}

static bool has_source(const struct rewriting *rewriting, const char *source)
{
    for (size_t i = 0; i < rewriting->map->count; i++) {
        const char *own = rewriting->map->entries[i].source;
        if (own != NULL && strcmp(own, source) == 0 && rewriting->sources[i].key.text != NULL) {
            return true;
        }
    }
    return false;
}

static void put_entry(struct rewriting *rewriting, size_t index)
{
    const struct trl_schema_map *map = rewriting->map;
    const struct trl_schema_entry *entry = &map->entries[index];
    struct pen *pen = &rewriting->pen;
    struct pen before = *pen;

    if ((entry->source != NULL && rewriting->sources[index].key.text == NULL) ||
        (entry->kind == TRL_KIND_STANDIN && has_source(rewriting, entry->text)) ||
        (map->guarded != NULL && strcmp(entry->path[0], map->guarded) == 0 &&
         !has_source(rewriting, map->guard))) {
        return;
    }
    size_t depth = depth_of(entry);
    pen->json.truncated = false;
    go_to(pen, entry->path, depth);
    put_name(pen, entry->path[depth]);
    rewriting->taken[index] =
        !pen->json.truncated && trl_schema_put_value(&pen->json, entry, &rewriting->sources[index],
                                                     rewriting->options->project);
    settle(rewriting, &before, rewriting->taken[index]);
}

static bool is_taken(const struct rewriting *rewriting, const struct trl_json_member *member)
{
    for (size_t i = 0; i < rewriting->map->count; i++) {
        if (rewriting->taken[i] && rewriting->sources[i].key.text == member->key.text) {
            return true;
        }
    }
    return false;
}

/* Whether the schema itself uses a name in the object where the rest goes. */
static bool is_used(const struct trl_schema_map *map, const struct trl_json_member *member)
{
    for (size_t i = 0; i < map->count; i++) {
        const char *const *path = map->entries[i].path;
        bool same_object = map->rest == NULL || strcmp(path[0], map->rest) == 0;
        if (same_object && trl_json_key_is(member, path[map->rest == NULL ? 0 : 1])) {
            return true;
        }
    }
    return false;
}

static void put_rest(struct rewriting *rewriting, const struct trl_json_member *member)
{
    struct pen before = rewriting->pen;
    struct trl_json *json = &rewriting->pen.json;

    json->truncated = false;
    go_to_rest(rewriting);
    if (rewriting->pen.comma) {
        TRL_JSON_LITERAL(json, ",");
    }
    rewriting->pen.comma = true;
    TRL_JSON_LITERAL(json, "\"");
    if (is_used(rewriting->map, member)) {
        TRL_JSON_LITERAL(json, "field.");
    }
    trl_json_raw(json, member->key.text, member->key.size);
    TRL_JSON_LITERAL(json, "\":");
    bool written = !json->truncated &&
                   (member->type == TRL_JSON_STRING
                        ? trl_json_string_again(json, member->value.text, member->value.size)
                        : trl_json_raw(json, member->value.text, member->value.size));
    settle(rewriting, &before, written);
}

/* Notes which members the table has names for. */
static bool read_sources(struct rewriting *rewriting, const char *line, size_t size)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;

    if (!trl_json_object_begin(&lexer, line, size)) {
        return false;
    }
    while (trl_json_object_next(&lexer, &member)) {
        for (size_t i = 0; i < rewriting->map->count; i++) {
            const char *source = rewriting->map->entries[i].source;
            if (source != NULL && trl_json_key_is(&member, source)) {
                rewriting->sources[i] = member;
            }
        }
        if (trl_json_key_is(&member, "truncated") && member.type == TRL_JSON_TRUE) {
            rewriting->truncated = true;
        }
    }
    return trl_json_object_ok(&lexer);
}

static void put_members(struct rewriting *rewriting, const char *line, size_t size)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;

    TRL_JSON_LITERAL(&rewriting->pen.json, "{");
    for (size_t i = 0; i < rewriting->map->count; i++) {
        put_entry(rewriting, i);
    }
    trl_json_object_begin(&lexer, line, size);
    while (trl_json_object_next(&lexer, &member)) {
        if (!is_taken(rewriting, &member) && !trl_json_key_is(&member, "truncated")) {
            put_rest(rewriting, &member);
        }
    }
}

static const struct trl_schema_map *map_of(enum trl_schema schema)
{
    switch (schema) {
    case TRL_SCHEMA_ECS:
        return &trl_schema_ecs;
    case TRL_SCHEMA_OTEL:
        return &trl_schema_otel;
    case TRL_SCHEMA_GCP:
        return &trl_schema_gcp;
    case TRL_SCHEMA_TRAIL:
        break;
    }
    return NULL;
}

size_t trl_schema_line(const struct trl_schema_options *options, const char *line, size_t size,
                       char *out, size_t capacity)
{
    struct rewriting rewriting = {.map = map_of(options->schema), .options = options};

    if (rewriting.map == NULL || capacity < TRAIL_LINE_MAX ||
        !read_sources(&rewriting, line, size)) {
        return 0;
    }
    struct pen *pen = &rewriting.pen;
    trl_json_init(&pen->json, out, TRAIL_LINE_MAX - RESERVED);
    put_members(&rewriting, line, size);
    pen->json.end = out + TRAIL_LINE_MAX;
    if (rewriting.truncated || pen->json.truncated) {
        go_to_rest(&rewriting);
        put_name(pen, "truncated");
        TRL_JSON_LITERAL(&pen->json, "true");
    }
    go_to(pen, pen->open, 0);
    TRL_JSON_LITERAL(&pen->json, "}\n");
    return (size_t)(pen->json.at - out);
}
