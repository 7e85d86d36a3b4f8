/* Secrets, kept out of every line: by the key that a value stands under, and by what it looks like.
 *
 * A key is judged in any spelling: apiKey, api_key, API-KEY and X-Api-Key are one. */
#ifndef TRL_LOG_REDACT_H
#define TRL_LOG_REDACT_H

#include <trail/base.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands in place of a secret. */
#define TRL_REDACTED "[redacted]"

enum trl_redact_class {
    TRL_REDACT_NOT,     /* an ordinary key; its value is looked through */
    TRL_REDACT_VALUE,   /* any value under this key is a secret */
    TRL_REDACT_TEXT,    /* a secret as a string or list: `pass` and `tokens` count things, too */
    TRL_REDACT_QUERY,   /* a query string or form body: its own keys are judged */
    TRL_REDACT_ALLOWED, /* allowed by configuration: written as it is */
};

/* Sets the extra and the allowed keys, comma separated, in place of those set before; NULL or "":
 * none. Setup only.
 *
 * Returns TRAIL_ERR_NOMEM, with nothing changed. */
TRAIL_NODISCARD enum trail_status trl_redact_configure(const char *keys, const char *allowed);

/* Changes whenever the keys do: a judgement that was remembered under others is void. */
extern unsigned trl_redact_generation_;

static inline unsigned trl_redact_generation(void)
{
    return trl_redact_generation_;
}

/* Of each letter's low bits: those of the letters that stand before it where it ends a key whose
 * value is not just any; the lowest bit: so does nothing. */
extern uint32_t trl_redact_ends_[32];

/* False: no key that ends in these two letters is a secret's; before is '\0' if it has but one. */
static inline bool trl_redact_may_end(char before, char last)
{
    return (trl_redact_ends_[last & 31] >> (before & 31) & 1) != 0;
}

/* Whether a configured key, extra or allowed, has bytes beyond ASCII. */
extern bool trl_redact_beyond_ascii_;

/* Whether a byte is one beyond ASCII that a configured key may have. */
static inline bool trl_redact_may_have(char c)
{
    return (unsigned char)c >= 0x80 && trl_redact_beyond_ascii_;
}

/* Any thread. */
enum trl_redact_class trl_redact_classify(const char *key, size_t size);

/* The same for a key of a query string, with its percent encoding, or of a JSON text. */
enum trl_redact_class trl_redact_classify_encoded(const char *key, size_t size);

/* What the configuration alone says of such a key: VALUE, ALLOWED or, if nothing, NOT. */
enum trl_redact_class trl_redact_configured(const char *key, size_t size);
enum trl_redact_class trl_redact_configured_encoded(const char *key, size_t size);

/* Copies a query string or form body (`a=1&b=2`) with the values of sensitive keys replaced by
 * "[redacted]"; percent-encoded keys are understood. The output is cut to capacity; the return
 * value is the size that it would have had (as snprintf's), without a terminator. */
size_t trl_redact_query(const char *query, size_t size, char *out, size_t capacity);

/* Copies any text with what looks like a secret replaced, and what stands behind a sensitive key:
 * `password=…`, `"token":"…"`, `Cookie: …`, `Bearer …`, keys of providers, tokens, PEM blocks, card
 * numbers, passwords in URLs. False: there is none, and nothing was written. Else *ret_size is the
 * size that the output would have had without the bound of capacity. Linear. Any thread. */
bool trl_redact_text(const char *text, size_t size, char *out, size_t capacity, size_t *ret_size);

/* The most that a text of size bytes grows to. */
size_t trl_redact_bound(size_t size);

/* A text that comes in chunks, of whole lines each. Zeroed at its start. */
struct trl_redact_stream {
    unsigned block; /* a key file of this kind goes on in the next chunk; 0: none */
    size_t depth;   /* brackets open of a secret JSON value that does */
};

/* Copies a chunk with its secrets replaced; returns the size of the output. capacity must be
 * trl_redact_bound(size). */
size_t trl_redact_chunk(struct trl_redact_stream *stream, const char *text, size_t size, char *out,
                        size_t capacity);

#endif
