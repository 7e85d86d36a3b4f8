/* Sink: OTLP log records. What is a JSON string in the data model's form is one here, escapes and
 * all. */
#include "sink/otlp_format.h"

#include "core/ascii.h"
#include "core/json.h"
#include "core/json_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Whether a number is a whole one of 64 bits; JSON's have no zeros before. */
static bool is_integer(const struct trl_json_span *span)
{
    static const char limit[] = "9223372036854775807";
    size_t sign = *span->text == '-' ? 1 : 0;
    size_t digits = span->size - sign;

    for (size_t i = sign; i < span->size; i++) {
        if (!trl_is_digit(span->text[i])) {
            return false;
        }
    }
    return digits < sizeof(limit) - 1 ||
           (digits == sizeof(limit) - 1 && memcmp(span->text + sign, limit, digits) <= 0);
}

/* An AnyValue. Integers that do not fit into 64 bits become doubles. */
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

static void put_any(struct trl_grown_text *text, const struct trl_json_member *member)
{
    struct trl_json_lexer lexer;
    struct trl_json_span span = member->value;
    enum trl_json_token token = member->type;

    trl_json_lexer_init(&lexer, member->value.text, member->value.size);
    if (token == TRL_JSON_OBJECT_BEGIN || token == TRL_JSON_ARRAY_BEGIN) {
        token = trl_json_next(&lexer, &span);
    }
    put_value(text, &lexer, token, &span);
}

static void put_attributes(struct trl_grown_text *text, const struct trl_json_member *object)
{
    struct trl_json_lexer lexer;
    struct trl_json_span span;

    trl_json_lexer_init(&lexer, object->value.text, object->value.size);
    if (trl_json_next(&lexer, &span) == TRL_JSON_OBJECT_BEGIN) {
        put_members(text, &lexer);
    }
}

/* How a member of the data model stands in a record. */
static const struct place {
    const char *name;
    const char *before;
    const char *after;
    enum { AS_IT_STANDS, AS_ANY_VALUE, AS_ATTRIBUTES } form;
} places[] = {
    {"Timestamp", "\"timeUnixNano\":\"", "\"", AS_IT_STANDS},
    {"Timestamp", "\"observedTimeUnixNano\":\"", "\"", AS_IT_STANDS}, /* equal at the source */
    {"SeverityNumber", "\"severityNumber\":", "", AS_IT_STANDS},
    {"SeverityText", "\"severityText\":\"", "\"", AS_IT_STANDS},
    {"EventName", "\"eventName\":\"", "\"", AS_IT_STANDS},
    {"TraceId", "\"traceId\":\"", "\"", AS_IT_STANDS},
    {"SpanId", "\"spanId\":\"", "\"", AS_IT_STANDS},
    {"Body", "\"body\":", "", AS_ANY_VALUE},
    {"Attributes", "\"attributes\":[", "]", AS_ATTRIBUTES},
};

static void put_place(struct trl_grown_text *text, const struct place *place,
                      const struct trl_json_member *member)
{
    trl_grown_put(text, place->before, strlen(place->before));
    switch (place->form) {
    case AS_IT_STANDS:
        put_span(text, &member->value);
        break;
    case AS_ANY_VALUE:
        put_any(text, member);
        break;
    case AS_ATTRIBUTES:
        put_attributes(text, member);
        break;
    }
    trl_grown_put(text, place->after, strlen(place->after));
}

bool trl_otlp_add(struct trl_grown_text *text, bool first, const char *line, size_t size)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;
    bool comma = false;

    if (!trl_json_object_begin(&lexer, line, size)) {
        return false;
    }
    trl_grown_put(text, ",{", first ? 0 : 1);
    TRL_GROWN_LITERAL(text, "{");
    while (trl_json_object_next(&lexer, &member)) {
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            if (trl_json_key_is(&member, places[i].name)) {
                trl_grown_put(text, ",", comma ? 1 : 0);
                put_place(text, &places[i], &member);
                comma = true;
            }
        }
    }
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
