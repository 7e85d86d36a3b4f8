/* CivetWeb adapter: reading the request's head. CivetWeb keeps 64 header lines and drops the rest;
 * of one that came twice its own lookup gives the first. An ID must be judged by all of them. */
#include "civetweb/request.h"

#include "core/ascii.h"
#include "core/utf8.h"

#include <string.h>

/* The line that follows the last one that CivetWeb parsed, or NULL. CivetWeb parses in place: a
 * value's CR and LF became NULs, and the head's own last LF is the NUL that ends it. Only a head
 * whose lines all ended in CR LF can be followed: in another, that end can't be told. */
static const char *unparsed_line(const struct mg_request_info *info)
{
    const char *end = NULL;

    if (info->num_headers != MG_MAX_HEADERS) {
        return NULL;
    }
    for (int i = 0; i < MG_MAX_HEADERS; i++) {
        if (end != NULL && info->http_headers[i].name != end + 2) {
            return NULL;
        }
        end = info->http_headers[i].value + strlen(info->http_headers[i].value);
    }
    return end + 2;
}

static void offer_unparsed(const char *line, struct trl_inbound *inbound)
{
    while (*line != '\0' && *line != '\r' && *line != '\n') {
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

static void keep_first(const char **held, const struct mg_header *header, const char *name)
{
    if (*held == NULL && trl_same_name(header->name, name)) {
        *held = header->value;
    }
}

static void keep_asked(const struct mg_header *header, struct trl_asked *asked)
{
    switch (header->name[0] | 0x20) {
    case 't':
        keep_first(&asked->transfer_encoding, header, "Transfer-Encoding");
        break;
    case 'u':
        keep_first(&asked->user_agent, header, "User-Agent");
        break;
    default:
        break;
    }
}

void trl_request_read_headers(const struct mg_request_info *info, struct trl_inbound *inbound,
                              struct trl_asked *ret_asked)
{
    const char *line;

    *ret_asked = (struct trl_asked){NULL, NULL};
    for (int i = 0; i < info->num_headers; i++) {
        const struct mg_header *header = &info->http_headers[i];
        if (header->name != NULL && header->value != NULL) {
            if (trl_inbound_may_read(inbound, header->name)) {
                trl_inbound_header(inbound, header->name, header->value, strlen(header->value));
            }
            keep_asked(header, ret_asked);
        }
    }
    line = unparsed_line(info);
    if (line != NULL) {
        offer_unparsed(line, inbound);
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
