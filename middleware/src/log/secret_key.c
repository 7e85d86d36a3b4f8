/* Log: keys of the large providers, in the formats that these have made known so that they can be
 * found. */
#include "log/secret.h"

#include <stdint.h>
#include <string.h>

/* What the first characters behind the prefix must be; else the words of a language could look like
 * a key. */
enum proof {
    ANYTHING,
    DIGIT, /* one among them */
    DIGIT_OR_BOTH_CASES,
    ALL_KINDS, /* a digit, a small letter and a capital among them */
    HEX,       /* exactly as many hexadecimal digits as the key has */
    CAPITALS,  /* capitals, digits and dashes only */
};

/* What stands before the secret part, up to the marked byte; `*` is any letter. */
struct key_format {
    const char *prefix;
    unsigned char prefix_size;
    unsigned char body_min; /* characters that follow at the least */
    unsigned char proof;    /* enum proof */
    bool base64;            /* the rest may have what base64url has not */
};

#define FORMAT(prefix, body_min, proof)                                                            \
    {                                                                                              \
        prefix, sizeof(prefix) - 1, body_min, proof, false                                         \
    }
#define BASE64_FORMAT(prefix, body_min)                                                            \
    {                                                                                              \
        prefix, sizeof(prefix) - 1, body_min, DIGIT_OR_BOTH_CASES, true                            \
    }

/* A key of random characters has a digit among its first. */
#define PROOF_WITHIN 40

/* Of the prefixes below, with what is left of an escape before them; and what all bodies have at
 * the least. */
#define PREFIX_MAX (19 + 5)
#define BODY_MIN   10

/* In the order of their sizes. */
static const struct key_format underscore_formats[] = {
    FORMAT("sk_", 48, HEX),
    FORMAT("hf_", 30, DIGIT_OR_BOTH_CASES),
    FORMAT("r8_", 37, ALL_KINDS),
    FORMAT("y0_", 50, ALL_KINDS),
    FORMAT("gh*_", 30, ANYTHING),
    FORMAT("npm_", 30, DIGIT),
    BASE64_FORMAT("glc_", 32),
    FORMAT("ntn_", 40, DIGIT),
    FORMAT("gsk_", 40, DIGIT),
    FORMAT("sbp_", 40, DIGIT),
    FORMAT("cfk_", 40, DIGIT),
    FORMAT("fo1_", 40, ALL_KINDS),
    BASE64_FORMAT("fm2_", 60),
    BASE64_FORMAT("ops_", 60),
    FORMAT("pnu_", 36, DIGIT),
    FORMAT("sgp_", 40, DIGIT),
    FORMAT("tfp_", 40, DIGIT),
    FORMAT("glsa_", 32, DIGIT),
    FORMAT("figd_", 30, DIGIT),
    FORMAT("cfut_", 40, DIGIT),
    FORMAT("cfat_", 40, DIGIT),
    BASE64_FORMAT("fm1*_", 60),
    FORMAT("rdme_", 60, DIGIT),
    FORMAT("pcsk_", 50, ALL_KINDS),
    FORMAT("whsec_", 16, ANYTHING),
    FORMAT("shp**_", 32, DIGIT),
    FORMAT("do*_v1_", 40, DIGIT),
    FORMAT("shp***_", 32, DIGIT),
    FORMAT("secret_", 40, DIGIT),
    BASE64_FORMAT("sntry*_", 40),
    FORMAT("sm_*at_", 16, DIGIT),
    FORMAT("sk_live_", 10, ANYTHING),
    FORMAT("sk_test_", 10, ANYTHING),
    FORMAT("sk_prod_", 10, ANYTHING),
    FORMAT("rk_live_", 10, ANYTHING),
    FORMAT("rk_test_", 10, ANYTHING),
    FORMAT("rk_prod_", 10, ANYTHING),
    FORMAT("api_org_", 30, DIGIT_OR_BOTH_CASES),
    FORMAT("lin_api_", 32, DIGIT),
    FORMAT("CLOJARS_", 60, DIGIT),
    FORMAT("lsv2_pt_", 40, DIGIT),
    FORMAT("lsv2_sk_", 40, DIGIT),
    FORMAT("dckr_pat_", 20, ANYTHING),
    FORMAT("dckr_oat_", 20, ANYTHING),
    FORMAT("rubygems_", 40, DIGIT),
    FORMAT("rzp_live_", 14, DIGIT),
    FORMAT("lin_oauth_", 32, DIGIT),
    FORMAT("sb_secret_", 22, DIGIT),
    FORMAT("pscale_pw_", 30, ANYTHING),
    FORMAT("github_pat_", 22, ANYTHING),
    FORMAT("pscale_tkn_", 30, ANYTHING),
    FORMAT("sk_org_live_", 10, ANYTHING),
    FORMAT("sk_org_test_", 10, ANYTHING),
    FORMAT("duffel_live_", 40, DIGIT),
    FORMAT("duffel_test_", 40, DIGIT),
    FORMAT("shippo_live_", 40, HEX),
    FORMAT("shippo_test_", 40, HEX),
    FORMAT("pscale_oauth_", 30, ANYTHING),
};

