/* CivetWeb adapter: reading the request's head. CivetWeb keeps 64 header lines and drops the rest;
 * of one that came twice its own lookup gives the first. An ID must be judged by all of them. */
#include "civetweb/request.h"

#include "core/ascii.h"
#include "core/block.h"
#include "core/id.h"
#include "core/likely.h"
#include "core/utf8.h"
#include "core/word.h"

#include <string.h>

/* Whether a head whose lines end in CR LF ends within its buffer, in a blank line. */
static bool ends_as_head(const char *line, const char *buffer_end)
{
    const char *end = line < buffer_end ? memchr(line, '\0', (size_t)(buffer_end - line)) : NULL;

    return end != NULL && end - line >= 3 && memcmp(end - 3, "\r\n\r", 3) == 0;
}

/* The line that follows the last of as many as CivetWeb parses, or NULL. It parses in place: a
 * value's CR and LF became NULs, and the head's own last LF is the NUL that ends it. Only a head
 * whose lines all ended in CR LF can be followed: in another, that end can't be told, and what
 * comes behind it is the body, or what an earlier request has left there. */
static const char *unparsed_line(const struct mg_request_info *info, const char *buffer_end)
{
    const struct mg_header *header = info->http_headers;
    const char *end = header->value + strlen(header->value);

    for (int i = 1; i < MG_MAX_HEADERS; i++) {
        header++;
        if (header->name != end + 2) {
            return NULL;
        }
        end = header->value + strlen(header->value);
    }
    return ends_as_head(end + 2, buffer_end) ? end + 2 : NULL;
}

/* CivetWeb stops at a line that begins with a space, and so goes on with the one before (RFC 9112,
 * 5.2). What it has of that one is not its whole value, of size bytes: it is offered once more with
 * the line's end in it, which makes it one that nothing is read from. Behind the last line of a
 * head without CR comes the body. */
static __attribute__((noinline)) void offer_folded(const struct mg_request_info *info, size_t size,
                                                   struct trl_inbound *inbound)
{
    const struct mg_header *last = &info->http_headers[info->num_headers - 1];
    const char *before = info->num_headers > 1 ? last[-1].value : info->http_version;
    bool has_cr = last->name == before + strlen(before) + 2;

    if (has_cr || last->value[size + 1] == ' ') {
        trl_inbound_header(inbound, last->name, last->value, size + 2);
    }
}

/* Whether the line behind a value begins with a space; the end of a line with CR is two NULs. */
static inline bool is_followed_by_blank(const char *value_end, const char *buffer_end)
{
    if (TRL_LIKELY(buffer_end - value_end > 2)) {
        return value_end[1] == ' ' || (value_end[2] == ' ' && value_end[1] == '\0');
    }
    return value_end[1] == ' ';
}

static __attribute__((noinline)) void offer_unparsed(const struct mg_request_info *info,
                                                     const char *buffer_end,
                                                     struct trl_inbound *inbound)
{
    const char *line = unparsed_line(info, buffer_end);

    while (line != NULL && *line != '\0' && *line != '\r' && *line != '\n') {
        const char *end = line + strcspn(line, "\r\n");
        const char *colon = memchr(line, ':', (size_t)(end - line));
        char name[64];
        if (colon != NULL && (size_t)(colon - line) < sizeof(name)) {
            const char *value = colon + 1;
            memcpy(name, line, (size_t)(colon - line));
            name[colon - line] = '\0';
            value += strspn(value, " \t");
            trl_inbound_header(inbound, name, value, value < end ? (size_t)(end - value) : 0);
        }
        if (*end == '\r') {
            end++;
        }
        line = *end == '\n' ? end + 1 : end;
    }
}

void trl_id_name_init(struct trl_id_name *ret_name, const char *text)
{
    size_t size = strlen(text);

    *ret_name = (struct trl_id_name){.text = text, .size = size, .usual_size = SIZE_MAX / 2};
    if (size >= 8 && size <= 15) {
        ret_name->usual_size = size;
        ret_name->first = trl_load_8(text);
        ret_name->last = trl_load_8(text + size - 7); /* the terminator is in it */
    }
}

/* Whether a header is that one in its usual spelling, `Name: value`, letter for letter. CivetWeb
 * parses in place, so that all from the name to its value is there to be read, without a call. */
