/* Reading JSON (RFC 8259), strictly and without memory of its own: a lexer that holds the grammar,
 * and on top of it the members of one object, such as a line of log. Spans point into the text. */
#ifndef TRL_CORE_JSON_READ_H
#define TRL_CORE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Deeper nesting is malformed here. */
#define TRL_JSON_READ_DEPTH_MAX 128

enum trl_json_token {
    TRL_JSON_END,   /* the value is complete and nothing follows it */
    TRL_JSON_ERROR, /* malformed; the lexer stays here */
    TRL_JSON_OBJECT_BEGIN,
    TRL_JSON_OBJECT_END,
    TRL_JSON_ARRAY_BEGIN,
    TRL_JSON_ARRAY_END,
    TRL_JSON_KEY,    /* span: between the quotes */
    TRL_JSON_STRING, /* span: between the quotes */
    TRL_JSON_NUMBER, /* span: as it stands, and so for the next three */
    TRL_JSON_TRUE,
    TRL_JSON_FALSE,
    TRL_JSON_NULL,
};

struct trl_json_span {
    const char *text;
    size_t size;
};

struct trl_json_lexer {
    const char *at;
    const char *end;
    unsigned depth;
    uint8_t expects;
    uint64_t objects[TRL_JSON_READ_DEPTH_MAX / 64]; /* one bit a level: set if it is an object */
};

void trl_json_lexer_init(struct trl_json_lexer *lexer, const char *text, size_t size);

/* The next token. Strings: control characters below 0x20 and bad escapes are errors; bytes that
 * are not UTF-8 are not. */
enum trl_json_token trl_json_next(struct trl_json_lexer *lexer, struct trl_json_span *ret_span);

/* One member of an object. */
struct trl_json_member {
    struct trl_json_span key;   /* between the quotes, escaped */
    struct trl_json_span value; /* as it stands; of a string between the quotes, escaped */
    enum trl_json_token type;   /* of the value: STRING … NULL, OBJECT_BEGIN, ARRAY_BEGIN */
};

/* Starts on the members of the object that text is. False: text does not begin with one. */
bool trl_json_object_begin(struct trl_json_lexer *lexer, const char *text, size_t size);

/* The next member of the outermost object: true, or false at its end and where it is malformed.
 * trl_json_object_ok() tells these two apart. */
bool trl_json_object_next(struct trl_json_lexer *lexer, struct trl_json_member *ret_member);

/* Whether the object was read to its end and nothing but white space follows. */
bool trl_json_object_ok(const struct trl_json_lexer *lexer);

/* Whether a member's key is this name; escapes are understood. */
bool trl_json_key_is(const struct trl_json_member *member, const char *name);

/* Finds the member with this name; of several the last. False: none, or text is no valid object. */
bool trl_json_find(const char *text, size_t size, const char *name,
                   struct trl_json_member *ret_member);

/* Writes what stands between a string's quotes unescaped to out, cut to capacity between two code
 * points; returns its size, unterminated. Lone surrogates and bytes that are not UTF-8 become
 * U+FFFD. The text must have come from the lexer. */
size_t trl_json_unescape(struct trl_json_span escaped, char *out, size_t capacity);

/* Decodes one code point of what stands between a string's quotes, escape or not, and moves *at
 * past it. *at < end. */
uint32_t trl_json_decode(const char **at, const char *end);

#endif
