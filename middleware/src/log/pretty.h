/* A line of log for people: the JSON line of an event becomes one or several lines of text. */
#ifndef TRL_LOG_PRETTY_H
#define TRL_LOG_PRETTY_H

#include <stdbool.h>
#include <stddef.h>

struct trl_pretty_options {
    bool color;     /* ANSI colours by level */
    unsigned width; /* columns of the terminal; 0: unknown, nothing is wrapped */
    bool date;      /* the date before the time */
};

/* The most that trl_pretty_line() can write for a line of size bytes. */
size_t trl_pretty_bound(size_t size);

/* Writes a line of log (with or without its newline) for people, newlines included:
 *
 *     12:00:01.234 INFO  checkout-api order_created  Order created  orderId=ord_1 items=3  [0f3a…]
 *
 * No byte of the line's values can control the terminal. Returns the number of bytes written, or 0
 * if line is no event (a JSON object with `event` or `message`) or out is too small: the caller
 * passes such a line through, through trl_pretty_passthrough(). Any thread. */
size_t trl_pretty_line(const struct trl_pretty_options *options, const char *line, size_t size,
                       char *out, size_t capacity);

/* Copies text that is no event so that it can't control the terminal: what is not printable is
 * shown as an escape, \uXXXX. Newline and tab stay. Returns the number of bytes written; capacity
 * must be trl_pretty_bound(size). */
size_t trl_pretty_passthrough(const char *text, size_t size, char *out, size_t capacity);

#endif
