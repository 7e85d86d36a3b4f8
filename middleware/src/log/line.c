/* Log: the line of one event, in the order that people read it: when, how bad, who, what, under
 * which IDs, in words, and with which facts. */
#include "log/line.h"

#include "core/clock.h"
#include "core/counters.h"
#include "core/likely.h"
#include "log/member.h"
#include "log/scope.h"
#include "log/site.h"
#include "log/text.h"

#include <string.h>

/* Names of events that are longer, as serialised, are cut. */
#define EVENT_NAME_MAX 1024

/* Kept back until the end, so that a line that is full can still say so. */
#define LINE_TAIL           "}\n"
#define LINE_TAIL_TRUNCATED ",\"truncated\":true}\n"

/* Service and environment, longer ones cut. */
#define PROCESS_MAX 1024

/* `","level":…,"service":…,"environment":…,"event":`, what stands between timestamp and event. */
struct head {
    size_t size;
    char text[PROCESS_MAX + 64];
};

#define HEAD(name)                                                                                 \
    {                                                                                              \
        .size = sizeof("\",\"level\":\"" name "\",\"event\":") - 1,                                \
        .text = "\",\"level\":\"" name "\",\"event\":"                                             \
    }

static struct head heads[] = {
    [TRAIL_LEVEL_DEBUG] = HEAD("debug"), [TRAIL_LEVEL_INFO] = HEAD("info"),
    [TRAIL_LEVEL_WARN] = HEAD("warn"),   [TRAIL_LEVEL_ERROR] = HEAD("error"),
    [TRAIL_LEVEL_FATAL] = HEAD("fatal"),
};

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
    for (enum trail_level level = TRAIL_LEVEL_DEBUG; level <= TRAIL_LEVEL_FATAL; level++) {
        struct head *head = &heads[level];
        struct trl_json json;
        trl_json_init(&json, head->text, PROCESS_MAX / 2);
        TRL_JSON_LITERAL(&json, "\",\"level\":");
        trl_json_string(&json, trail_level_name(level), strlen(trail_level_name(level)));
        add_member(&json, ",\"service\":", service);
        json.end = head->text + PROCESS_MAX;
        add_member(&json, ",\"environment\":", environment);
        json.end = head->text + sizeof(head->text);
        TRL_JSON_LITERAL(&json, ",\"event\":");
        head->size = (size_t)(json.at - head->text);
    }
}

/* For what is mostly short and always has room behind it: moves of 32 bytes, without a call. Up to
 * 31 bytes behind text are read, and behind out written. */
static inline char *copy_padded(char *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i += 32) {
        memcpy(out + i, text + i, 32);
    }
    return out + size;
}

static void write_head(struct trl_json *json, enum trail_level level)
{
    static const char start[] = "{\"timestamp\":\"";
    char *at = json->at;

    memcpy(at, start, sizeof(start) - 1);
    trl_clock_timestamp(at + sizeof(start) - 1);
    at += sizeof(start) - 1 + TRL_TIMESTAMP_SIZE;
    json->at = copy_padded(at, heads[level].text, heads[level].size);
}

static void write_ids(struct trl_json *json, const struct trail_logger *logger)
{
    if (TRL_UNLIKELY(logger->ids_size_ > sizeof(logger->bytes_) - 32)) {
        trl_json_raw(json, logger->bytes_, logger->ids_size_);
        return;
    }
    json->at = copy_padded(json->at, logger->bytes_, logger->ids_size_);
}

