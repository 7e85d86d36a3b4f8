/* Setup: the lines of a crash. A path is not told: nothing here could look for secrets in it. */
#include "setup/crash_line.h"

#include "core/clock.h"
#include "core/json.h"
#include "log/scope.h"

#include <string.h>

enum { TAIL_ROOM = 64 };

static const char *signal_name(int number)
{
    switch (number) {
    case SIGSEGV:
        return "SIGSEGV";
    case SIGBUS:
        return "SIGBUS";
    case SIGFPE:
        return "SIGFPE";
    case SIGILL:
        return "SIGILL";
    case SIGABRT:
        return "SIGABRT";
    default:
        return "unknown";
    }
}

static void put_text(struct trl_json *json, const char *text)
{
    trl_json_raw(json, text, strlen(text));
}

/* `"key":"value"` after whatever stands before it, of which the comma is a part. */
static bool put_string(struct trl_json *json, const char *before, const char *value)
{
    return trl_json_raw(json, before, strlen(before)) &&
           trl_json_string(json, value, strlen(value));
}

static void put_head(struct trl_json *json, const char *level, const char *identity,
                     const char *event, char *out)
{
    char timestamp[TRL_TIMESTAMP_SIZE + 1] = "";

    trl_json_init(json, out, TRAIL_LINE_MAX - TAIL_ROOM);
    trl_clock_format_ms(trl_clock_wall_ms(), timestamp);
    put_string(json, "{\"timestamp\":", timestamp);
    put_string(json, ",\"level\":", level);
    TRL_JSON_LITERAL(json, ",");
    put_text(json, identity);
    put_string(json, ",\"event\":", event);
}

static size_t put_tail(struct trl_json *json, char *out)
{
    json->end = out + TRAIL_LINE_MAX;
    if (json->truncated) {
        TRL_JSON_LITERAL(json, ",\"truncated\":true");
    }
    TRL_JSON_LITERAL(json, "}\n");
    return (size_t)(json->at - out);
}

static bool is_sound(const struct trail_logger *logger)
{
    return logger != NULL && logger->ids_size_ <= sizeof(logger->bytes_) &&
           logger->bound_size_ <= sizeof(logger->bytes_) - logger->ids_size_;
}

static const struct trail_logger *logger_of(const struct trl_inflight_facts *facts)
{
    return facts->scope != NULL ? &facts->scope->logger : NULL;
}

static void put_ids(struct trl_json *json, const struct trail_logger *logger)
{
    if (is_sound(logger)) {
        trl_json_raw(json, logger->bytes_, logger->ids_size_);
    }
}

/* The bound fields; returns where they begin, and so where all that may stand twice begins. */
static char *put_bound(struct trl_json *json, const struct trail_logger *logger)
{
    char *start = json->at;

    if (is_sound(logger)) {
        trl_json_raw(json, logger->bytes_ + logger->ids_size_, logger->bound_size_);
    }
    return start;
}

/* `,"name":`, unless a member of that name stands between start and here. */
static bool put_key(struct trl_json *json, char *start, const char *name)
{
    size_t size;

    if (trl_json_find_member(start, (size_t)(json->at - start), name, strlen(name), &size) !=
        NULL) {
        return false;
    }
    TRL_JSON_LITERAL(json, ",\"");
    put_text(json, name);
    return TRL_JSON_LITERAL(json, "\":");
}

static void put_member(struct trl_json *json, char *start, const char *name, const char *value)
{
    if (*value != '\0' && put_key(json, start, name)) {
        trl_json_string(json, value, strlen(value));
    }
}

static uint64_t age_ns(const struct trl_inflight_facts *facts)
{
    uint64_t now = trl_clock_monotonic_ns();

    return now > facts->started_ns ? now - facts->started_ns : 0;
}

