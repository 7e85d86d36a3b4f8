/* Context: tracestate (W3C Trace Context Level 2, 3.3). */
#include "context/tracestate.h"

#include <string.h>

enum { KEY_MAX = 256, VALUE_MAX = 256, LONG_MEMBER = 128 };

static bool is_key_start(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

static bool is_key_byte(char byte)
{
    return is_key_start(byte) || byte == '_' || byte == '-' || byte == '*' || byte == '/' ||
           byte == '@';
}

/* 3.3.2.2.1: a key begins with a lower-case letter or a digit; at signs may stand anywhere else. */
static bool is_key(struct trl_text key)
{
    if (key.size == 0 || key.size > KEY_MAX || !is_key_start(key.text[0])) {
        return false;
    }
    for (size_t i = 1; i < key.size; i++) {
        if (!is_key_byte(key.text[i])) {
            return false;
        }
    }
    return true;
}

/* 3.3.2.2.2: printable ASCII without comma and equals sign; its trailing blanks were white space
 * around the member, and are gone. */
static bool is_value(struct trl_text value)
{
    if (value.size == 0 || value.size > VALUE_MAX) {
        return false;
    }
    for (size_t i = 0; i < value.size; i++) {
        char byte = value.text[i];
        if (byte < 0x20 || byte > 0x7E || byte == '=') {
            return false;
        }
    }
    return true;
}

static bool is_member(struct trl_text member)
{
    const char *equals = memchr(member.text, '=', member.size);

    if (equals == NULL) {
        return false;
    }
    struct trl_text key = {member.text, (size_t)(equals - member.text)};
    struct trl_text value = {equals + 1, member.size - key.size - 1};
    return is_key(key) && is_value(value);
}

bool trl_tracestate_parse(const struct trl_values *values, struct trl_tracestate *ret_tracestate)
{
    struct trl_text member;

    ret_tracestate->count = 0;
    if (values->count > TRL_VALUES_MAX) {
        return false;
    }
    for (unsigned i = 0; i < values->count; i++) {
        struct trl_text rest = values->item[i];
        while (trl_text_next(&rest, ',', &member)) {
            if (member.size == 0) {
                continue; /* 3.3.2: empty members are allowed */
            }
            if (ret_tracestate->count == TRL_TRACESTATE_MEMBERS_MAX || !is_member(member)) {
                ret_tracestate->count = 0;
                return false;
            }
            ret_tracestate->member[ret_tracestate->count++] = member;
        }
    }
    return true;
}

static size_t joined_size(const struct trl_tracestate *list)
{
    size_t size = list->count > 0 ? list->count - 1 : 0;

    for (unsigned i = 0; i < list->count; i++) {
        size += list->member[i].size;
    }
    return size;
}

/* The rightmost of the long members, else the rightmost at all. The first is trail's own, or the
 * one that wrote the traceparent, and short if it is ours. */
static unsigned least_wanted(const struct trl_tracestate *list)
{
    for (unsigned i = list->count; i > 0; i--) {
        if (list->member[i - 1].size > LONG_MEMBER) {
            return i - 1;
        }
    }
    return list->count - 1;
}

static void drop(struct trl_tracestate *list, unsigned index)
{
    memmove(list->member + index, list->member + index + 1,
            (list->count - index - 1) * sizeof(list->member[0]));
    list->count--;
}

static bool is_own(struct trl_text member)
{
    static const char prefix[] = TRL_TRACESTATE_KEY "=";

    return member.size >= sizeof(prefix) - 1 &&
           memcmp(member.text, prefix, sizeof(prefix) - 1) == 0;
}

static void add_all(struct trl_tracestate *list, const struct trl_tracestate *others, bool but_own)
{
    for (unsigned i = 0; i < others->count && list->count < TRL_TRACESTATE_MEMBERS_MAX; i++) {
        if (!but_own || !is_own(others->member[i])) {
            list->member[list->count++] = others->member[i];
        }
    }
}

size_t trl_tracestate_write(const struct trl_tracestate *tracestate, const char *own_value,
                            char *ret_text, size_t capacity)
{
    struct trl_tracestate list = {.count = 0};
    char own[sizeof(TRL_TRACESTATE_KEY) + VALUE_MAX];
    size_t size = 0;

    if (own_value != NULL) {
        size_t value_size = strnlen(own_value, VALUE_MAX);
        memcpy(own, TRL_TRACESTATE_KEY "=", sizeof(TRL_TRACESTATE_KEY));
        memcpy(own + sizeof(TRL_TRACESTATE_KEY), own_value, value_size);
        list.member[list.count++] = (struct trl_text){own, sizeof(TRL_TRACESTATE_KEY) + value_size};
    }
    add_all(&list, tracestate, own_value != NULL);
    while (joined_size(&list) >= capacity) {
        drop(&list, least_wanted(&list));
    }
    for (unsigned i = 0; i < list.count; i++) {
        if (i > 0) {
            ret_text[size++] = ',';
        }
        memcpy(ret_text + size, list.member[i].text, list.member[i].size);
        size += list.member[i].size;
    }
    ret_text[size] = '\0';
    return size;
}
