/* Log: secrets that tell by their form alone what they are: keys of providers, tokens, PEM blocks.
 */
#include "log/secret.h"

#include "core/ascii.h"

#include <stdint.h>
#include <string.h>

/* The characters of base64url (RFC 4648, 5), which most tokens are made of. */
static bool is_token(char c)
{
    return trl_is_alnum(c) || c == '_' || c == '-';
}

/* A token does not begin in the middle of a word. */
static bool begins_word(const struct trl_place *place, size_t at)
{
    return at >= place->from && (at == 0 || !is_token(place->text[at - 1]));
}

static size_t token_end(const struct trl_place *place, size_t at)
{
    while (at < place->size && is_token(place->text[at])) {
        at++;
    }
    return at;
}

/* What stands before the secret part, up to the marked byte; `*` is any letter. */
struct key_format {
    const char *prefix;
    size_t prefix_size;
    unsigned body_min; /* characters that follow at the least */
    bool needs_digit;  /* else the words of a language could look like one */
};

#define FORMAT(prefix, body_min, needs_digit)                                                      \
    {                                                                                              \
        prefix, sizeof(prefix) - 1, body_min, needs_digit                                          \
    }

/* Of a JSON web token's header and of its payload, each with its dot. */
#define HEADER_MIN 8

/* A key of random characters has a digit among its first. */
#define DIGIT_WITHIN 40

/* Of the prefixes below. */
#define PREFIX_MAX 11

static const struct key_format underscore_formats[] = {
    FORMAT("gh*_", 30, false),     FORMAT("github_pat_", 22, false), FORMAT("sk_live_", 10, false),
    FORMAT("sk_test_", 10, false), FORMAT("rk_live_", 10, false),    FORMAT("rk_test_", 10, false),
    FORMAT("whsec_", 16, false),   FORMAT("npm_", 30, true),         FORMAT("hf_", 30, true),
    FORMAT("do*_v1_", 40, true),   FORMAT("shp**_", 32, true),       FORMAT("glsa_", 32, true),
    FORMAT("lin_api_", 32, true),  FORMAT("dckr_pat_", 20, false),
};

static const struct key_format dash_formats[] = {
    FORMAT("glpat-", 20, false), FORMAT("gl**-", 20, true),    FORMAT("gl***-", 20, true),
    FORMAT("gl****-", 20, true), FORMAT("xox*-", 10, true),    FORMAT("xapp-", 10, true),
    FORMAT("sk-", 20, true),     FORMAT("GOCSPX-", 20, false), FORMAT("pypi-", 50, true),
    FORMAT("NRAK-", 20, true),   FORMAT("PMAK-", 20, true),    FORMAT("sq0***-", 22, true),
};

static const struct key_format dot_formats[] = {
    FORMAT("SG.", 16, true),
    FORMAT("ya29.", 20, true),
    FORMAT("hvs.", 24, true),
    FORMAT("hvb.", 24, true),
};

static bool has_prefix(const char *text, const struct key_format *format)
{
    for (size_t i = 0; i < format->prefix_size; i++) {
        char expected = format->prefix[i];
        if (text[i] != expected && !(expected == '*' && trl_is_lower(text[i]))) {
            return false;
        }
    }
    return true;
}

static bool has_digit(const char *text, size_t size)
{
    for (size_t i = 0; i < size && i < DIGIT_WITHIN; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            return true;
        }
    }
    return false;
}

/* Whether enough characters follow at body. */
static bool has_body(const struct trl_place *place, const struct key_format *format, size_t body)
{
    if (place->size - body < format->body_min) {
        return false;
    }
    for (size_t i = 0; i < format->body_min; i++) {
        if (!is_token(place->text[body + i])) {
            return false;
        }
    }
    return !format->needs_digit || has_digit(place->text + body, token_end(place, body) - body);
}

static size_t key_end(const struct trl_place *place)
{
    bool dots = place->text[place->at] == '.'; /* SendGrid's and Vault's have further ones */
    size_t end = place->at + 1;

    while (end < place->size && (is_token(place->text[end]) || (dots && place->text[end] == '.'))) {
        end++;
    }
    return end;
}

/* The word that ends in the marked byte must be the prefix, so that few formats are compared. */
static bool matches_any(const struct trl_place *place, const struct key_format *formats,
                        size_t count, struct trl_part *ret_part)
{
    size_t size = 1;

    while (size <= PREFIX_MAX && size <= place->at && is_token(place->text[place->at - size])) {
        size++;
    }
    size_t begin = place->at + 1 - size;
    if (begin < place->from) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (formats[i].prefix_size == size && has_prefix(place->text + begin, &formats[i]) &&
            has_body(place, &formats[i], place->at + 1)) {
            *ret_part = (struct trl_part){begin, key_end(place)};
            return true;
        }
    }
    return false;
}

