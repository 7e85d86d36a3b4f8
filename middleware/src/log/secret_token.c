/* Log: secrets that tell by their form alone what they are: JSON web tokens and credentials. */
#include "log/secret.h"

#include <stdint.h>
#include <string.h>

/* Of a JSON web token's header and of its payload, each with its dot. */
#define HEADER_MIN 8

/* Header and payload, or signature, at least. The words on both sides of a dot are read, those
 * after two dots from either: so no word is read more than three times. */
bool trl_secret_jwt(const struct trl_place *place, struct trl_part *ret_part)
{
    size_t second = place->at + 1;

    if (second < place->size && place->text[second] == '.') {
        second++; /* a payload that is sent apart (RFC 7515, F), a key that is agreed on (RFC 7516)
                   */
    }
    size_t end = trl_secret_token_end(place, second);
    if (end + 1 - second < HEADER_MIN) {
        return false;
    }
    size_t begin = trl_secret_word_begin(place, place->at, SIZE_MAX);
    if (place->at - begin < HEADER_MIN || memcmp(place->text + begin, "eyJ", 3) != 0) {
        return false;
    }
    while (end < place->size &&
           (trl_secret_is_token(place->text[end]) || place->text[end] == '.')) {
        end++;
    }
    *ret_part = (struct trl_part){.begin = begin, .end = end};
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
    bool digit = size > 0 && trl_is_digit(text[0]);
    bool lower = false;
    bool upper = false;

    if (size >= 20) {
        return true;
    }
    for (size_t i = 1; i < size; i++) {
        lower = lower || trl_is_lower(text[i]);
        upper = upper || trl_is_upper(text[i]);
        digit = digit || trl_is_digit(text[i]);
    }
    return size >= 6 && (digit || (lower && upper));
}

/* Of a space or tab, also where it is encoded; 0 if there is none. */
static size_t blank_size(const struct trl_place *place, size_t at)
{
    if (at >= place->size) {
        return 0;
    }
    if (place->size - at >= 3 && memcmp(place->text + at, "%20", 3) == 0) {
        return 3;
    }
    return place->text[at] == ' ' || place->text[at] == '\t' || place->text[at] == '+' ? 1 : 0;
}

/* From behind a word, the spaces that follow it, and a quote; 0 if it is another word. */
static size_t behind_word(const struct trl_place *place, const char *word)
{
    size_t size = strlen(word);
    size_t at = place->at + size;

    if (blank_size(place, at) == 0 || trl_strncasecmp(place->text + place->at, word, size) != 0) {
        return 0;
    }
    for (size_t blank = 1; blank != 0; at += blank) {
        blank = blank_size(place, at);
    }
    at += at < place->size && place->text[at] == '\\' ? 1 : 0;
    at += at < place->size && (place->text[at] == '"' || place->text[at] == '\'') ? 1 : 0;
    return at;
}

bool trl_secret_credentials(const struct trl_place *place, struct trl_part *ret_part)
{
    if (!trl_secret_begins_word(place, place->at)) {
        return false;
    }
    size_t bearer = behind_word(place, "bearer");
    size_t begin = bearer != 0 ? bearer : behind_word(place, "basic");
    size_t end = begin;
    while (begin != 0 && end < place->size &&
           (trl_secret_is_token(place->text[end]) ||
            (place->text[end] != '\0' && strchr(".~+/=", place->text[end]) != NULL))) {
        end++;
    }
    *ret_part = (struct trl_part){.begin = begin, .end = end};
    return bearer != 0 ? is_bearer(place->text + begin, end - begin)
                       : is_basic(place->text + begin, end - begin);
}
