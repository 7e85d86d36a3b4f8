/* Log: secrets that a key before them gives away, in whatever text: query strings and forms, header
 * fields, configuration, JSON that was pasted into a message. */
#include "log/secret.h"

#include "log/redact.h"

#include <string.h>

/* What may stand between a key and its colon: columns are aligned. */
#define BLANKS_MAX 32

/* How deep JSON may stand in strings of JSON for its quotes to be told: each level doubles. */
#define BACKSLASHES_MAX 16

/* The size of `\u0077`. */
#define ESCAPE_MAX 6

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Letters, digits and `$%-.[]_`. */
static inline bool is_key(char c)
{
    return trl_secret_is_in(c, UINT64_C(0x03FF603000000000), UINT64_C(0x07FFFFFEAFFFFFFE));
}

/* Of the quote that ends before end. */
static inline size_t quote_before(const char *text, size_t from, size_t end)
{
    if (end > from && (text[end - 1] == '"' || text[end - 1] == '\'')) {
        return 1;
    }
    return end - from >= 6 && text[end - 6] == '\\' && trl_secret_quote_size(text + end - 5, 5) == 5
               ? 5
               : 0;
}

/* What stands before the mark. */
struct key {
    struct trl_part part;
    bool quoted;
    bool json; /* quoted as in JSON that is no string's content */
};

/* The first byte of `\u0077` where that is what stands before at; else at. */
static inline size_t before_escape(const char *text, size_t from, size_t at)
{
    if (at - from < 6 || text[at - 6] != '\\' || text[at - 5] != 'u') {
        return at;
    }
    for (size_t i = at - 4; i < at; i++) {
        if (trl_hex_value(text[i]) < 0) {
            return at;
        }
    }
    return at - 6;
}

/* `\n` before a key is none of it. */
static inline bool ends_short_escape(const char *text, size_t from, size_t at)
{
    return at - from >= 2 && text[at - 2] == '\\' && trl_secret_is_one_of(text[at - 1], "bfnrt");
}

/* Back over the last bytes that are a key's for sure: letters, digits, `-` and `_`, before which no
 * backslash stands so near that they may be of its escape. */
static inline size_t skip_plain(const struct trl_place *place, size_t end)
{
    if (end < place->from + TRL_BLOCK) {
        return end;
    }
    trl_block block = trl_block_load(place->text + end - TRL_BLOCK);
    if (trl_block_find(block, '\\') != 0) {
        return end;
    }
    uint32_t others = ~trl_block_base64url(block) << TRL_BLOCK;
    size_t run = others != 0 ? (size_t)__builtin_clz(others) : TRL_BLOCK;
    return end - (run < TRL_BLOCK - ESCAPE_MAX ? run : TRL_BLOCK - ESCAPE_MAX);
}

size_t trl_secret_key_begin(const struct trl_place *place, size_t end, bool quoted)
{
    size_t begin = skip_plain(place, end);

    while (begin > place->from && end - begin < TRL_SECRET_KEY_MAX) {
        const char *text = place->text;
        if (ends_short_escape(text, place->from, begin)) {
            break;
        }
        size_t before = before_escape(text, place->from, begin);
        if (before < begin) {
            if (quote_before(text, place->from, begin) != 0) {
                break;
            }
            begin = before;
        } else if (is_key(text[begin - 1]) || (quoted && text[begin - 1] == ' ')) {
            begin--;
        } else {
            break;
        }
    }
    return begin;
}

/* Back over `" `, or `\" ` where JSON stands in JSON, to the end of the key. */
static inline struct key find_key_end(const struct trl_place *place)
{
    const char *text = place->text;
    size_t end = place->at;
    struct key key = {.quoted = false};

    while (end > place->from && is_blank(text[end - 1]) && place->at - end < BLANKS_MAX) {
        end--;
    }
    size_t quote = quote_before(text, place->from, end);
    if (quote != 0) {
        key.quoted = true;
        key.json = text[end - 1] == '"' && end - 1 > place->from && text[end - 2] != '\\';
        end -= quote;
        for (size_t i = 0; i < BACKSLASHES_MAX && end > place->from && text[end - 1] == '\\'; i++) {
            end--;
        }
    }
    key.part.end = end;
    return key;
}

/* What may follow the last letter of a key: digits and `$-.[]_`. */
static inline bool is_behind_letters(char c)
{
    return trl_secret_is_in(c, UINT64_C(0x03FF601000000000), UINT64_C(0x00000000A8000000));
}