static void write_name(struct trl_json *json, const struct trl_event *event)
{
    char *end = json->end;
    char *after = TRL_LIKELY(event->name_size > 0 && event->name != NULL)
                      ? trl_text_put_allowed(json->at, event->name, event->name_size)
                      : NULL;

    if (TRL_LIKELY(after != NULL)) {
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

static size_t at_most(size_t value, size_t limit)
{
    return value < limit ? value : limit;
}

/* Bytes that a field takes, if none of them needs an escape; at most what is fair. */
static size_t share_of(const struct trail_field *field, size_t fair)
{
    return at_most(field->key_size + field->value_size + 32, fair);
}

/* One value that is too long must not cost the line those that come after it: for each of them room
 * is kept, up to a fair share of what there is. */
static size_t fair_share(size_t room, size_t count)
{
    return room / (2 * (count + 1));
}

static size_t shares_of(const struct trl_event *event, size_t index, size_t fair)
{
    size_t sum = 0;

    for (size_t i = index; i < event->count; i++) {
        sum += share_of(&event->fields[i], fair);
    }
    return sum;
}

/* Whether trail_message() has cut it: then it ends in the mark, where its room does. */
static bool was_cut(const char *message, size_t size)
{
    size_t mark = TRL_JSON_CUT_MARK_SIZE;

    return size < TRAIL_MESSAGE_MAX && size + 4 >= TRAIL_MESSAGE_MAX && /* no sequence is longer */
           memcmp(message + size - mark, TRL_JSON_CUT_MARK, mark) == 0;
}

static __attribute__((noinline)) void write_message(struct trl_members *members, size_t bound_size,
                                                    const struct trl_event *event, size_t size)
{
    struct trl_json *json = members->json;
    char *before = json->at;
    char *end = json->end;
    size_t fair = fair_share((size_t)(end - json->at) - bound_size, event->count);

    json->end = end - shares_of(event, 0, fair) - bound_size;
    if (!TRL_JSON_LITERAL(json, ",\"message\":") ||
        !trl_members_write_text(members, event->message, size)) {
        json->at = before;
    }
    json->truncated = json->truncated || was_cut(event->message, size);
    json->end = end;
}

/* Whether the fields from index on fit whatever the values are made of. */
static bool surely_fit(const struct trl_json *json, const struct trl_event *event, size_t index)
{
    size_t bytes = 0;

    for (size_t i = index; i < event->count && bytes < TRAIL_LINE_MAX; i++) {
        bytes += event->fields[i].key_size + at_most(event->fields[i].value_size, TRAIL_LINE_MAX);
    }
    return bytes < TRAIL_LINE_MAX &&
           TRL_MEMBERS_ROOM(bytes, event->count - index) <= (size_t)(json->end - json->at);
}

static void write_sparingly(struct trl_members *members, const struct trl_event *event,
                            size_t index)
{
    struct trl_json *json = members->json;
    char *end = json->end;
    size_t fair = fair_share((size_t)(end - json->at), event->count - index);
    size_t kept = shares_of(event, index, fair);

    for (size_t i = index; i < event->count; i++) {
        kept -= share_of(&event->fields[i], fair);
        json->end = end - kept;
        trl_members_add(members, event->fields, i);
    }
    json->end = end;
}

/* The fields from index on, the first of which is not usual. */
static __attribute__((noinline)) void write_unusual(struct trl_members *members,
                                                    const struct trl_event *event, size_t index)
{
    if (!surely_fit(members->json, event, index)) {
        write_sparingly(members, event, index);
        return;
    }
    while (index < event->count) {
        trl_members_add(members, event->fields, index);
        index = trl_members_put(members, event->fields, index + 1, event->count);
    }
}

/* What a line has besides process, name, IDs and bound fields, up to its first field: timestamp and
 * message with what is moved behind them; then what the first field is begun with, and the tail. */
enum {
    LEAST_REST = 14 + TRL_TIMESTAMP_SIZE + 4 * 32 + TRL_SITE_MESSAGE_ROOM + TRL_TEXT_MAX +
                 TRL_MEMBERS_PUT_ROOM + sizeof(LINE_TAIL_TRUNCATED)
};

/* Whatever is written without a look at the room, and a name that needs escapes. */
size_t trl_line_least(const struct trail_logger *logger, const struct trl_event *event)
{
    size_t name_size = event->name_size < EVENT_NAME_MAX / TRL_JSON_EXPANSION_MAX
                           ? TRL_JSON_EXPANSION_MAX * event->name_size
                           : EVENT_NAME_MAX;

    return heads[event->level].size + name_size + logger->ids_size_ + logger->bound_size_ +
           LEAST_REST;
}

static void write_usual_message(struct trl_members *members, const struct trail_logger *logger,
                                const struct trl_event *event)
{
    static const char start[] = ",\"message\":";
    struct trl_json *json = members->json;
    size_t size = strlen(event->message);

    memcpy(json->at, start, sizeof(start) - 1);
    char *after = trl_text_put(json->at + sizeof(start) - 1, event->message, size);
    if (TRL_LIKELY(after != NULL)) {
        json->at = after;
    } else {
        write_message(members, logger->bound_size_, event, size);
    }
}

/* known: what is remembered of the event's place in the program, or NULL. */
static void write_members(struct trl_json *json, const struct trail_logger *logger,
                          const struct trl_event *event, const struct trl_site *known)
{
    struct trl_members members;
    size_t index = 0;

    trl_members_begin(&members, json, logger->bound_keys_);
    if (event->message != NULL) {
        if (TRL_LIKELY(known != NULL && known->message == event->message)) {
            json->at = copy_padded(json->at, known->message_text, known->message_size);
        } else {
            write_usual_message(&members, logger, event);
        }
        members.start = json->at;
    }
    if (logger->bound_size_ > 0) {
        trl_json_raw(json, logger->bytes_ + logger->ids_size_, logger->bound_size_);
    }
    if (TRL_LIKELY(known != NULL)) {
        index = trl_members_put_known(&members, event->fields, event->count, known->keys);
    }
    if (TRL_UNLIKELY(index < event->count)) {
        index = trl_members_put(&members, event->fields, index, event->count);
    }
    if (TRL_UNLIKELY(index < event->count)) {
        write_unusual(&members, event, index);
    }
}

size_t trl_line_format(char *out, size_t room, const struct trail_logger *logger,
                       const struct trl_event *event)
{
    struct trl_json json;
    struct trl_event first;
    uint64_t redacted = trl_count_own(TRL_COUNT_REDACTED);
    const struct trl_site *known = trl_site_find(event->site);

    trl_json_init(&json, out, room - (sizeof(LINE_TAIL_TRUNCATED) - 1));
    json.truncated = (logger->flags_ & TRL_LOGGER_TRUNCATED) != 0;
    if (TRL_UNLIKELY(event->count > TRL_FIELDS_MAX)) {
        json.truncated = true;
        first = *event;
        first.count = TRL_FIELDS_MAX;
        event = &first;
    }
    write_head(&json, event->level);
    if (known != NULL && known->name_size > 0) {
        json.at = copy_padded(json.at, known->name_text, known->name_size);
    } else {
        write_name(&json, event);
    }
    write_ids(&json, logger);
    write_members(&json, logger, event, known);
    if (TRL_UNLIKELY(known == NULL && event->site != NULL)) {
        trl_site_make(event->site, event);
    }
    json.end = out + room;
    if (TRL_UNLIKELY(json.truncated)) {
        if (room < TRAIL_LINE_MAX) {
            trl_count_back(TRL_COUNT_REDACTED, redacted);
            return 0;
        }
        trl_count(TRL_COUNT_TRUNCATED);
        TRL_JSON_LITERAL(&json, LINE_TAIL_TRUNCATED);
    } else {
        TRL_JSON_LITERAL(&json, LINE_TAIL);
    }
    return (size_t)(json.at - out);
}
