/* Text for people: nothing that a terminal would take for a command, and how wide it is. */
#ifndef TRL_CLI_TEXT_H
#define TRL_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A growing text, terminated. Zero-initialised it is empty; released by cli_text_fini(). Memory
 * that is not there ends the process with CLI_ERROR. */
struct cli_text {
    char *bytes;
    size_t size;
    size_t capacity;
};

void cli_text_fini(struct cli_text *text);

/* Empties it and keeps the memory. */
void cli_text_clear(struct cli_text *text);

void cli_text_add(struct cli_text *text, const char *bytes, size_t size);
void cli_text_add_string(struct cli_text *text, const char *string);
void cli_text_add_format(struct cli_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds text that came from outside: control characters, line and paragraph separators and bidi
 * controls as `\x1b` or `\u202e`, what is not UTF-8 as U+FFFD. Tabs stay when keep_tabs. */
void cli_text_add_safe(struct cli_text *text, const char *bytes, size_t size, bool keep_tabs);

/* The columns that UTF-8 text takes on a terminal. Escape sequences for colour take none. */
size_t cli_text_width(const char *bytes, size_t size);

/* The bytes of text that fit into columns. */
size_t cli_text_fit(const char *bytes, size_t size, size_t columns);

/* calloc and reallocarray that end the process with CLI_ERROR where there is no memory. */
void *cli_new(size_t count, size_t size);
void *cli_grown(void *items, size_t count, size_t size);

/* The first size bytes, up to a NUL, terminated. To be freed. */
char *cli_copy(const char *text, size_t size);

/* The count items with room for one more; they have grown by this function alone, from NULL. */
void *cli_with_room(void *items, size_t count, size_t size);

#endif
