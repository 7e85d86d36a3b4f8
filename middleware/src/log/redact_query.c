/* Log: query strings and form bodies (WHATWG URL, application/x-www-form-urlencoded). */
#include "log/redact.h"

#include <ctype.h>
#include <string.h>

/* Longer keys are judged by what remains of them. */
#define KEY_MAX 128

struct output {
    char *text;
    size_t capacity;
    size_t size;
};

static void put(struct output *output, const char *text, size_t size)
{
    if (output->size < output->capacity) {
        size_t room = output->capacity - output->size;
        memcpy(output->text + output->size, text, size < room ? size : room);
    }
    output->size += size;
}

static int hex_value(char c)
{
    if (!isxdigit((unsigned char)c)) {
        return -1;
    }
    return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* `user%5Bpass%77ord%5D` is user[password]. */
static size_t decode_key(const char *text, size_t size, char out[KEY_MAX])
{
    size_t used = 0;

    for (size_t i = 0; i < size && used < KEY_MAX; i++) {
        if (text[i] == '%' && i + 2 < size && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            out[used++] = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out[used++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    return used;
}

size_t trl_redact_query(const char *query, size_t size, char *out, size_t capacity)
{
    struct output output = {out, capacity, 0};
    const char *end = query + size;

    while (query < end) {
        const char *pair_end = query;
        while (pair_end < end && *pair_end != '&' && *pair_end != ';') {
            pair_end++;
        }
        const char *equals = memchr(query, '=', (size_t)(pair_end - query));
        if (equals != NULL && equals + 1 < pair_end) {
            char key[KEY_MAX];
            size_t key_size = decode_key(query, (size_t)(equals - query), key);
            enum trl_redact_class class = trl_redact_classify(key, key_size);
            if (class == TRL_REDACT_VALUE || class == TRL_REDACT_TEXT) {
                put(&output, query, (size_t)(equals + 1 - query));
                put(&output, TRL_REDACTED, sizeof(TRL_REDACTED) - 1);
                query = pair_end;
            }
        }
        size_t rest = (size_t)(pair_end - query) + (pair_end < end ? 1 : 0);
        put(&output, query, rest);
        query += rest;
    }
    return output.size;
}
