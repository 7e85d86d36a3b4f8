/* Secrets by what they look like: where they stand in a text. */
#ifndef TRL_LOG_SECRET_H
#define TRL_LOG_SECRET_H

#include "core/word.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of a text, from begin up to, not including, end. */
struct trl_part {
    size_t begin;
    size_t end;
};

/* A search under way. */
struct trl_secrets {
    const char *text;
    size_t size;
    size_t from;     /* where the last secret ended: nothing before is looked at again */
    size_t block;    /* the 16 bytes that marks is about */
    uint32_t marks;  /* of those bytes, and of the three before, where one is to be looked at */
    uint32_t digits; /* of the three bytes before block, which are digits */
};

/* The shortest text that can hold a secret: `sid=x`; and one without a key: `Bearer x9y8z7`. */
#define TRL_SECRET_MIN       5
#define TRL_SECRET_ALONE_MIN 13

/* Whether one of the bytes is a colon or an equals sign; size is 4 to 16. */
static inline bool trl_secrets_have_pair(const char *text, size_t size)
{
    uint64_t first = size < 8 ? trl_load_4(text) : trl_load_8(text);
    uint64_t last = size < 8 ? trl_load_4(text + size - 4) : trl_load_8(text + size - 8);

    return (trl_word_find(first, ':') | trl_word_find(first, '=') | trl_word_find(last, ':') |
            trl_word_find(last, '=')) != 0;
}

/* Whether a short text can't hold a secret, without a search. */
static inline bool trl_secrets_excluded(const char *text, size_t size)
{
    return size < TRL_SECRET_MIN ||
           (size < TRL_SECRET_ALONE_MIN && !trl_secrets_have_pair(text, size));
}

/* text is borrowed until the search is over. False: there is nothing to look at, and no search. */
bool trl_secrets_begin(struct trl_secrets *secrets, const char *text, size_t size);

/* The next secret; parts come in order and don't overlap. Linear in the size of the text over all
 * calls. Any thread. */
bool trl_secrets_next(struct trl_secrets *secrets, struct trl_part *ret_part);

/* The judgements that trl_secrets_next() makes at a mark. Each looks at no byte outside of text,
 * and at none before from for where a secret begins. */
struct trl_place {
    const char *text;
    size_t size;
    size_t from;
    size_t at; /* of the marked byte */
};

/* At the first of four digits: a payment card's number (ISO/IEC 7812) that passes Luhn's test. */
bool trl_secret_card(const struct trl_place *place, struct trl_part *ret_part);

/* No card has fewer digits. */
#define TRL_CARD_NUMBER_MIN UINT64_C(1000000000000)

/* Whether digits alone are one. */
bool trl_secret_is_card(const char *digits, size_t size);

/* At `_`, `-`, `.`, or at an `I`: a key in the format of a large provider. */
bool trl_secret_provider_key(const struct trl_place *place, struct trl_part *ret_part);

/* At the first `.` of a JSON web token (RFC 7519). */
bool trl_secret_jwt(const struct trl_place *place, struct trl_part *ret_part);

/* At the `B` of `Bearer` (RFC 6750) or `Basic` (RFC 7617): the credentials that follow. */
bool trl_secret_credentials(const struct trl_place *place, struct trl_part *ret_part);

/* At the last `-` of `-----`: a PEM block (RFC 7468), with its boundaries. */
bool trl_secret_pem(const struct trl_place *place, struct trl_part *ret_part);

/* At `:` or `=`: the value of a sensitive key, `password=…`, `"token": "…"`, `Cookie: …`; or the
 * password in a URL's authority (RFC 3986, 3.2.1). */
bool trl_secret_pair(const struct trl_place *place, struct trl_part *ret_part);

#endif