bool trl_secret_may_end_ascii_key(const struct trl_place *place, size_t end, bool quoted)
{
    const char *text = place->text;
    size_t letter = end;

    while (letter > place->from &&
           (is_behind_letters(text[letter - 1]) || (quoted && text[letter - 1] == ' '))) {
        letter--;
    }
    if (letter == place->from || !trl_is_alpha(text[letter - 1])) {
        return letter > place->from && text[letter - 1] == '%';
    }
    char last = text[letter - 1];
    char before = letter - 1 > place->from ? text[letter - 2] : '\0';
    if (letter < end && (last | 0x20) == 'b') {
        return true; /* b64 */
    }
    if (trl_is_alpha(before) && !trl_secret_follows_escape(text, letter - 1)) {
        return trl_redact_may_end(before, last);
    }
    return is_key(before) || before == '\\' || (quoted && before == ' ') ||
           trl_redact_may_end('\0', last);
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

/* `session: opened` is prose, `db_pass: …` is not. */
static bool is_one_word(const char *text, struct trl_part part)
{
    for (size_t i = part.begin + 1; i < part.end; i++) {
        if (!trl_is_lower(text[i])) {
            return false;
        }
    }
    return true;
}

static enum trl_redact_class classify(const char *text, struct trl_part key)
{
    return trl_redact_classify_encoded(text + key.begin, key.end - key.begin);
}

/* Words that make a secret's name with the one before them. */
static bool is_second_word(const char *text, size_t size)
{
    static const char *const words[] = {"key",  "keys",   "code", "codes",
                                        "card", "number", "id",   "string"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == size && trl_strncasecmp(text, words[i], size) == 0) {
            return true;
        }
    }
    return false;
}

/* In `API key: …` the key is two words. */
static bool is_secret_with_word_before(const struct trl_place *place, struct trl_part key)
{
    if (key.begin <= place->from + 1 || place->text[key.begin - 1] != ' ' ||
        !is_second_word(place->text + key.begin, key.end - key.begin)) {
        return false;
    }
    key.begin = trl_secret_key_begin(place, key.begin - 1, false);
    return classify(place->text, key) == TRL_REDACT_VALUE;
}

/* Whether a key's value goes on to the end of its line: header fields with parameters. */
static bool takes_line(const char *text, struct trl_part key)
{
    static const char *const fields[] = {"authorization", "cookie"};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        size_t size = strlen(fields[i]);
        if (key.end - key.begin >= size && trl_to_lower(text[key.end - 1]) == fields[i][size - 1] &&
            trl_strncasecmp(text + key.end - size, fields[i], size) == 0) {
            return true;
        }
    }
    return false;
}

/* From behind `:`, `=`, `==`, `=>` or `:=` and the blanks that follow. In `token= x` the value is
 * empty, in `token = x` it is not. */
static size_t value_begin(const struct trl_place *place, const struct key *key)
{
    const char *text = place->text;
    bool attached = text[place->at] == '=' && key->part.end == place->at;
    size_t at = place->at + 1;

    while (at < place->size && at < place->at + 3 && trl_secret_is_one_of(text[at], "=>")) {
        attached = false;
        at++;
    }
    while (!attached && at < place->size && is_blank(text[at])) {
        at++;
    }
    return at;
}

static bool is_number(const char *text, struct trl_part part)
{
    while (part.begin < part.end && trl_is_digit(text[part.begin])) {
        part.begin++;
    }
    return part.begin == part.end;
}

static inline enum trl_redact_class classify_key(const struct trl_place *place,
                                                 const struct key *key)
{
    enum trl_redact_class class = TRL_REDACT_NOT;

    if (has_letter(place->text, key->part)) {
        class = classify(place->text, key->part);
        if (class == TRL_REDACT_NOT && !key->quoted &&
            is_secret_with_word_before(place, key->part)) {
            class = TRL_REDACT_VALUE;
        }
    }
    return trl_redact_beyond_ascii_
               ? trl_secret_classify_whole(place, key->part, key->quoted, class)
               : class;
}

/* end_judged: the key's end is beside the mark, and was looked at. */
static __attribute__((noinline)) bool judge_pair(const struct trl_place *place, bool end_judged,
                                                 struct trl_part *ret_part)
{
    const char *text = place->text;
    struct key key = find_key_end(place);

    if (!end_judged && !trl_secret_may_end_key(place, key.part.end, key.quoted)) {
        return false;
    }
    key.part.begin = trl_secret_key_begin(place, key.part.end, key.quoted);
    enum trl_redact_class class = classify_key(place, &key);
    bool prose = text[place->at] == ':' && !key.quoted && is_one_word(text, key.part);
    if (class != TRL_REDACT_VALUE && (class != TRL_REDACT_TEXT || prose)) {
        return false;
    }
    struct trl_value_form form = {.line = takes_line(text, key.part),
                                  .json = key.json,
                                  .object_is_judged = class == TRL_REDACT_TEXT};
    return trl_secret_value(place, value_begin(place, &key), form, ret_part) &&
           !(class == TRL_REDACT_TEXT && is_number(text, *ret_part));
}

/* Most keys stand next to the mark, and end in a letter. */
bool trl_secret_pair(const struct trl_place *place, struct trl_part *ret_part)
{
    bool beside = place->at > place->from && trl_is_alpha(place->text[place->at - 1]);

    return !(beside && !trl_secret_may_end_key(place, place->at, false)) &&
           judge_pair(place, beside, ret_part);
}
