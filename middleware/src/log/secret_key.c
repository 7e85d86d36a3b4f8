/* Log: keys of the large providers, in the formats that these have made known so that they can be
 * found. */
#include "log/secret.h"

#include <stdint.h>
#include <string.h>

/* What must be among the first characters behind the prefix; else the words of a language could
 * look like a key. */
enum proof {
    ANYTHING,
    DIGIT,
    DIGIT_OR_BOTH_CASES,
};

/* What stands before the secret part, up to the marked byte; `*` is any letter. */
struct key_format {
    const char *prefix;
    size_t prefix_size;
    unsigned body_min; /* characters that follow at the least */
    enum proof proof;
};

#define FORMAT(prefix, body_min, proof)                                                            \
    {                                                                                              \
        prefix, sizeof(prefix) - 1, body_min, proof                                                \
    }

/* A key of random characters has a digit among its first. */
#define PROOF_WITHIN 40

/* Of the prefixes below. */
#define PREFIX_MAX 15

static const struct key_format underscore_formats[] = {
    FORMAT("gh*_", 30, ANYTHING),
    FORMAT("github_pat_", 22, ANYTHING),
    FORMAT("sk_live_", 10, ANYTHING),
    FORMAT("sk_test_", 10, ANYTHING),
    FORMAT("sk_org_live_", 10, ANYTHING),
    FORMAT("sk_org_test_", 10, ANYTHING),
    FORMAT("rk_live_", 10, ANYTHING),
    FORMAT("rk_test_", 10, ANYTHING),
    FORMAT("whsec_", 16, ANYTHING),
    FORMAT("npm_", 30, DIGIT),
    FORMAT("hf_", 30, DIGIT_OR_BOTH_CASES),
    FORMAT("do*_v1_", 40, DIGIT),
    FORMAT("shp**_", 32, DIGIT),
    FORMAT("glsa_", 32, DIGIT),
    FORMAT("glc_", 32, DIGIT),
    FORMAT("lin_api_", 32, DIGIT),
    FORMAT("dckr_pat_", 20, ANYTHING),
    FORMAT("dckr_oat_", 20, ANYTHING),
    FORMAT("ntn_", 40, DIGIT),
    FORMAT("secret_", 40, DIGIT),
    FORMAT("gsk_", 40, DIGIT),
    FORMAT("figd_", 30, DIGIT),
    FORMAT("sntry*_", 40, DIGIT),
    FORMAT("sbp_", 40, DIGIT),
    FORMAT("pscale_tkn_", 30, ANYTHING),
    FORMAT("rubygems_", 40, DIGIT),
    FORMAT("rzp_live_", 14, DIGIT),
};

static const struct key_format dash_formats[] = {
    FORMAT("glpat-", 20, ANYTHING),
    FORMAT("gl**-", 20, DIGIT),
    FORMAT("gl***-", 20, DIGIT),
    FORMAT("gl****-", 20, DIGIT),
    FORMAT("xox*-", 10, DIGIT),
    FORMAT("xapp-", 10, DIGIT),
    FORMAT("sk-", 20, DIGIT),
    FORMAT("GOCSPX-", 20, ANYTHING),
    FORMAT("pypi-", 50, DIGIT),
    FORMAT("NRAK-", 20, DIGIT),
    FORMAT("PMAK-", 20, DIGIT),
    FORMAT("sq0***-", 22, DIGIT),
    FORMAT("xai-", 40, DIGIT),
    FORMAT("pplx-", 40, DIGIT),
    FORMAT("HRKU-", 30, DIGIT),
    FORMAT("xkeysib-", 60, DIGIT),
    FORMAT("AGE-SECRET-KEY-", 50, DIGIT),
};

