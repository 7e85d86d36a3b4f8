/* Log: lines in the schemas of other ecosystems, read back into trail's. The tables are those that
 * the lines were written by. */
#include "core/clock.h"
#include "core/json.h"
#include "core/json_read.h"
#include "log/schema.h"
#include "log/schema_map.h"

#include <trail/log.h>

#include <string.h>

struct reading {
    const struct trl_schema_map *map;
    struct trl_json_span line;
    struct trl_json json;
};

/* How each schema's lines begin, as trail writes them. */
static const struct {
    const char *start;
    const struct trl_schema_map *map;
} starts[] = {
    {"{\"@timestamp\":\"", &trl_schema_ecs},
    {"{\"Timestamp\":\"", &trl_schema_otel},
    {"{\"time\":\"", &trl_schema_gcp},
};

/* Follows a path of names from the line on. */
static bool find(const struct reading *reading, const char *const *path,
                 struct trl_json_member *ret_member)
{
    struct trl_json_span object = reading->line;

    for (size_t i = 0; path[i] != NULL; i++) {
        if (!trl_json_find(object.text, object.size, path[i], ret_member)) {
            return false;
        }
        object = ret_member->value;
    }
    return true;
}

/* Digits with at most one point among them, times 10 to the power of scale. */
static bool read_scaled(struct trl_json_span text, unsigned scale, uint64_t *ret_value)
{
    uint64_t value = 0;
    bool behind_point = false;

    for (size_t i = 0; i < text.size; i++) {
        char c = text.text[i];
        if (c == '.' && !behind_point) {
            behind_point = true;
        } else if (c < '0' || c > '9' || value > UINT64_MAX / 100) {
            return false;
        } else if (!behind_point || scale > 0) {
            value = value * 10 + (uint64_t)(c - '0');
            scale -= behind_point ? 1 : 0;
        }
    }
    for (; scale > 0 && value <= UINT64_MAX / 10; scale--) {
        value *= 10;
    }
    *ret_value = value;
    return text.size > 0 && scale == 0;
}

static bool put_quoted(struct trl_json *json, struct trl_json_span text)
{
    return TRL_JSON_LITERAL(json, "\"") && trl_json_raw(json, text.text, text.size) &&
           TRL_JSON_LITERAL(json, "\"");
}

static bool put_time(struct trl_json *json, struct trl_json_span text)
{
    char timestamp[TRL_TIMESTAMP_SIZE];
    uint64_t ns;

    if (!read_scaled(text, 0, &ns)) {
        return false;
    }
    trl_clock_format_ms((int64_t)(ns / 1000000), timestamp);
    return put_quoted(json, (struct trl_json_span){timestamp, sizeof(timestamp)});
}

static bool put_level(struct trl_json *json, const char *list, struct trl_json_span value)
{
    for (int level = TRAIL_LEVEL_DEBUG; level <= TRAIL_LEVEL_FATAL; level++) {
        size_t size = strcspn(list, ",");
        if (size == value.size + 2 && memcmp(list + 1, value.text, value.size) == 0) {
            const char *name = trail_level_name((enum trail_level)level);
            return put_quoted(json, (struct trl_json_span){name, strlen(name)});
        }
        list += size + (list[size] == ',' ? 1 : 0);
    }
    return false;
}

/* The host, which may be an IPv6 address, and the port that stands beside it. */
static bool put_target(struct reading *reading, const struct trl_schema_entry *entry,
                       struct trl_json_span host)
{
    const struct trl_schema_entry *port_entry = entry + 1;
    struct trl_json *json = &reading->json;
    struct trl_json_member port;
    bool brackets = memchr(host.text, ':', host.size) != NULL;
    bool known = port_entry->kind == TRL_KIND_PORT && find(reading, port_entry->path, &port) &&
                 port.type == TRL_JSON_NUMBER;

    return TRL_JSON_LITERAL(json, "\"") && (!brackets || TRL_JSON_LITERAL(json, "[")) &&
           trl_json_raw(json, host.text, host.size) && (!brackets || TRL_JSON_LITERAL(json, "]")) &&
           (!known || (TRL_JSON_LITERAL(json, ":") &&
                       trl_json_raw(json, port.value.text, port.value.size))) &&
           TRL_JSON_LITERAL(json, "\"");
}

static bool put_text(struct reading *reading, const struct trl_schema_entry *entry,
                     struct trl_json_span text)
{
    struct trl_json *json = &reading->json;
    const char *slash = memrchr(text.text, '/', text.size);
    uint64_t number;

    switch (entry->kind) {
    case TRL_KIND_LEVEL:
        return put_level(json, entry->text, text);
    case TRL_KIND_TIME_AS_NS:
        return put_time(json, text);
    case TRL_KIND_MS_AS_DURATION:
        text.size -= text.size > 0 ? 1 : 0; /* its `s` */
        return read_scaled(text, 9, &number) && trl_json_ms(json, number);
    case TRL_KIND_COUNT_TEXT:
        return read_scaled(text, 0, &number) && trl_json_uint(json, number);
    case TRL_KIND_HOST:
        return put_target(reading, entry, text);
    case TRL_KIND_TRACE:
        text.size -= slash != NULL ? (size_t)(slash + 1 - text.text) : 0;
        text.text = slash != NULL ? slash + 1 : text.text;
        return put_quoted(json, text);
    default:
        return put_quoted(json, text);
    }
}

