/* Log: looking for secrets in a text. Each kind has a byte that it can't be without and that is
 * rare in other text; those are marked 16 at a time, and only there is looked closer. */
#include "log/secret.h"

#include "core/block.h"

#include <string.h>

/* Bits of marks below those of the block: the three bytes before it. */
#define CARRIED 3

/* For each byte of a block, whether it is an anchor, whether it is a digit, and whether it is a
 * gap, which is in no word: below '0', or of no ASCII character. */
struct masks {
    uint32_t anchors;
    uint32_t digits;
    uint32_t gaps;
};

#ifdef __SSE2__

static inline struct masks scan_block(const char *text)
{
    trl_block block = trl_block_load(text);
    trl_block gaps = trl_block_below(block, '0');
    trl_block dash = trl_block_equal(_mm_or_si128(block, _mm_set1_epi8(0x08)), '-');   /* and % */
    trl_block letter = trl_block_equal(_mm_or_si128(block, _mm_set1_epi8(0x02)), 'K'); /* and I */
    trl_block lower = trl_block_equal(_mm_or_si128(block, _mm_set1_epi8(0x20)), 'b');
    trl_block pair = _mm_or_si128(trl_block_equal(block, ':'), trl_block_equal(block, '='));
    trl_block joint = _mm_or_si128(trl_block_equal(block, '_'), trl_block_equal(block, '~'));
    trl_block point = trl_block_equal(_mm_or_si128(block, _mm_set1_epi8(0x10)), '>'); /* and . */
    trl_block other = _mm_or_si128(_mm_or_si128(point, letter), trl_block_equal(block, '\\'));
    trl_block anchors = _mm_or_si128(_mm_or_si128(pair, joint), _mm_or_si128(dash, lower));

    return (struct masks){
        .anchors = (uint32_t)_mm_movemask_epi8(_mm_or_si128(anchors, other)),
        .digits =
            (uint32_t)_mm_movemask_epi8(_mm_andnot_si128(gaps, trl_block_below(block, '9' + 1))),
        .gaps = (uint32_t)_mm_movemask_epi8(gaps),
    };
}

#else

static struct masks scan_block(const char *text)
{
    struct masks masks = {0};

    for (unsigned i = 0; i < TRL_BLOCK; i++) {
        char c = text[i];
        masks.anchors |= (uint32_t)(c != '\0' && strchr(":=_-.~%IKbB>\\", c) != NULL) << i;
        masks.digits |= (uint32_t)trl_is_digit(c) << i;
        masks.gaps |= (uint32_t)(c < '0' || (unsigned char)c >= 0x80) << i;
    }
    return masks;
}

#endif

/* The last block of a text may be shorter. It is scanned together with what stands before it, whose
 * gaps are its own as well, or from a copy. */
static inline struct masks scan_rest(const char *text, size_t before, size_t size)
{
    char block[TRL_BLOCK] = {0};

    if (before + size >= TRL_BLOCK) {
        struct masks masks = scan_block(text + size - TRL_BLOCK);
        return (struct masks){.anchors = masks.anchors >> (TRL_BLOCK - size),
                              .digits = masks.digits >> (TRL_BLOCK - size),
                              .gaps = masks.gaps};
    }
    for (size_t i = 0; i < size; i++) {
        block[i] = text[i];
    }
    return scan_block(block);
}

/* Looks through the block that a search is at, knowing the one before. To be looked at are anchors,
 * the first of four digits, and the first byte of a block without a gap: any long word has one. */
static inline void scan(struct trl_secrets *secrets)
{
    const char *text = secrets->text + secrets->block;
    size_t left = secrets->size - secrets->block;
    struct masks masks =
        left >= TRL_BLOCK ? scan_block(text) : scan_rest(text, secrets->block, left);
    uint32_t run = masks.digits << CARRIED | secrets->digits;

    secrets->follows = secrets->in_word;
    secrets->in_word = masks.gaps == 0;
    secrets->digits = run >> TRL_BLOCK;
    secrets->marks = masks.anchors << CARRIED | (run & run >> 1 & run >> 2 & run >> 3) |
                     (uint32_t)secrets->in_word << CARRIED;
}