static const struct key_format dash_formats[] = {
    FORMAT("0-", 160, DIGIT), /* Cloudflare's v1.0-… */
    FORMAT("sk-", 20, DIGIT),
    FORMAT("A3-", 30, CAPITALS),
    FORMAT("xai-", 40, DIGIT),
    FORMAT("key-", 32, HEX),
    FORMAT("pul-", 40, HEX),
    FORMAT("p8e-", 32, DIGIT),
    FORMAT("ico-", 32, ALL_KINDS),
    FORMAT("gl**-", 20, DIGIT),
    BASE64_FORMAT("xoxd-", 40),
    FORMAT("xox*-", 10, DIGIT),
    FORMAT("xapp-", 10, DIGIT),
    FORMAT("pypi-", 50, DIGIT),
    FORMAT("NRAK-", 20, DIGIT),
    FORMAT("NRII-", 20, DIGIT),
    FORMAT("PMAK-", 20, DIGIT),
    FORMAT("pplx-", 40, DIGIT),
    FORMAT("tvly-", 30, DIGIT),
    FORMAT("HRKU-", 30, DIGIT),
    FORMAT("glpat-", 20, ANYTHING),
    FORMAT("gl***-", 20, DIGIT),
    FORMAT("nvapi-", 60, DIGIT),
    FORMAT("tk-us-", 48, DIGIT),
    FORMAT("fio-u-", 60, DIGIT),
    FORMAT("CFPAT-", 40, DIGIT),
    FORMAT("gl****-", 20, DIGIT),
    FORMAT("GOCSPX-", 20, ANYTHING),
    FORMAT("sq0***-", 22, DIGIT),
    FORMAT("gl*****-", 20, DIGIT),
    FORMAT("xkeysib-", 60, DIGIT),
    FORMAT("FLWSECK-", 32, DIGIT),
    FORMAT("xsmtpsib-", 60, DIGIT),
    FORMAT("FLWSECK_TEST-", 12, DIGIT),
    FORMAT("access-sandbox-", 36, DIGIT),
    FORMAT("AGE-SECRET-KEY-", 50, DIGIT),
    FORMAT("access-production-", 36, DIGIT),
    FORMAT("access-development-", 36, DIGIT),
};

static const struct key_format dot_formats[] = {
    FORMAT("u.", 60, ALL_KINDS), /* Dropbox's sl.u.… */
    FORMAT("SG.", 16, DIGIT_OR_BOTH_CASES),
    FORMAT("sl.", 60, ALL_KINDS),
    FORMAT("t1.", 60, ALL_KINDS),
    FORMAT("hvs.", 24, DIGIT),
    FORMAT("hvb.", 24, DIGIT),
    FORMAT("hvr.", 24, DIGIT),
    FORMAT("ya29.", 20, DIGIT),
    FORMAT("dt0c01.", 24, DIGIT),
    FORMAT("dt0s01.", 24, DIGIT),
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
    bool digit = false;

    for (size_t i = 0; i < size && i < PROOF_WITHIN && trl_secret_is_token(text[i]); i++) {
        lower = lower || trl_is_lower(text[i]);
        upper = upper || trl_is_upper(text[i]);
        digit = digit || trl_is_digit(text[i]);
    }
    switch (proof) {
    case DIGIT:
        return digit;
    case DIGIT_OR_BOTH_CASES:
        return digit || (lower && upper);
    case ALL_KINDS:
        return digit && lower && upper;
    case CAPITALS:
        return digit && upper && !lower;
    case ANYTHING:
    case HEX:
    default:
        return true;
    }
}

/* Whether enough characters follow at body. */
static bool has_body(const struct trl_place *place, const struct key_format *format, size_t body)
{
    const char *text = place->text + body;
    size_t size = place->size - body;

    if (size < format->body_min) {
        return false;
    }
    if (format->proof == HEX) {
        return trl_secret_is_hex(text, format->body_min) &&
               (size == format->body_min || !trl_secret_is_token(text[format->body_min]));
    }
    for (size_t i = 0; i < format->body_min; i++) {
        if (!trl_secret_is_token(text[i])) {
            return false;
        }
    }
    return is_proved(text, size, (enum proof)format->proof);
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

/* Whether so much follows a prefix as no word of a language has. */
static bool has_any_body(const struct trl_place *place)
{
    const char *text = place->text + place->at + 1;

    if (place->size - place->at > TRL_BLOCK) {
        uint32_t first = trl_block_first(BODY_MIN);
        return (trl_secret_token_mask(text, 0) & first) == first;
    }
    if (place->size - place->at <= BODY_MIN) {
        return false;
    }
    for (size_t i = 0; i < BODY_MIN; i++) {
        if (!trl_secret_is_token(text[i])) {
            return false;
        }
    }
    return true;
}

/* The first whose prefix is of this size, or longer. */
static size_t first_of_size(const struct key_format *formats, size_t count, size_t prefix_size)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (formats[middle].prefix_size < prefix_size) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low;
}

/* The word that ends in the marked byte must be the prefix, so that few formats are compared. */
static bool matches_any(const struct trl_place *place, const struct key_format *formats,
                        size_t count, struct trl_part *ret_part)
{
    const char *text = place->text;

    if (place->at == place->from || !trl_is_alnum(text[place->at - 1]) || !has_any_body(place)) {
        return false;
    }
    size_t begin = trl_secret_word_begin(place, place->at, PREFIX_MAX);
    size_t size = place->at + 1 - begin;
    size_t first = begin < place->at ? first_of_size(formats, count, size) : count;
    for (size_t i = first; i < count && formats[i].prefix_size == size; i++) {
        if (has_prefix(text + begin, &formats[i]) && has_body(place, &formats[i], place->at + 1)) {
            size_t end = key_end(place);
            *ret_part = (struct trl_part){
                .begin = begin, .end = formats[i].base64 ? trl_secret_base64_end(place, end) : end};
            return true;
        }
    }
    return false;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool trl_secret_prefixed_key(const struct trl_place *place, struct trl_part *ret_part)
{
    switch (place->text[place->at]) {
    case '_':
        return matches_any(place, underscore_formats, COUNT(underscore_formats), ret_part);
    case '-':
        return matches_any(place, dash_formats, COUNT(dash_formats), ret_part);
    default:
        return matches_any(place, dot_formats, COUNT(dot_formats), ret_part);
    }
}
