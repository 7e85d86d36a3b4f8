/* The response of one request as a state machine over the bytes that the application sends: finds
 * the end of its head, puts the request ID into it, keeps a head that declares a length back until
 * its first body byte, and counts what left. Knows nothing of CivetWeb. */
#ifndef TRL_CIVETWEB_RESPONSE_H
#define TRL_CIVETWEB_RESPONSE_H

#include "civetweb/chunked.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The buffer that a response begins with, and the most that it grows to for a long head. */
#define TRL_RESPONSE_BUFFER     16384
#define TRL_RESPONSE_BUFFER_MAX (1024 * 1024)

/* Memory behind each buffer, to be read alone: bytes are looked at 16 at a time. */
#define TRL_RESPONSE_SLACK 16

/* Room kept free before the head, so that a header can be put behind the status line by moving
 * that line alone. */
#define TRL_RESPONSE_GAP 512

/* Sends bytes; returns how many went out, negative if none. */
typedef int trl_send_fn(void *sink, const char *bytes, size_t size);

enum trl_response_phase {
    TRL_RESPONSE_FRESH,    /* nothing came yet */
    TRL_RESPONSE_BUILDING, /* a head is put together by header functions */
    TRL_RESPONSE_HEAD,     /* part of a head came, and is held */
    TRL_RESPONSE_HELD,     /* the head is complete, and waits for its first body byte */
    TRL_RESPONSE_BODY,     /* the head has left */
    TRL_RESPONSE_OPAQUE,   /* what came is no HTTP head: passed on untouched */
};

struct trl_response {
    /* Set by the caller, before trl_response_begin(). */
    trl_send_fn *send;
    void *sink;
    const char *id_name; /* the header that bears the request ID */
    size_t id_name_size;
    const char *id;
    size_t id_size;
    bool head_request; /* no body follows, whatever the head declares */

    enum trl_response_phase phase;
    int status;        /* of the wire; 0: none yet */
    bool head_sent;    /* the whole final head went out */
    bool broken;       /* a write was short or failed */
    bool has_length;   /* Content-Length was declared */
    bool chunked;      /* Transfer-Encoding: chunked */
    bool event_stream; /* Content-Type: text/event-stream */
    bool has_date;     /* a Date field was added */
    bool has_connection;
    bool dropping;      /* the field line before was left out; its continuations are, too */
    unsigned fields;    /* that were added while building */
    uint64_t length;    /* as declared */
    uint64_t body_sent; /* bytes behind the head that went out */
    struct trl_chunked chunks;

    char *buffer;
    size_t capacity;
    size_t start;      /* of the held bytes */
    size_t end;        /* one past them */
    size_t status_end; /* one past the status line, once it is complete */
    size_t line;       /* start of the line that is not complete yet */
    size_t seen;       /* up to where it holds no newline */
    size_t head_end;   /* one past the blank line, once it is known; else 0 */
    char *inline_buffer;
};

/* Gives the response its buffer of TRL_RESPONSE_BUFFER bytes and the slack; once. */
void trl_response_init(struct trl_response *response, char *buffer);

/* Makes it ready for the next request. */
void trl_response_begin(struct trl_response *response);

/* Releases what a long head made it take. */
void trl_response_end(struct trl_response *response);

/* What the application writes, as CivetWeb's mg_write() takes it and answers: the number of bytes
 * taken, fewer or negative if the client is gone. */
int trl_response_write(struct trl_response *response, const char *bytes, size_t size);

/* Room to format into, at least of size bytes; NULL where there is none. Then commit. */
char *trl_response_reserve(struct trl_response *response, size_t size, size_t *ret_room);
int trl_response_commit(struct trl_response *response, size_t size);

/* Lets a complete head go. Negative if it could not be sent. */
int trl_response_flush(struct trl_response *response);

/* Body bytes went out past this response's own functions. */
void trl_response_passed(struct trl_response *response, size_t size);

/* The handler has returned: whatever is held goes, a head that never became complete as it is. */
int trl_response_finish(struct trl_response *response);

/* For the files of the response alone: sees to it that size more bytes fit behind what is held; the
 * head is complete in the buffer, own_size bytes of it are this call's. */
bool trl_response_make_room(struct trl_response *response, size_t size);
int trl_response_head_complete(struct trl_response *response, size_t own_size);
int trl_response_let_interim_go(struct trl_response *response);
int trl_response_write_held(struct trl_response *response, const char *bytes, size_t size);

/* Whether the body is as long as its head declared. Of one that declares nothing, true. */
bool trl_response_complete(const struct trl_response *response);

/* Whether bytes follow its declared length or its last chunk. */
bool trl_response_overran(const struct trl_response *response);

/* Whether the head, as far as it came, leaves it to the connection's end to tell the body's. */
bool trl_response_ends_by_close(const struct trl_response *response);

/* Whether the client can tell where it ended, so that another one may follow (RFC 9112, 6.3): it is
 * exactly as long as its head says, or has no body. */
bool trl_response_delimited(const struct trl_response *response);

/* Building: the status line and the request ID; one field (false: no room); the blank line. A field
 * of the request ID's own name is taken and left out. */
bool trl_response_build(struct trl_response *response, const char *version, int status,
                        const char *reason);
/* Of a head that is being built: another status; the fields so far, which end at response->end. */
bool trl_response_restate(struct trl_response *response, const char *version, int status,
                          const char *reason);
const char *trl_response_built_fields(const struct trl_response *response);
bool trl_response_add(struct trl_response *response, const char *name, size_t name_size,
                      const char *value, size_t value_size);

/* The same for one that says nothing of the response: neither its length or coding, nor its ID, nor
 * that trail need not add it. */
bool trl_response_add_silent(struct trl_response *response, const char *name, size_t name_size,
                             const char *value, size_t value_size);
bool trl_response_add_raw(struct trl_response *response, const char *lines, size_t size);
int trl_response_build_end(struct trl_response *response);
/* The same, with the whole body behind it. */
int trl_response_build_end_with(struct trl_response *response, const char *body, size_t size);

/* `Sun, 06 Nov 1994 08:49:37 GMT` */
#define TRL_DATE_SIZE 29

/* HTTP/1.1, these fields and no more; status allows a body, and that is not empty. */
struct trl_whole_response {
    int status;
    const char *reason; /* of 200 "OK" */
    const char *type;   /* no event stream's */
    size_t type_size;
    const char *date;
    const char *body;
    size_t size;
};

/* Whether nothing of it has come, nor of one before it. */
bool trl_response_is_untouched(const struct trl_response *response);

/* Sends such a response in one go; it is untouched. Negative if that failed. The same bytes as
 * built field by field, for a third of the work. */
int trl_response_send_whole(struct trl_response *response, const struct trl_whole_response *whole);

#endif
