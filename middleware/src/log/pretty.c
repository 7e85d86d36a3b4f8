/* Log: events for people. Everything is made from the finished JSON line, so that an output and the
 * command show the same. */
#include "log/pretty.h"

#include "core/json.h"
#include "core/json_read.h"
#include "core/utf8.h"

#include <stdint.h>
#include <string.h>

#define SERVICE_COLUMNS 16
#define EVENT_COLUMNS   24
#define INDENT          "    "

#define COLOR_OFF   "\033[0m"
#define COLOR_FAINT "\033[90m"
#define COLOR_BOLD  "\033[1m"
#define COLOR_KEY   "\033[36m"

/* What stands in columns of its own, or is left to those who read JSON. */
enum column {
    COLUMN_TIMESTAMP,
    COLUMN_LEVEL,
    COLUMN_SERVICE,
    COLUMN_EVENT,
    COLUMN_MESSAGE,
    COLUMN_REQUEST_ID,
    COLUMN_ENVIRONMENT,
    COLUMN_TRACE_ID,
    COLUMN_SPAN_ID,
    COLUMN_PARENT_SPAN_ID,
    COLUMNS_
};

static const char *const column_names[COLUMNS_] = {
    "timestamp", "level",       "service", "event",  "message",
    "requestId", "environment", "traceId", "spanId", "parentSpanId",
};

struct page {
    const struct trl_pretty_options *options;
    char *start;
    char *at;
    char *end;
    unsigned column; /* where the next character stands; colours take none */
    bool full;
    struct trl_json_member columns[COLUMNS_]; /* key.text NULL: absent */
};

static void put(struct page *page, const char *text, size_t size)
{
    if (page->full || size > (size_t)(page->end - page->at)) {
        page->full = true;
        return;
    }
    memcpy(page->at, text, size);
    page->at += size;
}

static void put_text(struct page *page, const char *text)
{
    put(page, text, strlen(text));
    page->column += (unsigned)strlen(text);
}

static void put_color(struct page *page, const char *color)
{
    if (page->options->color) {
        put(page, color, strlen(color));
    }
}

/* What a code point is shown as; returns the columns that it takes. */
static unsigned show(uint32_t code_point, char shown[TRL_JSON_EXPANSION_MAX], size_t *ret_size)
{
    *ret_size = trl_json_show(code_point, shown);
    return trl_utf8_is_unsafe(code_point) ? (unsigned)*ret_size : trl_utf8_columns(code_point);
}

static void put_code_point(struct page *page, uint32_t code_point)
{
    char shown[TRL_JSON_EXPANSION_MAX];
    size_t size;

    page->column += show(code_point, shown, &size);
    put(page, shown, size);
}

static void put_escaped(struct page *page, struct trl_json_span escaped)
{
    const char *at = escaped.text;
    const char *end = at + escaped.size;

    while (at < end) {
        put_code_point(page, trl_json_decode(&at, end));
    }
}

static void pad_to(struct page *page, unsigned column)
{
    do {
        put_text(page, " ");
    } while (page->column < column && !page->full);
}

/* Takes back the space after the last word. */
static void trim(struct page *page)
{
    while (!page->full && page->at > page->start && page->at[-1] == ' ') {
        page->at--;
    }
}

static void new_line(struct page *page)
{
    trim(page);
    put(page, "\n" INDENT, sizeof("\n" INDENT) - 1);
    page->column = sizeof(INDENT) - 1;
}

static bool is_present(const struct page *page, enum column column)
{
    return page->columns[column].key.text != NULL;
}

static void put_column(struct page *page, enum column column, const char *color, unsigned width)
{
    unsigned start = page->column;

    if (is_present(page, column)) {
        put_color(page, color);
        put_escaped(page, page->columns[column].value);
        put_color(page, COLOR_OFF);
        pad_to(page, start + width + 1);
    }
}

/* Of `2026-01-31T23:59:59.999Z` the time; anything else as it is. */
static void put_time(struct page *page)
{
    struct trl_json_member *time = &page->columns[COLUMN_TIMESTAMP];

    if (is_present(page, COLUMN_TIMESTAMP) && time->value.size == 24 &&
        time->value.text[10] == 'T' && !page->options->date) {
        time->value.text += 11;
        time->value.size = 12;
    }
    put_column(page, COLUMN_TIMESTAMP, COLOR_FAINT, 0);
}

static void put_level(struct page *page)
{
    static const struct {
        const char *name;
        const char *shown;
        const char *color;
    } levels[] = {
        {"debug", "DEBUG", COLOR_FAINT},  {"info", "INFO ", "\033[32m"},
        {"warn", "WARN ", "\033[33m"},    {"error", "ERROR", "\033[31m"},
        {"fatal", "FATAL", "\033[1;41m"},
    };
    struct trl_json_span level = page->columns[COLUMN_LEVEL].value;

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (is_present(page, COLUMN_LEVEL) && level.size == strlen(levels[i].name) &&
            memcmp(level.text, levels[i].name, level.size) == 0) {
            put_color(page, levels[i].color);
            put_text(page, levels[i].shown);
            put_color(page, COLOR_OFF);
            put_text(page, " ");
            return;
        }
    }
    put_column(page, COLUMN_LEVEL, "", 5);
}