/* AKIA and ASIA with 16 capitals and digits; AIza with 35 characters. */
static bool matches_unjoined(const struct trl_place *place, struct trl_part *ret_part)
{
    if (place->at < 1) {
        return false;
    }
    size_t before = place->at >= 2 && place->text[place->at - 1] != 'A' ? 2 : 1;
    size_t begin = place->at - before;
    const char *text = place->text + begin;
    if (*text != 'A' || !begins_word(place, begin) || place->size - begin < 20) {
        return false;
    }
    size_t end = token_end(place, begin);
    if (memcmp(text, "AIza", 4) == 0) {
        *ret_part = (struct trl_part){begin, end};
        return end - begin >= 39;
    }
    if (memcmp(text, "AKIA", 4) != 0 && memcmp(text, "ASIA", 4) != 0) {
        return false;
    }
    for (size_t i = 4; i < 20; i++) {
        if (!trl_is_alnum(text[i]) || trl_is_lower(text[i])) {
            return false;
        }
    }
    *ret_part = (struct trl_part){begin, begin + 20};
    return end == begin + 20;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool trl_secret_provider_key(const struct trl_place *place, struct trl_part *ret_part)
{
    switch (place->text[place->at]) {
    case '_':
        return matches_any(place, underscore_formats, COUNT(underscore_formats), ret_part);
    case '-':
        return matches_any(place, dash_formats, COUNT(dash_formats), ret_part);
    case '.':
        return matches_any(place, dot_formats, COUNT(dot_formats), ret_part);
    default:
        return matches_unjoined(place, ret_part);
    }
}

/* Header and payload at least. The word before the first dot is read back, and that after it only
 * if that is a header: so no word is read more than twice. */
bool trl_secret_jwt(const struct trl_place *place, struct trl_part *ret_part)
{
    size_t begin = place->at;

    while (begin > place->from && is_token(place->text[begin - 1])) {
        begin--;
    }
    if (place->at - begin < HEADER_MIN || memcmp(place->text + begin, "eyJ", 3) != 0) {
        return false;
    }
    size_t end = token_end(place, place->at + 1);
    if (end - place->at < HEADER_MIN) {
        return false;
    }
    while (end < place->size && (is_token(place->text[end]) || place->text[end] == '.')) {
        end++;
    }
    *ret_part = (struct trl_part){begin, end};
    return true;
}

static int base64_value(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c != '\0' ? strchr(alphabet, c) : NULL;

    return found != NULL ? (int)(found - alphabet) : -1;
}

/* Whether base64 decodes to `user:password`: printable, with a colon. */
static bool is_basic(const char *text, size_t size)
{
    uint32_t bits = 0;
    unsigned have = 0;
    bool colon = false;

    for (size_t i = 0; i < size && base64_value(text[i]) >= 0; i++) {
        bits = bits << 6 | (uint32_t)base64_value(text[i]);
        have += 6;
        if (have >= 8) {
            have -= 8;
            unsigned char byte = (unsigned char)(bits >> have);
            if (byte < 0x20 || byte == 0x7F) {
                return false;
            }
            colon = colon || byte == ':';
        }
    }
    return colon;
}

/* A token rather than a word of a language. */
static bool is_bearer(const char *text, size_t size)
{
    bool lower = false;
    bool upper = false;

    if (size >= 20) {
        return true;
    }
    for (size_t i = 1; i < size; i++) {
        lower = lower || trl_is_lower(text[i]);
        upper = upper || trl_is_upper(text[i]);
    }
    return size >= 6 && (has_digit(text, size) || (lower && upper));
}

/* From behind a word and the spaces that follow it; 0 if it is another word. */
static size_t behind_word(const struct trl_place *place, const char *word)
{
    size_t at = place->at + strlen(word);

    if (at >= place->size || place->text[at] != ' ' ||
        trl_strncasecmp(place->text + place->at, word, strlen(word)) != 0) {
        return 0;
    }
    while (at < place->size && place->text[at] == ' ') {
        at++;
    }
    return at;
}

bool trl_secret_credentials(const struct trl_place *place, struct trl_part *ret_part)
{
    if (!begins_word(place, place->at)) {
        return false;
    }
    size_t bearer = behind_word(place, "bearer");
    size_t begin = bearer != 0 ? bearer : behind_word(place, "basic");
    size_t end = begin;
    while (begin != 0 && end < place->size &&
           (is_token(place->text[end]) ||
            (place->text[end] != '\0' && strchr(".~+/=", place->text[end]) != NULL))) {
        end++;
    }
    *ret_part = (struct trl_part){begin, end};
    return bearer != 0 ? is_bearer(place->text + begin, end - begin)
                       : is_basic(place->text + begin, end - begin);
}

bool trl_secret_pem(const struct trl_place *place, struct trl_part *ret_part)
{
    static const char begin[] = "-----BEGIN ";
    static const char end[] = "-----END ";
    size_t first = place->at - 4;

    if (place->at < 4 || first < place->from || place->size - first < sizeof(begin) - 1 ||
        memcmp(place->text + first, begin, sizeof(begin) - 1) != 0) {
        return false;
    }
    const char *found =
        memmem(place->text + place->at, place->size - place->at, end, sizeof(end) - 1);
    size_t last = place->size; /* without an end it was cut off: all of it is secret */
    if (found != NULL) {
        const char *after = found + sizeof(end) - 1;
        const char *text_end = place->text + place->size;
        const char *dashes = memmem(after, (size_t)(text_end - after), "-----", 5);
        last = dashes != NULL ? (size_t)(dashes + 5 - place->text) : place->size;
    }
    *ret_part = (struct trl_part){first, last};
    return true;
}
