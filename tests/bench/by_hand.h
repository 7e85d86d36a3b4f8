/* Formatting by hand, for the floors: each function puts its value at a place that has room, and
 * returns the place behind it. */
#ifndef TRAIL_BENCH_BY_HAND_H
#define TRAIL_BENCH_BY_HAND_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PUT(at, literal) put((at), (literal), sizeof(literal) - 1)

static inline char *put(char *at, const char *text, size_t size)
{
    memcpy(at, text, size);
    return at + size;
}

static inline char *put_natural(char *at, uint64_t value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char digits[20];
    char *start = digits + sizeof(digits);

    for (; value >= 100; value /= 100) {
        start -= 2;
        memcpy(start, pairs + 2 * (value % 100), 2);
    }
    if (value >= 10) {
        start -= 2;
        memcpy(start, pairs + 2 * value, 2);
    } else {
        *--start = (char)('0' + value);
    }
    return put(at, start, (size_t)(digits + sizeof(digits) - start));
}

static inline char *put_text(char *at, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (__builtin_expect(byte < 0x20 || byte == '"' || byte == '\\', 0)) {
            at += sprintf(at, "\\u%04x", byte);
        } else {
            *at++ = (char)byte;
        }
    }
    return at;
}

/* Three decimals at the most: enough for these facts. */
static inline char *put_decimal(char *at, double value)
{
    uint64_t scaled = (uint64_t)(value * 1000.0 + 0.5);
    unsigned rest = (unsigned)(scaled % 1000);

    at = put_natural(at, scaled / 1000);
    if (rest != 0) {
        *at++ = '.';
        *at++ = (char)('0' + rest / 100);
        if (rest % 100 != 0) {
            *at++ = (char)('0' + rest / 10 % 10);
            if (rest % 10 != 0) {
                *at++ = (char)('0' + rest % 10);
            }
        }
    }
    return at;
}

static inline char *put_time(char *at)
{
    static _Thread_local time_t second = -1;
    static _Thread_local char date[24];
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (__builtin_expect(now.tv_sec != second, 0)) {
        struct tm civil;
        gmtime_r(&now.tv_sec, &civil);
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S.", &civil);
        second = now.tv_sec;
    }
    at = put(at, date, 20);
    unsigned millisecond = (unsigned)(now.tv_nsec / 1000000);
    *at++ = (char)('0' + millisecond / 100);
    *at++ = (char)('0' + millisecond / 10 % 10);
    *at++ = (char)('0' + millisecond % 10);
    *at++ = 'Z';
    return at;
}

#endif
