/* What the request says, as CivetWeb has parsed it, and where it has not. */
#ifndef TRL_CIVETWEB_REQUEST_H
#define TRL_CIVETWEB_REQUEST_H

#include "context/context.h"

#define TRAIL_CIVETWEB_NO_ROUTING
#include <trail/civetweb.h>

/* Offers each header, those beyond CivetWeb's MG_MAX_HEADERS too. */
void trl_request_offer_headers(const struct mg_request_info *info, struct trl_inbound *inbound);

/* The first value of a header; NULL if it did not come. */
const char *trl_request_header(const struct mg_request_info *info, const char *name);

/* Whether the client's Accept names JSON or problem+json. */
bool trl_request_accepts_json(const struct mg_request_info *info);

/* Copies a text, cut on a UTF-8 boundary; NULL as "". */
void trl_copy_text(char *out, size_t capacity, const char *text);

#endif
