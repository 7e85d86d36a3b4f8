/* The headers of a call: the caller's own, and those of trail's that the caller does not set. */
#ifndef TRL_CURL_HEADERS_H
#define TRL_CURL_HEADERS_H

#include <trail/propagate.h>

#include <curl/curl.h>

/* Copies the caller's headers and adds the context's. NULL in *ret_own where none was added: the
 * context's follow the caller's, up to the end. TRAIL_ERR_NOMEM. */
enum trail_status trl_curl_headers(const struct curl_slist *callers, struct trail_call *call,
                                   struct curl_slist **ret_headers, struct curl_slist **ret_own);

/* Hides the context's headers from the next request, or shows them again: libcurl leaves out a
 * header whose text ends behind its colon. Changes the list in place, which libcurl reads anew for
 * each hop. */
void trl_curl_headers_show(struct curl_slist *own, bool show);

#endif
