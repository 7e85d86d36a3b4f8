/* The names of an event and the forms of their values. */
#include "rules.h"

#include "core/id.h"

#include <trail/job.h>

#include <string.h>

const struct cli_rule cli_rules[] = {
    {"timestamp", CLI_FORM_TIMESTAMP, true, "When: RFC 3339, UTC, milliseconds"},
    {"level", CLI_FORM_LEVEL, true, "What it means to whoever is on call"},
    {"service", CLI_FORM_STRING, true, "The program that logged it"},
    {"environment", CLI_FORM_STRING, false, "Where that runs: production, development"},
    {"event", CLI_FORM_EVENT, true, "What happened: snake_case, past tense, constant"},
    {"requestId", CLI_FORM_ID, false, "The request that caused it, in every service"},
    {"traceId", CLI_FORM_TRACE_ID, false, "W3C Trace Context's trace-id"},
    {"spanId", CLI_FORM_SPAN_ID, false, "The piece of work that it belongs to"},
    {"parentSpanId", CLI_FORM_SPAN_ID, false, "The piece of work that caused that one"},
    {"jobId", CLI_FORM_JOB_ID, false, "The queued job, the same in each attempt"},
    {"message", CLI_FORM_STRING, false, "The same for people"},
    {"attempt", CLI_FORM_COUNT, false, "Which try of a call or a job, from 1"},
    {"bytesIn", CLI_FORM_COUNT, false, "Body bytes that came in"},
    {"bytesOut", CLI_FORM_COUNT, false, "Body bytes that went out"},
    {"clientIp", CLI_FORM_STRING, false, "The client's address"},
    {"clientRequestId", CLI_FORM_ID, false, "The ID that an untrusted client gave"},
    {"cpuMs", CLI_FORM_NUMBER, false, "CPU time of the thread that handled it, in milliseconds"},
    {"durationMs", CLI_FORM_NUMBER, false, "How long it took, in milliseconds"},
    {"errorCode", CLI_FORM_STRING, false, "Why it failed: snake_case"},
    {"method", CLI_FORM_STRING, false, "The HTTP method"},
    {"orderId", CLI_FORM_ANY, false, "The order"},
    {"path", CLI_FORM_STRING, false, "The path, without its query"},
    {"peerIp", CLI_FORM_STRING, false, "The address of the other end of the connection"},
    {"queue", CLI_FORM_STRING, false, "The queue of a job"},
    {"route", CLI_FORM_STRING, false, "The pattern that the path matched"},
    {"status", CLI_FORM_STATUS, false, "The HTTP status as it was on the wire"},
    {"target", CLI_FORM_STRING, false, "Host and port of an outbound call"},
    {"truncated", CLI_FORM_TRUE, false, "Something was cut to fit; cut values end in …"},
    {"userAgent", CLI_FORM_STRING, false, "The client's User-Agent"},
    {"userId", CLI_FORM_ANY, false, "The user"},
};

const size_t cli_rule_count = sizeof cli_rules / sizeof cli_rules[0];

static bool is_timestamp(struct trl_json_span value)
{
    return value.size == 24 && value.text[10] == 'T' && value.text[19] == '.' &&
           value.text[23] == 'Z' && cli_time_parse(value.text, value.size) != CLI_TIME_UNKNOWN;
}

static bool is_level(struct trl_json_span value)
{
    for (enum trail_level level = TRAIL_LEVEL_DEBUG; level <= TRAIL_LEVEL_FATAL; level++) {
        if (cli_span_is(value, trail_level_name(level))) {
            return true;
        }
    }
    return false;
}

/* A letter, then letters and digits, in words that are parted by single underscores. */
static bool is_snake_case(struct trl_json_span value)
{
    char before = '_';

    for (size_t i = 0; i < value.size; i++) {
        char c = value.text[i];
        bool letter = c >= 'a' && c <= 'z';
        bool follows = i > 0 && ((c >= '0' && c <= '9') || (c == '_' && before != '_'));

        if (!letter && !follows) {
            return false;
        }
        before = c;
    }
    return before != '_';
}

bool cli_event_name_holds(const char *name)
{
    return is_snake_case((struct trl_json_span){name, strlen(name)});
}

static bool is_natural(struct trl_json_span value)
{
    for (size_t i = 0; i < value.size; i++) {
        if (value.text[i] < '0' || value.text[i] > '9') {
            return false;
        }
    }
    return value.size > 0;
}

static bool string_holds(enum cli_form form, struct trl_json_span value)
{
    switch (form) {
    case CLI_FORM_TIMESTAMP:
        return is_timestamp(value);
    case CLI_FORM_LEVEL:
        return is_level(value);
    case CLI_FORM_EVENT:
        return is_snake_case(value);
    case CLI_FORM_JOB_ID:
        return value.size <= TRAIL_JOB_ID_MAX &&
               trl_id_reject_reason(value.text, value.size) == NULL;
    case CLI_FORM_ID:
        return trl_id_reject_reason(value.text, value.size) == NULL;
    case CLI_FORM_TRACE_ID:
        return value.size == TRAIL_TRACE_ID_SIZE && trl_id_is_hex(value.text, value.size);
    case CLI_FORM_SPAN_ID:
        return value.size == TRAIL_SPAN_ID_SIZE && trl_id_is_hex(value.text, value.size);
    default:
        return true;
    }
}

bool cli_form_holds(enum cli_form form, const struct trl_json_member *member,
                    const char **ret_wanted)
{
    static const char *const wanted[] = {
        [CLI_FORM_TIMESTAMP] = "a time like 2026-01-31T23:59:59.999Z",
        [CLI_FORM_LEVEL] = "debug, info, warn, error or fatal",
        [CLI_FORM_EVENT] = "a name in snake_case",
        [CLI_FORM_ID] = "1 to 128 bytes of A-Z a-z 0-9 . _ ~ : + / = @ -",
        [CLI_FORM_JOB_ID] = "1 to 64 bytes of A-Z a-z 0-9 . _ ~ : + / = @ -",
        [CLI_FORM_TRACE_ID] = "32 lower-case hexadecimal digits, not all zero",
        [CLI_FORM_SPAN_ID] = "16 lower-case hexadecimal digits, not all zero",
        [CLI_FORM_ANY] = "any value",
        [CLI_FORM_STRING] = "a string",
        [CLI_FORM_COUNT] = "an integer from 0",
        [CLI_FORM_NUMBER] = "a number from 0",
        [CLI_FORM_STATUS] = "an integer from 100 to 599",
        [CLI_FORM_TRUE] = "true",
    };

    *ret_wanted = wanted[form];
    switch (form) {
    case CLI_FORM_ANY:
        return true;
    case CLI_FORM_COUNT:
        return member->type == TRL_JSON_NUMBER && is_natural(member->value);
    case CLI_FORM_NUMBER:
        return member->type == TRL_JSON_NUMBER && member->value.text[0] != '-';
    case CLI_FORM_STATUS:
        return member->type == TRL_JSON_NUMBER && is_natural(member->value) &&
               member->value.size == 3 && member->value.text[0] >= '1' &&
               member->value.text[0] <= '5';
    case CLI_FORM_TRUE:
        return member->type == TRL_JSON_TRUE;
    default:
        return member->type == TRL_JSON_STRING && string_holds(form, member->value);
    }
}
