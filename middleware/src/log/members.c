/* Log: usual fields, which nearly all are. They go straight into the line, with one look at the
 * key, no state in memory, and no check of room but that there is plenty; whatever is not usual is
 * left to trl_members_add(). */
#include "core/json_put.h"
#include "core/likely.h"
#include "log/member.h"

/* The compiler would work out the address anew, in three steps, wherever it is used. */
#define KEEP_IN_REGISTER(pointer) __asm__("" : "+r"(pointer))

/* Apart, so that what is frequent finds the registers. */
static __attribute__((noinline)) char *put_other(char *at, const struct trail_field *field,
                                                 enum trl_key_use use)
{
    switch (use) {
    case TRL_USE_TEXT_ALLOWED:
        return TRL_LIKELY(field->value.text != NULL)
                   ? trl_text_put_allowed(at, field->value.text, field->value_size)
                   : NULL;
    case TRL_USE_DOUBLE:
        return trl_put_short_double(at, field->value.real);
    case TRL_USE_NS:
        return trl_put_ms(at, field->value.natural);
    case TRL_USE_BOOL:
        memcpy(at, field->value.boolean ? "true," : "false", 5);
        return at + (field->value.boolean ? 4 : 5);
    default:
        return NULL;
    }
}

/* NULL: it is not usual, and nothing behind at is of use. Conditions in the order of what is
 * frequent are predicted better than a jump by use. */
static inline char *put_value(char *at, const struct trail_field *field, enum trl_key_use use)
{
    if (use == TRL_USE_TEXT) {
        return TRL_LIKELY(field->value.text != NULL)
                   ? trl_text_put(at, field->value.text, field->value_size)
                   : NULL;
    }
    if (use == TRL_USE_NATURAL) {
        /* A negative one is a large natural, and a large one may be a card's. */
        return TRL_LIKELY(field->value.natural < TRL_CARD_NUMBER_MIN)
                   ? trl_put_uint(at, field->value.natural)
                   : NULL;
    }
    return put_other(at, field, use);
}

/* The key of the literal among those that a place remembers, from *known on, up to one without a
 * literal; fields before it may be absent this time. */
static inline const struct trl_key *take_known(const struct trl_key **known, const char *literal)
{
    const struct trl_key *key = *known;

    while (TRL_UNLIKELY(key->literal != literal)) {
        if (key->literal == NULL) {
            return NULL;
        }
        key++;
    }
    *known = key + 1;
    return key;
}

/* NULL: it is not remembered by this thread. */
static inline const struct trl_key *look_up(struct trl_members *members,
                                            const struct trail_field *field)
{
    struct trl_log_local *local = trl_members_local(members);

    if (TRL_UNLIKELY(local == NULL)) {
        return NULL;
    }
    const struct trl_key *key = trl_key_slot(&local->keys, field->key);
    KEEP_IN_REGISTER(key);
    if (TRL_UNLIKELY(key->literal != field->key)) {
        key = trl_key_second_slot(&local->keys, key);
    }
    return key->literal == field->key && trl_key_unchanged(key, field) ? key : NULL;
}

static inline __attribute__((always_inline)) size_t put(struct trl_members *members,
                                                        const struct trail_field *fields,
                                                        size_t index, size_t count,
                                                        const struct trl_key *known)
{
    const struct trail_field *field = fields + index;
    const struct trail_field *end = fields + count;
    uint64_t keys = members->keys;
    char *at = members->json->at;
    const char *limit = members->json->end - TRL_MEMBERS_PUT_ROOM;

    for (; field < end && at <= limit; field++) {
        const struct trl_key *key =
            TRL_LIKELY(known != NULL) ? take_known(&known, field->key) : NULL;
        if (TRL_UNLIKELY(key == NULL)) {
            key = look_up(members, field);
        }
        if (TRL_UNLIKELY(key == NULL || key->form != trl_field_form(field) ||
                         trl_keys_may_have(keys, key))) {
            break;
        }
        memcpy(at, key->own_text, TRL_KEY_SLOT_TEXT);
        char *after = put_value(at + key->size, field, (enum trl_key_use)key->use);
        if (TRL_UNLIKELY(after == NULL)) {
            break;
        }
        keys |= key->bits;
        at = after;
    }
    members->json->at = at;
    members->keys = keys;
    return (size_t)(field - fields);
}

size_t trl_members_put(struct trl_members *members, const struct trail_field *fields, size_t index,
                       size_t count)
{
    return put(members, fields, index, count, NULL);
}

size_t trl_members_put_known(struct trl_members *members, const struct trail_field *fields,
                             size_t count, const struct trl_key *known)
{
    return put(members, fields, 0, count, known);
}