bool trl_secrets_begin(struct trl_secrets *secrets, const char *text, size_t size)
{
    if (trl_secrets_excluded(text, size)) {
        return false;
    }
    *secrets = (struct trl_secrets){.text = text, .size = size};
    for (; secrets->block < size; secrets->block += TRL_BLOCK) {
        scan(secrets);
        if (secrets->marks != 0) {
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
    size_t run = 2 * TRL_BLOCK;

    while (run == 2 * TRL_BLOCK && begin >= place->from + run && end - begin <= most) {
        uint32_t others = ~(trl_secret_token_mask(text, begin - TRL_BLOCK) << TRL_BLOCK |
                            trl_secret_token_mask(text, begin - run));
        run = others != 0 ? (size_t)__builtin_clz(others) : run;
        begin -= run;
    }
    while (run == 2 * TRL_BLOCK && begin > place->from && end - begin <= most &&
           trl_secret_is_token(text[begin - 1])) {
        begin--;
    }
    if (end - begin > most) {
        return end;
    }
    return begin > 0 && begin < end ? begin + escape_rest(text, begin, end) : begin;
}

/* Of what base64 has and base64url has not, also where it is percent-encoded; 0 if it is not there.
 */
static size_t base64_size(const struct trl_place *place, size_t at)
{
    static const char *const pieces[] = {"+", "/", "=", "%2B", "%2F", "%3D"};

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        size_t size = strlen(pieces[i]);
        if (place->size - at >= size && trl_strncasecmp(place->text + at, pieces[i], size) == 0) {
            return size;
        }
    }
    return 0;
}

size_t trl_secret_base64_end(const struct trl_place *place, size_t at)
{
    for (size_t piece = 1; piece != 0; at += piece) {
        at = trl_secret_token_end(place, at);
        piece = base64_size(place, at);
    }
    return at;
}

static inline bool continues_digits(const struct trl_place *place)
{
    return place->at > 0 && trl_is_digit(place->text[place->at - 1]) &&
           !trl_secret_follows_escape(place->text, place->at);
}

/* Bearer or Basic. */
static inline bool begins_credentials(char second)
{
    return (second | 0x20) == 'e' || (second | 0x20) == 'a';
}

/* Whether a letter that keys are met at is the first of its kind in a word. */
static inline bool is_first_letter(char before)
{
    return trl_secret_is_token(before) && before != 'I' && before != 'K' && before != 'B';
}

/* A key, a quote or a blank: letters, digits and `"$%'-.[]_`. */
static inline bool may_end_key(char before)
{
    return trl_secret_is_in(before, UINT64_C(0x03FF60B500000200), UINT64_C(0x07FFFFFEAFFFFFFE)) ||
           trl_redact_may_have(before);
}

/* `%3A` with next behind it. */
static inline bool is_encoded_colon(const struct trl_place *place, char next)
{
    const char *text = place->text + place->at;

    return place->size - place->at > 3 && text[1] == '3' && (text[2] | 0x20) == 'a' &&
           text[3] == next;
}

/* Of what parted keys with dots have beside the first. */
static inline bool may_be_parted(const struct trl_place *place, char before)
{
    const char *text = place->text + place->at;

    return before == 'p' || (place->at >= 17 && text[-17] == 'p') ||
           (place->size - place->at > 7 && text[7] == '.');
}

static inline bool may_begin_option(const struct trl_place *place, char before)
{
    return before == '-' || !trl_secret_is_token(before) ||
           trl_secret_follows_escape(place->text, place->at);
}

/* Most marks are told by what stands beside them that they are nothing, without a call. */
static inline bool judge(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text + place->at;
    char before = place->at > place->from ? text[-1] : '\0';
    char after = place->at + 1 < place->size ? text[1] : '\0';

    switch (*text) {
    case ':':
        return ((after == '/' || after == '\\') && trl_secret_url_password(place, ret_part)) ||
               (after == 'A' && trl_is_digit(before) && trl_secret_parted_key(place, ret_part)) ||
               (may_end_key(before) && trl_secret_pair(place, ret_part));
    case '=':
        return (place->at >= 10 && (text[-10] == '+' || text[-10] == 'A') &&
                trl_secret_parted_key(place, ret_part)) ||
               (may_end_key(before) && trl_secret_pair(place, ret_part));
    case '%':
        return (is_encoded_colon(place, '%') && trl_secret_url_password(place, ret_part)) ||
               (is_encoded_colon(place, 'A') && trl_secret_parted_key(place, ret_part)) ||
               ((after == '2' || after == '3') && trl_secret_encoded_pair(place, ret_part));
    case '\\':
        return after == 'u' && trl_secret_encoded_pair(place, ret_part);
    case 'b':
        return begins_credentials(after) && trl_secret_credentials(place, ret_part);
    case 'B':
        return (begins_credentials(after) && trl_secret_credentials(place, ret_part)) ||
               (is_first_letter(before) && trl_secret_word_at_letter(place, ret_part));
    case 'I':
    case 'K':
        return is_first_letter(before) && trl_secret_word_at_letter(place, ret_part);
    case '-':
        return (trl_is_alnum(before) && trl_secret_prefixed_key(place, ret_part)) ||
               (trl_is_alnum(before) &&
                (after == 'u' || (place->size - place->at > 9 && text[9] == '-')) &&
                trl_secret_parted_key(place, ret_part)) ||
               ((after == ' ' || after == 'B' || after == 'U') &&
                trl_secret_block(place, ret_part)) ||
               ((trl_is_alpha(after) || trl_redact_may_have(after)) &&
                may_begin_option(place, before) && trl_secret_option(place, ret_part));
    case '.':
        return (trl_is_alnum(before) && trl_secret_prefixed_key(place, ret_part)) ||
               (trl_secret_is_token(before) && trl_secret_jwt(place, ret_part)) ||
               ((after == 's' || after == 'c' || after == 'w') &&
                trl_secret_web_hook(place, ret_part)) ||
               (may_be_parted(place, before) && trl_secret_parted_key(place, ret_part));
    case '_':
        return trl_is_alnum(before) && trl_secret_prefixed_key(place, ret_part);
    case '>':
        return before != '>' && before != '/' && trl_secret_element(place, ret_part);
    case '~':
        return (before == 'Q' || before == '6') && trl_secret_parted_key(place, ret_part);
    case '1':
        return !continues_digits(place) &&
               (trl_secret_card(place, ret_part) || trl_secret_parted_key(place, ret_part));
    default:
        return !continues_digits(place) && trl_secret_card(place, ret_part);
    }
}

bool trl_secrets_next(struct trl_secrets *secrets, struct trl_part *ret_part)
{
    struct trl_place place = {secrets->text, secrets->size, secrets->from, 0};

    while (secrets->block < secrets->size) {
        for (uint32_t marks = secrets->marks; marks != 0; marks &= marks - 1) {
            size_t bit = (size_t)__builtin_ctz(marks);
            place.at = secrets->block + bit - CARRIED;
            if (place.at >= place.from &&
                (judge(&place, ret_part) ||
                 (bit == CARRIED && secrets->in_word &&
                  trl_secret_long_word(&place, secrets->follows, ret_part)))) {
                secrets->from = ret_part->end;
                secrets->marks = marks & (marks - 1);
                return true;
            }
        }
        secrets->block += TRL_BLOCK;
        if (secrets->block < secrets->size) {
            scan(secrets);
        }
    }
    return false;
}
