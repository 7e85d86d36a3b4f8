/* One line of log: which of its members are the known ones, and what time it tells. */
#include "event.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const slot_names[CLI_SLOTS] = {
    "timestamp", "level",  "service",      "environment", "event",   "requestId",
    "traceId",   "spanId", "parentSpanId", "jobId",       "message", "clientRequestId",
};

const char *cli_slot_name(enum cli_slot slot)
{
    return slot_names[slot];
}

enum cli_slot cli_slot_of(const struct trl_json_member *member)
{
    for (enum cli_slot slot = 0; slot < CLI_SLOTS; slot++) {
        if (trl_json_key_is(member, slot_names[slot])) {
            return slot;
        }
    }
    return CLI_SLOTS;
}

bool cli_span_equal(struct trl_json_span left, struct trl_json_span right)
{
    return left.size == right.size && (left.text == NULL) == (right.text == NULL) &&
           (left.size == 0 || memcmp(left.text, right.text, left.size) == 0);
}

bool cli_span_is(struct trl_json_span span, const char *text)
{
    return span.text != NULL && span.size == strlen(text) &&
           memcmp(span.text, text, span.size) == 0;
}

/* Reads count digits; -1 if something else stands there. */
static int digits(const char *text, size_t count)
{
    int number = 0;

    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* `YYYY-MM-DDTHH:MM:SS` as seconds since 1970; false if it is none. */
static bool parse_seconds(const char *text, int64_t *ret_seconds)
{
    struct tm tm = {
        .tm_year = digits(text, 4),
        .tm_mon = digits(text + 5, 2),
        .tm_mday = digits(text + 8, 2),
        .tm_hour = digits(text + 11, 2),
        .tm_min = digits(text + 14, 2),
        .tm_sec = digits(text + 17, 2),
    };

    if (tm.tm_year < 0 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
        tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 ||
        tm.tm_sec > 60 || text[4] != '-' || text[7] != '-' || strchr("Tt ", text[10]) == NULL ||
        text[13] != ':' || text[16] != ':') {
        return false;
    }
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *ret_seconds = (int64_t)timegm(&tm);
    return true;
}

/* `Z` or `+HH:MM`, all of the rest, as seconds to take away; false if it is none. */
static bool parse_zone(const char *text, size_t size, int64_t *ret_seconds)
{
    if (size == 1 && (*text == 'Z' || *text == 'z')) {
        *ret_seconds = 0;
        return true;
    }
    if (size != 6 || strchr("+-", *text) == NULL || text[3] != ':' || digits(text + 1, 2) < 0 ||
        digits(text + 4, 2) < 0) {
        return false;
    }
    *ret_seconds = (digits(text + 1, 2) * 60 + digits(text + 4, 2)) * (*text == '-' ? -60 : 60);
    return true;
}

int64_t cli_time_parse(const char *text, size_t size)
{
    int64_t seconds;
    int64_t zone;
    int64_t fraction = 0;
    size_t at = 19;

    if (size < 20 || memchr(text, '\0', size) != NULL || !parse_seconds(text, &seconds)) {
        return CLI_TIME_UNKNOWN;
    }
    if (text[at] == '.') {
        int64_t unit = 100000;

        for (at++; at < size && text[at] >= '0' && text[at] <= '9'; at++) {
            fraction += (text[at] - '0') * unit;
            unit /= 10;
        }
    }
    if (at == size || !parse_zone(text + at, size - at, &zone)) {
        return CLI_TIME_UNKNOWN;
    }
    return (seconds - zone) * 1000000 + fraction;
}

static enum trail_level read_level(struct trl_json_span span)
{
    char name[16];
    enum trail_level level;

    if (span.text == NULL || span.size >= sizeof name) {
        return TRAIL_LEVEL_DEFAULT;
    }
    memcpy(name, span.text, span.size);
    name[span.size] = '\0';
    return trail_level_parse(name, &level) == TRAIL_OK ? level : TRAIL_LEVEL_DEFAULT;
}

bool cli_event_read(const char *line, size_t size, struct cli_event *ret_event)
{
    struct cli_event event = {.line = {line, size}, .time_us = CLI_TIME_UNKNOWN};
    struct trl_json_lexer lexer;
    struct trl_json_member member;

    if (!trl_json_object_begin(&lexer, line, size)) {
        return false;
    }
    while (trl_json_object_next(&lexer, &member)) {
        enum cli_slot slot = cli_slot_of(&member);

        if (slot < CLI_SLOTS && member.type == TRL_JSON_STRING) {
            event.slots[slot] = member.value;
        }
    }
    if (!trl_json_object_ok(&lexer)) {
        return false;
    }
    struct trl_json_span time = event.slots[CLI_TIMESTAMP];
    if (time.text != NULL) {
        event.time_us = cli_time_parse(time.text, time.size);
    }
    event.level = read_level(event.slots[CLI_LEVEL]);
    *ret_event = event;
    return true;
}

bool cli_event_is(const struct cli_event *event)
{
    return event->slots[CLI_EVENT].text != NULL || event->slots[CLI_MESSAGE].text != NULL;
}

bool cli_event_has(const struct cli_event *event, enum cli_slot slot, const char *text)
{
    return cli_span_is(event->slots[slot], text);
}

bool cli_event_find(const struct cli_event *event, const char *name,
                    struct trl_json_member *ret_member)
{
    return trl_json_find(event->line.text, event->line.size, name, ret_member);
}

double cli_event_number(const struct cli_event *event, const char *name, double fallback)
{
    struct trl_json_member member;
    char digits_only[64];

    if (!cli_event_find(event, name, &member) || member.type != TRL_JSON_NUMBER ||
        member.value.size >= sizeof digits_only) {
        return fallback;
    }
    memcpy(digits_only, member.value.text, member.value.size);
    digits_only[member.value.size] = '\0';
    return strtod(digits_only, NULL);
}

void cli_event_add_raw(struct cli_text *text, struct trl_json_span span)
{
    size_t most = 3 * span.size + 1; /* a byte that is not UTF-8 becomes U+FFFD */
    char *plain = cli_new(most, 1);

    cli_text_add(text, plain, trl_json_unescape(span, plain, most));
    free(plain);
}

void cli_event_add_span(struct cli_text *text, struct trl_json_span span)
{
    struct cli_text plain = {0};

    cli_event_add_raw(&plain, span);
    cli_text_add_safe(text, plain.bytes, plain.size, false);
    cli_text_fini(&plain);
}

void cli_event_add_value(struct cli_text *text, const struct trl_json_member *member)
{
    if (member->type == TRL_JSON_STRING) {
        cli_event_add_span(text, member->value);
    } else {
        cli_text_add_safe(text, member->value.text, member->value.size, false);
    }
}
