/* Log: keys of the large providers that are known by the parts they consist of, and by what stands
 * in these, rather than by a prefix. */
#include "log/secret.h"

#include <string.h>

bool trl_secret_is_hex(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (trl_hex_value(text[i]) < 0 || trl_is_upper(text[i])) {
            return false;
        }
    }
    return true;
}

/* Whether a word that goes up to end begins before, which is not before from. */
static bool begins_at(const struct trl_place *place, size_t size, size_t end)
{
    return end >= place->from + size && trl_secret_begins_word(place, end - size);
}

/* Whether at is where a word ends. */
static bool ends_at(const struct trl_place *place, size_t at)
{
    return at == place->size || (at < place->size && !trl_secret_is_token(place->text[at]));
}

/* Telegram's bots: the bot's number, of 6 to 12 digits, a colon, and 35 characters, the first an
 * `A`. In a URL `bot` stands before. */
static bool matches_telegram(const struct trl_place *place, size_t colon, struct trl_part *ret_part)
{
    const char *text = place->text;
    size_t body = place->at + colon;
    size_t begin = place->at;

    if (place->size - place->at < colon + 35 || text[body] != 'A') {
        return false;
    }
    while (begin > place->from && place->at - begin < 12 && trl_is_digit(text[begin - 1])) {
        begin--;
    }
    *ret_part = (struct trl_part){.begin = begin, .end = body + 35};
    return place->at - begin >= 6 &&
           (trl_secret_begins_word(place, begin) ||
            (begins_at(place, 3, begin) && memcmp(text + begin - 3, "bot", 3) == 0)) &&
           trl_secret_token_end(place, body) == body + 35;
}

static bool is_base64(char c)
{
    return trl_is_alnum(c) || c == '+' || c == '/';
}

/* Azure's keys of fixed size with a signature ten bytes before the padding, which tells them from
 * hashes. */
static bool matches_azure(const struct trl_place *place, struct trl_part *ret_part)
{
    static const struct {
        const char *signature;
        unsigned size;    /* of the key without its padding */
        unsigned padding; /* equals signs */
    } keys[] = {
        {"+ASt", 86, 2}, {"+ABa", 86, 2}, {"ACDb", 86, 2}, {"AzFu", 54, 2},
        {"+ASb", 43, 1}, {"+AEh", 43, 1}, {"AIoT", 43, 1}, {"AzCa", 43, 1},
    };
    const char *text = place->text;

    if (place->at < 43 || (text[place->at - 10] != '+' && text[place->at - 10] != 'A')) {
        return false;
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        size_t size = keys[i].size;
        if (memcmp(text + place->at - 10, keys[i].signature, 4) != 0 ||
            place->at < place->from + size || place->size - place->at < keys[i].padding) {
            continue;
        }
        size_t begin = place->at;
        while (place->at - begin < size && is_base64(text[begin - 1])) {
            begin--;
        }
        *ret_part = (struct trl_part){.begin = begin, .end = place->at + keys[i].padding};
        if (place->at - begin == size &&
            (begin == 0 || !is_base64(text[begin - 1]) || trl_secret_follows_escape(text, begin))) {
            return true;
        }
    }
    return false;
}

/* Mailgun's: 32, 8 and 8 hexadecimal digits; Mailchimp's: 32 and the data centre, `us12`. */
static bool matches_hex_parts(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text;
    const char *after = text + place->at + 1;
    size_t left = place->size - place->at - 1;
    size_t end = 0;

    if (left >= 17 && after[8] == '-' && trl_secret_is_hex(after, 8) &&
        trl_secret_is_hex(after + 9, 8)) {
        end = place->at + 18;
    } else if (left >= 3 && memcmp(after, "us", 2) == 0 && trl_is_digit(after[2])) {
        end = place->at + (left >= 4 && trl_is_digit(after[3]) ? 5 : 4);
    }
    if (end == 0 || !ends_at(place, end) || !begins_at(place, 32, place->at) ||
        !trl_secret_is_hex(text + place->at - 32, 32)) {
        return false;
    }
    *ret_part = (struct trl_part){.begin = place->at - 32, .end = end};
    return true;
}

/* Whether it may be base64 of digits: of each four characters the first is an `M`, `N` or `O`. */
static bool is_number_in_base64(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i += 4) {
        if (text[i] < 'M' || text[i] > 'O') {
            return false;
        }
    }
    return true;
}

