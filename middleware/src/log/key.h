/* Keys of fields: serialised, judged, and remembered. */
#ifndef TRL_LOG_KEY_H
#define TRL_LOG_KEY_H

#include "core/likely.h"
#include "core/word.h"
#include "log/redact.h"

#include <trail/field.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The most bytes of `,"name":`; longer names are cut. */
#define TRL_KEY_TEXT_MAX 512

/* Bytes of `,"name":` that are remembered with a literal; longer ones are judged each time. */
#define TRL_KEY_SLOT_TEXT 32
#define TRL_KEY_SLOTS     256

/* As trail_field.literal: a literal of trail's own, which is there as long as the cache is, with a
 * value that can be no secret unless its key is configured as one. */
#define TRL_FIELD_PLAIN 2

/* How a field's value is judged; class: that of its key. */
static inline enum trl_redact_class trl_field_class(const struct trail_field *field,
                                                    enum trl_redact_class class)
{
    bool plain = field->literal == TRL_FIELD_PLAIN && class == TRL_REDACT_NOT;

    return plain ? TRL_REDACT_ALLOWED : class;
}

/* What a value under a remembered key is made of, where no judgement is left to make. */
enum trl_key_use {
    TRL_USE_SPECIAL, /* each value is judged anew, or is rare */
    TRL_USE_TEXT,
    TRL_USE_TEXT_ALLOWED, /* not looked through for secrets */
    TRL_USE_NATURAL,
    TRL_USE_DOUBLE,
    TRL_USE_NS,
    TRL_USE_BOOL,
};

/* A key as it goes into a line: one cache line. */
struct trl_key {
    const char *literal;              /* where it was found; NULL: it is not remembered */
    _Alignas(8) uint64_t form;        /* of the field that it was made for: trl_field_form() */
    uint64_t bits;                    /* two of the serialised name, in a filter over names */
    uint16_t size;                    /* of `,"name":` */
    uint8_t class;                    /* enum trl_redact_class */
    uint8_t use;                      /* enum trl_key_use, for a field of this form */
    uint32_t compared;                /* bytes of the literal that may have changed */
    char own_text[TRL_KEY_SLOT_TEXT]; /* `,"name":` of a remembered key */
};

_Static_assert(sizeof(struct trl_key) == 64, "a key is one cache line");

struct trl_key_cache {
    struct trl_key slots[TRL_KEY_SLOTS];
    unsigned generation; /* of the configuration that the judgements stand on */
};

/* Works out the key of a field, which holds as long as its literal stands and the configuration is
 * the same; neither is looked at. False: it can't be remembered, and nothing is written. */
bool trl_key_make_lasting(struct trl_key *ret_key, const struct trail_field *field);

/* Works out the key of a field, which is not NULL; borrowed until the next: in the cache if it is a
 * literal that can be remembered, else in *made. Its `,"name":` is in buffer either way. cache may
 * be NULL. */
const struct trl_key *trl_key_make(struct trl_key_cache *cache, const struct trail_field *field,
                                   struct trl_key *made, char buffer[TRL_KEY_TEXT_MAX]);

/* Size of the key, type and origin of a field, in one word. */
static inline uint64_t trl_field_form(const struct trail_field *field)
{
    uint64_t form;

    _Static_assert(offsetof(struct trail_field, value) ==
                       offsetof(struct trail_field, key_size) + sizeof(form),
                   "a field's form is one word");
    memcpy(&form, &field->key_size, sizeof(form));
    return form;
}

/* Of the name inside `,"name":`. */
static inline size_t trl_key_name_size(const struct trl_key *key)
{
    return key->size - 4u;
}

/* Forgets what was judged under another configuration. */
static inline void trl_key_cache_check(struct trl_key_cache *cache)
{
    if (TRL_UNLIKELY(cache->generation != trl_redact_generation())) {
        memset(cache, 0, sizeof(*cache));
        cache->generation = trl_redact_generation();
    }
}

/* A literal is in one of two slots, since two keys of one event may well have the same first one.
 */
static inline struct trl_key *trl_key_slot(struct trl_key_cache *cache, const char *literal)
{
    uintptr_t address = (uintptr_t)literal;

    return &cache->slots[(address ^ address >> 8) % TRL_KEY_SLOTS];
}

static inline struct trl_key *trl_key_second_slot(struct trl_key_cache *cache,
                                                  const struct trl_key *slot)
{
    return &cache->slots[(size_t)(slot - cache->slots) ^ 1];
}

/* Whether size bytes are equal; without a call for the sizes that most keys have. */
static inline bool trl_key_equal(const char *left, const char *right, size_t size)
{
    if (size == 0) {
        return true;
    }
    if (size >= 8 && size <= 16) {
        return ((trl_load_8(left) ^ trl_load_8(right)) |
                (trl_load_8(left + size - 8) ^ trl_load_8(right + size - 8))) == 0;
    }
    if (size >= 4 && size < 8) {
        return ((trl_load_4(left) ^ trl_load_4(right)) |
                (trl_load_4(left + size - 4) ^ trl_load_4(right + size - 4))) == 0;
    }
    return memcmp(left, right, size) == 0;
}

/* A literal is looked up by address and size, and by content: an unloaded library's addresses come
 * back with other literals. */
static inline bool trl_key_unchanged(const struct trl_key *slot, const struct trail_field *field)
{
    return trl_key_equal(slot->own_text + 2, field->key, slot->compared);
}

/* The key of a field, if it is remembered; the cache was checked. */
static inline const struct trl_key *trl_key_find(struct trl_key_cache *cache,
                                                 const struct trail_field *field)
{
    const struct trl_key *slot = trl_key_slot(cache, field->key);

    if (slot->literal != field->key) {
        slot = trl_key_second_slot(cache, slot);
    }
    bool known = field->literal != 0 && slot->literal == field->key &&
                 trl_key_name_size(slot) == field->key_size && trl_key_unchanged(slot, field);

    return known ? slot : NULL;
}

/* Whether a filter may hold the name (Bloom, 1970, with two bits for each). */
static inline bool trl_keys_may_have(uint64_t filter, const struct trl_key *key)
{
    return (filter & key->bits) == key->bits;
}

#endif
