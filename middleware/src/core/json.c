/* Core: writing JSON into a bounded buffer. Runs of plain ASCII are copied 16 bytes at a time;
 * everything else goes code point by code point. */
#include "core/json.h"

#include "core/block.h"
#include "core/json_read.h"
#include "core/utf8.h"

#include <string.h>

static size_t room_in(const struct trl_json *json)
{
    return json->end > json->at ? (size_t)(json->end - json->at) : 0;
}

bool trl_json_bool(struct trl_json *json, bool value)
{
    return value ? TRL_JSON_LITERAL(json, "true") : TRL_JSON_LITERAL(json, "false");
}

bool trl_json_null(struct trl_json *json)
{
    return TRL_JSON_LITERAL(json, "null");
}

/* Whether a byte stands for itself in a string. */
static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

static inline bool copy_16(char *out, const char *text)
{
    trl_block block = trl_block_load(text);

    trl_block_store(out, block);
    return trl_block_special(block) == 0;
}

static size_t escape_hex(uint32_t code_point, char *out)
{
    static const char digits[] = "0123456789abcdef";

    out[0] = '\\';
    out[1] = 'u';
    for (int i = 0; i < 4; i++) {
        out[2 + i] = digits[(code_point >> (12 - 4 * i)) & 15u];
    }
    return 6;
}

size_t trl_json_escape(uint32_t code_point, char out[TRL_JSON_EXPANSION_MAX])
{
    static const char controls[] = "\b\t\n\f\r\"\\";
    static const char letters[] = "btnfr\"\\";

    if (code_point != 0 && code_point < 0x80) {
        const char *found = strchr(controls, (int)code_point);
        if (found != NULL) {
            out[0] = '\\';
            out[1] = letters[found - controls];
            return 2;
        }
    }
    return trl_utf8_is_unsafe(code_point) ? escape_hex(code_point, out)
                                          : trl_utf8_encode(code_point, out);
}

size_t trl_json_show(uint32_t code_point, char out[TRL_JSON_EXPANSION_MAX])
{
    return trl_utf8_is_unsafe(code_point) ? trl_json_escape(code_point, out)
                                          : trl_utf8_encode(code_point, out);
}

/* The next code point of plain text, or of what stood between a JSON string's quotes. */
static uint32_t next_code_point(const char **at, const char *end, bool escaped)
{
    size_t taken;

    if (escaped) {
        return trl_json_decode(at, end);
    }
    uint32_t code_point = trl_utf8_decode(*at, (size_t)(end - *at), &taken);
    *at += taken;
    return code_point;
}

/* Where there is room for the worst: no check for each piece. */
static char *escape_unbounded(char *out, const char *text, size_t size, bool escaped)
{
    const char *end = text + size;

    while (text < end) {
        if (end - text >= 16 && copy_16(out, text)) {
            text += 16;
            out += 16;
            continue;
        }
        for (const char *block_end = text + 16; text < end && text < block_end;) {
            if (is_plain((unsigned char)*text)) {
                *out++ = *text++;
            } else {
                out += trl_json_escape(next_code_point(&text, end, escaped), out);
            }
        }
    }
    return out;
}

/* Where there may be too little room: keeps in mind the last place where the mark and the closing
 * quote fit. Returns whether all of text was written, and *ret_cut for if not. */
static bool escape_bounded(struct trl_json *json, const char *text, size_t size, bool escaped,
                           char **ret_cut)
{
    const char *end = text + size;

    while (text < end) {
        char piece[TRL_JSON_EXPANSION_MAX];
        size_t part = trl_json_escape(next_code_point(&text, end, escaped), piece);

        if (room_in(json) >= TRL_JSON_CUT_MARK_SIZE + 1) {
            *ret_cut = json->at;
        }
        if (room_in(json) < part + 1) { /* and the closing quote */
            return false;
        }
        memcpy(json->at, piece, part);
        json->at += part;
    }
    return true;
}

static bool string_bounded(struct trl_json *json, const char *text, size_t size, bool escaped)
{
    char *start = json->at;
    char *cut = NULL;

    if (room_in(json) >= 2) {
        *json->at++ = '"';
        if (escape_bounded(json, text, size, escaped, &cut)) {
            *json->at++ = '"';
            return true;
        }
    }
    json->truncated = true;
    json->at = cut != NULL ? cut : start;
    return cut != NULL && TRL_JSON_LITERAL(json, TRL_JSON_CUT_MARK "\"");
}

/* Whether there is room whatever the text is made of: also for the two quotes, and for what a block
 * of 16 writes beyond its end. */
static inline bool surely_fits(const struct trl_json *json, size_t size)
{
    size_t room = room_in(json);

    return size < room && TRL_JSON_EXPANSION_MAX * (size + 4) <= room;
}

/* Kept out of the way of the plain texts that nearly all are. */
static __attribute__((noinline)) bool write_special(struct trl_json *json, const char *text,
                                                    size_t size, bool escaped)
{
    if (!surely_fits(json, size)) {
        return string_bounded(json, text, size, escaped);
    }
    char *body = escape_unbounded(json->at + 1, text, size, escaped);
    *json->at = '"';
    *body = '"';
    json->at = body + 1;
    return true;
}

static inline bool write_string(struct trl_json *json, const char *text, size_t size, bool escaped)
{
    char *at = json->at;

    if (!surely_fits(json, size) || !trl_block_copy_plain(at + 1, text, size)) {
        return write_special(json, text, size, escaped);
    }
    at[0] = '"';
    at[size + 1] = '"';
    json->at = at + size + 2;
    return true;
}

bool trl_json_string(struct trl_json *json, const char *text, size_t size)
{
    return write_string(json, text, size, false);
}

bool trl_json_string_again(struct trl_json *json, const char *escaped, size_t size)
{
    return write_string(json, escaped, size, true);
}

/* From the first byte of a value to after it. Brackets inside strings don't count. */
static char *skip_written_value(char *at, const char *end)
{
    unsigned depth = 0;

    for (; at < end; at++) {
        if (*at == '"') {
            for (at++; *at != '"'; at++) {
                at += *at == '\\' ? 1 : 0;
            }
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (depth > 0 && (*at == '}' || *at == ']')) {
            depth--;
        } else if (depth == 0 && *at == ',') {
            break;
        }
    }
    return at;
}

char *trl_json_find_member(char *members, size_t size, const char *name, size_t name_size,
                           size_t *ret_size)
{
    const char *end = members + size;

    for (char *at = members; at + 1 < end;) {
        char *key = at + 1;
        char *value = key + 1;
        while (*value != '"') {
            value += *value == '\\' ? 2 : 1;
        }
        bool found =
            (size_t)(value - key - 1) == name_size && memcmp(key + 1, name, name_size) == 0;
        at = skip_written_value(value + 2, end);
        if (found) {
            *ret_size = (size_t)(at - key);
            return key;
        }
    }
    return NULL;
}