static bool needs_quotes(struct trl_json_span escaped)
{
    for (size_t i = 0; i < escaped.size; i++) {
        if (strchr(" \"=\\[]{}", escaped.text[i]) != NULL) {
            return true;
        }
    }
    return escaped.size == 0;
}

/* An escaped backslash may stand before an `n`. */
static bool has_lines(const struct trl_json_member *member)
{
    const char *at = member->value.text;
    const char *end = at + member->value.size;

    while (member->type == TRL_JSON_STRING && (at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        if (at[1] == 'n') {
            return true;
        }
        at += 2;
    }
    return false;
}

static unsigned columns_of(struct trl_json_span escaped)
{
    const char *at = escaped.text;
    const char *end = at + escaped.size;
    char shown[TRL_JSON_EXPANSION_MAX];
    unsigned columns = 0;
    size_t size;

    while (at < end) {
        columns += show(trl_json_decode(&at, end), shown, &size);
    }
    return columns;
}

static void put_field(struct page *page, const struct trl_json_member *member, const char *color)
{
    bool quotes = member->type == TRL_JSON_STRING && needs_quotes(member->value);
    unsigned punctuation = quotes ? 3 : 1;

    if (page->options->width != 0 && page->column > sizeof(INDENT) &&
        page->column + columns_of(member->key) + columns_of(member->value) + punctuation >
            page->options->width) {
        new_line(page);
    }
    put_color(page, color);
    put_escaped(page, member->key);
    put_text(page, "=");
    put_color(page, COLOR_OFF);
    put_text(page, quotes ? "\"" : "");
    put_escaped(page, member->value);
    put_text(page, quotes ? "\" " : " ");
}

/* A text of several lines, such as a stack trace: each on a line of its own below the event. */
static void put_lines(struct page *page, const struct trl_json_member *member)
{
    const char *at = member->value.text;
    const char *end = at + member->value.size;

    new_line(page);
    put_color(page, COLOR_KEY);
    put_escaped(page, member->key);
    put_text(page, ":");
    put_color(page, COLOR_OFF);
    new_line(page);
    put_text(page, INDENT);
    while (at < end) {
        uint32_t code_point = trl_json_decode(&at, end);
        if (code_point == '\n') {
            new_line(page);
            put_text(page, INDENT);
        } else if (code_point == '\t') {
            put_text(page, INDENT);
        } else {
            put_code_point(page, code_point);
        }
    }
}

/* The index of a member's column, or COLUMNS_. */
static enum column column_of(const struct trl_json_member *member)
{
    enum column column = 0;

    while (column < COLUMNS_ && !trl_json_key_is(member, column_names[column])) {
        column++;
    }
    return column;
}

static bool read_columns(struct page *page, const char *line, size_t size)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;

    memset(page->columns, 0, sizeof(page->columns));
    if (!trl_json_object_begin(&lexer, line, size)) {
        return false;
    }
    while (trl_json_object_next(&lexer, &member)) {
        enum column column = column_of(&member);
        if (column < COLUMNS_) {
            page->columns[column] = member;
        }
    }
    return trl_json_object_ok(&lexer) &&
           (is_present(page, COLUMN_EVENT) || is_present(page, COLUMN_MESSAGE));
}

static void put_fields(struct page *page, const char *line, size_t size, bool lines)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;

    trl_json_object_begin(&lexer, line, size);
    while (trl_json_object_next(&lexer, &member)) {
        if (column_of(&member) < COLUMNS_ || has_lines(&member) != lines) {
            continue;
        }
        if (lines) {
            put_lines(page, &member);
        } else {
            put_field(page, &member, COLOR_KEY);
        }
    }
}

static void put_event(struct page *page, const char *line, size_t size)
{
    put_time(page);
    put_level(page);
    put_column(page, COLUMN_SERVICE, COLOR_FAINT, SERVICE_COLUMNS);
    put_column(page, COLUMN_EVENT, COLOR_BOLD, EVENT_COLUMNS);
    put_column(page, COLUMN_MESSAGE, "", 0);
    put_fields(page, line, size, false);
    if (is_present(page, COLUMN_REQUEST_ID)) {
        put_field(page, &page->columns[COLUMN_REQUEST_ID], COLOR_FAINT);
    }
    put_fields(page, line, size, true);
    trim(page);
    put(page, "\n", 1);
}

size_t trl_pretty_bound(size_t size)
{
    return 8 * size + 512;
}

size_t trl_pretty_line(const struct trl_pretty_options *options, const char *line, size_t size,
                       char *out, size_t capacity)
{
    struct page page = {.options = options, .start = out, .at = out, .end = out + capacity};

    if (!read_columns(&page, line, size)) {
        return 0;
    }
    put_event(&page, line, size);
    return page.full ? 0 : (size_t)(page.at - out);
}

size_t trl_pretty_passthrough(const char *text, size_t size, char *out, size_t capacity)
{
    static const struct trl_pretty_options plain;
    struct page page = {.options = &plain, .start = out, .at = out, .end = out + capacity};
    const char *end = text + size;

    while (text < end) {
        size_t taken;
        uint32_t code_point = trl_utf8_decode(text, (size_t)(end - text), &taken);
        text += taken;
        if (code_point == '\n' || code_point == '\t') {
            char as_is = (char)code_point;
            put(&page, &as_is, 1);
        } else {
            put_code_point(&page, code_point);
        }
    }
    return (size_t)(page.at - out);
}
