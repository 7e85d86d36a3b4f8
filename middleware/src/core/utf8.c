/* Core: UTF-8 by table 3-7 of the Unicode Standard: which second bytes each first byte allows. */
#include "core/utf8.h"

static uint32_t replaced(size_t taken, size_t *ret_size)
{
    *ret_size = taken;
    return TRL_UTF8_REPLACEMENT;
}

uint32_t trl_utf8_decode(const char *text, size_t size, size_t *ret_size)
{
    const unsigned char *byte = (const unsigned char *)text;
    unsigned char first = byte[0];
    size_t length;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    uint32_t code_point;

    if (first < 0x80) {
        *ret_size = 1;
        return first;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
        code_point = first & 0x1Fu;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        code_point = first & 0x0Fu;
        low = first == 0xE0 ? 0xA0 : 0x80;
        high = first == 0xED ? 0x9F : 0xBF;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        code_point = first & 0x07u;
        low = first == 0xF0 ? 0x90 : 0x80;
        high = first == 0xF4 ? 0x8F : 0xBF;
    } else {
        return replaced(1, ret_size);
    }
    for (size_t i = 1; i < length; i++) {
        if (i >= size || byte[i] < low || byte[i] > high) {
            return replaced(i, ret_size);
        }
        code_point = (code_point << 6) | (byte[i] & 0x3Fu);
        low = 0x80;
        high = 0xBF;
    }
    *ret_size = length;
    return code_point;
}

size_t trl_utf8_encode(uint32_t code_point, char out[4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0u | (code_point >> 6));
        out[1] = (char)(0x80u | (code_point & 0x3Fu));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0u | (code_point >> 12));
        out[1] = (char)(0x80u | ((code_point >> 6) & 0x3Fu));
        out[2] = (char)(0x80u | (code_point & 0x3Fu));
        return 3;
    }
    out[0] = (char)(0xF0u | (code_point >> 18));
    out[1] = (char)(0x80u | ((code_point >> 12) & 0x3Fu));
    out[2] = (char)(0x80u | ((code_point >> 6) & 0x3Fu));
    out[3] = (char)(0x80u | (code_point & 0x3Fu));
    return 4;
}

bool trl_utf8_is_unsafe(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F) ||
           code_point == 0x061C || code_point == 0x200E || code_point == 0x200F ||
           (code_point >= 0x2028 && code_point <= 0x202E) ||
           (code_point >= 0x2066 && code_point <= 0x2069);
}

size_t trl_utf8_cut(const char *text, size_t size, size_t limit)
{
    size_t back = 0;

    if (size <= limit) {
        return size;
    }
    /* The byte after the cut must not be a continuation; no sequence is longer than 4 bytes, and
     * in what is not UTF-8 any place is as good as another. */
    while (back < 3 && back < limit && ((unsigned char)text[limit - back] & 0xC0u) == 0x80u) {
        back++;
    }
    return ((unsigned char)text[limit - back] & 0xC0u) == 0x80u ? limit : limit - back;
}
