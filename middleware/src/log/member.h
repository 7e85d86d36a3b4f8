/* Fields as serialised members, `,"key":value`, of a line or of a logger. */
#ifndef TRL_LOG_MEMBER_H
#define TRL_LOG_MEMBER_H

#include "core/json.h"
#include "log/local.h"
#include "log/text.h"

#include <trail/field.h>

/* What fields take at most: no byte becomes more than TRL_JSON_EXPANSION_MAX, and numbers, commas,
 * quotes, and what moves of whole blocks write beyond the end find their place in the rest. */
#define TRL_MEMBERS_ROOM(bytes, count) (TRL_JSON_EXPANSION_MAX * ((bytes) + 32 * ((count) + 2)))

/* Members under construction: json->at moves on behind start. */
struct trl_members {
    struct trl_json *json;
    char *start;                 /* the first member's comma */
    uint64_t keys;               /* a filter over the names in [start, json->at) */
    uint64_t bound_keys;         /* and over those among them that were there from the start */
    char *latest;                /* where what trl_members_add() wrote last begins */
    struct trl_log_local *local; /* NULL: not yet asked for, or no memory */
};

/* Starts at json->at; keys is a filter over members that are there already, or will be. */
static inline void trl_members_begin(struct trl_members *members, struct trl_json *json,
                                     uint64_t keys)
{
    members->json = json;
    members->start = json->at;
    members->keys = keys;
    members->bound_keys = keys;
    members->local = NULL;
}

/* This thread's, which most lines do without; may be NULL. */
static inline struct trl_log_local *trl_members_local(struct trl_members *members)
{
    if (members->local == NULL) {
        members->local = trl_log_local();
        if (members->local != NULL) {
            trl_key_cache_check(&members->local->keys);
        }
    }
    return members->local;
}

/* Adds fields[index], judged and redacted, in place of an earlier member of that name; all before
 * index have been added. False: there was no room for it; the members are as before, without the
 * earlier one. Fields of type TRAIL_FIELD_NONE are skipped. */
bool trl_members_add(struct trl_members *members, const struct trail_field *fields, size_t index);

/* What trl_members_put() needs of room to write anything. */
#define TRL_MEMBERS_PUT_ROOM (TRL_KEY_SLOT_TEXT + TRL_TEXT_MAX + 2 * TRL_BLOCK)

/* Adds fields from the one of that index on, as long as they are usual: remembered, ordinary, new
 * to the line, and short. Returns the index of the first that is not, which is left to
 * trl_members_add(); or count. */
size_t trl_members_put(struct trl_members *members, const struct trail_field *fields, size_t index,
                       size_t count);

/* The same from the first field of an event on, whose place in the program remembers keys, in the
 * order of its fields; the last one has no literal. */
size_t trl_members_put_known(struct trl_members *members, const struct trail_field *fields,
                             size_t count, const struct trl_key *known);

/* Writes a text as a string, with what looks like a secret replaced. False: no room. */
bool trl_members_write_text(struct trl_members *members, const char *text, size_t size);

#endif
