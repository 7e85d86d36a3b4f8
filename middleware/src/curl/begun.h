/* The handles whose call has begun and not ended: so that one that is sent without a call is seen.
 */
#ifndef TRL_CURL_BEGUN_H
#define TRL_CURL_BEGUN_H

#include <curl/curl.h>

/* Any thread; no lock. What finds no room is not kept; then every handle counts as begun. */
void trl_curl_begun_add(CURL *easy);
void trl_curl_begun_remove(CURL *easy);

#endif
