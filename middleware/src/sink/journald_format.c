/* Sink: journald entries. */
#include "sink/journald_format.h"

#include "core/json.h"
#include "core/json_read.h"
#include "sink/severity.h"

#include <stdbool.h>
#include <string.h>

/* What the journal takes as a name: 64 bytes of A-Z, 0-9 and `_`, not beginning with the last two.
 */
enum { NAME_MAX_BYTES = 64, VALUE_HEAD = 8 };

/* The journal passes over an entry of more than 1024 fields without a word. */
enum { FIELDS_MAX = 1000 };

struct entry {
    char *at;
    char *end;
    unsigned fields;
    bool has_message;
    struct trl_json_member event; /* type TRL_JSON_STRING: it was there */
};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Names that mean something to the journal and its readers (systemd.journal-fields(7)): a member of
 * that name is set apart. */
static bool is_reserved(const char *name)
{
    static const char *const names[] = {
        "MESSAGE",       "MESSAGE_ID", "PRIORITY",      "CODE_FILE", "CODE_LINE",
        "CODE_FUNC",     "ERRNO",      "INVOCATION_ID", "TID",       "USER_INVOCATION_ID",
        "DOCUMENTATION", "UNIT",       "USER_UNIT",     "OBJECT_PID"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return strncmp(name, "SYSLOG_", 7) == 0;
}

/* camelCase becomes CAMEL_CASE; what may not stand in a name becomes `_`. */
static void make_name(const struct trl_json_span *key, char out[NAME_MAX_BYTES + 1])
{
    static const char prefix[] = "FIELD_";
    char name[NAME_MAX_BYTES + 1];
    size_t used = 0;

    for (size_t i = 0; i < key->size && used + 2 <= NAME_MAX_BYTES - sizeof(prefix); i++) {
        char c = key->text[i];
        if (is_upper(c) && i > 0 && (is_lower(key->text[i - 1]) || is_digit(key->text[i - 1]))) {
            name[used++] = '_';
        }
        name[used++] = is_lower(c) ? (char)(c - 32) : is_upper(c) || is_digit(c) ? c : '_';
    }
    name[used] = '\0';
    bool set_apart = used == 0 || !is_upper(name[0]) || is_reserved(name);
    strcpy(stpcpy(out, set_apart ? prefix : ""), name);
}

static void put(struct entry *entry, const char *name, const char *value, size_t size)
{
    size_t name_size = strlen(name);

    if ((size_t)(entry->end - entry->at) < name_size + size + VALUE_HEAD + 3) {
        return;
    }
    entry->fields++;
    memcpy(entry->at, name, name_size);
    entry->at += name_size;
    if (memchr(value, '\n', size) == NULL) {
        *entry->at++ = '=';
    } else {
        *entry->at++ = '\n';
        for (int i = 0; i < VALUE_HEAD; i++) {
            *entry->at++ = (char)(size >> (8 * i) & 0xFF);
        }
    }
    memcpy(entry->at, value, size);
    entry->at += size;
    *entry->at++ = '\n';
}

/* What may be shown of a string. The journal gives its values to terminals as they are, and only
 * asks for lines to be parted. */
static size_t show_string(struct trl_json_span escaped, char *out, size_t capacity)
{
    const char *at = escaped.text;
    const char *end = at + escaped.size;
    size_t used = 0;

    while (at < end) {
        char shown[TRL_JSON_EXPANSION_MAX] = "\n";
        uint32_t code_point = trl_json_decode(&at, end);
        size_t part = code_point == '\n' ? 1 : trl_json_show(code_point, shown);
        if (part > capacity - used) {
            break;
        }
        memcpy(out + used, shown, part);
        used += part;
    }
    return used;
}

/* The text of a member: of a string without its quotes, else as it stands. */
static size_t text_of(const struct trl_json_member *member, char *out, size_t capacity)
{
    if (member->type == TRL_JSON_STRING) {
        return show_string(member->value, out, capacity);
    }
    size_t size = member->value.size < capacity ? member->value.size : capacity;
    memcpy(out, member->value.text, size);
    return size;
}

static void put_member(struct entry *entry, const struct trl_json_member *member)
{
    char text[TRAIL_LINE_MAX];
    char name[NAME_MAX_BYTES + 1] = "MESSAGE";
    size_t size = text_of(member, text, sizeof(text));

    if (trl_json_key_is(member, "message") && member->type == TRL_JSON_STRING) {
        entry->has_message = true;
    } else {
        make_name(&member->key, name);
    }
    if (trl_json_key_is(member, "event")) {
        entry->event = *member;
    } else if (trl_json_key_is(member, "service")) {
        put(entry, "SYSLOG_IDENTIFIER", text, size);
    }
    put(entry, name, text, size);
}

/* Without a message the event is it. */
static void put_event_as_message(struct entry *entry)
{
    char text[TRAIL_LINE_MAX];
    bool known = entry->event.type == TRL_JSON_STRING;

    put(entry, "MESSAGE", text, known ? text_of(&entry->event, text, sizeof(text)) : 0);
}

size_t trl_journald_format(enum trail_level level, const char *line, size_t size,
                           char out[TRL_JOURNALD_ENTRY_MAX])
{
    struct entry entry = {
        .at = out, .end = out + TRL_JOURNALD_ENTRY_MAX, .event = {.type = TRL_JSON_NULL}};
    struct trl_json_member member;
    struct trl_json_lexer lexer;
    char priority = (char)('0' + trl_severity(line, size, level));

    if (!trl_json_object_begin(&lexer, line, size)) {
        return 0;
    }
    put(&entry, "PRIORITY", &priority, 1);
    while (trl_json_object_next(&lexer, &member)) {
        if (entry.fields >= FIELDS_MAX) {
            put(&entry, "TRUNCATED", "true", 4);
            break;
        }
        put_member(&entry, &member);
    }
    if (!entry.has_message) {
        put_event_as_message(&entry);
    }
    return (size_t)(entry.at - out);
}
