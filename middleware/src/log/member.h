/* Fields as serialised members, `,"key":value`, of a line or of a logger. */
#ifndef TRL_LOG_MEMBER_H
#define TRL_LOG_MEMBER_H

#include "core/json.h"
#include "log/local.h"

#include <trail/field.h>

/* As trail_field.literal: a literal of trail's own, with a value that can be no secret. */
#define TRL_FIELD_PLAIN 2

/* Members under construction: json->at moves on behind start. */
struct trl_members {
    struct trl_json *json;
    char *start;                 /* the first member's comma */
    uint64_t keys;               /* a filter over the names in [start, json->at) */
    uint64_t bound_keys;         /* and over those among them that were there from the start */
    struct trl_log_local *local; /* may be NULL */
};

/* Starts at json->at; keys is a filter over members that are there already, or will be. */
static inline void trl_members_begin(struct trl_members *members, struct trl_json *json,
                                     uint64_t keys)
{
    members->json = json;
    members->start = json->at;
    members->keys = keys;
    members->bound_keys = keys;
    members->local = trl_log_local();
    if (members->local != NULL) {
        trl_key_cache_check(&members->local->keys);
    }
}

/* Adds fields[index], judged and redacted, in place of an earlier member of that name; all before
 * index have been added. False: there was no room for it; the members are as before, without the
 * earlier one. Fields of type TRAIL_FIELD_NONE are skipped. */
bool trl_members_add(struct trl_members *members, const struct trail_field *fields, size_t index);

/* Adds all of them, as far as there is room. */
void trl_members_add_all(struct trl_members *members, const struct trail_field *fields,
                         size_t count);

/* Writes a text as a string, with what looks like a secret replaced. False: no room. */
bool trl_members_write_text(struct trl_members *members, const char *text, size_t size);

#endif