static inline bool is_usual_id(const struct mg_header *header, const struct trl_id_name *name)
{
    const char *text = header->name;
    size_t size = name->usual_size;

    return (uintptr_t)header->value == (uintptr_t)text + size + 2 &&
           trl_load_8(text) == name->first && trl_load_8(text + size - 7) == name->last;
}

static void keep_first(const char **held, const struct mg_header *header, const char *name)
{
    if (*held == NULL && trl_same_name(header->name, name)) {
        *held = header->value;
    }
}

static void keep_asked(const struct mg_header *header, struct trl_asked *asked)
{
    switch (header->name[0] | 0x20) {
    case 'c':
        keep_first(&asked->connection, header, "Connection");
        break;
    case 't':
        keep_first(&asked->transfer_encoding, header, "Transfer-Encoding");
        break;
    case 'u':
        keep_first(&asked->user_agent, header, "User-Agent");
        keep_first(&asked->upgrade, header, "Upgrade");
        break;
    default:
        break;
    }
}

/* Returns the size of its value. Apart, so that what is frequent finds the registers. */
static __attribute__((noinline)) size_t
read_header(const struct mg_header *header, struct trl_inbound *inbound, struct trl_asked *asked)
{
    size_t size = strlen(header->value);

    if (trl_inbound_may_read(inbound, header->name)) {
        trl_inbound_header(inbound, header->name, header->value, size);
    }
    keep_asked(header, asked);
    return size;
}

/* Returns the size of the value. One that has an end where a UUID has it, and only bytes of an ID
 * before, has no other end: it need not be looked at again. */
static inline size_t read_request_id(const char *value, const char *buffer_end,
                                     struct trl_inbound *inbound)
{
    size_t size = TRL_UUID_SIZE;

    if (value < buffer_end - TRL_UUID_SIZE && value[TRL_UUID_SIZE] == '\0' &&
        trl_id_is_usual(value, TRL_UUID_SIZE)) {
        inbound->checked = value;
    } else {
        size = strlen(value);
    }
    trl_inbound_request_id(inbound, 0, (struct trl_text){value, size});
    return size;
}

void trl_request_read_headers(const struct mg_request_info *info, size_t buffer_size,
                              const struct trl_id_name *id_name, struct trl_inbound *inbound,
                              struct trl_asked *ret_asked)
{
    const uint32_t firsts = inbound->firsts | TRL_FIRST('c') | TRL_FIRST('t') | TRL_FIRST('u');

    *ret_asked = (struct trl_asked){.upgrade = NULL};
    if (TRL_UNLIKELY(info->num_headers <= 0 || info->request_method == NULL)) {
        return; /* it could not be parsed */
    }
    /* Those of a request that could be parsed have each a name and a value. */
    const struct mg_header *end = info->http_headers + info->num_headers;
    const char *buffer_end = info->request_method + buffer_size;
    for (const struct mg_header *header = info->http_headers; header < end; header++) {
        if ((firsts >> (header->name[0] & 0x1F) & 1) == 0) {
            continue;
        }
        size_t size = is_usual_id(header, id_name)
                          ? read_request_id(header->value, buffer_end, inbound)
                          : read_header(header, inbound, ret_asked);
        if (header + 1 == end && is_followed_by_blank(header->value + size, buffer_end)) {
            offer_folded(info, size, inbound);
        }
    }
    if (TRL_UNLIKELY(info->num_headers == MG_MAX_HEADERS)) {
        offer_unparsed(info, buffer_end, inbound);
    }
}

const char *trl_request_header(const struct mg_request_info *info, const char *name)
{
    for (int i = 0; i < info->num_headers; i++) {
        const char *other = info->http_headers[i].name;
        if (other != NULL && trl_same_name(other, name)) {
            return info->http_headers[i].value;
        }
    }
    return NULL;
}

bool trl_request_accepts_json(const struct mg_request_info *info)
{
    const char *accept = trl_request_header(info, "Accept");

    return accept != NULL && (strcasestr(accept, "application/json") != NULL ||
                              strcasestr(accept, "application/problem+json") != NULL);
}

void trl_copy_text(char *out, size_t capacity, const char *text)
{
    size_t size = text != NULL ? strnlen(text, capacity) : 0;

    if (size >= capacity) {
        size = trl_utf8_cut(text, size, capacity - 1);
    }
    if (text != NULL) {
        memcpy(out, text, size);
    }
    out[size] = '\0';
}
