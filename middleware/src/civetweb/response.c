/* CivetWeb adapter: what is held of a response, when it leaves, and what is counted of it. */
#include "civetweb/response.h"

#include "civetweb/head.h"
#include "core/likely.h"

#include <stdlib.h>
#include <string.h>

void trl_response_init(struct trl_response *response, char *buffer)
{
    memset(response, 0, sizeof(*response));
    response->inline_buffer = buffer;
    response->buffer = buffer;
    response->capacity = TRL_RESPONSE_BUFFER;
}

static void rewind_buffer(struct trl_response *response)
{
    response->start = TRL_RESPONSE_GAP;
    response->end = TRL_RESPONSE_GAP;
    response->line = TRL_RESPONSE_GAP;
    response->seen = TRL_RESPONSE_GAP;
    response->head_end = 0;
}

void trl_response_begin(struct trl_response *response)
{
    response->phase = TRL_RESPONSE_FRESH;
    response->head_sent = false;
    response->broken = false;
    response->has_date = false;
    response->has_connection = false;
    response->fields = 0;
    response->body_sent = 0;
    memset(&response->chunks, 0, sizeof(response->chunks));
    trl_head_forget(response);
    rewind_buffer(response);
}

void trl_response_end(struct trl_response *response)
{
    if (TRL_UNLIKELY(response->buffer != response->inline_buffer)) {
        free(response->buffer);
        response->buffer = response->inline_buffer;
        response->capacity = TRL_RESPONSE_BUFFER;
    }
}

static __attribute__((noinline)) bool grow(struct trl_response *response, size_t size)
{
    size_t capacity = response->capacity;
    char *grown;

    while (capacity - response->end < size) {
        if (capacity >= TRL_RESPONSE_BUFFER_MAX) {
            return false;
        }
        capacity *= 2;
    }
    grown = malloc(capacity + TRL_RESPONSE_SLACK);
    if (grown == NULL) {
        return false;
    }
    memcpy(grown, response->buffer, response->end);
    if (response->buffer != response->inline_buffer) {
        free(response->buffer);
    }
    response->buffer = grown;
    response->capacity = capacity;
    return true;
}

bool trl_response_make_room(struct trl_response *response, size_t size)
{
    return TRL_LIKELY(size <= response->capacity - response->end) || grow(response, size);
}

static void count_body(struct trl_response *response, const char *bytes, size_t size)
{
    response->body_sent += size;
    if (TRL_UNLIKELY(response->chunked)) {
        trl_chunked_feed(&response->chunks, bytes, size);
    }
}

/* Sends body bytes, or bytes of what is no HTTP response. */
static int send_body(struct trl_response *response, const char *bytes, size_t size)
{
    int sent = response->send(response->sink, bytes, size);

    if (sent > 0) {
        count_body(response, bytes, (size_t)sent);
    }
    if (sent < 0 || (size_t)sent < size) {
        response->broken = true;
    }
    return sent;
}

/* Sends what is held. Of that, the bytes from head_end on are body. Returns how many bytes of the
 * last own_size ones went out, or what the send returned if none did. */
static int send_held(struct trl_response *response, size_t own_size)
{
    const char *held = response->buffer + response->start;
    size_t size = response->end - response->start;
    size_t head_size = response->head_end > 0 ? response->head_end - response->start : 0;
    int sent = response->send(response->sink, held, size);
    size_t out = sent > 0 ? (size_t)sent : 0;
    size_t before;

    if (TRL_LIKELY(head_size > 0 && out >= head_size)) {
        response->head_sent = true;
    }
    if (TRL_LIKELY(out > head_size)) {
        count_body(response, held + head_size, out - head_size);
    }
    rewind_buffer(response);
    if (TRL_LIKELY(out == size)) {
        return (int)own_size;
    }
    response->broken = true;
    before = size > own_size ? size - own_size : 0; /* lines of this call may have been left out */
    return out > before ? (int)(out - before) : -1;
}

