/* Curl: the libcurl adapter. It stands on trail's public headers alone. Whatever libcurl does by
 * itself, as following a redirect, comes past the hook below before a byte is sent. */
#define TRAIL_CURL_NO_ROUTING
#include "curl/begun.h"
#include "curl/error.h"
#include "curl/headers.h"

#include <trail/curl.h>

#include <stdio.h>
#include <stdlib.h>

/* libcurl's own default from 8.3 on; before, it follows for ever. */
enum { REDIRECTS_MAX = 30 };

struct watch {
    char *url; /* as libcurl reads it; owned by libcurl's allocator */
    struct curl_slist *own;
    unsigned requests;
    unsigned redirects_max;
    const char *error_code; /* what the hooks ended the call for; NULL: they did not */
    curl_off_t body_max;
    char method[64]; /* of the first request: a redirect can make a GET of a POST */
};

/* What the handle will send, or has sent; libcurl knows it only when the transfer has begun. */
static void read_method(CURL *easy, struct watch *watch)
{
    char *method = NULL;

    if (watch->method[0] == '\0' &&
        curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_METHOD, &method) == CURLE_OK && method != NULL) {
        (void)snprintf(watch->method, sizeof(watch->method), "%s", method);
    }
}

/* What libcurl makes of the URL that was set: with a scheme, and without doubt. NULL: no URL. */
static char *normalise(CURL *easy)
{
    char *set = NULL;
    char *url = NULL;
    CURLU *parts = curl_url();

    if (parts != NULL && curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &set) == CURLE_OK &&
        set != NULL &&
        curl_url_set(parts, CURLUPART_URL, set, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) ==
            CURLUE_OK) {
        (void)curl_url_get(parts, CURLUPART_URL, &url, 0);
    }
    curl_url_cleanup(parts);
    return url;
}

/* Before each request, the first and each that a redirect leads to: the context goes where it may
 * go, asked anew for each hop. */
static int before_request(void *arg, char *peer, char *local, int peer_port, int local_port)
{
    struct trail_curl_call *call = arg;
    struct watch *watch = call->watch_;
    char *url = NULL;

    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    read_method(call->easy_, watch);
    if (watch->requests++ > watch->redirects_max) {
        watch->error_code = "too_many_redirects";
        return CURL_PREREQFUNC_ABORT;
    }
    if (curl_easy_getinfo(call->easy_, CURLINFO_EFFECTIVE_URL, &url) != CURLE_OK) {
        url = NULL;
    }
    trl_curl_headers_show(watch->own, url != NULL && trail_may_propagate(url));
    return CURL_PREREQFUNC_OK;
}

static int while_receiving(void *arg, curl_off_t total, curl_off_t received, curl_off_t upload,
                           curl_off_t sent)
{
    struct watch *watch = arg;

    (void)total;
    (void)upload;
    (void)sent;
    if (received <= watch->body_max) {
        return 0;
    }
    watch->error_code = "response_too_large";
    return 1;
}

static void set_hooks(struct trail_curl_call *call, const struct trail_curl_options *options)
{
    CURL *easy = call->easy_;
    struct watch *watch = call->watch_;

    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers_);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    if (options->timeout_ms > 0) {
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    }
    if (options->response_bytes_max > 0) {
        watch->body_max = (curl_off_t)options->response_bytes_max;
        curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, watch->body_max);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, while_receiving);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, watch);
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    }
}

