/* Log: query strings and form bodies (WHATWG URL, application/x-www-form-urlencoded). */
#include "core/ascii.h"
#include "core/counters.h"
#include "core/utf8.h"
#include "log/buffer.h"
#include "log/redact.h"

#include <string.h>

/* Longer keys are judged by what remains of them. */
#define KEY_MAX  128
#define KEY_ROOM (KEY_MAX + 3) /* the last character may be one of four bytes */

static bool is_hex_byte(const char *text)
{
    return trl_hex_value(text[0]) >= 0 && trl_hex_value(text[1]) >= 0;
}

static unsigned read_hex_byte(const char *digits)
{
    return (unsigned)(trl_hex_value(digits[0]) * 16 + trl_hex_value(digits[1]));
}

/* Of `%77` and `\u0077`; 0 if neither stands there. `\u0436` is only in configured keys. */
static size_t escape_size(const char *text, size_t size)
{
    if (size >= 3 && text[0] == '%' && is_hex_byte(text + 1)) {
        return 3;
    }
    bool is_unit = size >= 6 && text[0] == '\\' && text[1] == 'u' && is_hex_byte(text + 4);
    return is_unit && ((text[2] == '0' && text[3] == '0') ||
                       (trl_redact_beyond_ascii_ && is_hex_byte(text + 2)))
               ? 6
               : 0;
}

/* Returns the size of what an escape stands for. */
static size_t decode_escape(const char *text, size_t escape, char out[4])
{
    unsigned last = read_hex_byte(text + escape - 2);

    if (escape == 6 && trl_redact_beyond_ascii_) {
        return trl_utf8_encode(read_hex_byte(text + 2) << 8 | last, out);
    }
    *out = (char)last;
    return 1;
}

/* `user%5Bpass%77ord%5D` is user[password]. */
static size_t decode_key(const char *text, size_t size, char out[KEY_ROOM])
{
    size_t used = 0;

    for (size_t i = 0; i < size && used < KEY_MAX; i++) {
        size_t escape = escape_size(text + i, size - i);
        if (escape != 0) {
            used += decode_escape(text + i, escape, out + used);
            i += escape - 1;
        } else {
            out[used++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    return used;
}

/* Keys are too short for memchr() to pay. */
static bool has_escape(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '%' || text[i] == '\\') {
            return true;
        }
    }
    return false;
}

enum trl_redact_class trl_redact_classify_encoded(const char *key, size_t size)
{
    char decoded[KEY_ROOM];

    if (!has_escape(key, size)) {
        return trl_redact_classify(key, size);
    }
    return trl_redact_classify(decoded, decode_key(key, size, decoded));
}

enum trl_redact_class trl_redact_configured_encoded(const char *key, size_t size)
{
    char decoded[KEY_ROOM];

    return trl_redact_configured(decoded, decode_key(key, size, decoded));
}

size_t trl_redact_query(const char *query, size_t size, char *out, size_t capacity)
{
    struct trl_buffer buffer = {out, capacity, 0};
    const char *end = query + size;

    while (query < end) {
        const char *pair_end = query;
        while (pair_end < end && *pair_end != '&' && *pair_end != ';') {
            pair_end++;
        }
        const char *equals = memchr(query, '=', (size_t)(pair_end - query));
        if (equals != NULL && equals + 1 < pair_end) {
            enum trl_redact_class class =
                trl_redact_classify_encoded(query, (size_t)(equals - query));
            if (class == TRL_REDACT_VALUE || class == TRL_REDACT_TEXT) {
                trl_count(TRL_COUNT_REDACTED);
                trl_buffer_put(&buffer, query, (size_t)(equals + 1 - query));
                trl_buffer_put(&buffer, TRL_REDACTED, sizeof(TRL_REDACTED) - 1);
                query = pair_end;
            }
        }
        size_t rest = (size_t)(pair_end - query) + (pair_end < end ? 1 : 0);
        trl_buffer_put(&buffer, query, rest);
        query += rest;
    }
    return buffer.size;
}
