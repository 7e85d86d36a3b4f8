/* The baggage header of W3C Baggage. */
#ifndef TRL_CONTEXT_BAGGAGE_H
#define TRL_CONTEXT_BAGGAGE_H

#include "context/text.h"
#include "core/config.h"

#define TRL_BAGGAGE_MAX         8192
#define TRL_BAGGAGE_MEMBERS_MAX 64

/* One member, borrowed from the text it was read from. */
struct trl_baggage_member {
    struct trl_text whole; /* with its properties */
    struct trl_text key;
    struct trl_text value; /* still percent-encoded, without properties */
};

/* Takes the next well-formed member off rest; malformed ones are passed over. False at the end. */
bool trl_baggage_next(struct trl_text *rest, struct trl_baggage_member *ret_member);

/* Joins several headers in order, within 64 members and capacity: a member that does not fit is
 * left out as a whole, never in part. Terminated; returns the size. */
size_t trl_baggage_join(const struct trl_values *values, char *ret_text, size_t capacity);

/* Whether names has key; `all` is every one. */
bool trl_baggage_is_named(const struct trl_list *names, struct trl_text key);

/* The members of baggage that names has. Terminated; returns the size. */
size_t trl_baggage_select(struct trl_text baggage, const struct trl_list *names, char *ret_text,
                          size_t capacity);

/* Decodes a value: percent-encoded bytes that are not UTF-8 become U+FFFD; a percent sign that
 * begins no code stands for itself. Cut on a UTF-8 boundary; not terminated; returns the size. */
size_t trl_baggage_decode(struct trl_text value, char *ret_text, size_t capacity);

#endif
