/* Log: looking for secrets in a text. Each kind has a byte that it can't be without and that is
 * rare in other text; those are marked 16 at a time, and only there is looked closer. */
#include "log/secret.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK 16

/* Bits of marks below those of the block: the three bytes before it. */
#define CARRIED 3

/* For each byte of a block, whether it is an anchor and whether it is a digit. */
struct masks {
    uint32_t anchors;
    uint32_t digits;
};

#ifdef __SSE2__

#define EQUAL(block, c) _mm_cmpeq_epi8((block), _mm_set1_epi8(c))

static inline struct masks scan_block(const char *text)
{
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)text);
    __m128i lower = _mm_or_si128(block, _mm_set1_epi8(0x20));
    __m128i dash = EQUAL(_mm_or_si128(block, _mm_set1_epi8(0x08)), '-');   /* and % */
    __m128i letter = EQUAL(_mm_or_si128(block, _mm_set1_epi8(0x02)), 'K'); /* and I */
    __m128i pair = _mm_or_si128(EQUAL(block, ':'), EQUAL(block, '='));
    __m128i joint = _mm_or_si128(_mm_or_si128(EQUAL(block, '_'), EQUAL(block, '~')), dash);
    __m128i other = _mm_or_si128(_mm_or_si128(EQUAL(block, '.'), EQUAL(lower, 'b')), letter);
    __m128i anchors = _mm_or_si128(_mm_or_si128(pair, joint), other);
    __m128i digits = _mm_and_si128(_mm_cmpgt_epi8(block, _mm_set1_epi8('0' - 1)),
                                   _mm_cmplt_epi8(block, _mm_set1_epi8('9' + 1)));

    return (struct masks){(uint32_t)_mm_movemask_epi8(anchors),
                          (uint32_t)_mm_movemask_epi8(digits)};
}

#else

static struct masks scan_block(const char *text)
{
    struct masks masks = {0, 0};

    for (unsigned i = 0; i < BLOCK; i++) {
        char c = text[i];
        masks.anchors |= (uint32_t)(c != '\0' && strchr(":=_-.~%IKbB", c) != NULL) << i;
        masks.digits |= (uint32_t)(c >= '0' && c <= '9') << i;
    }
    return masks;
}

#endif

/* The last block of a text may be shorter. It is scanned together with what stands before it, or
 * from a copy. */
static inline struct masks scan_rest(const char *text, size_t before, size_t size)
{
    char block[BLOCK] = {0};

    if (before + size >= BLOCK) {
        struct masks masks = scan_block(text + size - BLOCK);
        return (struct masks){masks.anchors >> (BLOCK - size), masks.digits >> (BLOCK - size)};
    }
    for (size_t i = 0; i < size; i++) {
        block[i] = text[i];
    }
    return scan_block(block);
}

/* Where to look closer: at anchors, and at the first of four digits. *digits carries those of the
 * three bytes before. */
static inline uint32_t marks_of(const char *text, size_t size, size_t block, uint32_t *digits)
{
    size_t left = size - block;
    struct masks masks =
        left >= BLOCK ? scan_block(text + block) : scan_rest(text + block, block, left);
    uint32_t run = masks.digits << CARRIED | *digits;

    *digits = run >> BLOCK;
    return masks.anchors << CARRIED | (run & run >> 1 & run >> 2 & run >> 3);
}

bool trl_secrets_begin(struct trl_secrets *secrets, const char *text, size_t size)
{
    uint32_t digits = 0;

    if (trl_secrets_excluded(text, size)) {
        return false;
    }
    for (size_t block = 0; block < size; block += BLOCK) {
        uint32_t marks = marks_of(text, size, block, &digits);
        if (marks != 0) {
            *secrets = (struct trl_secrets){text, size, 0, block, marks, digits};
            return true;
        }
    }
    return false;
}

bool trl_secret_is_escape_before(const char *text, size_t at)
{
    if (at >= 2 && text[at - 2] == '\\') {
        return text[at - 1] != '\0' && strchr("bfnrt", text[at - 1]) != NULL;
    }
    if (at >= 3 && text[at - 3] == '%') {
        return trl_hex_value(text[at - 2]) >= 0 && trl_hex_value(text[at - 1]) >= 0;
    }
    return at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' &&
           trl_hex_value(text[at - 4]) >= 0 && trl_hex_value(text[at - 3]) >= 0 &&
           trl_hex_value(text[at - 2]) >= 0 && trl_hex_value(text[at - 1]) >= 0;
}

/* Of the part of a word that is the end of an escape which begins before at; 0 if there is none. */
static size_t escape_rest(const char *text, size_t at, size_t end)
{
    size_t rest = text[at - 1] == '%' ? 2 : text[at] == 'u' ? 5 : 1;
    bool may = text[at - 1] == '%' || text[at - 1] == '\\';

    return may && end - at >= rest && trl_secret_is_escape_before(text, at + rest) ? rest : 0;
}

size_t trl_secret_word_begin(const struct trl_place *place, size_t end, size_t most)
{
    const char *text = place->text;
    size_t begin = end;

    while (begin > place->from && trl_secret_is_token(text[begin - 1])) {
        if (end - begin == most) {
            return end;
        }
        begin--;
    }
    return begin > 0 && begin < end ? begin + escape_rest(text, begin, end) : begin;
}

static bool judge(const struct trl_place *place, struct trl_part *ret_part)
{
    switch (place->text[place->at]) {
    case ':':
        return trl_secret_url_password(place, ret_part) || trl_secret_pair(place, ret_part);
    case '=':
        return trl_secret_pair(place, ret_part);
    case '%':
        return trl_secret_url_password(place, ret_part) || trl_secret_encoded_pair(place, ret_part);
    case 'b':
    case 'B':
        return trl_secret_credentials(place, ret_part);
    case '-':
        return trl_secret_provider_key(place, ret_part) || trl_secret_pem(place, ret_part);
    case '.':
        return trl_secret_provider_key(place, ret_part) || trl_secret_jwt(place, ret_part) ||
               trl_secret_web_hook(place, ret_part);
    case '_':
    case '~':
    case 'I':
    case 'K':
        return trl_secret_provider_key(place, ret_part);
    default:
        return trl_secret_card(place, ret_part);
    }
}

bool trl_secrets_next(struct trl_secrets *secrets, struct trl_part *ret_part)
{
    while (secrets->block < secrets->size) {
        while (secrets->marks != 0) {
            size_t bit = (size_t)__builtin_ctz(secrets->marks);
            struct trl_place place = {secrets->text, secrets->size, secrets->from,
                                      secrets->block + bit - CARRIED};
            secrets->marks &= secrets->marks - 1;
            if (place.at >= secrets->from && judge(&place, ret_part)) {
                secrets->from = ret_part->end;
                return true;
            }
        }
        secrets->block += BLOCK;
        if (secrets->block < secrets->size) {
            secrets->marks =
                marks_of(secrets->text, secrets->size, secrets->block, &secrets->digits);
        }
    }
    return false;
}
