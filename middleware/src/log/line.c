/* Log: the line of one event, in the order that people read it: when, how bad, who, what, under
 * which IDs, in words, and with which facts. */
#include "log/line.h"

#include "core/clock.h"
#include "core/counters.h"
#include "log/member.h"
#include "log/scope.h"
#include "log/text.h"

#include <string.h>

/* Names of events that are longer, as serialised, are cut. */
#define EVENT_NAME_MAX 1024

/* Kept back until the end, so that a line that is full can still say so. */
#define LINE_TAIL           "}\n"
#define LINE_TAIL_TRUNCATED ",\"truncated\":true}\n"

/* Service and environment, longer ones cut. */
#define PROCESS_MAX 1024

/* `,"service":…,"environment":…` */
static char process_text[PROCESS_MAX + 32];
static size_t process_size;

static void add_member(struct trl_json *json, const char *prefix, const char *value)
{
    char *before = json->at;

    if (value != NULL && *value != '\0' &&
        !(trl_json_raw(json, prefix, strlen(prefix)) &&
          trl_json_string(json, value, strlen(value)))) {
        json->at = before;
    }
}

void trl_log_set_process(const char *service, const char *environment)
{
    struct trl_json json;

    trl_json_init(&json, process_text, PROCESS_MAX / 2);
    add_member(&json, ",\"service\":", service);
    json.end = process_text + PROCESS_MAX;
    add_member(&json, ",\"environment\":", environment);
    process_size = (size_t)(json.at - process_text);
}

/* For what is mostly short and always has room behind it: moves of 32 bytes, without a call. Up to
 * 31 bytes behind text are read, and behind out written. */
static inline void copy_padded(char *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i += 32) {
        memcpy(out + i, text + i, 32);
    }
}

#define LEVEL(name)                                                                                \
    {                                                                                              \
        "\",\"level\":\"" name "\"", sizeof("\",\"level\":\"" name "\"") - 1                       \
    }

static void write_head(struct trl_json *json, enum trail_level level)
{
    static const struct {
        char text[24];
        size_t size;
    } levels[] = {
        [TRAIL_LEVEL_DEBUG] = LEVEL("debug"), [TRAIL_LEVEL_INFO] = LEVEL("info"),
        [TRAIL_LEVEL_WARN] = LEVEL("warn"),   [TRAIL_LEVEL_ERROR] = LEVEL("error"),
        [TRAIL_LEVEL_FATAL] = LEVEL("fatal"),
    };
    static const char start[] = "{\"timestamp\":\"";
    char *at = json->at;

    memcpy(at, start, sizeof(start) - 1);
    at += sizeof(start) - 1;
    trl_clock_timestamp(at);
    at += TRL_TIMESTAMP_SIZE;
    memcpy(at, levels[level].text, sizeof(levels[level].text));
    at += levels[level].size;
    copy_padded(at, process_text, process_size);
    json->at = at + process_size;
}

static void write_ids(struct trl_json *json, const struct trail_logger *logger)
{
    if (logger->ids_size_ > sizeof(logger->bytes_) - 32) {
        trl_json_raw(json, logger->bytes_, logger->ids_size_);
        return;
    }
    copy_padded(json->at, logger->bytes_, logger->ids_size_);
    json->at += logger->ids_size_;
}

static void write_name(struct trl_json *json, const struct trl_event *event)
{
    static const char start[] = ",\"event\":";
    char *end = json->end;

    memcpy(json->at, start, sizeof(start) - 1);
    json->at += sizeof(start) - 1;
    char *after = event->name_size > 0 && event->name != NULL
                      ? trl_text_put_allowed(json->at, event->name, event->name_size)
                      : NULL;
    if (__builtin_expect(after != NULL, 1)) {
        json->at = after;
        return;
    }
    if (event->name == NULL || event->name_size == 0) {
        TRL_JSON_LITERAL(json, "\"unnamed_event\"");
        return;
    }
    json->end = json->at + EVENT_NAME_MAX;
    trl_json_string(json, event->name, event->name_size);
    json->end = end;
}

/* Bytes that a field takes, if none of them needs an escape. */
static inline size_t cost_of(const struct trail_field *field)
{
    return field->key_size + field->value_size + 32;
}

