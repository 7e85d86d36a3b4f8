/* Log: secrets that a key before them gives away, in whatever text: query strings and forms, header
 * fields, configuration, JSON that was pasted into a message; and passwords in URLs. */
#include "log/secret.h"

#include "core/ascii.h"
#include "log/redact.h"

#include <string.h>

/* Longer keys are judged by their last bytes. */
#define KEY_MAX 64

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

static bool is_key(char c)
{
    return trl_is_alnum(c) || c == '_' || c == '-' || c == '.' || c == '%' || c == '[' ||
           c == ']' || c == '$';
}

/* What stands before the mark. */
struct key {
    struct trl_part part;
    bool quoted;
};

/* Back over `" `, or `\" ` where JSON stands in JSON, to the key. */
static struct key find_key(const struct trl_place *place)
{
    const char *text = place->text;
    size_t end = place->at;
    struct key key = {{0, 0}, false};

    while (end > place->from && text[end - 1] == ' ' && place->at - end < 4) {
        end--;
    }
    if (end > place->from && is_quote(text[end - 1])) {
        key.quoted = true;
        end--;
        while (end > place->from && text[end - 1] == '\\' && place->at - end < 12) {
            end--;
        }
    }
    size_t begin = end;
    while (begin > place->from && is_key(text[begin - 1]) && end - begin < KEY_MAX) {
        begin--;
    }
    key.part = (struct trl_part){begin, end};
    return key;
}

/* Times and ports, `12:30`, have no letter before the colon. */
static bool has_letter(const char *text, struct trl_part part)
{
    for (size_t i = part.begin; i < part.end; i++) {
        if (trl_is_alpha(text[i])) {
            return true;
        }
    }
    return false;
}

/* Whether a key's value goes on to the end of its line: header fields with parameters. */
static bool takes_line(const char *text, struct trl_part key)
{
    static const char *const fields[] = {"authorization", "cookie"};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        size_t size = strlen(fields[i]);
        if (key.end - key.begin >= size &&
            trl_strncasecmp(text + key.end - size, fields[i], size) == 0) {
            return true;
        }
    }
    return false;
}

/* The closing quote, or the end of the text: what was cut off is secret, too. A quote that opened
 * behind backslashes is closed by one behind as many. */
static size_t quoted_end(const struct trl_place *place, size_t begin, size_t backslashes)
{
    char quote = place->text[begin - 1];
    size_t run = 0;

    for (size_t at = begin; at < place->size; at++) {
        if (place->text[at] == quote && run <= backslashes) {
            return at - run;
        }
        run = place->text[at] == '\\' ? run + 1 : 0;
        if (run == 2 && backslashes == 0) {
            run = 0; /* an escaped backslash does not escape the quote */
        }
    }
    return place->size;
}

static size_t bare_end(const struct trl_place *place, size_t begin, bool line)
{
    const char *stops = line ? "\r\n\"'" : " \t\r\n&;,\"')]}>";
    size_t at = begin;

    while (at < place->size && place->text[at] != '\0' && strchr(stops, place->text[at]) == NULL) {
        at++;
    }
    return at;
}

/* A JSON object or array as a whole; one that does not end is secret to the end of the text. */
static size_t nested_end(const struct trl_place *place, size_t begin)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t at = begin; at < place->size; at++) {
        char c = place->text[at];
        if (c == '\\') {
            at++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            depth++;
        } else if (!quoted && (c == '}' || c == ']') && --depth == 0) {
            return at + 1;
        }
    }
    return place->size;
}

static bool find_value(const struct trl_place *place, const struct key *key,
                       struct trl_part *ret_part)
{
    const char *text = place->text;
    size_t begin = place->at + 1;
    size_t backslashes = 0;

    /* In `token= x` the value is empty, in `token = x` it is not. */
    bool attached = text[place->at] == '=' && key->part.end == place->at;
    while (!attached && begin < place->size && (text[begin] == ' ' || text[begin] == '\t')) {
        begin++;
    }
    while (begin + backslashes < place->size && text[begin + backslashes] == '\\') {
        backslashes++;
    }
    if (begin + backslashes < place->size && is_quote(text[begin + backslashes])) {
        begin += backslashes + 1;
        *ret_part = (struct trl_part){begin, quoted_end(place, begin, backslashes)};
    } else if (begin < place->size && (text[begin] == '{' || text[begin] == '[')) {
        *ret_part = (struct trl_part){begin, key->quoted ? nested_end(place, begin) : begin};
    } else {
        *ret_part = (struct trl_part){begin, bare_end(place, begin, takes_line(text, key->part))};
    }
    return ret_part->end > ret_part->begin;
}

/* `://user:password@host`: of the authority what stands between its first colon and its last @. */
static bool find_password(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text;
    size_t begin = 0;
    size_t end = 0;
    size_t at = place->at + 3;

    for (; at < place->size && text[at] != '\0' && strchr(" \t\r\n/?#\"'<>\\", text[at]) == NULL;
         at++) {
        if (text[at] == ':' && begin == 0) {
            begin = at + 1;
        } else if (text[at] == '@' && begin != 0) {
            end = at;
        }
    }
    *ret_part = (struct trl_part){begin, end};
    return end > begin;
}

static bool is_number(const char *text, struct trl_part part)
{
    while (part.begin < part.end && trl_is_digit(text[part.begin])) {
        part.begin++;
    }
    return part.begin == part.end;
}

bool trl_secret_pair(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text;

    if (text[place->at] == ':' && place->size - place->at > 3 && text[place->at + 1] == '/' &&
        text[place->at + 2] == '/') {
        return find_password(place, ret_part);
    }
    struct key key = find_key(place);
    if (!has_letter(text, key.part)) {
        return false;
    }
    enum trl_redact_class class =
        trl_redact_classify_encoded(text + key.part.begin, key.part.end - key.part.begin);
    bool prose = text[place->at] == ':' && !key.quoted; /* `pass: 3`, `session: opened` */
    if (class != TRL_REDACT_VALUE && (class != TRL_REDACT_TEXT || prose)) {
        return false;
    }
    return find_value(place, &key, ret_part) &&
           !(class == TRL_REDACT_TEXT && is_number(text, *ret_part));
}
