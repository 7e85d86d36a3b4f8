/* libcurl's results as stable words. */
#ifndef TRL_CURL_ERROR_H
#define TRL_CURL_ERROR_H

#include <curl/curl.h>

/* The errorCode for a result; NULL for CURLE_OK. os_error: CURLINFO_OS_ERRNO. A constant. */
const char *trl_curl_error_code(CURLcode code, long os_error);

#endif
