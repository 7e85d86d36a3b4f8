/* Log: values in the units and forms that other schemas demand. */
#include "log/schema_value.h"

#include "core/clock.h"

#include <trail/base.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Nearly a century: what is longer keeps its own name. */
#define NS_MAX (UINT64_C(3000000000) * 1000000000)

/* Decimal milliseconds as nanoseconds; false for what is negative or has an exponent. Digits below
 * a nanosecond are dropped. */
static bool read_ms(struct trl_json_span text, uint64_t *ret_ns)
{
    uint64_t value = 0;
    int decimals = -1; /* after the point; -1: before it */

    for (size_t i = 0; i < text.size; i++) {
        char c = text.text[i];
        if (c == '.') {
            decimals = 0;
        } else if (c < '0' || c > '9' || value > NS_MAX / 10) {
            return false;
        } else if (decimals < 6) {
            value = value * 10 + (uint64_t)(c - '0');
            decimals += decimals >= 0 ? 1 : 0;
        }
    }
    for (decimals = decimals < 0 ? 0 : decimals; decimals < 6 && value <= NS_MAX; decimals++) {
        value *= 10;
    }
    *ret_ns = value;
    return value <= NS_MAX;
}

/* Seconds with 0, 3, 6 or 9 digits, as the JSON of google.protobuf.Duration. */
static bool put_duration(struct trl_json *json, uint64_t duration_ns)
{
    char text[48];
    int size = snprintf(text, sizeof(text), "\"%llu.%09llu",
                        (unsigned long long)(duration_ns / 1000000000),
                        (unsigned long long)(duration_ns % 1000000000));

    for (int group = 0; group < 3 && memcmp(text + size - 3, "000", 3) == 0; group++) {
        size -= 3;
    }
    if (text[size - 1] == '.') {
        size--;
    }
    memcpy(text + size, "s\"", 2);
    return trl_json_raw(json, text, (size_t)size + 2);
}

/* The item of a list by level. */
static bool put_level(struct trl_json *json, const char *list, struct trl_json_span level)
{
    for (int i = TRAIL_LEVEL_DEBUG; i <= TRAIL_LEVEL_FATAL; i++) {
        const char *name = trail_level_name((enum trail_level)i);
        if (strlen(name) == level.size && memcmp(name, level.text, level.size) == 0) {
            return trl_json_raw(json, list, strcspn(list, ","));
        }
        list += strcspn(list, ",");
        list += *list == ',' ? 1 : 0;
    }
    return false;
}

static bool put_time(struct trl_json *json, struct trl_json_span time)
{
    char text[40];
    int64_t wall_ms;

    if (!trl_clock_parse_ms(time.text, time.size, &wall_ms) || wall_ms < 0) {
        return false;
    }
    int size = snprintf(text, sizeof(text), "\"%lld000000\"", (long long)wall_ms);
    return trl_json_raw(json, text, (size_t)size);
}

static bool is_ip(struct trl_json_span text)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char address[16];

    if (text.size >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.text, text.size);
    copy[text.size] = '\0';
    return inet_pton(AF_INET, copy, address) == 1 || inet_pton(AF_INET6, copy, address) == 1;
}

/* `host`, `host:port`, `[::1]:port`: the port is what follows the last colon outside brackets. */
static struct trl_json_span port_of(struct trl_json_span target)
{
    const char *end = target.text + target.size;
    const char *at = end;

    while (at > target.text && at[-1] >= '0' && at[-1] <= '9') {
        at--;
    }
    bool found = at < end && at > target.text && at[-1] == ':' && *at != '0' && end - at <= 5;
    return (struct trl_json_span){at, found ? (size_t)(end - at) : 0};
}

static bool put_host(struct trl_json *json, struct trl_json_span target)
{
    struct trl_json_span port = port_of(target);

    if (port.size > 0) {
        target.size -= port.size + 1;
    }
    if (target.size > 2 && target.text[0] == '[' && target.text[target.size - 1] == ']') {
        target.text++;
        target.size -= 2;
    }
    return trl_json_string_again(json, target.text, target.size);
}

static bool put_trace(struct trl_json *json, struct trl_json_span trace, const char *project)
{
    char name[256];

    if (project == NULL || *project == '\0' || strlen(project) > 128 || trace.size > 64) {
        return trl_json_string_again(json, trace.text, trace.size);
    }
    int size = snprintf(name, sizeof(name), "projects/%s/traces/%.*s", project, (int)trace.size,
                        trace.text);
    return trl_json_string(json, name, (size_t)size);
}

static bool is_count(struct trl_json_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.text[i] < '0' || text.text[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool put_text(struct trl_json *json, const struct trl_schema_entry *entry,
                     struct trl_json_span text, const char *project)
{
    switch (entry->kind) {
    case TRL_KIND_LEVEL:
        return put_level(json, entry->text, text);
    case TRL_KIND_TIME_AS_NS:
        return put_time(json, text);
    case TRL_KIND_HOST:
        return put_host(json, text);
    case TRL_KIND_PORT:
        text = port_of(text);
        return text.size > 0 && trl_json_raw(json, text.text, text.size);
    case TRL_KIND_TRACE:
        return put_trace(json, text, project);
    case TRL_KIND_IP:
        return is_ip(text) && trl_json_string_again(json, text.text, text.size);
    case TRL_KIND_TEXT:
    case TRL_KIND_STANDIN:
        return trl_json_string_again(json, text.text, text.size);
    default:
        return false;
    }
}

static bool put_number(struct trl_json *json, const struct trl_schema_entry *entry,
                       struct trl_json_span text)
{
    uint64_t duration_ns;

    switch (entry->kind) {
    case TRL_KIND_NUMBER:
        return trl_json_raw(json, text.text, text.size);
    case TRL_KIND_COUNT_TEXT:
        return is_count(text) && trl_json_string(json, text.text, text.size);
    case TRL_KIND_MS_AS_NS:
        return read_ms(text, &duration_ns) && trl_json_uint(json, duration_ns);
    case TRL_KIND_MS_AS_DURATION:
        return read_ms(text, &duration_ns) && put_duration(json, duration_ns);
    default:
        return false;
    }
}

bool trl_schema_put_value(struct trl_json *json, const struct trl_schema_entry *entry,
                          const struct trl_json_member *source, const char *project)
{
    if (entry->kind == TRL_KIND_FIXED) {
        return trl_json_raw(json, entry->text, strlen(entry->text));
    }
    if (source->type == TRL_JSON_STRING) {
        return put_text(json, entry, source->value, project);
    }
    return source->type == TRL_JSON_NUMBER && put_number(json, entry, source->value);
}
