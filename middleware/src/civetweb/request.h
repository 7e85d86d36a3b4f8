/* What the request says, as CivetWeb has parsed it, and where it has not. */
#ifndef TRL_CIVETWEB_REQUEST_H
#define TRL_CIVETWEB_REQUEST_H

#include "context/context.h"

#define TRAIL_CIVETWEB_NO_ROUTING
#include <trail/civetweb.h>

/* What the adapter itself wants of each request's headers: the first value of each, borrowed as
 * long as the request; NULL if it did not come. */
struct trl_asked {
    const char *connection;
    const char *transfer_encoding;
    const char *upgrade;
    const char *user_agent;
};

/* The name that a request ID most often comes by, and the words that tell it in a head. */
struct trl_id_name {
    const char *text;
    size_t size;
    size_t usual_size; /* the size if it is 8 to 15; else so large that no name has it */
    uint64_t first;
    uint64_t last;
};

/* Borrowed while the configuration stands. */
void trl_id_name_init(struct trl_id_name *ret_name, const char *text);

/* Reads all headers once: offers each, those beyond CivetWeb's MG_MAX_HEADERS too, and keeps what
 * the adapter wants of those that CivetWeb has parsed. buffer_size: of CivetWeb's buffer for it. */
void trl_request_read_headers(const struct mg_request_info *info, size_t buffer_size,
                              const struct trl_id_name *id_name, struct trl_inbound *inbound,
                              struct trl_asked *ret_asked);

/* The first value of a header; NULL if it did not come. */
const char *trl_request_header(const struct mg_request_info *info, const char *name);

/* Whether the client's Accept names JSON or problem+json. */
bool trl_request_accepts_json(const struct mg_request_info *info);

/* Copies a text, cut on a UTF-8 boundary; NULL as "". */
void trl_copy_text(char *out, size_t capacity, const char *text);

#endif
