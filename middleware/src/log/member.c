/* Log: fields, as they go into a line: the key, then the value, redacted where the key or its look
 * demands it. */
#include "log/member.h"

#include "core/counters.h"
#include "log/secret.h"

#include <string.h>

/* What stands farther behind in a value finds no room in a line, as long as no secret is longer. */
#define LOOKED_AT_MAX (TRAIL_LINE_MAX + 8192)

/* No card has fewer digits. */
#define CARD_NUMBER_MIN 1000000000000u

static bool write_redacted(struct trl_json *json)
{
    trl_count(TRL_COUNT_REDACTED);
    return TRL_JSON_LITERAL(json, "\"" TRL_REDACTED "\"");
}

static bool hides(const char *key, size_t key_size, char first_byte)
{
    enum trl_redact_class class = trl_redact_classify(key, key_size);
    bool hidden = class == TRL_REDACT_VALUE || (class == TRL_REDACT_TEXT && first_byte == '"');

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

bool trl_members_write_text(struct trl_members *members, const char *text, size_t size)
{
    struct trl_log_local *local = members->local;
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

static bool write_query(struct trl_members *members, const struct trail_field *field)
{
    struct trl_log_local *local = members->local;

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
    struct trl_log_local *local = members->local;

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

/* Whole numbers may be those of cards. */
static bool write_uint(struct trl_json *json, uint64_t value, enum trl_redact_class class)
{
    char *before = json->at;

    if (!trl_json_uint(json, value)) {
        return false;
    }
    if (value >= CARD_NUMBER_MIN && class != TRL_REDACT_ALLOWED &&
        trl_secret_is_card(before, (size_t)(json->at - before))) {
        json->at = before;
        return write_redacted(json);
    }
    return true;
}

static bool write_value(struct trl_members *members, const struct trail_field *field,
                        enum trl_redact_class class)
{
    struct trl_json *json = members->json;

    if (class == TRL_REDACT_VALUE ||
        (class == TRL_REDACT_TEXT &&
         (field->type == TRAIL_FIELD_STRING || field->type == TRAIL_FIELD_JSON))) {
        return write_redacted(json);
    }
    switch (field->type) {
    case TRAIL_FIELD_BOOL:
        return trl_json_bool(json, field->value.boolean);
    case TRAIL_FIELD_INT:
        return field->value.integer < 0 ? trl_json_int(json, field->value.integer)
                                        : write_uint(json, field->value.natural, class);
    case TRAIL_FIELD_UINT:
        return write_uint(json, field->value.natural, class);
    case TRAIL_FIELD_DOUBLE:
        return trl_json_double(json, field->value.real);
    case TRAIL_FIELD_STRING:
        return write_text(members, field, class);
    case TRAIL_FIELD_JSON:
        return write_json(members, field, class);
    case TRAIL_FIELD_NS:
        return trl_json_ms(json, field->value.natural);
    default:
        return trl_json_null(json);
    }
}

/* The room for a fixed number of bytes is one move of a few registers. */
static bool write_key(struct trl_json *json, const struct trl_key *key)
{
    if (key->copyable != 0 && json->end - json->at >= TRL_KEY_CACHED_TEXT) {
        memcpy(json->at, key->text, TRL_KEY_CACHED_TEXT);
        json->at += key->size;
        return true;
    }
    return trl_json_raw(json, key->text, key->size);
}

static void remove_earlier(struct trl_members *members, const struct trl_key *key)
{
    struct trl_json *json = members->json;
    size_t size;
    char *found = trl_json_find_member(members->start, (size_t)(json->at - members->start),
                                       trl_key_name(key), trl_key_name_size(key), &size);

    if (found != NULL) {
        memmove(found - 1, found + size, (size_t)(json->at - (found + size)));
        json->at -= size + 1;
    }
}

/* A field of trail's own: its key needs no judgement, its value no look. */
static bool add_plain(struct trl_members *members, const struct trail_field *field)
{
    struct trl_json *json = members->json;
    char *before = json->at;

    if ((size_t)(json->end - json->at) < (size_t)field->key_size + 4) {
        json->truncated = true;
        return false;
    }
    json->at[0] = ',';
    json->at[1] = '"';
    memcpy(json->at + 2, field->key, field->key_size);
    json->at += field->key_size + 2;
    memcpy(json->at, "\":", 2);
    json->at += 2;
    if (!write_value(members, field, TRL_REDACT_ALLOWED)) {
        json->at = before;
        json->truncated = true;
        return false;
    }
    return true;
}

bool trl_members_add(struct trl_members *members, const struct trail_field *field)
{
    struct trl_json *json = members->json;
    char buffer[TRL_KEY_TEXT_MAX];

    if (field->type == TRAIL_FIELD_NONE || field->key == NULL) {
        return true;
    }
    if (field->literal == TRL_FIELD_PLAIN && members->unbound) {
        return add_plain(members, field);
    }
    struct trl_key_cache *cache = members->local != NULL ? &members->local->keys : NULL;
    struct trl_key key = trl_key_of(cache, field, buffer);
    if ((members->keys & trl_members_bit(key.hash)) != 0) {
        remove_earlier(members, &key);
    }
    char *before = json->at;
    if (!write_key(json, &key) || !write_value(members, field, key.class)) {
        json->at = before;
        json->truncated = true;
        return false;
    }
    members->keys |= trl_members_bit(key.hash);
    return true;
}
