/* Log: fields, as they go into a line: the key, then the value, redacted where the key or its look
 * demands it. */
#include "log/member.h"

#include "core/counters.h"
#include "log/secret.h"

#include <string.h>

/* What stands farther behind in a value finds no room in a line, as long as no secret is longer. */
#define LOOKED_AT_MAX (TRAIL_LINE_MAX + 8192)

static bool write_redacted(struct trl_json *json)
{
    trl_count(TRL_COUNT_REDACTED);
    return TRL_JSON_LITERAL(json, "\"" TRL_REDACTED "\"");
}

static bool hides(const char *key, size_t key_size, char first_byte)
{
    enum trl_redact_class class = trl_redact_classify(key, key_size);
    bool text = first_byte == '"' || first_byte == '[';
    bool hidden = class == TRL_REDACT_VALUE || (class == TRL_REDACT_TEXT && text);

    if (hidden) {
        trl_count(TRL_COUNT_REDACTED);
    }
    return hidden;
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* trl_json_filter's; the room to write in is the thread's, and a JSON value without it is redacted
 * as a whole. */
static const char *clean(const struct trl_json_filter *filter, const char *text, size_t size,
                         size_t *ret_size)
{
    struct trl_log_local *local = filter->arg;

    if (!trl_redact_text(text, min_size(size, LOOKED_AT_MAX), local->clean, sizeof(local->clean),
                         ret_size)) {
        return NULL;
    }
    *ret_size = min_size(*ret_size, sizeof(local->clean));
    return local->clean;
}

static __attribute__((noinline)) bool write_searched(struct trl_members *members, const char *text,
                                                     size_t size)
{
    struct trl_log_local *local = trl_members_local(members);
    size_t looked_at = min_size(size, LOOKED_AT_MAX);
    size_t clean_size;

    if (!trl_redact_text(text, looked_at, local != NULL ? local->clean : NULL,
                         local != NULL ? sizeof(local->clean) : 0, &clean_size)) {
        return trl_json_string(members->json, text, size);
    }
    if (local == NULL) {
        return write_redacted(members->json);
    }
    members->json->truncated = members->json->truncated || looked_at < size;
    return trl_json_string(members->json, local->clean, min_size(clean_size, sizeof(local->clean)));
}

static inline bool write_unsuspected(struct trl_members *members, const char *text, size_t size)
{
    return trl_secrets_excluded(text, size) ? trl_json_string(members->json, text, size)
                                            : write_searched(members, text, size);
}

bool trl_members_write_text(struct trl_members *members, const char *text, size_t size)
{
    return write_unsuspected(members, text, size);
}

static bool write_query(struct trl_members *members, const struct trail_field *field)
{
    struct trl_log_local *local = trl_members_local(members);

    if (local == NULL) {
        return write_redacted(members->json);
    }
    size_t size =
        trl_redact_query(field->value.text, field->value_size, local->text, sizeof(local->text));
    return trl_members_write_text(members, local->text, min_size(size, sizeof(local->text)));
}

static bool write_text(struct trl_members *members, const struct trail_field *field,
                       enum trl_redact_class class)
{
    switch (class) {
    case TRL_REDACT_QUERY:
        return write_query(members, field);
    case TRL_REDACT_ALLOWED:
        return trl_json_string(members->json, field->value.text, field->value_size);
    default:
        return trl_members_write_text(members, field->value.text, field->value_size);
    }
}

static bool write_json(struct trl_members *members, const struct trail_field *field,
                       enum trl_redact_class class)
{
    struct trl_log_local *local = trl_members_local(members);

    if (local == NULL) {
        return write_redacted(members->json);
    }
    const struct trl_json_filter filter = {
        .hides = hides,
        .replacement = "\"" TRL_REDACTED "\"",
        .clean = clean,
        .room = local->text,
        .room_size = sizeof(local->text),
        .arg = local,
    };
    switch (trl_json_value(members->json, field->value.text, field->value_size,
                           class == TRL_REDACT_ALLOWED ? NULL : &filter)) {
    case TRL_JSON_WRITTEN:
        return true;
    case TRL_JSON_NO_ROOM:
        return false;
    case TRL_JSON_INVALID:
        break;
    }
    return write_text(members, field, class);
}

/* Whole numbers may be those of cards: then what was written from before on is taken back. */
static bool hide_card(struct trl_json *json, char *before, enum trl_redact_class class)
{
    if (class == TRL_REDACT_ALLOWED || !trl_secret_is_card(before, (size_t)(json->at - before))) {
        return true;
    }
    json->at = before;
    return write_redacted(json);
}

static bool write_uint(struct trl_json *json, uint64_t value, enum trl_redact_class class)
{
    char *before = json->at;

    return trl_json_uint(json, value) &&
           (value < TRL_CARD_NUMBER_MIN || hide_card(json, before, class));
}

/* Readers of JSON hand on any number as a double. Below 10^19 a whole one is digits alone. */
static bool write_double(struct trl_json *json, double value, enum trl_redact_class class)
{
    char *before = json->at;
    bool long_whole =
        value >= (double)TRL_CARD_NUMBER_MIN && value < 1e19 && (double)(uint64_t)value == value;

    return trl_json_double(json, value) && (!long_whole || hide_card(json, before, class));
}

static bool write_value(struct trl_members *members, const struct trail_field *field,
                        enum trl_redact_class class)
{
    bool text = field->type == TRAIL_FIELD_STRING || field->type == TRAIL_FIELD_JSON;
    bool null = text && field->value.text == NULL;

    if (class == TRL_REDACT_VALUE || (class == TRL_REDACT_TEXT && text && !null)) {
        return write_redacted(members->json);
    }
    if (null) {
        return trl_json_null(members->json);
    }
    switch (field->type) {
    case TRAIL_FIELD_BOOL:
        return trl_json_bool(members->json, field->value.boolean);
    case TRAIL_FIELD_INT:
        return field->value.integer < 0 ? trl_json_int(members->json, field->value.integer)
                                        : write_uint(members->json, field->value.natural, class);
    case TRAIL_FIELD_UINT:
        return write_uint(members->json, field->value.natural, class);
    case TRAIL_FIELD_DOUBLE:
        return write_double(members->json, field->value.real, class);
    case TRAIL_FIELD_STRING:
        return write_text(members, field, class);
    case TRAIL_FIELD_JSON:
        return write_json(members, field, class);
    case TRAIL_FIELD_NS:
        return trl_json_ms(members->json, field->value.natural);
    default:
        return trl_json_null(members->json);
    }
}

/* Whether an earlier field may have become a member of this name. A remembered key is plain, so
 * that only an equal key or a reserved one can have. */
static bool may_be_there(const struct trl_members *members, const struct trail_field *fields,
                         size_t index, const struct trl_key *key)
{
    if (key->literal == NULL || trl_keys_may_have(members->bound_keys, key) ||
        memchr(key->literal, '.', trl_key_name_size(key)) != NULL) {
        return true;
    }
    for (size_t i = 0; i < index; i++) {
        if (fields[i].key_size == trl_key_name_size(key) && fields[i].key != NULL &&
            memcmp(fields[i].key, key->literal, trl_key_name_size(key)) == 0) {
            return true;
        }
    }
    return false;
}

/* Makes way for a member: of one name the last stands. */
static void remove_earlier(struct trl_members *members, const struct trail_field *fields,
                           size_t index, const struct trl_key *key, const char *name)
{
    struct trl_json *json = members->json;
    size_t size;

    if (!may_be_there(members, fields, index, key)) {
        return;
    }
    char *found = trl_json_find_member(members->start, (size_t)(json->at - members->start), name,
                                       trl_key_name_size(key), &size);
    if (found != NULL) {
        memmove(found - 1, found + size, (size_t)(json->at - (found + size)));
        json->at -= size + 1;
    }
}

/* text is the key's `,"name":`. */
static bool add(struct trl_members *members, const struct trail_field *fields, size_t index,
                const struct trl_key *key, const char *text)
{
    struct trl_json *json = members->json;
    enum trl_redact_class class = trl_field_class(&fields[index], key->class);

    if (trl_keys_may_have(members->keys, key)) {
        remove_earlier(members, fields, index, key, text + 2);
    }
    members->keys |= key->bits;
    char *before = members->latest = json->at;
    if (!trl_json_raw(json, text, key->size) || !write_value(members, &fields[index], class)) {
        json->at = before;
        json->truncated = true;
        return false;
    }
    return true;
}

/* A key that has to be worked out; apart, since it needs a large frame. */
static __attribute__((noinline)) bool add_unknown(struct trl_members *members,
                                                  const struct trail_field *fields, size_t index)
{
    char buffer[TRL_KEY_TEXT_MAX];
    struct trl_key made;
    struct trl_log_local *local = trl_members_local(members);
    struct trl_key_cache *cache = local != NULL ? &local->keys : NULL;

    return add(members, fields, index, trl_key_make(cache, &fields[index], &made, buffer), buffer);
}

bool trl_members_add(struct trl_members *members, const struct trail_field *fields, size_t index)
{
    const struct trail_field *field = &fields[index];

    if (field->type == TRAIL_FIELD_NONE || field->key == NULL) {
        return true;
    }
    struct trl_log_local *local = trl_members_local(members);
    const struct trl_key *key = local != NULL ? trl_key_find(&local->keys, field) : NULL;
    return key != NULL ? add(members, fields, index, key, key->own_text)
                       : add_unknown(members, fields, index);
}
