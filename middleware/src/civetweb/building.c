/* CivetWeb adapter: a head that is put together field by field, straight into the buffer that it
 * leaves from. */
#include "civetweb/head.h"

#include "core/ascii.h"
#include "core/json_put.h"
#include "core/likely.h"

#include <string.h>

static inline char *put(char *at, const char *text, size_t size)
{
    memcpy(at, text, size);
    return at + size;
}
#define PUT_LITERAL(at, literal) put((at), (literal), sizeof(literal) - 1)

/* `HTTP/1.1 200 OK` takes version and reason, and besides */
enum { STATUS_LINE_REST = 12 };

static char *put_status_line(char *at, const char *version, int status, const char *reason)
{
    at = put(at, "HTTP/", 5);
    at = put(at, version, strlen(version));
    *at++ = ' ';
    *at++ = (char)('0' + status / 100);
    *at++ = (char)('0' + status / 10 % 10);
    *at++ = (char)('0' + status % 10);
    *at++ = ' ';
    at = put(at, reason, strlen(reason));
    return put(at, "\r\n", 2);
}

static inline char *put_id(const struct trl_response *response, char *at)
{
    if (response->id_size > 0) {
        at = put(at, response->id_name, response->id_name_size);
        at = put(at, ": ", 2);
        at = put(at, response->id, response->id_size);
        at = put(at, "\r\n", 2);
    }
    return at;
}

bool trl_response_build(struct trl_response *response, const char *version, int status,
                        const char *reason)
{
    char *at;

    trl_response_begin(response);
    if (!trl_response_make_room(response, strlen(version) + strlen(reason) + STATUS_LINE_REST +
                                              response->id_name_size + response->id_size + 4)) {
        return false;
    }
    at = put_status_line(response->buffer + response->end, version, status, reason);
    at = put_id(response, at);
    response->end = (size_t)(at - response->buffer);
    response->status = status;
    response->phase = TRL_RESPONSE_BUILDING;
    return true;
}

const char *trl_response_built_fields(const struct trl_response *response)
{
    const char *line = response->buffer + response->start;

    return (const char *)memchr(line, '\n', response->end - response->start) + 1;
}

/* In front of what follows it, where the gap leaves room. */
bool trl_response_restate(struct trl_response *response, const char *version, int status,
                          const char *reason)
{
    size_t end = (size_t)(trl_response_built_fields(response) - response->buffer);
    size_t size = strlen(version) + strlen(reason) + STATUS_LINE_REST;

    if (size > end) {
        return false;
    }
    response->start = end - size;
    (void)put_status_line(response->buffer + response->start, version, status, reason);
    response->status = status;
    return true;
}

/* What stands there already is not added at the end. */
static void note_own(struct trl_response *response, const char *name, size_t name_size)
{
    if (name_size == 4 && trl_strncasecmp(name, "date", 4) == 0) {
        response->has_date = true;
    } else if (name_size == 10 && trl_strncasecmp(name, "connection", 10) == 0) {
        response->has_connection = true;
    }
}

/* Behind what stands in the buffer; returns the end of the value, or NULL. */
static char *put_field(struct trl_response *response, const char *name, size_t name_size,
                       const char *value, size_t value_size)
{
    char *at;

    if (!trl_response_make_room(response, name_size + value_size + 4)) {
        return NULL;
    }
    at = put(response->buffer + response->end, name, name_size);
    at = put(at, ": ", 2);
    return put(at, value, value_size);
}

static void end_field(struct trl_response *response, char *at)
{
    at = put(at, "\r\n", 2);
    response->end = (size_t)(at - response->buffer);
    response->fields++;
}

bool trl_response_add(struct trl_response *response, const char *name, size_t name_size,
                      const char *value, size_t value_size)
{
    char *at = put_field(response, name, name_size, value, value_size);

    if (at == NULL) {
        return false;
    }
    const char *line = at - value_size - 2 - name_size;
    if (trl_head_note(response, line, (size_t)(at - line))) {
        note_own(response, name, name_size);
        end_field(response, at);
    }
    return true;
}

bool trl_response_add_silent(struct trl_response *response, const char *name, size_t name_size,
                             const char *value, size_t value_size)
{
    char *at = put_field(response, name, name_size, value, value_size);

    if (at != NULL) {
        end_field(response, at);
    }
    return at != NULL;
}

bool trl_response_add_raw(struct trl_response *response, const char *lines, size_t size)
{
    if (!trl_response_make_room(response, size)) {
        return false;
    }
    memcpy(response->buffer + response->end, lines, size);
    response->end += size;
    return true;
}

static bool end_head(struct trl_response *response)
{
    if (!trl_response_add_raw(response, "\r\n", 2)) {
        return false;
    }
    response->head_end = response->end;
    return true;
}

/* Another head follows an interim one. */
static bool is_interim(const struct trl_response *response)
{
    return response->status < 200 && response->status != 101;
}

int trl_response_build_end(struct trl_response *response)
{
    if (!end_head(response)) {
        return -1;
    }
    if (is_interim(response)) {
        response->phase = TRL_RESPONSE_FRESH;
        return trl_response_let_interim_go(response);
    }
    return trl_response_head_complete(response, 0);
}

int trl_response_build_end_with(struct trl_response *response, const char *body, size_t size)
{
    if (!end_head(response)) {
        return -1;
    }
    return size > 0 ? trl_response_write_held(response, body, size)
                    : trl_response_head_complete(response, 0);
}

bool trl_response_is_untouched(const struct trl_response *response)
{
    return response->phase == TRL_RESPONSE_FRESH && response->end == response->start &&
           !response->broken && response->body_sent == 0;
}

/* All that is the same in the heads of such responses, and the digits of any length. */
enum { WHOLE_REST = 128 };

int trl_response_send_whole(struct trl_response *response, const struct trl_whole_response *whole)
{
    bool is_ok = TRL_LIKELY(whole->status == 200);
    size_t reason_size = is_ok ? sizeof("OK") - 1 : strlen(whole->reason);
    char *at;

    if (!trl_response_make_room(response, WHOLE_REST + reason_size + response->id_name_size +
                                              response->id_size + whole->type_size)) {
        return -1;
    }
    at = response->buffer + response->end;
    at = is_ok ? PUT_LITERAL(at, "HTTP/1.1 200 OK\r\n")
               : put_status_line(at, "1.1", whole->status, whole->reason);
    at = put_id(response, at);
    at = PUT_LITERAL(at, "Content-Type: ");
    at = put(at, whole->type, whole->type_size);
    at = PUT_LITERAL(at, "\r\nContent-Length: ");
    at = trl_put_uint(at, whole->size);
    at = PUT_LITERAL(at, "\r\nDate: ");
    at = put(at, whole->date, TRL_DATE_SIZE);
    at = PUT_LITERAL(at, "\r\n\r\n");
    response->end = response->head_end = (size_t)(at - response->buffer);
    response->status = whole->status;
    response->fields = 3;
    response->has_length = true;
    response->length = whole->size;
    return trl_response_write_held(response, whole->body, whole->size);
}