/* Takes back what would look into memory that is gone. Limits stay: they are values. */
static void unset_hooks(struct trail_curl_call *call)
{
    struct watch *watch = call->watch_;

    curl_easy_setopt(call->easy_, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(call->easy_, CURLOPT_PREREQFUNCTION, NULL);
    curl_easy_setopt(call->easy_, CURLOPT_PREREQDATA, NULL);
    if (watch->body_max > 0) {
        curl_easy_setopt(call->easy_, CURLOPT_NOPROGRESS, 1L);
        curl_easy_setopt(call->easy_, CURLOPT_XFERINFOFUNCTION, NULL);
        curl_easy_setopt(call->easy_, CURLOPT_XFERINFODATA, NULL);
    }
}

static void release(struct trail_curl_call *call)
{
    struct watch *watch = call->watch_;

    trl_curl_begun_remove(call->easy_);
    curl_slist_free_all(call->headers_);
    if (watch != NULL) {
        curl_free(watch->url);
    }
    free(watch);
    call->easy_ = NULL;
    call->headers_ = NULL;
    call->watch_ = NULL;
}

enum trail_status trail_curl_begin(CURL *easy, const struct trail_curl_options *options,
                                   struct trail_curl_call *ret_call)
{
    static const struct trail_curl_options none;

    if (easy == NULL || ret_call == NULL) {
        return TRAIL_ERR_INVALID;
    }
    options = options != NULL ? options : &none;
    *ret_call = (struct trail_curl_call){.easy_ = easy};
    struct watch *watch = calloc(1, sizeof(*watch));
    if (watch == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    ret_call->watch_ = watch;
    watch->redirects_max = options->redirects_max != 0 ? options->redirects_max : REDIRECTS_MAX;
    watch->url = normalise(easy);
    if (options->method != NULL) {
        (void)snprintf(watch->method, sizeof(watch->method), "%s", options->method);
    }
    trail_call_begin(&(struct trail_call_options){.method = watch->method,
                                                  .url = watch->url,
                                                  .attempt = options->attempt},
                     &ret_call->call_);
    enum trail_status status =
        trl_curl_headers(options->headers, &ret_call->call_, &ret_call->headers_, &watch->own);
    if (status != TRAIL_OK) {
        trail_call_end(&ret_call->call_, &(struct trail_call_result){.error_code = "out_of_memory",
                                                                     .bytes_in = -1,
                                                                     .bytes_out = -1});
        release(ret_call);
        return status;
    }
    set_hooks(ret_call, options);
    trl_curl_begun_add(easy);
    return TRAIL_OK;
}

static int64_t info_of(CURL *easy, CURLINFO info)
{
    curl_off_t value = 0;

    return curl_easy_getinfo(easy, info, &value) == CURLE_OK && value > 0 ? (int64_t)value : 0;
}

static uint64_t time_of(CURL *easy, CURLINFO info)
{
    return (uint64_t)info_of(easy, info) * 1000u;
}

void trail_curl_end(struct trail_curl_call *call, CURLcode code)
{
    struct trail_call_result result;
    long status = 0;
    long os_error = 0;

    if (call == NULL || call->easy_ == NULL) {
        return;
    }
    struct watch *watch = call->watch_;
    (void)curl_easy_getinfo(call->easy_, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(call->easy_, CURLINFO_OS_ERRNO, &os_error);
    read_method(call->easy_, watch);
    result = (struct trail_call_result){
        .status = (int)status,
        .method = watch->method,
        .error_code = code != CURLE_OK && watch->error_code != NULL
                          ? watch->error_code
                          : trl_curl_error_code(code, os_error),
        .bytes_in = info_of(call->easy_, CURLINFO_SIZE_DOWNLOAD_T),
        .bytes_out = info_of(call->easy_, CURLINFO_SIZE_UPLOAD_T),
        .dns_ns = time_of(call->easy_, CURLINFO_NAMELOOKUP_TIME_T),
        .connect_ns = time_of(call->easy_, CURLINFO_CONNECT_TIME_T),
        .tls_ns = time_of(call->easy_, CURLINFO_APPCONNECT_TIME_T),
        .first_byte_ns = time_of(call->easy_, CURLINFO_STARTTRANSFER_TIME_T),
    };
    unset_hooks(call);
    trail_call_end(&call->call_, &result);
    release(call);
}

CURLcode trail_curl_perform(CURL *easy, const struct trail_curl_options *options)
{
    struct trail_curl_call call;

    switch (trail_curl_begin(easy, options, &call)) {
    case TRAIL_OK:
        break;
    case TRAIL_ERR_NOMEM:
        return CURLE_OUT_OF_MEMORY;
    default:
        return CURLE_BAD_FUNCTION_ARGUMENT;
    }
    CURLcode code = curl_easy_perform(easy);
    trail_curl_end(&call, code);
    return code;
}
