/* Text for people: growing, made safe for terminals, and measured in columns. */
#include "text.h"

#include "core/utf8.h"
#include "options.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void out_of_memory(void)
{
    fputs("trail: no memory\n", stderr);
    exit(CLI_ERROR);
}

void *cli_new(size_t count, size_t size)
{
    void *items = calloc(count, size);

    if (items == NULL) {
        out_of_memory();
    }
    return items;
}

void *cli_grown(void *items, size_t count, size_t size)
{
    void *grown = reallocarray(items, count, size);

    if (grown == NULL) {
        out_of_memory();
    }
    return grown;
}

void *cli_with_room(void *items, size_t count, size_t size)
{
    /* At each power of two it doubles: no capacity need be kept. */
    return (count & (count - 1)) == 0 ? cli_grown(items, 2 * count + 1, size) : items;
}

char *cli_copy(const char *text, size_t size)
{
    char *copy = strndup(text, size);

    if (copy == NULL) {
        out_of_memory();
    }
    return copy;
}

void cli_text_fini(struct cli_text *text)
{
    free(text->bytes);
    *text = (struct cli_text){0};
}

void cli_text_clear(struct cli_text *text)
{
    text->size = 0;
    if (text->bytes != NULL) {
        text->bytes[0] = '\0';
    }
}

static void reserve(struct cli_text *text, size_t more)
{
    size_t needed = text->size + more + 1;

    if (needed > text->capacity) {
        text->capacity = needed < 64 ? 128 : needed * 2;
        text->bytes = cli_grown(text->bytes, text->capacity, 1);
    }
}

void cli_text_add(struct cli_text *text, const char *bytes, size_t size)
{
    reserve(text, size);
    if (size > 0) {
        memcpy(text->bytes + text->size, bytes, size);
    }
    text->size += size;
    text->bytes[text->size] = '\0';
}

void cli_text_add_string(struct cli_text *text, const char *string)
{
    cli_text_add(text, string, strlen(string));
}

void cli_text_add_format(struct cli_text *text, const char *format, ...)
{
    va_list list;
    char *formatted;

    va_start(list, format);
    int size = vasprintf(&formatted, format, list);
    va_end(list);
    if (size < 0) {
        out_of_memory();
    }
    cli_text_add(text, formatted, (size_t)size);
    free(formatted);
}

void cli_text_add_safe(struct cli_text *text, const char *bytes, size_t size, bool keep_tabs)
{
    size_t taken;

    for (size_t at = 0; at < size; at += taken) {
        uint32_t code_point = trl_utf8_decode(bytes + at, size - at, &taken);

        if (code_point == '\t' && keep_tabs) {
            cli_text_add(text, "\t", 1);
        } else if (trl_utf8_is_unsafe(code_point)) {
            cli_text_add_format(text, code_point < 0x100 ? "\\x%02x" : "\\u%04x", code_point);
        } else {
            char encoded[4];

            cli_text_add(text, encoded, trl_utf8_encode(code_point, encoded));
        }
    }
}

/* The bytes of the escape sequence for colour at text; 0 if there is none. */
static size_t colour_size(const char *text, size_t size)
{
    size_t at = 2;

    if (size < 3 || text[0] != '\x1b' || text[1] != '[') {
        return 0;
    }
    while (at < size && text[at] != 'm') {
        at++;
    }
    return at < size ? at + 1 : 0;
}

/* Walks over text until columns are full; returns the bytes, and the columns in *ret_width. */
static size_t walk(const char *bytes, size_t size, size_t columns, size_t *ret_width)
{
    size_t width = 0;
    size_t taken;
    size_t at;

    for (at = 0; at < size; at += taken) {
        taken = colour_size(bytes + at, size - at);
        if (taken > 0) {
            continue;
        }
        unsigned own = trl_utf8_columns(trl_utf8_decode(bytes + at, size - at, &taken));
        if (width + own > columns) {
            break;
        }
        width += own;
    }
    *ret_width = width;
    return at;
}

size_t cli_text_width(const char *bytes, size_t size)
{
    size_t width;

    walk(bytes, size, SIZE_MAX, &width);
    return width;
}

size_t cli_text_fit(const char *bytes, size_t size, size_t columns)
{
    size_t width;

    return walk(bytes, size, columns, &width);
}
