/* Log: the numbers of payment cards. A number is taken for one if it has an issuer's first digits,
 * a length that this issuer gives, its check digit, and either no gaps or those that are printed on
 * cards: so order numbers and timestamps stay. */
#include "log/secret.h"

#include "core/ascii.h"

#include <string.h>

#define DIGITS_MAX 19

/* First digits, as a range of four, and the lengths that go with them. */
static const struct {
    unsigned low;
    unsigned high;
    unsigned shortest;
    unsigned longest;
} issuers[] = {
    {2221, 2720, 16, 16}, {3000, 3059, 14, 19}, {3400, 3499, 15, 15}, {3528, 3589, 16, 19},
    {3600, 3699, 14, 19}, {3700, 3799, 15, 15}, {3800, 3999, 14, 19}, {4000, 4999, 13, 19},
    {5100, 5599, 16, 16}, {6011, 6011, 16, 19}, {6200, 6299, 16, 19}, {6440, 6599, 16, 19},
};

/* Digits between the gaps; a later group of none is not there. */
static const unsigned char layouts[][5] = {{4, 4, 4, 4, 3}, {4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}};

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
        if (first >= issuers[i].low && first <= issuers[i].high && size >= issuers[i].shortest &&
            size <= issuers[i].longest) {
            return passes_luhn(digits, size);
        }
    }
    return false;
}

static bool is_digit_at(const struct trl_place *place, size_t at)
{
    return at < place->size && place->text[at] >= '0' && place->text[at] <= '9';
}

static bool is_word_at(const struct trl_place *place, size_t at)
{
    return at < place->size && (trl_is_alnum(place->text[at]) || place->text[at] == '_');
}

static size_t count_digits(const struct trl_place *place, size_t at)
{
    size_t count = 0;

    while (count <= DIGITS_MAX && is_digit_at(place, at + count)) {
        count++;
    }
    return count;
}

/* Groups of the layout, all with the gap that stands after the first. */
static bool matches_layout(const struct trl_place *place, const unsigned char *layout,
                           struct trl_part *ret_part)
{
    char digits[DIGITS_MAX];
    size_t used = 0;
    size_t at = place->at;

    for (size_t group = 0; group < 5 && layout[group] != 0; group++) {
        if (group > 0 && (at >= place->size || place->text[at] != place->text[place->at + 4])) {
            return false;
        }
        at += group > 0 ? 1 : 0;
        if (count_digits(place, at) != layout[group]) {
            return false;
        }
        memcpy(digits + used, place->text + at, layout[group]);
        used += layout[group];
        at += layout[group];
    }
    *ret_part = (struct trl_part){place->at, at};
    return !is_word_at(place, at) && trl_secret_is_card(digits, used);
}

bool trl_secret_card(const struct trl_place *place, struct trl_part *ret_part)
{
    size_t count = count_digits(place, place->at);
    size_t end = place->at + count;

    if (place->at > 0 &&
        (is_word_at(place, place->at - 1) || strchr("-.", place->text[place->at - 1]) != NULL)) {
        return false;
    }
    if (count == 4 && end < place->size && (place->text[end] == ' ' || place->text[end] == '-')) {
        for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
            if (matches_layout(place, layouts[i], ret_part)) {
                return true;
            }
        }
        return false;
    }
    *ret_part = (struct trl_part){place->at, end};
    return !is_word_at(place, end) && trl_secret_is_card(place->text + place->at, count);
}
