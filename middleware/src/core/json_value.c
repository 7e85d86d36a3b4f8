/* Core: JSON that came from outside, written anew. One pass checks and writes; what is hidden or
 * finds no room is still checked to its end, so that a text is taken as JSON or not as a whole. */
#include "core/json.h"
#include "core/json_read.h"
#include "core/locale.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Longer keys are cut for the judgement of what to hide, not in what is written. */
#define KEY_JUDGED_MAX 256

/* What tells of a cut. Room for it is kept back from the start, and for the bracket that closes
 * each that is opened. */
#define CUT_MEMBER "\"" TRL_JSON_CUT_MARK "\":\"" TRL_JSON_CUT_MARK "\""
#define CUT_SIZE   sizeof("," CUT_MEMBER)

/* A shorter number is not looked through: it is no card's. */
#define CARD_SIZE_MIN 13

/* A number of so many characters and no exponent is in the range of doubles (up to 10^308). */
#define NUMBER_PLAIN_MAX 300

/* A longer one is not tried. */
#define NUMBER_MAX 512

/* Bits of the filter that spares most keys the search for an earlier member of the same name. */
#define KEY_BITS 16384u

/* Bytes of earlier members that are looked through in all, before the rest is cut: bounds the time
 * that a value made of nothing but equal names can take. */
#define SEARCH_BUDGET ((size_t)1 << 20)

struct rewriter {
    struct trl_json *json;
    const struct trl_json_filter *filter;
    struct trl_json_lexer lexer;
    char *member;        /* where the member starts whose value comes next */
    unsigned depth;      /* brackets open in what is written */
    unsigned hidden;     /* depth of the lexer inside the value that is being left out; 0: none */
    bool hide_next;      /* the next value is */
    bool comma;          /* stands before the next value or key */
    bool full;           /* only closing brackets are still written */
    size_t budget;       /* see SEARCH_BUDGET */
    uint32_t containers; /* opened so far: tells their keys apart in the filter */
    uint32_t numbers[TRL_JSON_DEPTH_MAX];
    char *starts[TRL_JSON_DEPTH_MAX]; /* the open brackets */
    uint64_t keys[KEY_BITS / 64];
};

static bool in_object(const struct rewriter *rewriter)
{
    return rewriter->depth > 0 && *rewriter->starts[rewriter->depth - 1] == '{';
}

/* Goes back to at and tells by a mark that something is missing there. Nothing is written after it
 * but the brackets that close. */
static void cut_at(struct rewriter *rewriter, char *at)
{
    struct trl_json *json = rewriter->json;

    json->at = at;
    json->truncated = true;
    rewriter->full = true;
    json->end += CUT_SIZE;
    if (rewriter->depth > 0) {
        if (at[-1] != '{' && at[-1] != '[') {
            TRL_JSON_LITERAL(json, ",");
        }
        if (in_object(rewriter)) {
            TRL_JSON_LITERAL(json, CUT_MEMBER);
        } else {
            TRL_JSON_LITERAL(json, "\"" TRL_JSON_CUT_MARK "\"");
        }
    }
}

