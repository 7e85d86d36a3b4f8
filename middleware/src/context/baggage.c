/* Context: baggage (W3C Baggage, "Baggage HTTP Header Format"). */
#include "context/baggage.h"

#include "core/ascii.h"
#include "core/utf8.h"

#include <string.h>

/* baggage-octet: printable ASCII without blank, quote, comma, semicolon and backslash. The list's
 * and the properties' separators are gone when this is asked. */
static bool is_value(struct trl_text value)
{
    for (size_t i = 0; i < value.size; i++) {
        char byte = value.text[i];
        if (byte <= 0x20 || byte > 0x7E || byte == '"' || byte == '\\') {
            return false;
        }
    }
    return true;
}

/* `key OWS "=" OWS value`. Further equals signs belong to the value. */
static bool split_pair(struct trl_text pair, struct trl_text *ret_key, struct trl_text *ret_value)
{
    const char *equals = memchr(pair.text, '=', pair.size);

    if (equals == NULL) {
        return false;
    }
    size_t key_size = (size_t)(equals - pair.text);
    *ret_key = trl_text_trim((struct trl_text){pair.text, key_size});
    *ret_value = trl_text_trim((struct trl_text){equals + 1, pair.size - key_size - 1});
    return trl_text_is_token(*ret_key) && is_value(*ret_value);
}

static bool is_property(struct trl_text property)
{
    struct trl_text key;
    struct trl_text value;

    return trl_text_is_token(property) || split_pair(property, &key, &value);
}

static bool parse_member(struct trl_text whole, struct trl_baggage_member *ret_member)
{
    struct trl_text rest = whole;
    struct trl_text part;

    (void)trl_text_next(&rest, ';', &part); /* there is a first part, if an empty one */
    if (!split_pair(part, &ret_member->key, &ret_member->value)) {
        return false;
    }
    while (trl_text_next(&rest, ';', &part)) {
        if (!is_property(part)) {
            return false;
        }
    }
    ret_member->whole = whole;
    return true;
}

bool trl_baggage_next(struct trl_text *rest, struct trl_baggage_member *ret_member)
{
    struct trl_text whole;

    while (trl_text_next(rest, ',', &whole)) {
        if (parse_member(whole, ret_member)) {
            return true;
        }
    }
    return false;
}

/* A list that is written member by member. */
struct writer {
    char *text;
    size_t capacity;
    size_t size;
    unsigned members;
};

static void add(struct writer *writer, struct trl_text member)
{
    size_t comma = writer->size > 0 ? 1 : 0;

    if (writer->members == TRL_BAGGAGE_MEMBERS_MAX ||
        member.size + comma >= writer->capacity - writer->size) {
        return;
    }
    if (comma > 0) {
        writer->text[writer->size++] = ',';
    }
    memcpy(writer->text + writer->size, member.text, member.size);
    writer->size += member.size;
    writer->members++;
}

size_t trl_baggage_join(const struct trl_values *values, char *ret_text, size_t capacity)
{
    struct writer writer = {.text = ret_text, .capacity = capacity};
    unsigned count = values->count < TRL_VALUES_MAX ? values->count : TRL_VALUES_MAX;
    struct trl_baggage_member member;

    for (unsigned i = 0; i < count; i++) {
        struct trl_text rest = values->item[i];
        while (trl_baggage_next(&rest, &member)) {
            add(&writer, member.whole);
        }
    }
    ret_text[writer.size] = '\0';
    return writer.size;
}

bool trl_baggage_is_named(const struct trl_list *names, struct trl_text key)
{
    for (size_t i = 0; i < names->count; i++) {
        if (trl_text_equals(key, names->items[i]) || trl_strcasecmp(names->items[i], "all") == 0) {
            return true;
        }
    }
    return false;
}

size_t trl_baggage_select(struct trl_text baggage, const struct trl_list *names, char *ret_text,
                          size_t capacity)
{
    struct writer writer = {.text = ret_text, .capacity = capacity};
    struct trl_baggage_member member;

    while (names->count > 0 && trl_baggage_next(&baggage, &member)) {
        if (trl_baggage_is_named(names, member.key)) {
            add(&writer, member.whole);
        }
    }
    ret_text[writer.size] = '\0';
    return writer.size;
}

/* The byte at *at, decoded, and moves *at behind it. */
static char take_byte(struct trl_text value, size_t *at)
{
    if (value.text[*at] == '%' && value.size - *at >= 3) {
        int high = trl_hex_value(value.text[*at + 1]);
        int low = trl_hex_value(value.text[*at + 2]);
        if (high >= 0 && low >= 0) {
            *at += 3;
            return (char)(high * 16 + low);
        }
    }
    return value.text[(*at)++];
}

size_t trl_baggage_decode(struct trl_text value, char *ret_text, size_t capacity)
{
    char ahead[4]; /* no UTF-8 sequence is longer */
    size_t held = 0;
    size_t at = 0;
    size_t size = 0;

    while (at < value.size || held > 0) {
        while (held < sizeof(ahead) && at < value.size) {
            ahead[held++] = take_byte(value, &at);
        }
        char encoded[4];
        size_t taken;
        uint32_t code_point = trl_utf8_decode(ahead, held, &taken);
        size_t encoded_size = trl_utf8_encode(code_point, encoded);
        if (encoded_size > capacity - size) {
            break;
        }
        memcpy(ret_text + size, encoded, encoded_size);
        size += encoded_size;
        held -= taken;
        memmove(ahead, ahead + taken, held);
    }
    return size;
}
