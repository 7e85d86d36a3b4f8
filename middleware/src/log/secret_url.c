/* Log: secrets in URLs: passwords, web hooks, and pairs that are percent-encoded as a whole, such
 * as those of a URL inside a query. */
#include "log/secret.h"

#include "log/redact.h"

#include <string.h>

/* Of `%3D` where that stands at at, also where its percent sign is encoded again, `%253D`, and of
 * `\u003d`, which some JSON writers put for it; 0 if it does not. digits are in capitals. */
static inline size_t escape_size(const struct trl_place *place, size_t at, const char *digits)
{
    const char *text = place->text;
    size_t end = at + 1;

    if (at >= place->size || (text[at] != '%' && text[at] != '\\')) {
        return 0;
    }
    if (text[at] == '\\') {
        end += 3;
        if (place->size - at < 6 || memcmp(text + at + 1, "u00", 3) != 0) {
            return 0;
        }
    }
    while (text[at] == '%' && place->size - end >= 4 && memcmp(text + end, "25", 2) == 0) {
        end += 2;
    }
    return place->size - end >= 2 && trl_strncasecmp(text + end, digits, 2) == 0 ? end + 2 - at : 0;
}

/* Of what stands before the mark only what follows the last `?`, `&`, `=` or `:` is the key. */
static struct trl_place bound_key(const struct trl_place *place)
{
    static const char *const separators[] = {"3D", "3A", "26", "3F"};
    const char *text = place->text;
    size_t most = trl_redact_beyond_ascii_ ? TRL_SECRET_ANY_KEY_MAX : TRL_SECRET_KEY_MAX;
    struct trl_place bounded = *place;
    size_t size = 0;

    for (size_t at = place->at; size == 0 && at > bounded.from; at--) {
        if (place->at - at >= most) {
            bounded.from = at;
        }
        bool may = text[at - 1] == '%' || text[at - 1] == '\\';
        for (size_t i = 0; i < 4 && size == 0 && may; i++) {
            size = escape_size(place, at - 1, separators[i]);
            bounded.from = size != 0 ? at - 1 + size : bounded.from;
        }
    }
    return bounded;
}

static enum trl_redact_class classify_encoded_key(const struct trl_place *place)
{
    struct trl_place bounded = bound_key(place);
    struct trl_part key = {.begin = trl_secret_key_begin(&bounded, place->at, false),
                           .end = place->at};
    enum trl_redact_class class =
        trl_redact_classify_encoded(place->text + key.begin, key.end - key.begin);

    return trl_redact_beyond_ascii_ ? trl_secret_classify_whole(&bounded, key, false, class)
                                    : class;
}

bool trl_secret_encoded_pair(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text;
    size_t equals = escape_size(place, place->at, "3D");
    size_t size = equals != 0 ? equals : escape_size(place, place->at, "3A");

    if (size == 0 || !trl_secret_may_end_key(place, place->at, false)) {
        return false;
    }
    if (classify_encoded_key(place) != TRL_REDACT_VALUE) {
        return false;
    }
    size_t begin = place->at + size;
    begin += escape_size(place, begin, "22");
    size_t end = begin;
    while (end < place->size && text[end] != '\0' && !trl_secret_is_stop(text[end]) &&
           escape_size(place, end, "26") == 0 && escape_size(place, end, "22") == 0) {
        end++;
    }
    *ret_part = (struct trl_part){.begin = begin, .end = end};
    return end > begin;
}

/* What a URL's authority is read from: as it is, or percent-encoded. */
struct spelling {
    const char *colon;
    const char *at_sign;
    const char *slash;
};

static const struct spelling plain = {":", "@", "/"};
static const struct spelling escaped = {":", "@", "\\/"}; /* as some JSON writers do */
static const struct spelling encoded = {"%3A", "%40", "%2F"};

static inline bool stands_at(const struct trl_place *place, size_t at, const char *word)
{
    if (at >= place->size || place->text[at] != *word) {
        return false;
    }
    size_t size = strlen(word);
    return place->size - at >= size && trl_strncasecmp(place->text + at, word, size) == 0;
}

/* Behind `://`; 0 if that does not stand at the mark. */
static size_t authority_begin(const struct trl_place *place, const struct spelling *spelling)
{
    size_t colon = strlen(spelling->colon);
    size_t slash = strlen(spelling->slash);
    bool begins = stands_at(place, place->at, spelling->colon) &&
                  stands_at(place, place->at + colon, spelling->slash) &&
                  stands_at(place, place->at + colon + slash, spelling->slash);

    return begins ? place->at + colon + 2 * slash : 0;
}

/* A blank, a line's end, NUL, and any of `/?#"'<>` and the backslash. */
static inline bool ends_authority(char c)
{
    return trl_secret_is_in(c, UINT64_C(0xD000808D00002601), UINT64_C(0x0000000010000000));
}

/* `user:password@host`: what stands between the first colon and the last @. */
static bool find_password(const struct trl_place *place, const struct spelling *spelling, size_t at,
                          struct trl_part *ret_part)
{
    const char *text = place->text;
    size_t begin = 0;
    size_t end = 0;

    for (; at < place->size && !ends_authority(text[at]) && !stands_at(place, at, spelling->slash);
         at++) {
        if (begin == 0 && stands_at(place, at, spelling->colon)) {
            begin = at + strlen(spelling->colon);
        } else if (begin != 0 && at >= begin && stands_at(place, at, spelling->at_sign)) {
            end = at;
        }
    }
    *ret_part = (struct trl_part){.begin = begin, .end = end};
    return end > begin;
}

bool trl_secret_url_password(const struct trl_place *place, struct trl_part *ret_part)
{
    static const struct spelling *const spellings[] = {&plain, &escaped, &encoded};

    if (place->size - place->at < 4 || (place->text[place->at] == ':' &&
                                        !trl_secret_is_one_of(place->text[place->at + 1], "/\\"))) {
        return false;
    }
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        size_t begin = authority_begin(place, spellings[i]);
        if (begin != 0) {
            return find_password(place, spellings[i], begin, ret_part);
        }
    }
    return false;
}

bool trl_secret_web_hook(const struct trl_place *place, struct trl_part *ret_part)
{
    static const struct {
        const char *before;
        const char *after;
    } hooks[] = {
        {"hooks", ".slack.com/services/"},
        {"discord", ".com/api/webhooks/"},
        {"discordapp", ".com/api/webhooks/"},
        {"", ".webhook.office.com/webhookb2/"},
    };

    if (place->at + 1 == place->size || !trl_secret_is_one_of(place->text[place->at + 1], "scw")) {
        return false;
    }
    for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        if (place->text[place->at + 1] != hooks[i].after[1]) {
            continue;
        }
        size_t before = strlen(hooks[i].before);
        size_t begin = place->at + strlen(hooks[i].after);
        if (place->at < before || !stands_at(place, place->at, hooks[i].after) ||
            memcmp(place->text + place->at - before, hooks[i].before, before) != 0) {
            continue;
        }
        size_t end = begin;
        while (end < place->size && (trl_secret_is_token(place->text[end]) ||
                                     place->text[end] == '/' || place->text[end] == '@')) {
            end++;
        }
        *ret_part = (struct trl_part){.begin = begin, .end = end};
        return end - begin >= 20;
    }
    return false;
}