/* Discord's: the bot's number in base64, 6 characters, and 27 or more, between dots. */
static bool matches_discord(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text;

    if (place->size - place->at < 8 + 27 || text[place->at + 7] != '.' ||
        trl_secret_token_end(place, place->at + 1) != place->at + 7) {
        return false;
    }
    size_t begin = trl_secret_word_begin(place, place->at, 28 + 5);
    size_t end = trl_secret_token_end(place, place->at + 8);
    size_t size = place->at - begin;
    *ret_part = (struct trl_part){.begin = begin, .end = end};
    return size >= 23 && size <= 28 && end - place->at >= 8 + 27 &&
           is_number_in_base64(text + begin, size);
}

/* Doppler's: `dp.`, the kind, an environment or none, and 40 characters or more. */
static bool matches_doppler(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text;
    size_t at = place->at;

    if (at == place->from || text[at - 1] != 'p' || !begins_at(place, 2, at) ||
        text[at - 2] != 'd') {
        return false;
    }
    for (size_t part = 0; part < 3 && at < place->size && text[at] == '.'; part++) {
        size_t end = trl_secret_token_end(place, at + 1);
        if (part > 0 && end - at > 40) {
            *ret_part = (struct trl_part){.begin = place->at - 2, .end = end};
            return true;
        }
        at = end;
    }
    return false;
}

/* Airtable's: `pat` with 14 characters, and 64 hexadecimal digits. */
static bool matches_airtable(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text;

    if (place->at < place->from + 17 || text[place->at - 17] != 'p' ||
        !begins_at(place, 17, place->at) || memcmp(text + place->at - 17, "pat", 3) != 0 ||
        !ends_at(place, place->at + 65)) {
        return false;
    }
    *ret_part = (struct trl_part){.begin = place->at - 17, .end = place->at + 65};
    return trl_secret_is_hex(text + place->at + 1, 64);
}

/* Azure's client secrets: three characters, a digit and `Q~`, then 31 or more. OpenShift's tokens:
 * `sha256~`, then 43. */
static bool matches_at_tilde(const struct trl_place *place, struct trl_part *ret_part)
{
    size_t end = trl_secret_token_end(place, place->at + 1);

    if (begins_at(place, 6, place->at) && memcmp(place->text + place->at - 6, "sha256", 6) == 0) {
        *ret_part = (struct trl_part){.begin = place->at - 6, .end = end};
        return end - place->at == 44;
    }
    if (place->at < 5 || place->at - 5 < place->from || place->text[place->at - 1] != 'Q' ||
        !trl_is_digit(place->text[place->at - 2])) {
        return false;
    }
    while (end < place->size &&
           (trl_secret_is_token(place->text[end]) || strchr(".~", place->text[end]) != NULL) &&
           place->text[end] != '\0') {
        end++;
    }
    *ret_part = (struct trl_part){.begin = place->at - 5, .end = end};
    return end - place->at > 31;
}

/* GitLab's runner registration tokens: `GR1348941`, then 20. */
static bool matches_at_digit(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text;

    if (place->size - place->at < 27 || memcmp(text + place->at, "1348941", 7) != 0 ||
        !begins_at(place, 2, place->at) || memcmp(text + place->at - 2, "GR", 2) != 0) {
        return false;
    }
    *ret_part =
        (struct trl_part){.begin = place->at - 2, .end = trl_secret_token_end(place, place->at)};
    return ret_part->end - place->at >= 27;
}

bool trl_secret_parted_key(const struct trl_place *place, struct trl_part *ret_part)
{
    switch (place->text[place->at]) {
    case ':':
        return matches_telegram(place, 1, ret_part);
    case '%':
        return place->size - place->at > 3 &&
               trl_strncasecmp(place->text + place->at, "%3A", 3) == 0 &&
               matches_telegram(place, 3, ret_part);
    case '=':
        return matches_azure(place, ret_part);
    case '-':
        return matches_hex_parts(place, ret_part);
    case '.':
        return matches_discord(place, ret_part) || matches_doppler(place, ret_part) ||
               matches_airtable(place, ret_part);
    case '~':
        return matches_at_tilde(place, ret_part);
    default:
        return matches_at_digit(place, ret_part);
    }
}
