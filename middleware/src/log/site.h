/* What a place in the program that logs has worked out at its first line: an event's name and keys
 * are literals there, and nearly always the message is one, so that they are serialised and judged
 * once in a process. Whatever differs from that first line takes the usual way. */
#ifndef TRL_LOG_SITE_H
#define TRL_LOG_SITE_H

#include "log/key.h"
#include "log/line.h"
#include "log/redact.h"

#define TRL_SITE_NAME_ROOM    64
#define TRL_SITE_MESSAGE_ROOM 96

/* struct trail_site_, as it is used here. Written once, by whoever came first. */
struct __attribute__((may_alias)) trl_site {
    uint32_t made;        /* generation of the judgements + 1; 0: nothing yet, or TRL_SITE_MAKING */
    uint8_t name_size;    /* of `"name"`; 0: it is not ordinary */
    uint8_t message_size; /* of `,"message":"text"`; 0: it is not ordinary, or no literal */
    const char *message;  /* the literal */
    char unused[16];
    char name_text[TRL_SITE_NAME_ROOM];
    char message_text[TRL_SITE_MESSAGE_ROOM];
    struct trl_key
        keys[]; /* of the first fields, as far as they are usual; then one that is zero */
};

_Static_assert(sizeof(struct trl_site) == sizeof(struct trail_site_), "one as the other");
_Static_assert(sizeof(struct trl_key) == sizeof(struct trail_site_key_), "one as the other");

#define TRL_SITE_MAKING UINT32_MAX

/* What holds under the configuration in force; NULL: nothing. */
static inline const struct trl_site *trl_site_find(const struct trl_site *site)
{
    return site != NULL &&
                   __atomic_load_n(&site->made, __ATOMIC_ACQUIRE) == trl_redact_generation() + 1
               ? site
               : NULL;
}

/* After the first line of a place was written: remembers what can be. It has room for one key more
 * than the event has fields. */
void trl_site_make(struct trl_site *site, const struct trl_event *event);

#endif
