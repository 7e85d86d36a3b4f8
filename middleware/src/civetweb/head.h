/* The head of a response while it comes in: found line by line, its own request ID taken out, the
 * request's put in. */
#ifndef TRL_CIVETWEB_HEAD_H
#define TRL_CIVETWEB_HEAD_H

#include "civetweb/response.h"

enum trl_head_result {
    TRL_HEAD_MORE,    /* its end has not come */
    TRL_HEAD_FINAL,   /* head_end is set; status and what the fields declare are known */
    TRL_HEAD_INTERIM, /* likewise, of a 1xx other than 101: another head follows */
    TRL_HEAD_NONE,    /* these bytes are no HTTP response */
};

/* Reads on in the held bytes. */
enum trl_head_result trl_head_scan(struct trl_response *response);

/* Puts the request ID behind the status line of a head that stands at response->start. */
void trl_head_insert_id(struct trl_response *response);

/* Takes note of what a field line, without its end, declares. False: it is a request ID, to be left
 * out. */
bool trl_head_note(struct trl_response *response, const char *line, size_t size);

/* Forgets what the fields of an interim head declared. */
void trl_head_forget(struct trl_response *response);

#endif
