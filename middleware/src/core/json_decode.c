/* Core: what stands between the quotes of a JSON string, decoded. The lexer has checked it. */
#include "core/ascii.h"
#include "core/json_read.h"
#include "core/utf8.h"

#include <string.h>

static uint32_t decode_hex4(const char *at)
{
    int value = trl_hex_value(at[0]) << 12 | trl_hex_value(at[1]) << 8 | trl_hex_value(at[2]) << 4 |
                trl_hex_value(at[3]);

    return (uint32_t)value;
}

/* At the four digits of \uXXXX; takes a second \uXXXX with it where both are a surrogate pair. */
static uint32_t decode_unicode(const char **at, const char *end)
{
    uint32_t unit = decode_hex4(*at);

    *at += 4;
    if (unit < 0xD800 || unit > 0xDFFF) {
        return unit;
    }
    if (unit <= 0xDBFF && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        uint32_t low = decode_hex4(*at + 2);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *at += 6;
            return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return TRL_UTF8_REPLACEMENT;
}

uint32_t trl_json_decode(const char **at, const char *end)
{
    static const char letters[] = "bfnrt";
    static const char controls[] = "\b\f\n\r\t";

    if (**at != '\\') {
        size_t taken;
        uint32_t code_point = trl_utf8_decode(*at, (size_t)(end - *at), &taken);
        *at += taken;
        return code_point;
    }
    char letter = (*at)[1];
    *at += 2;
    if (letter == 'u') {
        return decode_unicode(at, end);
    }
    const char *found = strchr(letters, letter);
    return (unsigned char)(found != NULL ? controls[found - letters] : letter);
}

size_t trl_json_unescape(struct trl_json_span escaped, char *out, size_t capacity)
{
    const char *at = escaped.text;
    const char *end = at + escaped.size;
    size_t used = 0;

    while (at < end) {
        char encoded[4];
        size_t part = trl_utf8_encode(trl_json_decode(&at, end), encoded);
        if (part > capacity - used) {
            break;
        }
        memcpy(out + used, encoded, part);
        used += part;
    }
    return used;
}