static uint32_t hash_key(uint32_t container, const char *text, size_t size)
{
    uint32_t hash = container * 2654435761u;

    for (size_t i = 0; i < size; i++) { /* FNV-1a */
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    return hash ^ hash >> 15;
}

/* Takes out an earlier member of the current object under the name that was just written. False:
 * the budget is spent. */
static bool drop_earlier(struct rewriter *rewriter, const char *name, size_t size)
{
    struct trl_json *json = rewriter->json;
    char *start = rewriter->starts[rewriter->depth - 1];
    uint32_t bit = hash_key(rewriter->numbers[rewriter->depth - 1], name, size) % KEY_BITS;
    uint64_t mask = (uint64_t)1 << (bit % 64);
    size_t members = (size_t)(rewriter->member - start);
    size_t found_size;

    if ((rewriter->keys[bit / 64] & mask) == 0) {
        rewriter->keys[bit / 64] |= mask;
        return true;
    }
    if (members > rewriter->budget) {
        return false;
    }
    rewriter->budget -= members;
    char *found = trl_json_find_member(start, members, name, size, &found_size);
    if (found != NULL) {
        char *rest = found + found_size + 1; /* a comma follows: that of the new member at least */
        memmove(found, rest, (size_t)(json->at - rest));
        json->at -= found_size + 1;
        rewriter->member -= found_size + 1;
        if (rewriter->member < start + 1) {
            rewriter->member = start + 1;
        }
    }
    return true;
}

static bool hides(struct rewriter *rewriter, struct trl_json_span escaped)
{
    char key[KEY_JUDGED_MAX];
    struct trl_json_lexer ahead = rewriter->lexer;

    if (rewriter->filter == NULL) {
        return false;
    }
    while (ahead.at < ahead.end && strchr(" \t\r\n", *ahead.at) != NULL) {
        ahead.at++;
    }
    return ahead.at < ahead.end &&
           rewriter->filter->hides(key, trl_json_unescape(escaped, key, sizeof(key)), *ahead.at);
}

static void write_key(struct rewriter *rewriter, struct trl_json_span escaped)
{
    struct trl_json *json = rewriter->json;

    rewriter->member = json->at;
    bool fits = !rewriter->comma || TRL_JSON_LITERAL(json, ",");
    const char *name = json->at + 1;
    fits = fits && trl_json_string_again(json, escaped.text, escaped.size);
    size_t size = (size_t)(json->at - name - 1);
    if (!fits || !TRL_JSON_LITERAL(json, ":") || !drop_earlier(rewriter, name, size)) {
        cut_at(rewriter, rewriter->member);
        return;
    }
    rewriter->comma = false;
    rewriter->hide_next = hides(rewriter, escaped);
}

/* What is to stand in place of a string; NULL: the string itself. */
static const char *clean(const struct trl_json_filter *filter, struct trl_json_span escaped,
                         size_t *ret_size)
{
    if (filter == NULL) {
        return NULL;
    }
    if (memchr(escaped.text, '\\', escaped.size) == NULL) {
        return filter->clean(filter, escaped.text, escaped.size, ret_size);
    }
    size_t size = trl_json_unescape(escaped, filter->room, filter->room_size);
    return filter->clean(filter, filter->room, size, ret_size);
}

/* Whether readers that take a number as a double can: Go's and OpenTelemetry's collectors refuse
 * the whole text for one that is out of range. */
static bool fits_double(struct trl_json_span number)
{
    char text[NUMBER_MAX];
    int saved = errno; /* strtod_l() tells of large and small numbers by it */

    if (number.size <= NUMBER_PLAIN_MAX && memchr(number.text, 'e', number.size) == NULL &&
        memchr(number.text, 'E', number.size) == NULL) {
        return true;
    }
    if (number.size >= sizeof(text)) {
        return false;
    }
    memcpy(text, number.text, number.size);
    text[number.size] = '\0';
    double value = strtod_l(text, NULL, trl_c_locale());
    errno = saved;
    return isfinite(value);
}

static bool write_scalar(struct rewriter *rewriter, enum trl_json_token token,
                         struct trl_json_span span)
{
    bool text =
        token == TRL_JSON_STRING || (token == TRL_JSON_NUMBER && span.size >= CARD_SIZE_MIN);
    size_t size;
    const char *cleaned = text ? clean(rewriter->filter, span, &size) : NULL;

    if (cleaned != NULL) {
        return trl_json_string(rewriter->json, cleaned, size);
    }
    bool quoted = token == TRL_JSON_STRING || (token == TRL_JSON_NUMBER && !fits_double(span));
    return quoted ? trl_json_string_again(rewriter->json, span.text, span.size)
                  : trl_json_raw(rewriter->json, span.text, span.size);
}

static void open_bracket(struct rewriter *rewriter, char bracket, bool *fits)
{
    struct trl_json *json = rewriter->json;

    if (!*fits || json->end - json->at < 2) {
        *fits = false;
        return;
    }
    rewriter->starts[rewriter->depth] = json->at;
    rewriter->numbers[rewriter->depth] = ++rewriter->containers;
    rewriter->depth++;
    json->end--;
    trl_json_raw(json, &bracket, 1);
}

static void write_value(struct rewriter *rewriter, enum trl_json_token token,
                        struct trl_json_span span)
{
    struct trl_json *json = rewriter->json;
    bool opens = token == TRL_JSON_OBJECT_BEGIN || token == TRL_JSON_ARRAY_BEGIN;

    if (!in_object(rewriter)) {
        rewriter->member = json->at;
    }
    bool fits = !rewriter->comma || TRL_JSON_LITERAL(json, ",");
    rewriter->comma = true;
    if (rewriter->hide_next) {
        fits = fits && trl_json_raw(json, rewriter->filter->replacement,
                                    strlen(rewriter->filter->replacement));
        rewriter->hidden = opens ? rewriter->lexer.depth : 0;
    } else if (opens) {
        open_bracket(rewriter, token == TRL_JSON_OBJECT_BEGIN ? '{' : '[', &fits);
        rewriter->comma = false;
    } else {
        fits = fits && write_scalar(rewriter, token, span);
    }
    rewriter->hide_next = false;
    if (!fits) {
        cut_at(rewriter, rewriter->member);
    }
}

static void close_bracket(struct rewriter *rewriter)
{
    struct trl_json *json = rewriter->json;

    rewriter->depth--;
    json->end++;
    trl_json_raw(json, *rewriter->starts[rewriter->depth] == '{' ? "}" : "]", 1);
    rewriter->comma = true;
}

static void take(struct rewriter *rewriter, enum trl_json_token token, struct trl_json_span span)
{
    bool closes = token == TRL_JSON_OBJECT_END || token == TRL_JSON_ARRAY_END;

    if (rewriter->hidden > 0) {
        if (closes && rewriter->lexer.depth < rewriter->hidden) {
            rewriter->hidden = 0;
        }
    } else if (closes) {
        if (rewriter->lexer.depth < rewriter->depth) {
            close_bracket(rewriter);
        }
    } else if (!rewriter->full && token == TRL_JSON_KEY) {
        write_key(rewriter, span);
    } else if (!rewriter->full) {
        write_value(rewriter, token, span);
    }
}

static enum trl_json_outcome rewrite(struct rewriter *rewriter)
{
    struct trl_json_span span = {NULL, 0};

    for (;;) {
        enum trl_json_token token = trl_json_next(&rewriter->lexer, &span);
        if (token == TRL_JSON_END) {
            return TRL_JSON_WRITTEN;
        }
        if (token == TRL_JSON_ERROR || rewriter->lexer.depth > TRL_JSON_DEPTH_MAX) {
            return TRL_JSON_INVALID;
        }
        take(rewriter, token, span);
    }
}

enum trl_json_outcome trl_json_value(struct trl_json *json, const char *text, size_t size,
                                     const struct trl_json_filter *filter)
{
    struct rewriter rewriter = {.json = json, .filter = filter, .budget = SEARCH_BUDGET};
    char *start = json->at;
    char *end = json->end;
    bool truncated = json->truncated;

    if ((size_t)(end - start) <= CUT_SIZE) {
        json->truncated = true;
        return TRL_JSON_NO_ROOM;
    }
    json->end -= CUT_SIZE;
    trl_json_lexer_init(&rewriter.lexer, text, size);
    enum trl_json_outcome outcome = rewrite(&rewriter);
    json->end = end;
    if (outcome == TRL_JSON_INVALID) {
        json->at = start;
        json->truncated = truncated;
    } else if (json->at == start) {
        outcome = TRL_JSON_NO_ROOM;
    }
    return outcome;
}
