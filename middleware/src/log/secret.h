/* Secrets by what they look like: where they stand in a text. */
#ifndef TRL_LOG_SECRET_H
#define TRL_LOG_SECRET_H

#include "core/ascii.h"
#include "core/block.h"
#include "core/word.h"
#include "log/redact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A part of a text, from begin up to, not including, end. */
struct trl_part {
    size_t begin;
    size_t end;
    bool json; /* it is a value in JSON, without quotes of its own */
};

/* A search under way. */
struct trl_secrets {
    const char *text;
    size_t size;
    size_t from;     /* where the last secret ended: nothing before is looked at again */
    size_t block;    /* the 16 bytes that marks is about */
    uint32_t marks;  /* of those bytes, and of the three before, where one is to be looked at */
    uint32_t digits; /* of the three bytes before block, which are digits */
    bool in_word;    /* block has no gap between words */
    bool follows;    /* nor has the one before */
};

/* The shortest text that can hold a secret: `sid=x`; and one without a key: `Bearer x9y8z7`. */
#define TRL_SECRET_MIN       5
#define TRL_SECRET_ALONE_MIN 13

/* Whether one of the bytes is a colon, an equals sign, or a percent sign, which may encode either;
 * size is 4 to 16. */
static inline bool trl_secrets_have_pair(const char *text, size_t size)
{
    uint64_t first = size < 8 ? trl_load_4(text) : trl_load_8(text);
    uint64_t last = size < 8 ? trl_load_4(text + size - 4) : trl_load_8(text + size - 8);

    return (trl_word_find(first, ':') | trl_word_find(first, '=') | trl_word_find(first, '%') |
            trl_word_find(last, ':') | trl_word_find(last, '=') | trl_word_find(last, '%')) != 0;
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

/* Whether a character is in a set of ASCII's: a bit for each below '@', and for each from there on.
 */
static inline bool trl_secret_is_in(char c, uint64_t low, uint64_t high)
{
    unsigned char byte = (unsigned char)c;
    uint64_t set = byte < '@' ? low : high;

    return byte < 0x80 && (set >> (byte & 63) & 1) != 0;
}

/* The characters of base64url (RFC 4648, 5), which most tokens are made of. */
static inline bool trl_secret_is_token(char c)
{
    return trl_secret_is_in(c, UINT64_C(0x03FF200000000000), UINT64_C(0x07FFFFFE87FFFFFE));
}

/* Whether what ends before at is an escape, of JSON (`\n`, `\u0022`) or of a URL (`%3D`). */
bool trl_secret_is_escape_before(const char *text, size_t at);

/* The same. Nearly always the byte that it would begin with is not there. */
static inline bool trl_secret_follows_escape(const char *text, size_t at)
{
    bool may = (at >= 2 && text[at - 2] == '\\') || (at >= 3 && text[at - 3] == '%') ||
               (at >= 6 && text[at - 6] == '\\');

    return may && trl_secret_is_escape_before(text, at);
}

/* Whether a token may begin here: not in the middle of a word. */
static inline bool trl_secret_begins_word(const struct trl_place *place, size_t at)
{
    return at >= place->from && (at == 0 || !trl_secret_is_token(place->text[at - 1]) ||
                                 trl_secret_follows_escape(place->text, at));
}

/* Where the word begins that goes up to end; end, if it has more than most characters or none. */
size_t trl_secret_word_begin(const struct trl_place *place, size_t end, size_t most);

/* A bit for each byte of the block at at that a token may have. */
static inline uint32_t trl_secret_token_mask(const char *text, size_t at)
{
    return trl_block_base64url(trl_block_load(text + at));
}

static inline size_t trl_secret_token_end(const struct trl_place *place, size_t at)
{
    while (at + TRL_BLOCK <= place->size) {
        uint32_t others = ~trl_secret_token_mask(place->text, at);
        size_t run = (size_t)__builtin_ctz(others);
        at += run;
        if (run < TRL_BLOCK) {
            return at;
        }
    }
    while (at < place->size && trl_secret_is_token(place->text[at])) {
        at++;
    }
    return at;
}

/* At the first of four digits: a payment card's number (ISO/IEC 7812) that passes Luhn's test. */
bool trl_secret_card(const struct trl_place *place, struct trl_part *ret_part);

/* No card has fewer digits. */
#define TRL_CARD_NUMBER_MIN UINT64_C(1000000000000)

/* Whether digits alone are one. */
bool trl_secret_is_card(const char *digits, size_t size);

/* Where base64 ends, with or without the characters of its own (RFC 4648, 4), also encoded ones. */
size_t trl_secret_base64_end(const struct trl_place *place, size_t at);

/* Whether all are small hexadecimal digits. */
bool trl_secret_is_hex(const char *text, size_t size);

/* At `_`, `-` or `.`: a key in the format of a large provider that begins with a prefix. */
bool trl_secret_prefixed_key(const struct trl_place *place, struct trl_part *ret_part);

/* At `:`, `%3A`, `=`, `-`, `.`, `~` or a digit: such a key that is known by its parts. */
bool trl_secret_parted_key(const struct trl_place *place, struct trl_part *ret_part);

/* At an `I`, `K` or `B`: such a key that is one word. */
bool trl_secret_word_at_letter(const struct trl_place *place, struct trl_part *ret_part);

/* At the first byte of a block without a gap: the same, in the word that the block ends in. That
 * was judged before if it reaches into a block of the same kind, which this one follows. */
bool trl_secret_long_word(const struct trl_place *place, bool follows, struct trl_part *ret_part);

/* At the first `.` of a JSON web token (RFC 7519). */
bool trl_secret_jwt(const struct trl_place *place, struct trl_part *ret_part);

/* At the `B` of `Bearer` (RFC 6750) or `Basic` (RFC 7617): the credentials that follow. */
bool trl_secret_credentials(const struct trl_place *place, struct trl_part *ret_part);

/* At the last `-` of `-----` and the like: a key file, with its boundaries. */
bool trl_secret_block(const struct trl_place *place, struct trl_part *ret_part);

/* Which kind of key file begins in a text and does not end there; 0: none. */
unsigned trl_secret_open_block(const char *text, size_t size);

/* Where one of that kind ends, behind its boundary; 0 if it goes on. */
size_t trl_secret_block_end(const char *text, size_t size, unsigned block);

/* Longer keys are judged by their last bytes. */
#define TRL_SECRET_KEY_MAX 64

static inline bool trl_secret_is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* Where a value without quotes ends: at a blank, a line's end, and any of `&;,"')]}>`. */
static inline bool trl_secret_is_stop(char c)
{
    return trl_secret_is_in(c, UINT64_C(0x480012C500002600), UINT64_C(0x2000000020000000));
}

/* `"`, `'`, or what JSON writers that are wary of HTML put for them in a string: `u0022`, `u0027`,
 * behind a backslash. Returns its size; 0 if it is none. */
