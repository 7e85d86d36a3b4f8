/* Fields as serialised members, `,"key":value`, of a line or of a logger. */
#ifndef TRL_LOG_MEMBER_H
#define TRL_LOG_MEMBER_H

#include "core/json.h"
#include "log/local.h"

#include <trail/field.h>

/* As trail_field.literal: a key of trail's own that is neither reserved nor a secret's, of an event
 * that names it once, with a value that can be no secret. Where fields are bound it is judged like
 * any other, since an event's field beats a bound one. */
#define TRL_FIELD_PLAIN 2

/* Members under construction: json->at moves on behind start. */
struct trl_members {
    struct trl_json *json;
    char *start;                 /* the first member's comma */
    uint64_t keys;               /* a filter over the names in [start, json->at) */
    struct trl_log_local *local; /* may be NULL */
    bool unbound;                /* the logger has no bound fields */
};

/* The bit of a name in the filter. */
static inline uint64_t trl_members_bit(uint32_t hash)
{
    return (uint64_t)1 << (hash % 64);
}

/* Adds a field, judged and redacted, in place of an earlier member of that name. False: there was
 * no room for it; the members are as before, without the earlier one. Fields of type
 * TRAIL_FIELD_NONE are skipped. */
bool trl_members_add(struct trl_members *members, const struct trail_field *field);

/* Writes a text as a string, with what looks like a secret replaced. False: no room. */
bool trl_members_write_text(struct trl_members *members, const char *text, size_t size);

#endif
