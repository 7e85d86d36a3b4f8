/* The bounded JSON writer (RFC 8259). Whatever bytes it is given, what it writes is valid UTF-8 on
 * one line, and contains no control character, line separator or bidirectional control: those are
 * written as \uXXXX, and what is not UTF-8 becomes U+FFFD. */
#ifndef TRL_CORE_JSON_H
#define TRL_CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* JSON values that are nested deeper are not taken for JSON. */
#define TRL_JSON_DEPTH_MAX 64

/* No byte becomes more than this many in a string. */
#define TRL_JSON_EXPANSION_MAX 6

/* What a string ends in that was cut: U+2026. */
#define TRL_JSON_CUT_MARK      "\xE2\x80\xA6"
#define TRL_JSON_CUT_MARK_SIZE 3

struct trl_json {
    char *at;       /* where the next byte goes */
    char *end;      /* nothing is written here or after it */
    bool truncated; /* something was cut, or left out for want of room */
};

static inline void trl_json_init(struct trl_json *json, char *out, size_t capacity)
{
    json->at = out;
    json->end = out + capacity;
    json->truncated = false;
}

/* The writing functions return whether there was room. If there was none, nothing is written and
 * truncated is set; a string is cut instead as long as `"…"` fits. */

/* Bytes that are valid JSON already: punctuation, literals, serialised members. */
static inline bool trl_json_raw(struct trl_json *json, const char *text, size_t size)
{
    if ((ptrdiff_t)size > json->end - json->at) {
        json->truncated = true;
        return false;
    }
    memcpy(json->at, text, size);
    json->at += size;
    return true;
}
#define TRL_JSON_LITERAL(json, text) trl_json_raw((json), (text), sizeof(text) - 1)

/* A string with its quotes. */
bool trl_json_string(struct trl_json *json, const char *text, size_t size);

/* A string with its quotes, given as it stands between the quotes of valid JSON. */
bool trl_json_string_again(struct trl_json *json, const char *escaped, size_t size);

/* One code point as it stands in a string; returns its size. */
size_t trl_json_escape(uint32_t code_point, char out[TRL_JSON_EXPANSION_MAX]);

/* One code point as it may be shown: as an escape if it could steer a terminal or a viewer, else as
 * it is; returns its size. */
size_t trl_json_show(uint32_t code_point, char out[TRL_JSON_EXPANSION_MAX]);

bool trl_json_bool(struct trl_json *json, bool value);
bool trl_json_null(struct trl_json *json);
bool trl_json_int(struct trl_json *json, int64_t value);
bool trl_json_uint(struct trl_json *json, uint64_t value);

/* The shortest decimal that reads back as value; null for NaN and infinity. */
bool trl_json_double(struct trl_json *json, double value);

/* Nanoseconds as decimal milliseconds with three digits: 12345678 is 12.345. */
bool trl_json_ms(struct trl_json *json, uint64_t duration_ns);

/* What is to be kept out of a JSON value. */
struct trl_json_filter {
    /* Whether the value of a member (its type by the first byte of its text) is to be replaced by
     * a string. The key is unescaped UTF-8. Never NULL. */
    bool (*hides)(const char *key, size_t key_size, char first_byte);
    /* That string, with its quotes. */
    const char *replacement;
    /* Looks through a string, unescaped, as far as it can have room. Returns what is to stand in
     * its place, borrowed until the next call, and its size; or NULL if it may stay. */
    const char *(*clean)(const struct trl_json_filter *filter, const char *text, size_t size,
                         size_t *ret_size);
    char *room; /* to unescape a string in; longer ones are judged by their beginning */
    size_t room_size;
    void *arg; /* the caller's */
};

enum trl_json_outcome {
    TRL_JSON_WRITTEN,
    TRL_JSON_INVALID, /* not one JSON value, or nested too deep; nothing is written */
    TRL_JSON_NO_ROOM, /* nothing is written, truncated is set */
};

/* A JSON text, checked strictly and written anew on one line: without white space, strings escaped
 * as trl_json_string() does, of members with one name the last. Where there is no room for all of
 * it, the rest is replaced by "…" and every bracket is closed. Takes time linear in size, and
 * bounded stack. filter may be NULL. */
enum trl_json_outcome trl_json_value(struct trl_json *json, const char *text, size_t size,
                                     const struct trl_json_filter *filter);

/* In serialised members (each preceded by one byte, `{` or `,`), where the one with this name
 * stands: from its first quote, *ret_size bytes up to the end of its value; NULL if there is none.
 * name is as serialised, without quotes. The members must have been written by this writer. */
char *trl_json_find_member(char *members, size_t size, const char *name, size_t name_size,
                           size_t *ret_size);

#endif
