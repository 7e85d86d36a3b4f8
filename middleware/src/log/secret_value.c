/* Log: where a secret value ends: behind quotes, which may stand in other quotes, at the end of a
 * word or of a line, or at the last bracket of a JSON value. */
#include "log/secret.h"

#include "core/likely.h"
#include "log/redact.h"

#include <string.h>

size_t trl_secret_quote_size(const char *text, size_t size)
{
    if (size >= 1 && (*text == '"' || *text == '\'')) {
        return 1;
    }
    return size >= 5 && (memcmp(text, "u0022", 5) == 0 || memcmp(text, "u0027", 5) == 0) ? 5 : 0;
}

/* Where the quote that begins at quote, behind backslashes, is closed: by one behind as many. Else
 * the end of the text: what was cut off is secret, too. */
static size_t quoted_end(const struct trl_place *place, size_t quote, size_t backslashes)
{
    const char *text = place->text;
    size_t size = trl_secret_quote_size(text + quote, place->size - quote);
    size_t run = 0;

    for (size_t at = quote + size; at < place->size; at++) {
        if (text[at] == text[quote] && run <= backslashes && place->size - at >= size &&
            memcmp(text + at, text + quote, size) == 0 && (size == 1 || run > 0)) {
            return at - run;
        }
        run = text[at] == '\\' ? run + 1 : 0;
        if (run == 2 && backslashes == 0) {
            run = 0; /* an escaped backslash does not escape the quote */
        }
    }
    return place->size;
}

static size_t count_backslashes(const struct trl_place *place, size_t at)
{
    size_t count = 0;

    while (at + count < place->size && place->text[at + count] == '\\') {
        count++;
    }
    return count;
}

static size_t bare_end(const struct trl_place *place, size_t begin)
{
    size_t at = begin;

    while (at < place->size && !trl_secret_is_stop(place->text[at])) {
        at++;
    }
    return at;
}

static inline bool may_begin_quote(char c)
{
    return c == '\\' || c == '"' || c == '\'';
}

/* To the end of the line, or to the quote that the line itself stands in. A quote behind `=` opens
 * a parameter, `realm="…"`, which is passed over. */
static size_t line_end(const struct trl_place *place, size_t begin)
{
    const char *text = place->text;
    size_t at = begin;

    while (at < place->size && text[at] != '\r' && text[at] != '\n') {
        if (TRL_LIKELY(!may_begin_quote(text[at]))) {
            at++;
            continue;
        }
        size_t backslashes = count_backslashes(place, at);
        size_t quote = at + backslashes;
        size_t size =
            quote < place->size ? trl_secret_quote_size(text + quote, place->size - quote) : 0;
        if (size == 5 && backslashes == 0) {
            size = 0;
        }
        if (size == 0) {
            at = backslashes > 0 ? quote : at + 1;
        } else if (text[at - 1] != '=') {
            return at;
        } else {
            at = quoted_end(place, quote, backslashes);
            at += at < place->size ? backslashes + size : 0;
        }
    }
    return at < place->size ? at : place->size;
}

size_t trl_secret_nested_end(const char *text, size_t size, size_t begin, size_t *depth)
{
    bool quoted = false;

    for (size_t at = begin; at < size; at++) {
        char c = text[at];
        if (c == '\\') {
            at++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            ++*depth;
        } else if (!quoted && (c == '}' || c == ']') && --*depth == 0) {
            return at + 1;
        }
    }
    return size;
}

bool trl_secret_is_redacted(const struct trl_place *place, size_t at)
{
    size_t size = sizeof(TRL_REDACTED) - 1;

    return place->size - at >= size && memcmp(place->text + at, TRL_REDACTED, size) == 0;
}

bool trl_secret_value(const struct trl_place *place, size_t begin, struct trl_value_form form,
                      struct trl_part *ret_part)
{
    const char *text = place->text;
    size_t backslashes = count_backslashes(place, begin);
    size_t quote = begin + backslashes;
    size_t size =
        quote < place->size ? trl_secret_quote_size(text + quote, place->size - quote) : 0;
    size_t depth = 0;

    if (size == 1 || (size == 5 && backslashes > 0)) {
        *ret_part =
            (struct trl_part){.begin = quote + size, .end = quoted_end(place, quote, backslashes)};
    } else if (begin < place->size && trl_secret_is_redacted(place, begin)) {
        return false;
    } else if (begin < place->size && text[begin] == '{' && form.object_is_judged) {
        return false;
    } else if (begin < place->size && (text[begin] == '{' || text[begin] == '[')) {
        *ret_part =
            (struct trl_part){.begin = begin,
                              .end = trl_secret_nested_end(text, place->size, begin, &depth),
                              .json = form.json};
    } else {
        *ret_part =
            (struct trl_part){.begin = begin,
                              .end = form.line ? line_end(place, begin) : bare_end(place, begin),
                              .json = form.json};
    }
    return ret_part->end > ret_part->begin;
}