static bool body_follows(const struct trl_response *response)
{
    return TRL_LIKELY(!response->head_request && response->status != 204 &&
                      response->status != 304 && response->status >= 200);
}

bool trl_response_ends_by_close(const struct trl_response *response)
{
    return !response->has_length && !response->chunked && body_follows(response);
}

/* Whether the complete head waits for its first body byte. */
static bool waits(const struct trl_response *response)
{
    return response->end == response->head_end && response->has_length && response->length > 0 &&
           !response->chunked && body_follows(response);
}

/* An interim head leaves at once, as it is; what came behind it is read as the next head. */
int trl_response_let_interim_go(struct trl_response *response)
{
    size_t rest = response->end - response->head_end;
    char *held = response->buffer + response->start;
    size_t size = response->head_end - response->start;
    int sent = response->send(response->sink, held, size);

    if (sent < 0 || (size_t)sent < size) {
        response->broken = true;
    }
    memmove(response->buffer + TRL_RESPONSE_GAP, response->buffer + response->head_end, rest);
    rewind_buffer(response);
    response->end += rest;
    trl_head_forget(response);
    return response->broken ? -1 : 0;
}

int trl_response_head_complete(struct trl_response *response, size_t own_size)
{
    if (TRL_UNLIKELY(waits(response))) {
        response->phase = TRL_RESPONSE_HELD;
        return (int)own_size;
    }
    response->phase = TRL_RESPONSE_BODY;
    return send_held(response, own_size);
}

/* New bytes are in the buffer, own_size of them this call's: sends what may leave. */
static int advance(struct trl_response *response, size_t own_size)
{
    for (;;) {
        switch (__builtin_expect(trl_head_scan(response), TRL_HEAD_FINAL)) {
        case TRL_HEAD_MORE:
            response->phase =
                response->end > response->start ? TRL_RESPONSE_HEAD : TRL_RESPONSE_FRESH;
            return (int)own_size;
        case TRL_HEAD_INTERIM:
            if (trl_response_let_interim_go(response) < 0) {
                return -1;
            }
            break;
        case TRL_HEAD_FINAL:
            trl_head_insert_id(response);
            return trl_response_head_complete(response, own_size);
        case TRL_HEAD_NONE:
        default:
            response->phase = TRL_RESPONSE_OPAQUE;
            response->status = 0;
            return send_held(response, own_size);
        }
    }
}

/* A head longer than any buffer: it leaves with the ID behind its status line, the rest unread. */
static int give_up_head(struct trl_response *response, const char *bytes, size_t size)
{
    if (response->status == 0) {
        response->phase = TRL_RESPONSE_OPAQUE;
    } else {
        trl_head_insert_id(response);
        response->head_end = response->end;
        response->phase = TRL_RESPONSE_BODY;
    }
    return send_held(response, 0) < 0 ? -1 : send_body(response, bytes, size);
}

/* The first body bytes leave with the head that waits for them: as many as fit. */
int trl_response_write_held(struct trl_response *response, const char *bytes, size_t size)
{
    size_t room = response->capacity - response->end;
    size_t take = size < room ? size : room;
    int sent;
    int rest;

    memcpy(response->buffer + response->end, bytes, take);
    response->end += take;
    response->phase = TRL_RESPONSE_BODY;
    sent = send_held(response, take);
    if (sent < 0 || (size_t)sent < take || take == size) {
        return sent;
    }
    rest = send_body(response, bytes + take, size - take);
    return rest > 0 ? sent + rest : sent;
}