static const struct key_format dot_formats[] = {
    FORMAT("SG.", 16, DIGIT_OR_BOTH_CASES),
    FORMAT("ya29.", 20, DIGIT),
    FORMAT("hvs.", 24, DIGIT),
    FORMAT("hvb.", 24, DIGIT),
    FORMAT("atlasv1.", 40, DIGIT),
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

static bool is_proved(const char *text, size_t size, enum proof proof)
{
    bool lower = false;
    bool upper = false;
    bool digit = proof == ANYTHING;

    for (size_t i = 0; i < size && i < PROOF_WITHIN && trl_secret_is_token(text[i]); i++) {
        lower = lower || trl_is_lower(text[i]);
        upper = upper || trl_is_upper(text[i]);
        digit = digit || trl_is_digit(text[i]);
    }
    return digit || (proof == DIGIT_OR_BOTH_CASES && lower && upper);
}

/* Whether enough characters follow at body. */
static bool has_body(const struct trl_place *place, const struct key_format *format, size_t body)
{
    if (place->size - body < format->body_min) {
        return false;
    }
    for (size_t i = 0; i < format->body_min; i++) {
        if (!trl_secret_is_token(place->text[body + i])) {
            return false;
        }
    }
    return is_proved(place->text + body, place->size - body, format->proof);
}

/* Keys of some have further parts behind dots. */
static size_t key_end(const struct trl_place *place)
{
    const char *text = place->text;
    size_t end = place->at + 1;

    while (end < place->size && (trl_secret_is_token(text[end]) ||
                                 (text[end] == '.' && end + 1 < place->size &&
                                  text[place->at] != '_' && trl_secret_is_token(text[end + 1])))) {
        end++;
    }
    return end;
}

/* The word that ends in the marked byte must be the prefix, so that few formats are compared. */
static bool matches_any(const struct trl_place *place, const struct key_format *formats,
                        size_t count, struct trl_part *ret_part)
{
    size_t begin = place->at;

    while (begin > place->from && place->at - begin < PREFIX_MAX &&
           !trl_secret_begins_word(place, begin)) {
        begin--;
    }
    for (size_t i = 0; i < count; i++) {
        if (formats[i].prefix_size == place->at + 1 - begin &&
            has_prefix(place->text + begin, &formats[i]) &&
            has_body(place, &formats[i], place->at + 1)) {
            *ret_part = (struct trl_part){.begin = begin, .end = key_end(place)};
            return true;
        }
    }
    return false;
}

/* Whether a word goes on at begin with as many capitals and digits as the key has, and ends. */
static bool is_capitals(const struct trl_place *place, size_t begin, size_t end)
{
    for (size_t at = begin; at < end; at++) {
        if (!trl_is_upper(place->text[at]) && !trl_is_digit(place->text[at])) {
            return false;
        }
    }
    return end == place->size || !trl_secret_is_token(place->text[end]);
}

/* Amazon's AKIA, ASIA and ABIA with 16 capitals and digits; Google's AIza with 35 characters. */
static bool matches_at_i(const struct trl_place *place, struct trl_part *ret_part)
{
    if (place->at < 1) {
        return false;
    }
    size_t before = place->at >= 2 && place->text[place->at - 1] != 'A' ? 2 : 1;
    size_t begin = place->at - before;
    const char *text = place->text + begin;
    if (*text != 'A' || place->size - begin < 20 || !trl_secret_begins_word(place, begin)) {
        return false;
    }
    if (memcmp(text, "AIza", 4) == 0) {
        *ret_part = (struct trl_part){.begin = begin, .end = trl_secret_token_end(place, begin)};
        return ret_part->end - begin >= 39;
    }
    *ret_part = (struct trl_part){.begin = begin, .end = begin + 20};
    return text[3] == 'A' && strchr("KSB", text[1]) != NULL &&
           is_capitals(place, begin, begin + 20);
}

/* Twilio's SK with 32 hexadecimal digits. */
static bool matches_at_k(const struct trl_place *place, struct trl_part *ret_part)
{
    size_t end = place->at + 33;

    if (place->at < 1 || place->text[place->at - 1] != 'S' || end > place->size ||
        !trl_secret_begins_word(place, place->at - 1)) {
        return false;
    }
    for (size_t at = place->at + 1; at < end; at++) {
        if (trl_hex_value(place->text[at]) < 0 || trl_is_upper(place->text[at])) {
            return false;
        }
    }
    *ret_part = (struct trl_part){.begin = place->at - 1, .end = end};
    return end == place->size || !trl_secret_is_token(place->text[end]);
}

/* Azure's client secrets: three characters, a digit and `Q~`, then 31 or more. */
static bool matches_at_tilde(const struct trl_place *place, struct trl_part *ret_part)
{
    size_t end = place->at + 1;

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
    case '~':
        return matches_at_tilde(place, ret_part);
    case 'K':
        return matches_at_k(place, ret_part);
    default:
        return matches_at_i(place, ret_part);
    }
}