/* What is sure to fit whatever the values are made of. */
static inline bool surely_fits(const struct trl_json *json, size_t message_size, size_t bound_size,
                               const struct trl_event *event)
{
    size_t room = (size_t)(json->end - json->at) - bound_size;
    size_t bytes = message_size;

    for (size_t i = 0; i < event->count; i++) {
        bytes += event->fields[i].key_size + event->fields[i].value_size;
    }
    return bytes < TRAIL_LINE_MAX && TRL_MEMBERS_ROOM(bytes, event->count) <= room;
}

static size_t at_most(size_t value, size_t limit)
{
    return value < limit ? value : limit;
}

static void write_message(struct trl_members *members, const char *message, size_t size)
{
    struct trl_json *json = members->json;
    char *before = json->at;

    if (message != NULL && (!TRL_JSON_LITERAL(json, ",\"message\":") ||
                            !trl_members_write_text(members, message, size))) {
        json->at = before;
    }
    members->start = json->at;
}

/* As write_message(), where there is room for sure. */
static inline void put_message(struct trl_members *members, const char *message, size_t size)
{
    static const char start[] = ",\"message\":";
    struct trl_json *json = members->json;

    if (message != NULL) {
        memcpy(json->at, start, sizeof(start) - 1);
        char *after = trl_text_put(json->at + sizeof(start) - 1, message, size);
        if (__builtin_expect(after == NULL, 0)) {
            write_message(members, message, size);
            return;
        }
        json->at = after;
    }
    members->start = json->at;
}

/* One value that is too long must not cost the line those that come after it: for each of them room
 * is kept, up to a fair share. */
static void write_sparingly(struct trl_json *json, struct trl_members *members, size_t message_size,
                            const struct trail_logger *logger, const struct trl_event *event)
{
    char *end = json->end;
    size_t room = (size_t)(end - json->at) - logger->bound_size_;
    size_t fair = room / (2 * (event->count + 1));
    size_t kept = 0;

    for (size_t i = 0; i < event->count; i++) {
        kept += at_most(cost_of(&event->fields[i]), fair);
    }
    json->end = end - kept - logger->bound_size_;
    write_message(members, event->message, message_size);
    json->end = end;
    trl_json_raw(json, logger->bytes_ + logger->ids_size_, logger->bound_size_);
    for (size_t i = 0; i < event->count; i++) {
        kept -= at_most(cost_of(&event->fields[i]), fair);
        json->end = end - kept;
        trl_members_add(members, event->fields, i);
    }
    json->end = end;
}

static void write_members(struct trl_json *json, const struct trail_logger *logger,
                          const struct trl_event *event)
{
    struct trl_members members;
    size_t message_size = event->message != NULL ? strlen(event->message) : 0;

    trl_members_begin(&members, json, logger->bound_keys_);
    if (!surely_fits(json, message_size, logger->bound_size_, event)) {
        write_sparingly(json, &members, message_size, logger, event);
        return;
    }
    put_message(&members, event->message, message_size);
    if (logger->bound_size_ > 0) {
        trl_json_raw(json, logger->bytes_ + logger->ids_size_, logger->bound_size_);
    }
    trl_members_add_all(&members, event->fields, event->count);
}

size_t trl_line_format(char *out, const struct trail_logger *logger, const struct trl_event *event)
{
    struct trl_json json;

    trl_json_init(&json, out, TRAIL_LINE_MAX - (sizeof(LINE_TAIL_TRUNCATED) - 1));
    json.truncated = event->truncated || (logger->flags_ & TRL_LOGGER_TRUNCATED) != 0;
    write_head(&json, event->level);
    write_name(&json, event);
    write_ids(&json, logger);
    write_members(&json, logger, event);
    json.end = out + TRAIL_LINE_MAX;
    if (json.truncated) {
        trl_count(TRL_COUNT_TRUNCATED);
        TRL_JSON_LITERAL(&json, LINE_TAIL_TRUNCATED);
    } else {
        TRL_JSON_LITERAL(&json, LINE_TAIL);
    }
    return (size_t)(json.at - out);
}
