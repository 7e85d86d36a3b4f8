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

struct block_masks {
    uint32_t anchors;
    uint32_t digits;
};

static bool is_anchor(char c)
{
    return c == ':' || c == '=' || c == '_' || c == '-' || c == '.' || c == ' ' || c == 'I' ||
           c == 'J';
}

static struct block_masks scan_bytes(const char *text, size_t size)
{
    struct block_masks masks = {0, 0};

    for (size_t i = 0; i < size; i++) {
        masks.anchors |= (uint32_t)is_anchor(text[i]) << i;
        masks.digits |= (uint32_t)(text[i] >= '0' && text[i] <= '9') << i;
    }
    return masks;
}

static struct block_masks scan_block(const char *text)
{
#ifdef __SSE2__
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)text);
    __m128i pairs = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(':')),
                                 _mm_cmpeq_epi8(block, _mm_set1_epi8('=')));
    __m128i joints = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('_')),
                                  _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('-')),
                                               _mm_cmpeq_epi8(block, _mm_set1_epi8('.'))));
    /* I and J differ in the lowest two bits only from H and K. */
    __m128i letters = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('I')),
                                   _mm_cmpeq_epi8(block, _mm_set1_epi8('J')));
    __m128i spaces = _mm_cmpeq_epi8(block, _mm_set1_epi8(' '));
    __m128i digits = _mm_and_si128(_mm_cmpgt_epi8(block, _mm_set1_epi8('0' - 1)),
                                   _mm_cmplt_epi8(block, _mm_set1_epi8('9' + 1)));
    __m128i anchors = _mm_or_si128(_mm_or_si128(pairs, joints), _mm_or_si128(letters, spaces));

    return (struct block_masks){(uint32_t)_mm_movemask_epi8(anchors),
                                (uint32_t)_mm_movemask_epi8(digits)};
#else
    return scan_bytes(text, BLOCK);
#endif
}

static void mark_block(struct trl_secrets *secrets)
{
    size_t left = secrets->size - secrets->block;
    const char *text = secrets->text + secrets->block;
    struct block_masks masks = left >= BLOCK ? scan_block(text) : scan_bytes(text, left);
    uint32_t digits = masks.digits << CARRIED | secrets->carried;

    secrets->marks = masks.anchors << CARRIED | (digits & digits >> 1 & digits >> 2 & digits >> 3);
    secrets->carried = digits >> BLOCK;
}

void trl_secrets_begin(struct trl_secrets *secrets, const char *text, size_t size)
{
    *secrets = (struct trl_secrets){.text = text, .size = size};
    if (size >= TRL_SECRET_MIN) {
        mark_block(secrets);
    } else {
        secrets->block = size;
    }
}

static bool judge(const struct trl_place *place, struct trl_part *ret_part)
{
    switch (place->text[place->at]) {
    case ':':
    case '=':
        return trl_secret_pair(place, ret_part);
    case ' ':
        return trl_secret_credentials(place, ret_part);
    case 'J':
        return trl_secret_jwt(place, ret_part);
    case '-':
        return trl_secret_provider_key(place, ret_part) || trl_secret_pem(place, ret_part);
    case '_':
    case '.':
    case 'I':
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
            mark_block(secrets);
        }
    }
    return false;
}
