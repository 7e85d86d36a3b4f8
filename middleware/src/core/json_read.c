/* Core: reading JSON. The grammar of RFC 8259 is held in one place, the lexer, which the writer's
 * re-serialisation stands on as well. */
#include "core/json_read.h"

#include "core/ascii.h"
#include "core/utf8.h"

#include <string.h>

enum { EXPECT_VALUE, EXPECT_VALUE_OR_END, EXPECT_KEY, EXPECT_KEY_OR_END, EXPECT_COMMA, EXPECT_END };

static bool in_object(const struct trl_json_lexer *lexer)
{
    unsigned level = lexer->depth - 1;
    return (lexer->objects[level / 64] >> (level % 64)) & 1u;
}

static void skip_space(struct trl_json_lexer *lexer)
{
    while (lexer->at < lexer->end &&
           (*lexer->at == ' ' || *lexer->at == '\n' || *lexer->at == '\t' || *lexer->at == '\r')) {
        lexer->at++;
    }
}

/* From after the backslash to after the escape; NULL if it is none. */
static const char *scan_escape(const char *at, const char *end)
{
    if (at == end || *at == '\0' || strchr("\"\\/bfnrtu", *at) == NULL) {
        return NULL;
    }
    if (*at++ != 'u') {
        return at;
    }
    for (int i = 0; i < 4; i++, at++) {
        if (at == end || trl_hex_value(*at) < 0) {
            return NULL;
        }
    }
    return at;
}

/* From after the opening quote to the closing one; NULL if there is none. */
static const char *scan_string(const char *at, const char *end)
{
    while (at != NULL && at < end && *at != '"') {
        if ((unsigned char)*at < 0x20) {
            return NULL;
        }
        at = *at == '\\' ? scan_escape(at + 1, end) : at + 1;
    }
    return at == end ? NULL : at;
}

static const char *scan_digits(const char *at, const char *end)
{
    if (at == NULL || at == end || !trl_is_digit(*at)) {
        return NULL;
    }
    while (at < end && trl_is_digit(*at)) {
        at++;
    }
    return at;
}

static const char *scan_number(const char *at, const char *end)
{
    if (*at == '-') {
        at++;
    }
    at = at < end && *at == '0' ? at + 1 : scan_digits(at, end);
    if (at != NULL && at < end && *at == '.') {
        at = scan_digits(at + 1, end);
    }
    if (at != NULL && at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) {
            at++;
        }
        at = scan_digits(at, end);
    }
    return at;
}

static enum trl_json_token fail(struct trl_json_lexer *lexer)
{
    lexer->end = lexer->at;
    lexer->expects = EXPECT_VALUE; /* which the end is not: every later token is an error, too */
    lexer->depth = 0;
    return TRL_JSON_ERROR;
}

static void value_done(struct trl_json_lexer *lexer)
{
    lexer->expects = lexer->depth == 0 ? EXPECT_END : EXPECT_COMMA;
}

static enum trl_json_token open_container(struct trl_json_lexer *lexer, bool object)
{
    unsigned level = lexer->depth;

    if (level == TRL_JSON_READ_DEPTH_MAX) {
        return fail(lexer);
    }
    uint64_t bit = (uint64_t)1 << (level % 64);
    lexer->objects[level / 64] =
        object ? lexer->objects[level / 64] | bit : lexer->objects[level / 64] & ~bit;
    lexer->depth++;
    lexer->at++;
    lexer->expects = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    return object ? TRL_JSON_OBJECT_BEGIN : TRL_JSON_ARRAY_BEGIN;
}

static enum trl_json_token close_container(struct trl_json_lexer *lexer)
{
    bool object = in_object(lexer);

    lexer->at++;
    lexer->depth--;
    value_done(lexer);
    return object ? TRL_JSON_OBJECT_END : TRL_JSON_ARRAY_END;
}

static enum trl_json_token take_word(struct trl_json_lexer *lexer, struct trl_json_span *ret_span,
                                     const char *word, enum trl_json_token token)
{
    size_t size = strlen(word);

    if ((size_t)(lexer->end - lexer->at) < size || memcmp(lexer->at, word, size) != 0) {
        return fail(lexer);
    }
    *ret_span = (struct trl_json_span){lexer->at, size};
    lexer->at += size;
    value_done(lexer);
    return token;
}

static enum trl_json_token take_string(struct trl_json_lexer *lexer, struct trl_json_span *ret_span)
{
    const char *close = scan_string(lexer->at + 1, lexer->end);

    if (close == NULL) {
        return fail(lexer);
    }
    *ret_span = (struct trl_json_span){lexer->at + 1, (size_t)(close - lexer->at - 1)};
    lexer->at = close + 1;
    value_done(lexer);
    return TRL_JSON_STRING;
}

static enum trl_json_token take_key(struct trl_json_lexer *lexer, struct trl_json_span *ret_span)
{
    if (*lexer->at != '"' || take_string(lexer, ret_span) == TRL_JSON_ERROR) {
        return fail(lexer);
    }
    skip_space(lexer);
    if (lexer->at == lexer->end || *lexer->at != ':') {
        return fail(lexer);
    }
    lexer->at++;
    lexer->expects = EXPECT_VALUE;
    return TRL_JSON_KEY;
}

static enum trl_json_token take_value(struct trl_json_lexer *lexer, struct trl_json_span *ret_span)
{
    const char *number_end;

