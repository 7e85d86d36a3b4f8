/* Log: keys of any script, all of which are configured ones. What they have of ASCII before the
 * mark is judged first, and as if nothing stood before it: a `…` is no part of the key in
 * `…password=`. */
#include "log/secret.h"

#include "log/redact.h"

#include <string.h>

/* Whether what ends before at is a blank, a quote, another punctuation mark beyond ASCII or a byte
 * order mark, in UTF-8: these are in no word of any script. */
static bool ends_mark(const char *text, size_t from, size_t at)
{
    unsigned char last = (unsigned char)text[at - 1];

    if (at - from >= 2 && text[at - 2] == '\xC2') {
        return last != 0xAA && last != 0xB5 && last != 0xBA; /* ª, µ and º are letters */
    }
    if (at - from < 3) {
        return false;
    }
    if (memcmp(text + at - 3, "\xE2\x80", 2) == 0) {
        return last != 0x8C && last != 0x8D; /* these join or part letters of one word */
    }
    if (memcmp(text + at - 3, "\xE3\x80", 2) == 0) {
        return last < 0x84 || (last >= 0x88 && last < 0xA0);
    }
    if (memcmp(text + at - 3, "\xEF\xBC", 2) == 0) {
        return last < 0x90 || (last >= 0x9A && last < 0xA1); /* digits and letters, full width */
    }
    return memcmp(text + at - 3, "\xEF\xBB\xBF", 3) == 0;
}

/* What may follow the last letter of a key: spaces, digits and `$-.[]_`. The digits may be those of
 * an escape. */
static inline bool is_behind_letters(char c)
{
    return trl_secret_is_in(c, UINT64_C(0x03FF601100000000), UINT64_C(0x00000000A8000000));
}

bool trl_secret_may_end_any_key(const struct trl_place *place, size_t end)
{
    const char *text = place->text;
    size_t letter = end;

    while (letter > place->from && is_behind_letters(text[letter - 1])) {
        letter--;
    }
    return letter > place->from && (letter < end || trl_redact_may_have(text[letter - 1]) ||
                                    trl_secret_follows_escape(text, letter));
}

/* Whether one more byte before at is part of a key: one beyond ASCII, or a backslash of an escape
 * in JSON that stands in JSON. */
static bool goes_on(const struct trl_place *place, size_t at, size_t end)
{
    const char *text = place->text;

    if (at == place->from) {
        return false;
    }
    if (trl_redact_may_have(text[at - 1])) {
        return !ends_mark(text, place->from, at);
    }
    return text[at - 1] == '\\' && at < end && text[at] == '\\';
}

/* Back from where the part of ASCII begins, or the most that is read of one. */
static size_t whole_begin(const struct trl_place *place, struct trl_part key, bool quoted)
{
    size_t begin = key.begin;
    size_t behind;

    do {
        behind = begin;
        begin -= goes_on(place, begin, key.end) ? 1 : 0;
        begin = trl_secret_key_begin(place, begin, quoted);
    } while (begin < behind && key.end - begin < TRL_SECRET_ANY_KEY_MAX);
    return begin;
}

enum trl_redact_class trl_secret_classify_whole(const struct trl_place *place, struct trl_part key,
                                                bool quoted, enum trl_redact_class class)
{
    size_t begin = whole_begin(place, key, quoted);

    if (begin == key.begin) {
        return class;
    }
    enum trl_redact_class whole =
        trl_redact_configured_encoded(place->text + begin, key.end - begin);
    return whole != TRL_REDACT_NOT ? whole : class;
}

size_t trl_secret_option_end(const struct trl_place *place, size_t dash, size_t name)
{
    const char *text = place->text;
    size_t end = trl_secret_token_end(place, name);

    if (dash > place->from && trl_redact_may_have(text[dash - 1])) {
        return end;
    }
    while (end < place->size && end - name < TRL_SECRET_ANY_KEY_MAX &&
           trl_redact_may_have(text[end])) {
        end = trl_secret_token_end(place, end + 1);
    }
    return end;
}
