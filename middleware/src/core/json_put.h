/* Writing JSON where there is room for sure: a cursor goes in, and where it goes on comes out. */
#ifndef TRL_CORE_JSON_PUT_H
#define TRL_CORE_JSON_PUT_H

#include "core/likely.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* "00" to "99", and one byte more. */
extern const char trl_digit_pairs_[];

/* From 10000 on. */
char *trl_put_large_uint(char *at, uint64_t value);

static inline char *trl_put_uint(char *at, uint64_t value)
{
    if (TRL_UNLIKELY(value >= 10000)) {
        return trl_put_large_uint(at, value);
    }
    unsigned rest = (unsigned)value;
    if (rest >= 100) {
        unsigned hundreds = rest / 100;
        unsigned one = hundreds < 10; /* digit: the pair's second */
        memcpy(at, trl_digit_pairs_ + (size_t)2 * hundreds + one, 2);
        at += 2 - one;
        rest -= hundreds * 100;
    } else if (rest < 10) {
        *at = (char)('0' + rest);
        return at + 1;
    }
    memcpy(at, trl_digit_pairs_ + (size_t)2 * rest, 2);
    return at + 2;
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

/* As trl_json_double(), where three decimals tell all of a value that is not negative and below
 * 10^12; else NULL, and nothing is written. Division of two exact numbers yields the nearest
 * double, so that equality proves the text to read back as value. */
static inline char *trl_put_short_double(char *at, double value)
{
    double scaled = value * 1e3;

    if (signbit(value) || !(scaled < 1e15)) { /* below 2^53, or not a number */
        return NULL;
    }
    int64_t whole = (int64_t)(scaled + 0.5);
    if ((double)whole / 1e3 != value) {
        return NULL;
    }
    uint64_t integer = (uint64_t)whole / 1000;
    unsigned rest = (unsigned)((uint64_t)whole - integer * 1000);
    at = trl_put_uint(at, integer);
    if (rest == 0) {
        return at;
    }
    trl_put_thousandths(at, rest);
    return at + (rest % 10 != 0 ? 4 : rest % 100 != 0 ? 3 : 2);
}

#endif