/* Head bytes, perhaps with body bytes behind them that need not all be copied. */
static int write_head(struct trl_response *response, const char *bytes, size_t size)
{
    size_t done = 0;

    if (TRL_UNLIKELY(response->phase == TRL_RESPONSE_BUILDING)) {
        trl_response_begin(response); /* what was put together is left, as CivetWeb does */
    }
    while (done < size && response->phase <= TRL_RESPONSE_HEAD) {
        size_t room = response->capacity - response->end;
        size_t take = size - done < room ? size - done : room;
        int sent;

        if (take == 0) {
            if (!trl_response_make_room(response, 1)) {
                sent = give_up_head(response, bytes + done, size - done);
                return sent < 0 ? sent : (int)done + sent;
            }
            continue;
        }
        memcpy(response->buffer + response->end, bytes + done, take);
        response->end += take;
        sent = advance(response, take);
        if (sent < 0) {
            return done > 0 ? (int)done : sent;
        }
        done += (size_t)sent;
        if ((size_t)sent < take) {
            return (int)done;
        }
    }
    if (done < size) {
        int sent = trl_response_write(response, bytes + done, size - done);
        return sent < 0 ? (int)done : (int)done + sent;
    }
    return (int)done;
}

int trl_response_write(struct trl_response *response, const char *bytes, size_t size)
{
    if (size == 0) {
        return 0;
    }
    switch (response->phase) {
    case TRL_RESPONSE_BODY:
    case TRL_RESPONSE_OPAQUE:
        return send_body(response, bytes, size);
    case TRL_RESPONSE_HELD:
        return trl_response_write_held(response, bytes, size);
    default:
        return write_head(response, bytes, size);
    }
}

char *trl_response_reserve(struct trl_response *response, size_t size, size_t *ret_room)
{
    if (response->phase == TRL_RESPONSE_BUILDING) {
        trl_response_begin(response);
    }
    if (TRL_UNLIKELY(!trl_response_make_room(response, size))) {
        return NULL;
    }
    *ret_room = response->capacity - response->end;
    return response->buffer + response->end;
}

int trl_response_commit(struct trl_response *response, size_t size)
{
    response->end += size;
    switch (__builtin_expect(response->phase, TRL_RESPONSE_FRESH)) {
    case TRL_RESPONSE_BODY:
    case TRL_RESPONSE_OPAQUE:
        return send_held(response, size);
    case TRL_RESPONSE_HELD:
        response->phase = TRL_RESPONSE_BODY;
        return send_held(response, size);
    default:
        return advance(response, size);
    }
}

int trl_response_flush(struct trl_response *response)
{
    if (TRL_LIKELY(response->phase != TRL_RESPONSE_HELD)) {
        return TRL_UNLIKELY(response->broken) ? -1 : 0;
    }
    response->phase = TRL_RESPONSE_BODY;
    return send_held(response, 0);
}

void trl_response_passed(struct trl_response *response, size_t size)
{
    response->body_sent += size;
}

int trl_response_finish(struct trl_response *response)
{
    if (TRL_UNLIKELY(response->phase == TRL_RESPONSE_HEAD)) {
        response->phase = TRL_RESPONSE_OPAQUE;
        response->status = 0;
        return send_held(response, 0);
    }
    return trl_response_flush(response);
}

bool trl_response_complete(const struct trl_response *response)
{
    if (TRL_UNLIKELY(response->phase != TRL_RESPONSE_BODY || !body_follows(response))) {
        return response->phase != TRL_RESPONSE_HELD;
    }
    if (TRL_UNLIKELY(response->chunked)) {
        return response->chunks.ended || response->chunks.malformed;
    }
    return TRL_UNLIKELY(!response->has_length) || response->body_sent >= response->length;
}

bool trl_response_overran(const struct trl_response *response)
{
    if (TRL_UNLIKELY(response->phase != TRL_RESPONSE_BODY || !body_follows(response))) {
        return false;
    }
    return TRL_UNLIKELY(response->chunked)
               ? response->chunks.ended && response->chunks.malformed
               : response->has_length && response->body_sent > response->length;
}

bool trl_response_delimited(const struct trl_response *response)
{
    if (TRL_UNLIKELY(response->phase != TRL_RESPONSE_BODY)) {
        return false;
    }
    if (TRL_UNLIKELY(!body_follows(response))) {
        return response->body_sent == 0;
    }
    if (TRL_UNLIKELY(response->chunked)) {
        return response->chunks.ended && !response->chunks.malformed;
    }
    return response->has_length && response->body_sent == response->length;
}
