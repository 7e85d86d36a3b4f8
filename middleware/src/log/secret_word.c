/* Log: keys of the large providers that are one long word, known by how that begins. Such a word
 * has no byte that is rare; it is met at an `I`, `K` or `B` among its first characters, or since it
 * is long: some block of it is letters and digits throughout. */
#include "log/secret.h"

#include "core/block.h"

#include <string.h>

/* What a word is made of behind its prefix. */
enum body {
    CAPITALS,  /* exactly so many capitals and digits */
    HEX,       /* exactly so many hexadecimal digits; `-2` may follow */
    SMALL,     /* exactly so many small letters and digits */
    ANY,       /* at least so many characters */
    ALL_KINDS, /* the same, a digit, a small letter and a capital among them */
    BASE64,    /* at least so many characters, those that base64url has not among them */
};

struct word_format {
    const char *prefix;
    unsigned char prefix_size;
    unsigned char body_size;
    unsigned char body; /* enum body */
};

#define FORMAT(prefix, body_size, body)                                                            \
    {                                                                                              \
        prefix, sizeof(prefix) - 1, body_size, body                                                \
    }

static const struct word_format formats[] = {
    FORMAT("AKIA", 16, CAPITALS), /* Amazon */
    FORMAT("ASIA", 16, CAPITALS),
    FORMAT("ABIA", 16, CAPITALS),
    FORMAT("ACCA", 16, CAPITALS),
    FORMAT("ABSK", 100, BASE64),
    FORMAT("AIza", 35, ANY),       /* Google */
    FORMAT("SK", 32, HEX),         /* Twilio */
    FORMAT("dapi", 32, HEX),       /* Databricks */
    FORMAT("LTAI", 12, ANY),       /* Alibaba */
    FORMAT("AKID", 28, ANY),       /* Tencent */
    FORMAT("AQVN", 35, ANY),       /* Yandex */
    FORMAT("ATATT3", 100, BASE64), /* Atlassian */
    FORMAT("ATCTT3", 100, BASE64),
    FORMAT("EAAA", 60, ALL_KINDS), /* Square */
    FORMAT("EAA", 100, ALL_KINDS), /* Facebook */
    FORMAT("EZAK", 54, ANY),       /* EasyPost */
    FORMAT("EZTK", 54, ANY),
    FORMAT("AKCp", 69, ANY), /* Artifactory */
    FORMAT("cmVmd", 59, ALL_KINDS),
    FORMAT("eyJrIjoi", 70, BASE64),       /* Grafana, before glsa_ */
    FORMAT("oy2", 43, SMALL),             /* NuGet */
    FORMAT("cio", 32, ALL_KINDS),         /* crates.io */
    FORMAT("LS0tLS1CRUdJTi", 40, BASE64), /* a PEM block (RFC 7468) */
};

/* The least of a word, and the most that is read back to where it begins. */
#define WORD_MIN  20
#define WORD_BACK 128

/* Of Google's tokens, from the zero on. */
#define GOOGLE_MIN 40

/* How far into a key its first capital of the three is looked for, with what is left of an escape
 * before it. */
#define LETTER_BACK (20 + 5)

/* All kinds are among the first, if the characters are random. */
#define PROOF_WITHIN 40

static bool is_made_of(const char *text, size_t size, enum body body)
{
    for (size_t i = 0; i < size; i++) {
        bool lower = trl_is_lower(text[i]);
        bool upper = trl_is_upper(text[i]);
        bool digit = trl_is_digit(text[i]);
        if ((body == CAPITALS && !upper && !digit) || (body == SMALL && !lower && !digit) ||
            (body == HEX && !digit && (!lower || text[i] > 'f'))) {
            return false;
        }
    }
    return true;
}

static bool has_all_kinds(const char *text, size_t size)
{
    bool lower = false;
    bool upper = false;
    bool digit = false;

    for (size_t i = 0; i < size && i < PROOF_WITHIN; i++) {
        lower = lower || trl_is_lower(text[i]);
        upper = upper || trl_is_upper(text[i]);
        digit = digit || trl_is_digit(text[i]);
    }
    return lower && upper && digit;
}

/* Where the word ends that begins at begin, if it is a key of this format; else 0. */
static size_t key_end(const struct trl_place *place, const struct word_format *format, size_t begin)
{
    const char *text = place->text;
    size_t body = begin + format->prefix_size;
    size_t end = trl_secret_token_end(place, body);

    if (format->body == BASE64) {
        end = trl_secret_base64_end(place, end);
    } else if (format->body == HEX && end == body + format->body_size + 2 && text[end - 2] == '-' &&
               trl_is_digit(text[end - 1])) {
        end -= 2;
    }
    if (end - body < format->body_size) {
        return 0;
    }
    switch (format->body) {
    case ANY:
    case BASE64:
        return end;
    case ALL_KINDS:
        return has_all_kinds(text + body, end - body) ? end : 0;
    default:
        return end - body == format->body_size &&
                       is_made_of(text + body, end - body, (enum body)format->body)
                   ? end
                   : 0;
    }
}

/* Google's refresh tokens, `1//0…`, and authorization codes, `4/0A…`: the size of what stands
 * before the word that begins at begin; 0 if it is something else. */
static size_t google_size(const struct trl_place *place, size_t begin)
{
    static const char *const before[] = {"1//", "1%2F%2F", "4/", "4%2F"};
    const char *text = place->text;

    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        size_t size = strlen(before[i]);
        if (begin >= place->from + size && (*before[i] == '1' || text[begin + 1] == 'A') &&
            trl_strncasecmp(text + begin - size, before[i], size) == 0) {
            return trl_secret_begins_word(place, begin - size) ? size : 0;
        }
    }
    return 0;
}

static bool judge_word(const struct trl_place *place, size_t begin, struct trl_part *ret_part)
{
    const char *word = place->text + begin;
    size_t size = trl_secret_token_end(place, begin) - begin;

    if (size < WORD_MIN) {
        return false;
    }
    if (*word == '0') {
        size_t before = size >= GOOGLE_MIN ? google_size(place, begin) : 0;
        *ret_part = (struct trl_part){.begin = begin - before, .end = begin + size};
        return before != 0 && has_all_kinds(word, size);
    }
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (*word == *formats[i].prefix &&
            memcmp(word, formats[i].prefix, formats[i].prefix_size) == 0) {
            *ret_part =
                (struct trl_part){.begin = begin, .end = key_end(place, &formats[i], begin)};
            if (ret_part->end != 0) {
                return true;
            }
        }
    }
    return false;
}

bool trl_secret_word_at_letter(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text;
    size_t begin = place->at;

    /* At the first of the letters only: so no word is read back more than once. */
    while (begin > place->from && trl_secret_is_token(text[begin - 1])) {
        begin--;
        if (place->at - begin > LETTER_BACK || text[begin] == 'I' || text[begin] == 'K' ||
            text[begin] == 'B') {
            return false;
        }
    }
    if (begin > 0 && (text[begin - 1] == '%' || text[begin - 1] == '\\')) {
        begin = trl_secret_word_begin(place, place->at, LETTER_BACK);
    }
    return begin < place->at && judge_word(place, begin, ret_part);
}

bool trl_secret_long_word(const struct trl_place *place, bool follows, struct trl_part *ret_part)
{
    size_t left = place->size - place->at;
    size_t end = place->at + (left < TRL_BLOCK ? left : TRL_BLOCK);
    size_t begin = trl_secret_word_begin(place, end, follows ? end - place->at : WORD_BACK);

    return begin < end && judge_word(place, begin, ret_part);
}
