/* CivetWeb adapter: usual directives, formatted without libc. */
#include "civetweb/format.h"

#include "core/json_put.h"
#include "core/likely.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

_Static_assert(sizeof(size_t) == sizeof(long), "z is read as l");

/* A number of 64 bits, its sign, and one byte that trl_put_uint() may write behind it. */
enum { NUMBER_ROOM = 22 };

struct text {
    char *at;
    char *end;
};

static inline bool has_room(const struct text *text, size_t size)
{
    return (size_t)(text->end - text->at) >= size;
}

static inline bool put(struct text *text, const char *bytes, size_t size)
{
    if (TRL_UNLIKELY(!has_room(text, size))) {
        return false;
    }
    memcpy(text->at, bytes, size);
    text->at += size;
    return true;
}

static inline __attribute__((always_inline)) bool put_number(struct text *text, bool negative,
                                                             uint64_t magnitude)
{
    if (TRL_UNLIKELY(!has_room(text, NUMBER_ROOM))) {
        return false;
    }
    if (TRL_UNLIKELY(negative)) {
        *text->at++ = '-';
    }
    text->at = trl_put_uint(text->at, magnitude);
    return true;
}

static bool put_signed(struct text *text, int64_t value)
{
    return put_number(text, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* A whole number; longs counts the l in front of its conversion, or the z. */
static bool put_whole(struct text *text, char conversion, int longs, va_list *arguments)
{
    switch (conversion) {
    case 'd':
    case 'i':
        return put_signed(text, longs == 0   ? va_arg(*arguments, int)
                                : longs == 1 ? va_arg(*arguments, long)
                                             : va_arg(*arguments, long long));
    case 'u':
        return put_number(text, false,
                          longs == 0   ? va_arg(*arguments, unsigned)
                          : longs == 1 ? va_arg(*arguments, unsigned long)
                                       : va_arg(*arguments, unsigned long long));
    default:
        return false;
    }
}

/* What follows a percent sign; NULL: it is not for us, or there is no room. */
static const char *put_directive(struct text *text, const char *at, va_list *arguments)
{
    const char *string;
    char byte;
    int longs = 0;

    switch (*at) {
    case '%':
        return put(text, "%", 1) ? at + 1 : NULL;
    case 'c':
        byte = (char)va_arg(*arguments, int);
        return put(text, &byte, 1) ? at + 1 : NULL;
    case 's':
        string = va_arg(*arguments, const char *);
        return string != NULL && put(text, string, strlen(string)) ? at + 1 : NULL;
    case 'z':
        longs = 1;
        at++;
        break;
    default:
        for (; *at == 'l' && longs < 2; at++) {
            longs++;
        }
        break;
    }
    return put_whole(text, *at, longs, arguments) ? at + 1 : NULL;
}

static bool put_all(struct text *text, const char *format, va_list *arguments)
{
    while (format != NULL) {
        const char *percent = strchrnul(format, '%');
        if (!put(text, format, (size_t)(percent - format))) {
            return false;
        }
        if (*percent == '\0') {
            return true;
        }
        format = put_directive(text, percent + 1, arguments);
    }
    return false;
}

int trl_format(char *out, size_t size, const char *format, va_list arguments)
{
    struct text text = {out, out + size};
    va_list left;
    bool done;

    va_copy(left, arguments);
    done = put_all(&text, format, &left);
    va_end(left);
    return done ? (int)(text.at - out) : -1;
}
