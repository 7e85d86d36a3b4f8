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

static struct trl_key make_key(const char *name, size_t size, char buffer[TRL_KEY_TEXT_MAX])
{
    struct trl_json json;
    struct trl_key key = {.text = buffer, .class = trl_redact_classify(name, size)};

    trl_json_init(&json, buffer, TRL_KEY_TEXT_MAX - 1);
    TRL_JSON_LITERAL(&json, ",");
    trl_json_string(&json, name, size);
    if (is_reserved(buffer + 2, (size_t)(json.at - buffer) - 3)) {
        memmove(buffer + 8, buffer + 2, (size_t)(json.at - buffer) - 2);
        memcpy(buffer + 2, "field.", 6);
        json.at += 6;
    }
    *json.at++ = ':';
    key.size = (uint32_t)(json.at - buffer);
    key.hash = hash_name(trl_key_name(&key), trl_key_name_size(&key));
    return key;
}

static struct trl_key from_slot(const struct trl_key_slot *slot)
{
    return (struct trl_key){.text = slot->text,
                            .size = slot->size,
                            .hash = slot->hash,
                            .class = (enum trl_redact_class)slot->class,
                            .copyable = TRL_KEY_CACHED_TEXT};
}

/* Only what serialises to itself is remembered, so that the slot's text can be held against the
 * literal. */
static bool remember(struct trl_key_slot *slot, const struct trail_field *field,
                     const struct trl_key *key)
{
    if (key->size > TRL_KEY_CACHED_TEXT || trl_key_name_size(key) != field->key_size ||
        memcmp(trl_key_name(key), field->key, field->key_size) != 0) {
        return false;
    }
    slot->literal = field->key;
    slot->literal_size = (uint16_t)field->key_size;
    slot->hash = key->hash;
    slot->class = (uint8_t)key->class;
    slot->size = (uint8_t)key->size;
    memcpy(slot->text, key->text, key->size);
    return true;
}

struct trl_key trl_key_of(struct trl_key_cache *cache, const struct trail_field *field,
                          char buffer[TRL_KEY_TEXT_MAX])
{
    if (cache == NULL || !field->literal) {
        return make_key(field->key, field->key_size, buffer);
    }
    if (cache->generation != trl_redact_generation()) {
        memset(cache, 0, sizeof(*cache));
        cache->generation = trl_redact_generation();
    }
    uintptr_t address = (uintptr_t)field->key;
    struct trl_key_slot *slot = &cache->slots[(address ^ address >> 8) % TRL_KEY_CACHE_SLOTS];
    if (slot->literal == field->key && slot->literal_size == field->key_size &&
        memcmp(slot->text + 2, field->key, field->key_size) == 0) {
        return from_slot(slot);
    }
    struct trl_key key = make_key(field->key, field->key_size, buffer);
    return remember(slot, field, &key) ? from_slot(slot) : key;
}