static bool put_value(struct reading *reading, const struct trl_schema_entry *entry,
                      const struct trl_json_member *member)
{
    uint64_t duration_ns;

    if (member->type == TRL_JSON_STRING) {
        return put_text(reading, entry, member->value);
    }
    if (entry->kind == TRL_KIND_MS_AS_NS) {
        return read_scaled(member->value, 0, &duration_ns) &&
               trl_json_ms(&reading->json, duration_ns);
    }
    return trl_json_raw(&reading->json, member->value.text, member->value.size);
}

/* Whether what is found at the entry's place is only there in place of another field's. */
static bool is_standin(const struct reading *reading, const struct trl_schema_entry *entry,
                       const struct trl_json_member *member)
{
    const struct trl_schema_map *map = reading->map;
    struct trl_json_member other;

    for (size_t i = 0; i < map->count; i++) {
        const struct trl_schema_entry *standin = &map->entries[i];
        if (standin->kind != TRL_KIND_STANDIN || strcmp(standin->text, entry->source) != 0) {
            continue;
        }
        for (size_t j = i + 1; j < map->count; j++) {
            if (map->entries[j].source != NULL &&
                strcmp(map->entries[j].source, standin->source) == 0) {
                return find(reading, map->entries[j].path, &other) &&
                       other.value.size == member->value.size &&
                       memcmp(other.value.text, member->value.text, other.value.size) == 0;
            }
        }
    }
    return false;
}

static bool put_as_is(struct trl_json *json, const struct trl_json_member *member)
{
    return member->type == TRL_JSON_STRING
               ? put_quoted(json, member->value)
               : trl_json_raw(json, member->value.text, member->value.size);
}

static void put_comma(struct trl_json *json)
{
    if (json->at[-1] != '{') {
        TRL_JSON_LITERAL(json, ",");
    }
}

/* A value that can't be what the schema says is left as it is. */
static void put_entry(struct reading *reading, const struct trl_schema_entry *entry)
{
    struct trl_json_member member;

    if (!find(reading, entry->path, &member) || is_standin(reading, entry, &member)) {
        return;
    }
    put_comma(&reading->json);
    trl_json_string(&reading->json, entry->source, strlen(entry->source));
    TRL_JSON_LITERAL(&reading->json, ":");
    char *value = reading->json.at;
    if (!put_value(reading, entry, &member)) {
        reading->json.at = value;
        put_as_is(&reading->json, &member);
    }
}

/* The second half of a pair is read with the first, and what stood in for another is not read. */
static bool is_read_elsewhere(const struct trl_schema_map *map, size_t index)
{
    const struct trl_schema_entry *entry = &map->entries[index];

    return entry->kind == TRL_KIND_FIXED || entry->kind == TRL_KIND_STANDIN ||
           entry->kind == TRL_KIND_PORT ||
           (entry->kind == TRL_KIND_LEVEL && index > 0 &&
            strcmp(map->entries[index - 1].source, entry->source) == 0);
}

static bool is_of_table(const struct trl_schema_map *map, const struct trl_json_member *member,
                        size_t depth)
{
    for (size_t i = 0; i < map->count; i++) {
        const char *const *path = map->entries[i].path;
        bool inside = depth == 0 || (map->rest != NULL && strcmp(path[0], map->rest) == 0);
        if (inside && trl_json_key_is(member, path[depth])) {
            return true;
        }
    }
    return false;
}

/* The members of object that have kept their names. */
static void put_rest(struct reading *reading, struct trl_json_span object, size_t depth)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;
    struct trl_json *json = &reading->json;

    if (!trl_json_object_begin(&lexer, object.text, object.size)) {
        return;
    }
    while (trl_json_object_next(&lexer, &member)) {
        if (is_of_table(reading->map, &member, depth) ||
            (depth == 0 && reading->map->rest != NULL &&
             trl_json_key_is(&member, reading->map->rest))) {
            continue;
        }
        put_comma(json);
        put_quoted(json, member.key);
        TRL_JSON_LITERAL(json, ":");
        put_as_is(json, &member);
    }
}

static const struct trl_schema_map *map_of(const char *line, size_t size)
{
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        size_t start_size = strlen(starts[i].start);
        if (size > start_size && memcmp(line, starts[i].start, start_size) == 0) {
            return starts[i].map;
        }
    }
    return NULL;
}

size_t trl_schema_read(const char *line, size_t size, char *out, size_t capacity)
{
    struct reading reading = {.map = map_of(line, size), .line = {line, size}};
    struct trl_json_member rest;

    if (reading.map == NULL || !find(&reading, reading.map->entries[0].path, &rest)) {
        return 0;
    }
    trl_json_init(&reading.json, out, capacity);
    TRL_JSON_LITERAL(&reading.json, "{");
    for (size_t i = 0; i < reading.map->count; i++) {
        if (!is_read_elsewhere(reading.map, i)) {
            put_entry(&reading, &reading.map->entries[i]);
        }
    }
    put_rest(&reading, reading.line, 0);
    if (reading.map->rest != NULL && trl_json_find(line, size, reading.map->rest, &rest) &&
        rest.type == TRL_JSON_OBJECT_BEGIN) {
        put_rest(&reading, rest.value, 1);
    }
    TRL_JSON_LITERAL(&reading.json, "}");
    return reading.json.truncated ? 0 : (size_t)(reading.json.at - out);
}