size_t trl_secret_quote_size(const char *text, size_t size);

/* Whether what stands there was replaced before. */
bool trl_secret_is_redacted(const struct trl_place *place, size_t at);

/* How a value is written. */
struct trl_value_form {
    bool line;             /* it goes on to the end of its line */
    bool json;             /* as in JSON that is no string's content */
    bool object_is_judged; /* an object is no secret: its own keys are judged */
};

/* The value that begins at begin, which may be a quote behind backslashes. False: there is none, or
 * it was replaced before. */
bool trl_secret_value(const struct trl_place *place, size_t begin, struct trl_value_form form,
                      struct trl_part *ret_part);

/* Reads on in a JSON object or array, of whose brackets *depth are open. Returns where it ends;
 * size, with *depth above 0, if it does not. */
size_t trl_secret_nested_end(const char *text, size_t size, size_t begin, size_t *depth);

/* Back from its end to where a key begins; a quoted one may hold spaces. */
size_t trl_secret_key_begin(const struct trl_place *place, size_t end, bool quoted);

/* The most of a key that has bytes beyond ASCII, each of which an escape makes six of. */
#define TRL_SECRET_ANY_KEY_MAX 192

/* False: a key that ends there ends in letters of ASCII. */
bool trl_secret_may_end_any_key(const struct trl_place *place, size_t end);

/* False: one that does is no sensitive one. Most tell by their last two letters. */
bool trl_secret_may_end_ascii_key(const struct trl_place *place, size_t end, bool quoted);

/* False: a key that ends there is no sensitive one. */
static inline bool trl_secret_may_end_key(const struct trl_place *place, size_t end, bool quoted)
{
    return trl_secret_may_end_ascii_key(place, end, quoted) ||
           (trl_redact_beyond_ascii_ && trl_secret_may_end_any_key(place, end));
}

/* What a key is whose part of ASCII is of this class: what the configuration says of the whole key
 * comes first. Only to be called where it has keys beyond ASCII. */
enum trl_redact_class trl_secret_classify_whole(const struct trl_place *place, struct trl_part key,
                                                bool quoted, enum trl_redact_class class);

/* Where the name of an option ends, the first of whose dashes is at dash. Behind a letter beyond
 * ASCII it is rather a compound's, and ends with its ASCII. */
size_t trl_secret_option_end(const struct trl_place *place, size_t dash, size_t name);

/* At `:` or `=`: the value of a sensitive key, `password=…`, `"token": "…"`, `Cookie: …`. */
bool trl_secret_pair(const struct trl_place *place, struct trl_part *ret_part);

/* At the `>` of an opening tag of XML: the text of an element, `<password>…</password>`. */
bool trl_secret_element(const struct trl_place *place, struct trl_part *ret_part);

/* At the last `-` before an option's name: the argument that follows, `--password …`. */
bool trl_secret_option(const struct trl_place *place, struct trl_part *ret_part);

/* At `%` or a backslash: a pair in a text that is encoded as a whole, `password%3D…`. */
bool trl_secret_encoded_pair(const struct trl_place *place, struct trl_part *ret_part);

/* At the `:` of `://`, or at the `%` of its encoding: the password in a URL's authority (RFC 3986,
 * 3.2.1). */
bool trl_secret_url_password(const struct trl_place *place, struct trl_part *ret_part);

/* At a `.`: what makes the URL of a web hook secret. */
bool trl_secret_web_hook(const struct trl_place *place, struct trl_part *ret_part);

#endif
