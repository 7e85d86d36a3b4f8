/* Core: numbers in JSON. No locale is involved: where libc's printf() is asked for digits, only the
 * digits are taken. */
#include "core/json.h"

#include "core/json_put.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UINT_DIGITS_MAX 20

const char trl_digit_pairs_[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";

/* Writes the digits of value before end; returns where they start. */
static inline char *digits_before(char *end, uint64_t value)
{
    while (value >= 100) {
        end -= 2;
        memcpy(end, trl_digit_pairs_ + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        end -= 2;
        memcpy(end, trl_digit_pairs_ + 2 * value, 2);
    } else {
        *--end = (char)('0' + value);
    }
    return end;
}

static inline size_t count_digits(uint64_t value)
{
    size_t count = 1;

    for (; value >= 10000; value /= 10000) {
        count += 4;
    }
    return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

char *trl_put_large_uint(char *at, uint64_t value)
{
    char *end = at + count_digits(value);

    digits_before(end, value);
    return end;
}

bool trl_json_uint(struct trl_json *json, uint64_t value)
{
    if ((ptrdiff_t)count_digits(value) > json->end - json->at) {
        json->truncated = true;
        return false;
    }
    json->at = trl_put_uint(json->at, value);
    return true;
}

bool trl_json_int(struct trl_json *json, int64_t value)
{
    char digits[UINT_DIGITS_MAX + 1];
    char *end = digits + sizeof(digits);

    if (value >= 0) {
        return trl_json_uint(json, (uint64_t)value);
    }
    char *start = digits_before(end, 0 - (uint64_t)value);
    *--start = '-';
    return trl_json_raw(json, start, (size_t)(end - start));
}

/* Writes scaled / 10^decimals, decimals > 0, before end; returns where it starts. */
static char *decimal_before(char *end, uint64_t scaled, unsigned decimals)
{
    char *start = end;

    for (unsigned i = 0; i < decimals; i++) {
        *--start = (char)('0' + scaled % 10);
        scaled /= 10;
    }
    *--start = '.';
    return digits_before(start, scaled);
}

bool trl_json_ms(struct trl_json *json, uint64_t duration_ns)
{
    char text[UINT_DIGITS_MAX + 4];
    size_t size = (size_t)(trl_put_ms(text, duration_ns) - text);

    return trl_json_raw(json, text, size);
}

/* Most numbers that people log have few decimals. For those, magnitude is the double nearest to
 * scaled / 10^decimals; with both exact, division yields just that double, so that equality proves
 * the text to read back as value. Without the zeros at its end it is the shortest. */
static bool find_few_decimals(double magnitude, uint64_t *ret_scaled, unsigned *ret_decimals)
{
    static const struct {
        unsigned decimals;
        double power;
    } tries[] = {{3, 1e3}, {6, 1e6}};

    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        double scaled = magnitude * tries[i].power;
        if (scaled >= 9007199254740992.0) { /* 2^53: beyond it integers are not exact */
            return false;
        }
        uint64_t whole = (uint64_t)(scaled + 0.5);
        if ((double)whole / tries[i].power == magnitude) {
            unsigned decimals = tries[i].decimals;
            for (; decimals > 0 && whole % 10 == 0; decimals--) {
                whole /= 10;
            }
            *ret_scaled = whole;
            *ret_decimals = decimals;
            return true;
        }
    }
    return false;
}

/* A finite number as its significant digits and the power of ten of the first. */
struct decimal {
    char digits[17];
    int count;
    int exponent;
};

/* The fewest digits that read back as magnitude, which is not 0. The text that is read back is
 * printf()'s own, so that whatever decimal point the locale has serves both. */
static struct decimal shortest_decimal(double magnitude)
{
    struct decimal decimal = {.count = 0};
    char text[40];
    int saved = errno; /* strtod() tells of small numbers by it */

    for (int precision = 14; precision <= 16; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision, magnitude);
        if (strtod(text, NULL) == magnitude) {
            break;
        }
    }
    errno = saved;
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') {
            decimal.digits[decimal.count++] = *at;
        }
    }
    decimal.exponent = (int)strtol(at + 1, NULL, 10);
    while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0') {
        decimal.count--;
    }
    return decimal;
}

/* `0.00012`, `1234.5`, `120000`: for exponents from -7 to 20. */
static char *write_positional(char *out, const struct decimal *decimal)
{
    int before_point = decimal->exponent + 1;

    if (before_point <= 0) {
        *out++ = '0';
        *out++ = '.';
        memset(out, '0', (size_t)-before_point);
        out += -before_point;
    }
    for (int i = 0; i < decimal->count || i < before_point; i++) {
        if (i == before_point && i > 0) {
            *out++ = '.';
        }
        *out++ = i < decimal->count ? decimal->digits[i] : '0';
    }
    return out;
}

/* `1.2e-7`, `1e+21`. */
static char *write_scientific(char *out, const struct decimal *decimal)
{
    *out++ = decimal->digits[0];
    if (decimal->count > 1) {
        *out++ = '.';
        memcpy(out, decimal->digits + 1, (size_t)decimal->count - 1);
        out += decimal->count - 1;
    }
    *out++ = 'e';
    *out++ = decimal->exponent < 0 ? '-' : '+';
    return out + snprintf(out, 8, "%d", abs(decimal->exponent));
}

/* Whole numbers from 2^53 / 1000 on go the long way. */
bool trl_json_double(struct trl_json *json, double value)
{
    char text[48];
    char *end = text + sizeof(text);
    double magnitude = fabs(value);
    uint64_t scaled;
    unsigned decimals;

    if (!isfinite(value)) {
        return trl_json_null(json);
    }
    if (find_few_decimals(magnitude, &scaled, &decimals)) {
        char *start =
            decimals == 0 ? digits_before(end, scaled) : decimal_before(end, scaled, decimals);
        if (signbit(value)) {
            *--start = '-';
        }
        return trl_json_raw(json, start, (size_t)(end - start));
    }
    struct decimal decimal = shortest_decimal(magnitude);
    char *at = text;
    if (signbit(value)) {
        *at++ = '-';
    }
    at = decimal.exponent >= -7 && decimal.exponent <= 20 ? write_positional(at, &decimal)
                                                          : write_scientific(at, &decimal);
    return trl_json_raw(json, text, (size_t)(at - text));
}
