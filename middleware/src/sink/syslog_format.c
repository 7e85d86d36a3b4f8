/* Sink: RFC 5424 messages. */
#include "sink/syslog_format.h"

#include "core/json_read.h"
#include "core/utf8.h"
#include "sink/severity.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EVENT_MAX = 32, PARAMETER_MAX = 128, HEAD_MAX = 512 };

#define BOM "\xEF\xBB\xBF"

/* Copies what the header's fields may hold: printable ASCII without spaces (6, PRINTUSASCII). */
static void copy_name(char *out, size_t capacity, const char *text, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < size && used + 1 < capacity; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x80 || byte >= 0xC0) { /* one mark for each code point */
            out[used++] = byte > 0x20 && byte < 0x7F ? (char)byte : '_';
        }
    }
    if (used == 0) {
        out[used++] = '-';
    }
    out[used] = '\0';
}

void trl_syslog_origin_init(struct trl_syslog_origin *ret_origin, unsigned facility,
                            const char *service)
{
    char host[256] = "";

    *ret_origin = (struct trl_syslog_origin){.facility = facility};
    if (gethostname(host, sizeof(host) - 1) != 0) {
        host[0] = '\0';
    }
    copy_name(ret_origin->host, sizeof(ret_origin->host), host, strlen(host));
    copy_name(ret_origin->application, sizeof(ret_origin->application), service, strlen(service));
    snprintf(ret_origin->process, sizeof(ret_origin->process), "%ld", (long)getpid());
}

/* The members of a line that the head bears. */
struct head {
    struct trl_json_span timestamp;
    struct trl_json_span event;
    struct {
        const char *name;
        struct trl_json_span value;
    } parameters[4];
};

static void read_head(const char *line, size_t size, struct head *ret_head)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;

    *ret_head = (struct head){
        .timestamp = {"", 0},
        .event = {"", 0},
        .parameters = {
            {.name = "requestId"}, {.name = "traceId"}, {.name = "spanId"}, {.name = "jobId"}}};
    if (!trl_json_object_begin(&lexer, line, size)) {
        return;
    }
    while (trl_json_object_next(&lexer, &member)) {
        if (member.type != TRL_JSON_STRING) {
            continue;
        }
        if (trl_json_key_is(&member, "timestamp")) {
            ret_head->timestamp = member.value;
        } else if (trl_json_key_is(&member, "event")) {
            ret_head->event = member.value;
        }
        for (size_t i = 0; i < sizeof(ret_head->parameters) / sizeof(ret_head->parameters[0]);
             i++) {
            if (trl_json_key_is(&member, ret_head->parameters[i].name)) {
                ret_head->parameters[i].value = member.value;
            }
        }
    }
}

/* 6.3.3: a quote, a backslash and a closing bracket are escaped. */
static char *put_parameter(char *out, const char *name, const struct trl_json_span *value)
{
    char text[PARAMETER_MAX];
    size_t size = trl_json_unescape(*value, text, sizeof(text));

    out = stpcpy(stpcpy(stpcpy(out, " "), name), "=\"");
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"' || text[i] == '\\' || text[i] == ']') {
            *out++ = '\\';
        }
        *out++ = text[i];
    }
    *out++ = '"';
    return out;
}

static char *put_structured_data(char *out, const struct head *head, bool cut)
{
    char *start = out;

    out = stpcpy(out, "[trail@32473");
    char *empty = out;
    for (size_t i = 0; i < sizeof(head->parameters) / sizeof(head->parameters[0]); i++) {
        if (head->parameters[i].value.size > 0) {
            out = put_parameter(out, head->parameters[i].name, &head->parameters[i].value);
        }
    }
    if (cut) {
        out = stpcpy(out, " truncated=\"true\"");
    }
    if (out == empty) {
        return stpcpy(start, "-");
    }
    *out++ = ']';
    return out;
}

static bool is_ascii(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static char *put_head(const struct trl_syslog_origin *origin, unsigned severity,
                      const struct head *head, bool cut, char *out)
{
    char event[4 * EVENT_MAX];
    char name[EVENT_MAX + 1];
    char timestamp[32] = "-";
    size_t size = trl_json_unescape(head->event, event, sizeof(event));

    copy_name(name, sizeof(name), event, size);
    if (head->timestamp.size > 0 && head->timestamp.size < sizeof(timestamp)) {
        copy_name(timestamp, sizeof(timestamp), head->timestamp.text, head->timestamp.size);
    }
    out += snprintf(out, HEAD_MAX, "<%u>1 %s %s %s %s %s ", origin->facility * 8 + severity,
                    timestamp, origin->host, origin->application, origin->process, name);
    return put_structured_data(out, head, cut);
}

size_t trl_syslog_format(const struct trl_syslog_origin *origin, enum trail_level level,
                         const char *line, size_t size, const char *body, size_t body_size,
                         size_t limit, char *out)
{
    struct head head;

    read_head(line, size, &head);
    unsigned severity = trl_severity(line, size, level);
    size_t bom_size = is_ascii(body, body_size) ? 0 : sizeof(BOM) - 1;
    char *end = put_head(origin, severity, &head, false, out);
    if ((size_t)(end - out) + 1 + bom_size + body_size > limit) {
        end = put_head(origin, severity, &head, true, out);
        size_t left = limit - (size_t)(end - out) - 1 - bom_size;
        body_size = trl_utf8_cut(body, body_size, left < body_size ? left : body_size);
    }
    *end++ = ' ';
    memcpy(end, BOM, bom_size);
    end += bom_size;
    memcpy(end, body, body_size);
    return (size_t)(end - out) + body_size;
}
