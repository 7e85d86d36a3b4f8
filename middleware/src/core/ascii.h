/* Letters and digits of ASCII, whatever the locale: <ctype.h> and strcasecmp() follow the one that
 * the application has set, and in a Turkish one `API` and `api` are different words. */
#ifndef TRL_CORE_ASCII_H
#define TRL_CORE_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool trl_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool trl_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool trl_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool trl_is_alpha(char c)
{
    return trl_is_lower(c) || trl_is_upper(c);
}

static inline bool trl_is_alnum(char c)
{
    return trl_is_alpha(c) || trl_is_digit(c);
}

static inline char trl_to_lower(char c)
{
    return trl_is_upper(c) ? (char)(c | 0x20) : c;
}

/* Of a hexadecimal digit; -1 if it is none. */
static inline int trl_hex_value(char c)
{
    char lower = (char)(c | 0x20);

    if (trl_is_digit(c)) {
        return c - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* As strncasecmp(). */
static inline int trl_strncasecmp(const char *left, const char *right, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int difference = trl_to_lower(left[i]) - trl_to_lower(right[i]);
        if (difference != 0 || left[i] == '\0') {
            return difference;
        }
    }
    return 0;
}

/* As strcasecmp(). */
static inline int trl_strcasecmp(const char *left, const char *right)
{
    return trl_strncasecmp(left, right, SIZE_MAX);
}

/* Whether two names are the same but for case. Most that differ do so in the first letter, and most
 * that don't are written alike: either spares the comparison letter by letter. */
static inline bool trl_same_name(const char *left, const char *right)
{
    return ((left[0] ^ right[0]) & ~0x20) == 0 &&
           (strcmp(left, right) == 0 || trl_strcasecmp(left, right) == 0);
}

#endif
