/* Sink: reading an HTTP/1.1 response (RFC 9112). Whoever is at the other end may say anything. */
#include "core/ascii.h"
#include "core/clock.h"
#include "core/locale.h"
#include "sink/http_post.h"

#include <string.h>
#include <time.h>

/* Servers ask for patience; more than this is not heeded. */
#define RETRY_AFTER_MAX_MS UINT64_C(60000)

struct head {
    int status;
    size_t size; /* with the empty line */
    bool chunked;
    bool has_length;
    uint64_t length;
};

/* Decimal digits alone; false where there are none or too many. */
static bool read_number(const char *text, size_t size, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (size == 0 || size > 18) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    *ret_number = number;
    return true;
}

/* RFC 9110, 10.2.3: seconds, or a date of the one form that is still sent. */
static uint64_t read_retry_after(const char *value, size_t size)
{
    struct tm civil = {.tm_isdst = 0};
    char copy[64];
    uint64_t seconds = 0;

    if (!read_number(value, size, &seconds)) {
        if (size >= sizeof(copy)) {
            return 0;
        }
        memcpy(copy, value, size);
        copy[size] = '\0';
        if (strptime_l(copy, "%a, %d %b %Y %H:%M:%S GMT", &civil, trl_c_locale()) == NULL) {
            return 0;
        }
        int64_t left = (int64_t)timegm(&civil) - trl_clock_wall_ms() / 1000;
        seconds = left > 0 ? (uint64_t)left : 0;
    }
    return seconds < RETRY_AFTER_MAX_MS / 1000 ? seconds * 1000 : RETRY_AFTER_MAX_MS;
}

static void read_field(const char *line, size_t size, struct head *head,
                       struct trl_http_response *response)
{
    const char *colon = memchr(line, ':', size);

    if (colon == NULL) {
        return;
    }
    size_t name_size = (size_t)(colon - line);
    const char *value = colon + 1;
    size_t value_size = size - name_size - 1;
    while (value_size > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        value_size--;
    }
    while (value_size > 0 && (value[value_size - 1] == ' ' || value[value_size - 1] == '\t')) {
        value_size--;
    }
    if (name_size == 14 && trl_strncasecmp(line, "Content-Length", 14) == 0) {
        head->has_length = read_number(value, value_size, &head->length);
    } else if (name_size == 17 && trl_strncasecmp(line, "Transfer-Encoding", 17) == 0) {
        head->chunked = value_size == 7 && trl_strncasecmp(value, "chunked", 7) == 0;
    } else if (name_size == 11 && trl_strncasecmp(line, "Retry-After", 11) == 0) {
        response->retry_after_ms = read_retry_after(value, value_size);
    }
}

/* `HTTP/1.1 200 OK`, fields, an empty line; lines may end with LF alone (RFC 9112, 2.2). */
static enum trail_status read_head(const char *text, size_t size, struct head *ret_head,
                                   struct trl_http_response *response)
{
    const char *at = text;
    const char *end = text + size;
    uint64_t status;

    *ret_head = (struct head){.status = 0};
    for (;;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL) {
            return ret_head->status == 0 && size > 0 &&
                           strncmp(text, "HTTP/1.", size < 7 ? size : 7) != 0
                       ? TRAIL_ERR_MALFORMED
                       : TRAIL_ERR_SPACE;
        }
        size_t line_size = (size_t)(newline - at);
        line_size -= line_size > 0 && at[line_size - 1] == '\r' ? 1 : 0;
        if (ret_head->status == 0) {
            if (line_size < 12 || strncmp(at, "HTTP/1.", 7) != 0 || at[8] != ' ' ||
                !read_number(at + 9, 3, &status) || status < 100 || status > 599) {
                return TRAIL_ERR_MALFORMED;
            }
            ret_head->status = (int)status;
        } else if (line_size == 0) {
            ret_head->size = (size_t)(newline + 1 - text);
            return TRAIL_OK;
        } else {
            read_field(at, line_size, ret_head, response);
        }
        at = newline + 1;
    }
}

static void keep(struct trl_http_response *response, const char *bytes, size_t size)
{
    size_t room = sizeof(response->body) - response->body_size;
    size_t part = size < room ? size : room;

    memcpy(response->body + response->body_size, bytes, part);
    response->body_size += part;
}

/* RFC 9112, 7.1. */
static enum trail_status read_chunks(const char *text, size_t size,
                                     struct trl_http_response *response)
{
    for (;;) {
        const char *newline = memchr(text, '\n', size);
        size_t chunk = 0;
        size_t digits = 0;

        if (newline == NULL) {
            return TRAIL_ERR_SPACE;
        }
        for (; trl_hex_value(text[digits]) >= 0; digits++) {
            chunk = chunk * 16 + (size_t)trl_hex_value(text[digits]);
        }
        if (digits == 0 || digits > 8) {
            return TRAIL_ERR_MALFORMED;
        }
        size -= (size_t)(newline + 1 - text);
        text = newline + 1;
        if (chunk == 0) {
            return TRAIL_OK;
        }
        if (size < 2 || size - 2 < chunk) { /* the sum would not hold in 32 bits */
            return TRAIL_ERR_SPACE;
        }
        keep(response, text, chunk);
        text += chunk;
        size -= chunk;
        size_t line_end = *text == '\r' ? 2 : 1;
        text += line_end;
        size -= line_end;
    }
}

enum trail_status trl_http_parse(const char *text, size_t size, bool at_end,
                                 struct trl_http_response *ret_response)
{
    struct trl_http_response *response = ret_response;
    struct head head;

    do { /* interim responses (RFC 9110, 15.2) come before the one that counts */
        *response = (struct trl_http_response){.status = 0};
        enum trail_status status = read_head(text, size, &head, response);
        if (status != TRAIL_OK) {
            return status;
        }
        text += head.size;
        size -= head.size;
    } while (head.status < 200);
    response->status = head.status;
    if (head.status == 204 || head.status == 304) {
        return TRAIL_OK;
    }
    if (head.chunked) {
        return read_chunks(text, size, response);
    }
    if (head.has_length && head.length <= size) {
        keep(response, text, (size_t)head.length);
        return TRAIL_OK;
    }
    keep(response, text, size);
    return at_end && !head.has_length ? TRAIL_OK : TRAIL_ERR_SPACE;
}