    switch (*lexer->at) {
    case '{':
        return open_container(lexer, true);
    case '[':
        return open_container(lexer, false);
    case '"':
        return take_string(lexer, ret_span);
    case 't':
        return take_word(lexer, ret_span, "true", TRL_JSON_TRUE);
    case 'f':
        return take_word(lexer, ret_span, "false", TRL_JSON_FALSE);
    case 'n':
        return take_word(lexer, ret_span, "null", TRL_JSON_NULL);
    default:
        number_end = scan_number(lexer->at, lexer->end);
        if (number_end == NULL) {
            return fail(lexer);
        }
        *ret_span = (struct trl_json_span){lexer->at, (size_t)(number_end - lexer->at)};
        lexer->at = number_end;
        value_done(lexer);
        return TRL_JSON_NUMBER;
    }
}

void trl_json_lexer_init(struct trl_json_lexer *lexer, const char *text, size_t size)
{
    lexer->at = text;
    lexer->end = text + size;
    lexer->depth = 0;
    lexer->expects = EXPECT_VALUE;
    memset(lexer->objects, 0, sizeof(lexer->objects));
}

/* Whether the next byte closes the container that the lexer is in. */
static bool closes(const struct trl_json_lexer *lexer)
{
    bool may_close = lexer->expects == EXPECT_COMMA || lexer->expects == EXPECT_KEY_OR_END ||
                     lexer->expects == EXPECT_VALUE_OR_END;

    return may_close && *lexer->at == (in_object(lexer) ? '}' : ']');
}

/* Takes the comma before a member or element; false if something else stands there. */
static bool take_comma(struct trl_json_lexer *lexer)
{
    if (*lexer->at != ',') {
        return false;
    }
    lexer->at++;
    lexer->expects = in_object(lexer) ? EXPECT_KEY : EXPECT_VALUE;
    skip_space(lexer);
    return lexer->at < lexer->end;
}

enum trl_json_token trl_json_next(struct trl_json_lexer *lexer, struct trl_json_span *ret_span)
{
    skip_space(lexer);
    *ret_span = (struct trl_json_span){lexer->at, 0};
    if (lexer->at == lexer->end) {
        return lexer->expects == EXPECT_END ? TRL_JSON_END : fail(lexer);
    }
    if (closes(lexer)) {
        return close_container(lexer);
    }
    if (lexer->expects == EXPECT_COMMA && !take_comma(lexer)) {
        return fail(lexer);
    }
    switch (lexer->expects) {
    case EXPECT_KEY:
    case EXPECT_KEY_OR_END:
        return take_key(lexer, ret_span);
    case EXPECT_VALUE:
    case EXPECT_VALUE_OR_END:
        return take_value(lexer, ret_span);
    default:
        return fail(lexer);
    }
}

bool trl_json_object_begin(struct trl_json_lexer *lexer, const char *text, size_t size)
{
    struct trl_json_span span;

    trl_json_lexer_init(lexer, text, size);
    return trl_json_next(lexer, &span) == TRL_JSON_OBJECT_BEGIN;
}

/* Reads to the end of the container that was just opened. */
static bool skip_container(struct trl_json_lexer *lexer)
{
    unsigned outer = lexer->depth - 1;
    struct trl_json_span span;

    while (lexer->depth > outer) {
        if (trl_json_next(lexer, &span) == TRL_JSON_ERROR) {
            return false;
        }
    }
    return true;
}

bool trl_json_object_next(struct trl_json_lexer *lexer, struct trl_json_member *ret_member)
{
    if (trl_json_next(lexer, &ret_member->key) != TRL_JSON_KEY) {
        return false;
    }
    skip_space(lexer);
    const char *start = lexer->at;
    ret_member->type = trl_json_next(lexer, &ret_member->value);
    if (ret_member->type == TRL_JSON_OBJECT_BEGIN || ret_member->type == TRL_JSON_ARRAY_BEGIN) {
        if (!skip_container(lexer)) {
            return false;
        }
        ret_member->value = (struct trl_json_span){start, (size_t)(lexer->at - start)};
    }
    return ret_member->type != TRL_JSON_ERROR;
}

bool trl_json_object_ok(const struct trl_json_lexer *lexer)
{
    struct trl_json_lexer rest = *lexer;
    struct trl_json_span span;

    return rest.expects == EXPECT_END && trl_json_next(&rest, &span) == TRL_JSON_END;
}

bool trl_json_key_is(const struct trl_json_member *member, const char *name)
{
    const char *at = member->key.text;
    const char *end = at + member->key.size;
    size_t size = strlen(name);
    size_t used = 0;

    if (size == member->key.size && memcmp(at, name, size) == 0) {
        return true;
    }
    while (at < end) {
        char encoded[4];
        size_t part = trl_utf8_encode(trl_json_decode(&at, end), encoded);
        if (part > size - used || memcmp(name + used, encoded, part) != 0) {
            return false;
        }
        used += part;
    }
    return used == size;
}

bool trl_json_find(const char *text, size_t size, const char *name,
                   struct trl_json_member *ret_member)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;
    bool found = false;

    if (!trl_json_object_begin(&lexer, text, size)) {
        return false;
    }
    while (trl_json_object_next(&lexer, &member)) {
        if (trl_json_key_is(&member, name)) {
            *ret_member = member;
            found = true;
        }
    }
    return found && trl_json_object_ok(&lexer);
}
