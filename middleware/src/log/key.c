/* Log: the keys of fields. Nearly all are literals and come again and again, so that what they
 * serialise to and whether they stand for a secret is worked out once for each thread. */
#include "log/key.h"

#include "core/json.h"

#include <stdbool.h>
#include <string.h>

/* The names that trail itself gives a line. */
static const char *const reserved[] = {
    "timestamp", "level",  "service",      "environment", "event",   "requestId",
    "traceId",   "spanId", "parentSpanId", "jobId",       "message", "truncated",
};

static bool is_reserved(const char *key, size_t size)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strlen(reserved[i]) == size && memcmp(reserved[i], key, size) == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t hash_name(const char *text, size_t size)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    return hash ^ hash >> 15;
}

static void make_key(struct trl_key *key, const char *name, size_t size,
                     char buffer[TRL_KEY_TEXT_MAX])
{
    struct trl_json json;

    trl_json_init(&json, buffer, TRL_KEY_TEXT_MAX - 16);
    TRL_JSON_LITERAL(&json, ",");
    trl_json_string(&json, name, size);
    if (is_reserved(buffer + 2, (size_t)(json.at - buffer) - 3)) {
        memmove(buffer + 8, buffer + 2, (size_t)(json.at - buffer) - 2);
        memcpy(buffer + 2, "field.", 6);
        json.at += 6;
    }
    *json.at++ = ':';
    *key = (struct trl_key){.size = (uint16_t)(json.at - buffer)};
    key->class = (uint8_t)trl_redact_classify(name, size);
    uint32_t hash = hash_name(buffer + 2, trl_key_name_size(key));
    key->bits = (uint64_t)1 << hash % 64 | (uint64_t)1 << hash / 64 % 64;
}

/* Only what serialises to itself is remembered, so that the slot's text can be held against the
 * literal. */
static bool can_be_remembered(const struct trail_field *field, const struct trl_key *key,
                              const char *text)
{
    return field->literal != 0 && key->size <= TRL_KEY_SLOT_TEXT &&
           trl_key_name_size(key) == field->key_size &&
           memcmp(text + 2, field->key, field->key_size) == 0;
}

static enum trl_key_use use_of(const struct trail_field *field, enum trl_redact_class class)
{
    bool allowed = class == TRL_REDACT_ALLOWED;

    if (class != TRL_REDACT_NOT && !allowed) {
        return TRL_USE_SPECIAL;
    }
    switch (field->type) {
    case TRAIL_FIELD_STRING:
        return allowed ? TRL_USE_TEXT_ALLOWED : TRL_USE_TEXT;
    case TRAIL_FIELD_INT:
    case TRAIL_FIELD_UINT:
        return TRL_USE_NATURAL;
    case TRAIL_FIELD_DOUBLE:
        return TRL_USE_DOUBLE;
    case TRAIL_FIELD_NS:
        return TRL_USE_NS;
    case TRAIL_FIELD_BOOL:
        return TRL_USE_BOOL;
    default:
        return TRL_USE_SPECIAL;
    }
}

static void remember(struct trl_key *slot, const struct trail_field *field,
                     const struct trl_key *made, const char *text)
{
    *slot = *made;
    memcpy(slot->own_text, text, made->size);
    slot->literal = field->key;
    slot->form = trl_field_form(field);
    slot->use = (uint8_t)use_of(field, trl_field_class(field, made->class));
    slot->compared = field->literal == TRL_FIELD_PLAIN ? 0 : field->key_size;
}

bool trl_key_make_lasting(struct trl_key *ret_key, const struct trail_field *field)
{
    char buffer[TRL_KEY_TEXT_MAX];
    struct trl_key made;

    make_key(&made, field->key, field->key_size, buffer);
    if (!can_be_remembered(field, &made, buffer)) {
        return false;
    }
    remember(ret_key, field, &made, buffer);
    return true;
}

/* The slot that is to hold a literal: that which does, or the first one, whose key moves on to the
 * second. */
static struct trl_key *make_way(struct trl_key_cache *cache, const char *literal)
{
    struct trl_key *first = trl_key_slot(cache, literal);
    struct trl_key *second = trl_key_second_slot(cache, first);

    if (second->literal == literal) {
        return second;
    }
    if (first->literal != NULL && first->literal != literal) {
        *second = *first;
    }
    return first;
}

const struct trl_key *trl_key_make(struct trl_key_cache *cache, const struct trail_field *field,
                                   struct trl_key *made, char buffer[TRL_KEY_TEXT_MAX])
{
    make_key(made, field->key, field->key_size, buffer);
    if (cache == NULL || !can_be_remembered(field, made, buffer)) {
        return made;
    }
    struct trl_key *slot = make_way(cache, field->key);
    remember(slot, field, made, buffer);
    return slot;
}
