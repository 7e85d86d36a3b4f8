/* Log: the numbers of payment cards. A number is taken for one if it has an issuer's first digits,
 * a length that this issuer gives, its check digit, and either no gaps or those that are printed on
 * cards: so order numbers and timestamps stay. */
#include "log/secret.h"

#include "core/ascii.h"
#include "core/block.h"

#include <string.h>

#define DIGITS_MAX 19

/* A set of lengths. */
#define LENGTH(digits) (1U << (digits))
#define FROM(digits)   ((1U << (DIGITS_MAX + 1)) - (1U << (digits)))

/* First digits, as a range of four, and the lengths that go with them. In order; the last takes
 * what is beyond. */
static const struct {
    unsigned low;
    unsigned high;
    unsigned lengths;
} issuers[] = {
    {2200, 2204, FROM(16)},
    {2221, 2720, LENGTH(16)},
    {3000, 3059, FROM(14)},
    {3400, 3499, LENGTH(15)},
    {3528, 3589, FROM(16)},
    {3600, 3699, FROM(14)},
    {3700, 3799, LENGTH(15)},
    {3800, 3999, FROM(14)},
    {4000, 4999, LENGTH(13) | LENGTH(16) | LENGTH(19)},
    {5018, 5018, FROM(13)},
    {5020, 5020, FROM(13)},
    {5038, 5038, FROM(13)},
    {5100, 5599, LENGTH(16)},
    {5893, 5893, FROM(13)},
    {6011, 6011, FROM(16)},
    {6200, 6299, FROM(16)},
    {6304, 6304, FROM(13)},
    {6440, 6599, FROM(16)},
    {6759, 6759, FROM(13)},
    {6761, 6763, FROM(13)},
    {6764, 9999, 0},
};

/* The most groups that a card has, and the digits of one are fewer than these. */
#define GROUPS_MAX 5
#define GROUP_ROOM 16

/* What a card and its end may take, with gaps of three bytes; and behind it, a group's room. */
#define CARD_MAX (2 * TRL_BLOCK)
#define WINDOW   (CARD_MAX + GROUP_ROOM)

static bool passes_luhn(const char *digits, size_t size)
{
    static const unsigned char doubled[] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
    unsigned sum = size % 2 == 1 ? (unsigned)(digits[0] - '0') : 0;

    for (size_t i = size % 2; i < size; i += 2) {
        sum += doubled[digits[i] - '0'] + (unsigned)(digits[i + 1] - '0');
    }
    return sum % 10 == 0;
}

/* That cards with these first four digits may have. */
static unsigned lengths_of(const char *digits)
{
    unsigned first = 0;
    size_t i = 0;

    for (size_t digit = 0; digit < 4; digit++) {
        first = first * 10 + (unsigned)(digits[digit] - '0');
    }
    while (first > issuers[i].high) {
        i++;
    }
    return first >= issuers[i].low ? issuers[i].lengths : 0;
}

bool trl_secret_is_card(const char *digits, size_t size)
{
    return size >= 13 && size <= DIGITS_MAX && (lengths_of(digits) & LENGTH(size)) != 0 &&
           passes_luhn(digits, size);
}

static bool ends_at(const char *text, size_t size, size_t at)
{
    return at == size || !(trl_is_alnum(text[at]) || text[at] == '_');
}

/* A bit for each digit, as far as a card could go. */
static uint32_t find_digits(const char window[WINDOW])
{
    return trl_block_digits(trl_block_load(window)) |
           trl_block_digits(trl_block_load(window + TRL_BLOCK)) << TRL_BLOCK;
}

/* How many digits stand there before anything else does. */
static size_t count_digits(uint32_t digits)
{
    return ~digits != 0 ? (size_t)__builtin_ctz(~digits) : CARD_MAX;
}

/* Of what stands between groups: spaces and dashes, also where they are encoded. 0: nothing that
 * does. */
static size_t gap_size(const char *text, size_t size)
{
    if (size > 3 && (memcmp(text, " - ", 3) == 0 || memcmp(text, "%20", 3) == 0)) {
        return 3;
    }
    if (size > 2 && (memcmp(text, "  ", 2) == 0 || memcmp(text, "\xC2\xA0", 2) == 0)) {
        return 2;
    }
    return size > 1 && (*text == ' ' || *text == '-' || *text == '+') ? 1 : 0;
}

/* Digits between the gaps, a hexadecimal digit for each group. */
static bool is_layout(unsigned groups)
{
    switch (groups) {
    case 0x44443:
    case 0x44442:
    case 0x44441:
    case 0x4444:
    case 0x4441:
    case 0x465:
    case 0x464:
    case 0x4333:
    case 0x6D:
    case 0x6A:
        return true;
    default:
        return false;
    }
}

static bool equal_gaps(const char *left, const char *right, size_t size)
{
    return *left == *right && (size == 1 || memcmp(left, right, size) == 0);
}

/* Where in the window the longest card ends of groups that all have the gap between them that
 * stands behind the first; 0 if there is none. size: of the text from there on. */
static size_t grouped_end(const char window[WINDOW], uint32_t mask, size_t size, unsigned lengths)
{
    char digits[GROUPS_MAX * GROUP_ROOM];
    size_t first = count_digits(mask);
    size_t gap = gap_size(window + first, size - first);
    size_t count = first;
    unsigned groups = 0;
    size_t used = 0;
    size_t at = 0;
    size_t end = 0;

    for (size_t group = 0; group < GROUPS_MAX && gap != 0; group++) {
        memcpy(digits + used, window + at, GROUP_ROOM);
        at += count;
        used += count;
        groups = groups << 4 | (unsigned)count;
        if (is_layout(groups) && (lengths & LENGTH(used)) != 0 && ends_at(window, size, at) &&
            passes_luhn(digits, used)) {
            end = at;
        }
        if (at + gap >= CARD_MAX || !equal_gaps(window + at, window + first, gap)) {
            break;
        }
        at += gap;
        count = count_digits(mask >> at);
        if (count == 0 || count >= GROUP_ROOM) {
            break;
        }
    }
    return end;
}

bool trl_secret_card(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text + place->at;
    size_t size = place->size - place->at;
    const char *window = text;
    char rest[WINDOW] = {0};

    if (!trl_secret_begins_word(place, place->at) || (place->at > 0 && text[-1] == '.')) {
        return false;
    }
    if (size < WINDOW) {
        memcpy(rest, text, size);
        window = rest;
    }
    uint32_t digits = find_digits(window);
    size_t count = count_digits(digits);
    unsigned lengths = count >= 4 && count <= DIGITS_MAX ? lengths_of(text) : 0;
    if (lengths == 0) {
        return false;
    }
    if (count == 4 || count == 6) {
        size_t end = grouped_end(window, digits, size, lengths);
        *ret_part = (struct trl_part){.begin = place->at, .end = place->at + end};
        return end != 0;
    }
    bool json = place->at >= 2 && memcmp(text - 2, "\":", 2) == 0;
    *ret_part = (struct trl_part){.begin = place->at, .end = place->at + count, .json = json};
    return ends_at(text, size, count) && trl_secret_is_card(text, count);
}