/* One request of the list; false, and nothing, where there is no room. */
static bool put_request(struct trl_json *json, bool first, const struct trl_inflight_facts *facts)
{
    char *start = json->at;
    bool whole =
        put_string(json, first ? "{\"requestId\":" : ",{\"requestId\":", facts->request_id) &&
        put_string(json, ",\"method\":", facts->method) &&
        (facts->route[0] == '\0' || put_string(json, ",\"route\":", facts->route)) &&
        TRL_JSON_LITERAL(json, ",\"ageMs\":") && trl_json_ms(json, age_ns(facts)) &&
        TRL_JSON_LITERAL(json, "}");

    if (!whole) {
        json->at = start;
    }
    return whole;
}

static void put_requests(struct trl_json *json, char *start)
{
    struct trl_inflight_facts facts;
    uint64_t count = 0;
    bool room = true;

    if (!put_key(json, start, "requests")) {
        return;
    }
    TRL_JSON_LITERAL(json, "[");
    for (struct trl_inflight *at = NULL; (at = trl_inflight_next(at)) != NULL;) {
        if (trl_inflight_read(at, &facts)) {
            room = room && put_request(json, count == 0, &facts);
            count++;
        }
    }
    json->end += TAIL_ROOM / 2; /* the bracket and the count find room in any case */
    TRL_JSON_LITERAL(json, "],\"inFlight\":");
    trl_json_uint(json, count);
}

size_t trl_crash_line_process(const char *identity, int number, const siginfo_t *info,
                              char out[TRAIL_LINE_MAX])
{
    const struct trl_log_scope *scope = trl_log_scope_current();
    const struct trail_logger *logger = scope != NULL ? &scope->logger : NULL;
    struct trl_json json;

    put_head(&json, "fatal", identity, "process_crashed", out);
    put_ids(&json, logger);
    put_string(&json, ",\"message\":", "The process crashed");
    char *start = put_bound(&json, logger);
    put_member(&json, start, "signal", signal_name(number));
    if (put_key(&json, start, "signalCode")) {
        trl_json_int(&json, info->si_code);
    }
    if (info->si_code > 0 && put_key(&json, start, "address")) {
        trl_json_uint(&json, (uintptr_t)info->si_addr);
    }
    put_requests(&json, start);
    return put_tail(&json, out);
}

size_t trl_crash_line_gap(const struct trl_inflight_facts *facts, const struct trl_keep *keep,
                          const char *identity, char out[TRAIL_LINE_MAX])
{
    struct trl_keep_gap gap;
    struct trl_json json;
    char levels[TRL_KEEP_LEVELS_MAX];

    trl_keep_gap_of(keep, &gap);
    if (gap.count == 0) {
        return 0;
    }
    put_head(&json, "warn", identity, "log_events_dropped", out);
    put_ids(&json, logger_of(facts));
    put_string(&json, ",\"message\":", "Log events were dropped");
    TRL_JSON_LITERAL(&json, ",\"count\":");
    trl_json_uint(&json, gap.count);
    TRL_JSON_LITERAL(&json, ",\"reason\":\"keep_full\",\"levels\":");
    trl_json_raw(&json, levels, trl_keep_gap_levels(&gap, levels));
    put_string(&json, ",\"since\":", gap.since);
    return put_tail(&json, out);
}

size_t trl_crash_line_request(const struct trl_inflight_facts *facts, const char *identity,
                              int number, char out[TRAIL_LINE_MAX])
{
    struct trl_json json;

    put_head(&json, "error", identity, "request_failed", out);
    put_ids(&json, logger_of(facts));
    put_string(&json, ",\"message\":", "The process crashed while the request was in flight");
    char *start = put_bound(&json, logger_of(facts));
    put_member(&json, start, "method", facts->method);
    put_member(&json, start, "route", facts->route);
    if (put_key(&json, start, "durationMs")) {
        trl_json_ms(&json, age_ns(facts));
    }
    put_member(&json, start, "errorCode", "process_crashed");
    put_member(&json, start, "signal", signal_name(number));
    return put_tail(&json, out);
}
