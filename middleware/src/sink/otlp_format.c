/* Sink: OTLP log records. What is a JSON string in a line is one here, escapes and all. */
#include "sink/otlp_format.h"

#include "core/json.h"
#include "core/json_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void put_span(struct trl_grown_text *text, const struct trl_json_span *span)
{
    trl_grown_put(text, span->text, span->size);
}

static void put_string(struct trl_grown_text *text, const char *value)
{
    char escaped[2048];
    struct trl_json json;

    trl_json_init(&json, escaped, sizeof(escaped));
    trl_json_string(&json, value, strlen(value));
    trl_grown_put(text, escaped, (size_t)(json.at - escaped));
}

static void put_resource(struct trl_grown_text *text, const char *key, const char *value)
{
    put_string(text, key);
    TRL_GROWN_LITERAL(text, ",\"value\":{\"stringValue\":");
    put_string(text, value);
    TRL_GROWN_LITERAL(text, "}}");
}

void trl_otlp_begin(struct trl_grown_text *text, const char *service, const char *environment)
{
    char host[256] = "";
    char process[96];

    if (gethostname(host, sizeof(host) - 1) != 0) {
        host[0] = '\0';
    }
    TRL_GROWN_LITERAL(text, "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":");
    put_resource(text, "service.name", service);
    TRL_GROWN_LITERAL(text, ",{\"key\":");
    put_resource(text, "deployment.environment.name", environment);
    TRL_GROWN_LITERAL(text, ",{\"key\":");
    put_resource(text, "host.name", host);
    int size =
        snprintf(process, sizeof(process),
                 ",{\"key\":\"process.pid\",\"value\":{\"intValue\":\"%ld\"}}", (long)getpid());
    trl_grown_put(text, process, (size_t)size);
    TRL_GROWN_LITERAL(
        text, "]},\"scopeLogs\":[{\"scope\":{\"name\":\"trail\",\"version\":\"" TRAIL_VERSION
              "\"},\"logRecords\":[");
}

void trl_otlp_end(struct trl_grown_text *text)
{
    TRL_GROWN_LITERAL(text, "]}]}]}");
}

static void put_value(struct trl_grown_text *text, struct trl_json_lexer *lexer,
                      enum trl_json_token token, const struct trl_json_span *span);

/* What stands between the brackets of an array or an object; each ends with its own token. */
static void put_members(struct trl_grown_text *text, struct trl_json_lexer *lexer)
{
    struct trl_json_span span;
    enum trl_json_token token;
    bool first = true;

    while ((token = trl_json_next(lexer, &span)) != TRL_JSON_OBJECT_END &&
           token != TRL_JSON_ARRAY_END && token != TRL_JSON_END && token != TRL_JSON_ERROR) {
        bool is_member = token == TRL_JSON_KEY;
        if (!first) {
            TRL_GROWN_LITERAL(text, ",");
        }
        first = false;
        if (is_member) {
            TRL_GROWN_LITERAL(text, "{\"key\":\"");
            put_span(text, &span);
            TRL_GROWN_LITERAL(text, "\",\"value\":");
            token = trl_json_next(lexer, &span);
        }
        put_value(text, lexer, token, &span);
        if (is_member) {
            TRL_GROWN_LITERAL(text, "}");
        }
    }
}

static bool is_integer(const struct trl_json_span *span)
{
    return span->size <= 18 && memchr(span->text, '.', span->size) == NULL &&
           memchr(span->text, 'e', span->size) == NULL &&
           memchr(span->text, 'E', span->size) == NULL;
}

/* An AnyValue. Integers that might not fit into 64 bits become doubles. */
static void put_value(struct trl_grown_text *text, struct trl_json_lexer *lexer,
                      enum trl_json_token token, const struct trl_json_span *span)
{
    switch (token) {
    case TRL_JSON_STRING:
        TRL_GROWN_LITERAL(text, "{\"stringValue\":\"");
        put_span(text, span);
        TRL_GROWN_LITERAL(text, "\"}");
        return;
    case TRL_JSON_NUMBER:
        if (is_integer(span)) {
            TRL_GROWN_LITERAL(text, "{\"intValue\":\"");
            put_span(text, span);
            TRL_GROWN_LITERAL(text, "\"}");
        } else {
            TRL_GROWN_LITERAL(text, "{\"doubleValue\":");
            put_span(text, span);
            TRL_GROWN_LITERAL(text, "}");
        }
        return;
    case TRL_JSON_TRUE:
    case TRL_JSON_FALSE:
        TRL_GROWN_LITERAL(text, "{\"boolValue\":");
        put_span(text, span);
        TRL_GROWN_LITERAL(text, "}");
        return;
    case TRL_JSON_OBJECT_BEGIN:
        TRL_GROWN_LITERAL(text, "{\"kvlistValue\":{\"values\":[");
        put_members(text, lexer);
        TRL_GROWN_LITERAL(text, "]}}");
        return;
    case TRL_JSON_ARRAY_BEGIN:
        TRL_GROWN_LITERAL(text, "{\"arrayValue\":{\"values\":[");
        put_members(text, lexer);
        TRL_GROWN_LITERAL(text, "]}}");
        return;
    case TRL_JSON_NULL:
    case TRL_JSON_END:
    case TRL_JSON_ERROR:
    case TRL_JSON_OBJECT_END:
    case TRL_JSON_ARRAY_END:
    case TRL_JSON_KEY:
        break;
    }
    TRL_GROWN_LITERAL(text, "{}"); /* an AnyValue without a value is null */
}

static void put_attribute(struct trl_grown_text *text, const struct trl_json_member *member)
{
    struct trl_json_lexer lexer;
    struct trl_json_span span = member->value;

    TRL_GROWN_LITERAL(text, "{\"key\":\"");
    put_span(text, &member->key);
    TRL_GROWN_LITERAL(text, "\",\"value\":");
    trl_json_lexer_init(&lexer, member->value.text, member->value.size);
    if (member->type == TRL_JSON_OBJECT_BEGIN || member->type == TRL_JSON_ARRAY_BEGIN) {
        put_value(text, &lexer, trl_json_next(&lexer, &span), &span);
    } else {
        put_value(text, &lexer, member->type, &span);
    }
    TRL_GROWN_LITERAL(text, "}");
}

/* RFC 3339 in UTC with milliseconds, as nanoseconds since 1970; 0: not known. */
static unsigned long long time_of(const struct trl_json_span *timestamp)
{
    struct tm civil = {.tm_isdst = 0};
    char copy[32];
    unsigned millisecond = 0;

    if (timestamp->size == 0 || timestamp->size >= sizeof(copy)) {
        return 0;
    }
    memcpy(copy, timestamp->text, timestamp->size);
    copy[timestamp->size] = '\0';
    if (sscanf(copy, "%4d-%2d-%2dT%2d:%2d:%2d.%3uZ", &civil.tm_year, &civil.tm_mon, &civil.tm_mday,
               &civil.tm_hour, &civil.tm_min, &civil.tm_sec, &millisecond) != 7) {
        return 0;
    }
    civil.tm_year -= 1900;
    civil.tm_mon -= 1;
    time_t second = timegm(&civil);
    return second < 0 ? 0 : ((unsigned long long)second * 1000 + millisecond) * 1000000u;
}

/* The members that have a place of their own in a record. */
enum place { PLACE_TIME, PLACE_EVENT, PLACE_MESSAGE, PLACE_TRACE, PLACE_SPAN, PLACES };

static const char *const place_names[PLACES] = {"timestamp", "event", "message", "traceId",
                                                "spanId"};

/* Members that stand in the resource or in the severity: not repeated. */
static bool stands_elsewhere(const struct trl_json_member *member)
{
    return trl_json_key_is(member, "service") || trl_json_key_is(member, "environment") ||
           trl_json_key_is(member, "level");
}

static void put_attributes(struct trl_grown_text *text, const char *line, size_t size,
                           struct trl_json_span places[PLACES])
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;
    bool first = true;

    TRL_GROWN_LITERAL(text, "\"attributes\":[");
    (void)trl_json_object_begin(&lexer, line, size);
    while (trl_json_object_next(&lexer, &member)) {
        size_t place = 0;
        while (place < PLACES && !trl_json_key_is(&member, place_names[place])) {
            place++;
        }
        if (place < PLACES && member.type == TRL_JSON_STRING) {
            places[place] = member.value;
        } else if (!stands_elsewhere(&member)) {
            if (!first) {
                TRL_GROWN_LITERAL(text, ",");
            }
            first = false;
            put_attribute(text, &member);
        }
    }
    TRL_GROWN_LITERAL(text, "]");
}

