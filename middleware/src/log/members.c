/* Log: the fields of an event that surely fits, which nearly all do. What is usual goes straight
 * from the field into the line, with no check of room and no state in memory; whatever is not is
 * left to trl_members_add(). */
#include "core/json_put.h"
#include "log/member.h"
#include "log/text.h"

/* What is less usual than texts and whole numbers. */
static inline char *put_other(char *at, const struct trail_field *field)
{
    switch (field->type) {
    case TRAIL_FIELD_DOUBLE:
        return trl_put_short_double(at, field->value.real);
    case TRAIL_FIELD_NS:
        return trl_put_ms(at, field->value.natural);
    case TRAIL_FIELD_BOOL:
        memcpy(at, field->value.boolean ? "true," : "false", 5);
        return at + (field->value.boolean ? 4 : 5);
    default:
        return NULL;
    }
}

/* NULL: not usual, and nothing behind at is of use. Conditions in the order of what is frequent are
 * predicted better than a jump by type. */
static inline char *put_value(char *at, const struct trail_field *field, bool allowed)
{
    if (field->type == TRAIL_FIELD_STRING) {
        return allowed ? trl_text_put_allowed(at, field->value.text, field->value_size)
                       : trl_text_put(at, field->value.text, field->value_size);
    }
    if (field->type == TRAIL_FIELD_INT || field->type == TRAIL_FIELD_UINT) {
        /* A negative one is a large natural. */
        return field->value.natural < TRL_CARD_NUMBER_MIN ? trl_put_uint(at, field->value.natural)
                                                          : NULL;
    }
    return put_other(at, field);
}

/* The member of a field whose key is remembered, ordinary and new to the line. */
static inline char *put_member(char *at, struct trl_key_cache *cache,
                               const struct trail_field *field, uint64_t *keys)
{
    const struct trl_key *key = trl_key_find(cache, field);

    if (key == NULL || trl_keys_may_have(*keys, key) ||
        (key->class != TRL_REDACT_NOT && key->class != TRL_REDACT_ALLOWED)) {
        return NULL;
    }
    memcpy(at, key->own_text, TRL_KEY_SLOT_TEXT);
    at = put_value(at + key->size, field,
                   key->class == TRL_REDACT_ALLOWED || field->literal == TRL_FIELD_PLAIN);
    *keys |= at != NULL ? key->bits : 0;
    return at;
}

void trl_members_add_all(struct trl_members *members, const struct trail_field *fields,
                         size_t count)
{
    struct trl_key_cache *cache = members->local != NULL ? &members->local->keys : NULL;
    uint64_t keys = members->keys;
    char *at = members->json->at;

    for (size_t i = 0; i < count; i++) {
        if (fields[i].type == TRAIL_FIELD_NONE || fields[i].key == NULL) {
            continue;
        }
        char *end = cache != NULL ? put_member(at, cache, &fields[i], &keys) : NULL;
        if (__builtin_expect(end == NULL, 0)) {
            members->json->at = at;
            members->keys = keys;
            trl_members_add(members, fields, i);
            keys = members->keys;
            end = members->json->at;
        }
        at = end;
    }
    members->json->at = at;
    members->keys = keys;
}
