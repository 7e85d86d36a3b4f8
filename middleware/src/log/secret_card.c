/* Log: the numbers of payment cards. A number is taken for one if it has an issuer's first digits,
 * a length that this issuer gives, its check digit, and either no gaps or those that are printed on
 * cards: so order numbers and timestamps stay. */
#include "log/secret.h"

#include "core/ascii.h"

#include <string.h>

#define DIGITS_MAX 19

/* A set of lengths. */
#define LENGTH(digits) (1U << (digits))
#define FROM(digits)   ((1U << (DIGITS_MAX + 1)) - (1U << (digits)))

/* First digits, as a range of four, and the lengths that go with them. */
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
};

/* Digits between the gaps; a later group of none is not there. */
static const unsigned char layouts[][5] = {
    {4, 4, 4, 4, 3}, {4, 4, 4, 4, 2}, {4, 4, 4, 4, 1}, {4, 4, 4, 4}, {4, 4, 4, 1},
    {4, 6, 5},       {4, 6, 4},       {4, 3, 3, 3},    {6, 13},      {6, 10},
};

static bool passes_luhn(const char *digits, size_t size)
{
    unsigned sum = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned digit = (unsigned)(digits[size - 1 - i] - '0');
        if (i % 2 == 1) {
            digit = digit < 5 ? 2 * digit : 2 * digit - 9;
        }
        sum += digit;
    }
    return sum % 10 == 0;
}

bool trl_secret_is_card(const char *digits, size_t size)
{
    unsigned first = 0;

    if (size < 13 || size > DIGITS_MAX) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        first = first * 10 + (unsigned)(digits[i] - '0');
    }
    for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
        if (first >= issuers[i].low && first <= issuers[i].high &&
            (issuers[i].lengths & LENGTH(size)) != 0) {
            return passes_luhn(digits, size);
        }
    }
    return false;
}

static bool is_digit_at(const struct trl_place *place, size_t at)
{
    return at < place->size && place->text[at] >= '0' && place->text[at] <= '9';
}

static bool ends_at(const struct trl_place *place, size_t at)
{
    return at == place->size || !(trl_is_alnum(place->text[at]) || place->text[at] == '_');
}

static size_t count_digits(const struct trl_place *place, size_t at)
{
    size_t count = 0;

    while (count <= DIGITS_MAX && is_digit_at(place, at + count)) {
        count++;
    }
    return count;
}

/* Of what stands between groups: spaces and dashes, also where they are encoded. 0: nothing that
 * does. */
static size_t gap_size(const struct trl_place *place, size_t at)
{
    static const char *const gaps[] = {" - ", "%20", "  ", "\xC2\xA0", " ", "-", "+"};

    for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
        size_t size = strlen(gaps[i]);
        if (at + size < place->size && memcmp(place->text + at, gaps[i], size) == 0) {
            return size;
        }
    }
    return 0;
}

/* Groups of the layout, all with the gap that stands after the first. */
static bool matches_layout(const struct trl_place *place, const unsigned char *layout, size_t gap,
                           struct trl_part *ret_part)
{
    const char *first_gap = place->text + place->at + layout[0];
    char digits[DIGITS_MAX];
    size_t used = 0;
    size_t at = place->at;

    for (size_t group = 0; group < 5 && layout[group] != 0; group++) {
        if (group > 0) {
            if (place->size - at < gap || memcmp(place->text + at, first_gap, gap) != 0) {
                return false;
            }
            at += gap;
        }
        if (count_digits(place, at) != layout[group]) {
            return false;
        }
        memcpy(digits + used, place->text + at, layout[group]);
        used += layout[group];
        at += layout[group];
    }
    *ret_part = (struct trl_part){.begin = place->at, .end = at};
    return ends_at(place, at) && trl_secret_is_card(digits, used);
}

bool trl_secret_card(const struct trl_place *place, struct trl_part *ret_part)
{
    if (!trl_secret_begins_word(place, place->at) ||
        (place->at > 0 && place->text[place->at - 1] == '.')) {
        return false;
    }
    size_t count = count_digits(place, place->at);
    size_t end = place->at + count;
    size_t gap = count == 4 || count == 6 ? gap_size(place, end) : 0;
    size_t second = gap > 0 ? count_digits(place, end + gap) : 0;
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]) && second > 0; i++) {
        if (layouts[i][0] == count && layouts[i][1] == second &&
            matches_layout(place, layouts[i], gap, ret_part)) {
            return true;
        }
    }
    bool json = place->at >= 2 && memcmp(place->text + place->at - 2, "\":", 2) == 0;
    *ret_part = (struct trl_part){.begin = place->at, .end = end, .json = json};
    return ends_at(place, end) && trl_secret_is_card(place->text + place->at, count);
}
