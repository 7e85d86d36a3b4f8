/* Writing JSON where there is room for sure: a cursor goes in, and where it goes on comes out. */
#ifndef TRL_CORE_JSON_PUT_H
#define TRL_CORE_JSON_PUT_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* "00" to "99". */
extern const char trl_digit_pairs_[];

static inline size_t trl_digits_count(uint64_t value)
{
    size_t count = 1;

    for (; value >= 10000; value /= 10000) {
        count += 4;
    }
    return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* Writes the digits of value before end; returns where they start. */
static inline char *trl_digits_before(char *end, uint64_t value)
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

static inline char *trl_put_uint(char *at, uint64_t value)
{
    char *end = at + trl_digits_count(value);

    trl_digits_before(end, value);
    return end;
}

/* `.123`, from thousandths. */
static inline void trl_put_thousandths(char *at, unsigned value)
{
    at[0] = '.';
    at[1] = (char)('0' + value / 100);
    memcpy(at + 2, trl_digit_pairs_ + (size_t)2 * (value % 100), 2);
}

/* Nanoseconds as trl_json_ms() writes them. */
static inline char *trl_put_ms(char *at, uint64_t duration_ns)
{
    uint64_t thousandths = duration_ns / 1000;

    at = trl_put_uint(at, thousandths / 1000);
    trl_put_thousandths(at, (unsigned)(thousandths % 1000));
    return at + 4;
}

/* As trl_json_double(), where three decimals tell all of a value that is not negative; else NULL,
 * and nothing is written. Division of two exact numbers yields the nearest double, so that equality
 * proves the text to read back as value. */
static inline char *trl_put_short_double(char *at, double value)
{
    double scaled = value * 1e3;

    if (signbit(value) || !(scaled < 9007199254740992.0)) { /* 2^53, or not a number */
        return NULL;
    }
    int64_t whole = (int64_t)(scaled + 0.5);
    if ((double)whole / 1e3 != value) {
        return NULL;
    }
    unsigned rest = (unsigned)(whole % 1000);
    at = trl_put_uint(at, (uint64_t)whole / 1000);
    if (rest == 0) {
        return at;
    }
    trl_put_thousandths(at, rest);
    return at + (rest % 10 != 0 ? 4 : rest % 100 != 0 ? 3 : 2);
}

#endif
