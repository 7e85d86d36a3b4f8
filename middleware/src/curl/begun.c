/* Curl: the forgotten hop. libcurl has no room on a handle that is not the application's, so what
 * was begun is kept in a table of its own. */
#define TRAIL_CURL_NO_ROUTING
#include "curl/begun.h"

#include <trail/curl.h>

#include <stdbool.h>
#include <stddef.h>

enum { BEGUN_MAX = 256 };

static CURL *begun[BEGUN_MAX];
static bool overflowed;

static bool replace(CURL *from, CURL *to)
{
    for (size_t i = 0; i < BEGUN_MAX; i++) {
        CURL *expected = from;
        if (__atomic_compare_exchange_n(&begun[i], &expected, to, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

void trl_curl_begun_add(CURL *easy)
{
    if (!replace(NULL, easy)) {
        __atomic_store_n(&overflowed, true, __ATOMIC_RELAXED);
    }
}

void trl_curl_begun_remove(CURL *easy)
{
    (void)replace(easy, NULL);
}

static bool is_begun(const CURL *easy)
{
    bool found = __atomic_load_n(&overflowed, __ATOMIC_RELAXED);

    for (size_t i = 0; !found && i < BEGUN_MAX; i++) {
        found = __atomic_load_n(&begun[i], __ATOMIC_RELAXED) == easy;
    }
    return found;
}

static void tell_if_forgotten(CURL *easy, const char *where)
{
    char *url = NULL;

    if (easy != NULL && trail_request_id()[0] != '\0' && !is_begun(easy) &&
        curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url != NULL) {
        trail_call_forgotten(url, where);
    }
}

CURLcode trail_curl_easy_perform_(CURL *easy, const char *where)
{
    tell_if_forgotten(easy, where);
    return curl_easy_perform(easy);
}

CURLMcode trail_curl_multi_add_handle_(CURLM *multi, CURL *easy, const char *where)
{
    tell_if_forgotten(easy, where);
    return curl_multi_add_handle(multi, easy);
}