/* OpenTelemetry's log data model, "SeverityNumber": DEBUG 5, INFO 9, WARN 13, ERROR 17, FATAL 21.
 */
static int severity_number(enum trail_level level)
{
    return level < TRAIL_LEVEL_DEBUG ? 9 : 1 + 4 * (int)level;
}

static void put_text_member(struct trl_grown_text *text, const char *name,
                            const struct trl_json_span *value)
{
    if (value->size > 0) {
        trl_grown_put(text, name, strlen(name));
        put_span(text, value);
        TRL_GROWN_LITERAL(text, "\"");
    }
}

bool trl_otlp_add(struct trl_grown_text *text, bool first, enum trail_level level, const char *line,
                  size_t size)
{
    struct trl_json_span places[PLACES] = {{NULL, 0}};
    struct trl_json_lexer lexer;
    char head[160];

    if (!trl_json_object_begin(&lexer, line, size)) {
        return false;
    }
    trl_grown_put(text, ",{", first ? 0 : 1);
    TRL_GROWN_LITERAL(text, "{");
    put_attributes(text, line, size, places);
    int head_size =
        snprintf(head, sizeof(head),
                 ",\"timeUnixNano\":\"%llu\",\"severityNumber\":%d,"
                 "\"severityText\":\"%s\",\"body\":{\"stringValue\":\"",
                 time_of(&places[PLACE_TIME]), severity_number(level), trail_level_name(level));
    trl_grown_put(text, head, (size_t)head_size);
    put_span(text, places[PLACE_MESSAGE].size > 0 ? &places[PLACE_MESSAGE] : &places[PLACE_EVENT]);
    TRL_GROWN_LITERAL(text, "\"}");
    put_text_member(text, ",\"eventName\":\"", &places[PLACE_EVENT]);
    put_text_member(text, ",\"traceId\":\"", &places[PLACE_TRACE]);
    put_text_member(text, ",\"spanId\":\"", &places[PLACE_SPAN]);
    TRL_GROWN_LITERAL(text, "}");
    return true;
}

unsigned long trl_otlp_rejected(const char *body, size_t size)
{
    struct trl_json_member success;
    struct trl_json_member rejected;
    char digits[24];

    if (!trl_json_find(body, size, "partialSuccess", &success) ||
        success.type != TRL_JSON_OBJECT_BEGIN ||
        !trl_json_find(success.value.text, success.value.size, "rejectedLogRecords", &rejected) ||
        rejected.value.size >= sizeof(digits)) {
        return 0;
    }
    memcpy(digits, rejected.value.text, rejected.value.size);
    digits[rejected.value.size] = '\0';
    return digits[0] == '-' ? 0 : strtoul(digits, NULL, 10);
}
