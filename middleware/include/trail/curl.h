/**
 * @file curl.h
 * Outbound calls with libcurl that carry the context and are logged. Link trail::curl.
 *
 *     CURLcode code = trail_curl_perform(easy, &(struct trail_curl_options){.headers = mine});
 *
 * With a multi handle: trail_curl_begin() before the handle is added, trail_curl_end() when its
 * CURLMSG_DONE has come.
 *
 * With debug checks on, a plain curl_easy_perform() or curl_multi_add_handle() inside a request,
 * of a handle that was not begun and whose URL the context may go to, is told once as
 * `context_not_propagated` with its file and line: this header routes the two through trail. Define
 * TRAIL_CURL_NO_ROUTING before the #include to leave them alone.
 *
 * libcurl can't be asked for the header list that was set before: a caller's own headers go into
 * the options, not through CURLOPT_HTTPHEADER. They are kept, win over trail's, and none stands
 * twice.
 */
#ifndef TRAIL_CURL_H
#define TRAIL_CURL_H

#include <trail/base.h>
#include <trail/propagate.h>

#include <curl/curl.h>

TRAIL_BEGIN_DECLS

/** All zero is a first attempt without headers of the caller's. Borrowed until the call's end. */
struct trail_curl_options {
    const struct curl_slist *headers; /**< the caller's own */
    const char *method; /**< as logged, for a custom request; NULL: asked from libcurl */
    unsigned attempt;   /**< from 1; 0 is 1 */
    /** The deadline of the whole call, redirects included; 0: the handle's own CURLOPT_TIMEOUT_MS
     */
    unsigned timeout_ms;
    /** A longer body ends the call as `response_too_large`; 0: any. Uses CURLOPT_XFERINFOFUNCTION
     */
    uint64_t response_bytes_max;
    /** Redirects that are followed where CURLOPT_FOLLOWLOCATION is on; 0: 30 */
    unsigned redirects_max;
};

/** A call under way. Caller's memory, opaque; must not move until it is ended. */
struct trail_curl_call {
    struct trail_call call_;
    CURL *easy_;
    struct curl_slist *headers_;
    void *watch_;
};

/**
 * Prepares @p easy: begins the call, and sets CURLOPT_HTTPHEADER to the caller's headers and
 * trail's, and CURLOPT_PREREQFUNCTION. The URL must have been set. This request's thread.
 *
 * Redirects: libcurl sends the same headers to every host that it follows to. Before each hop the
 * context's are taken out where they may not go, and put back where they may; the caller's own are
 * libcurl's matter.
 *
 * @retval TRAIL_ERR_INVALID @p easy or @p ret_call is NULL
 * @retval TRAIL_ERR_NOMEM   no memory; the handle is as it was
 */
TRAIL_NODISCARD TRAIL_API enum trail_status
trail_curl_begin(CURL *easy, const struct trail_curl_options *options,
                 struct trail_curl_call *ret_call);

/**
 * Ends the call: logs it with libcurl's timing, releases the header list, and takes the hooks off
 * the handle. The limits that the options have set stay on it. Once. Any thread.
 *
 * @param code  what curl_easy_perform() or CURLMsg said
 */
TRAIL_API void trail_curl_end(struct trail_curl_call *call, CURLcode code);

/**
 * trail_curl_begin(), curl_easy_perform(), trail_curl_end(). This request's thread.
 *
 * @return what curl_easy_perform() returned; CURLE_OUT_OF_MEMORY, CURLE_BAD_FUNCTION_ARGUMENT
 */
TRAIL_NODISCARD TRAIL_API CURLcode trail_curl_perform(CURL *easy,
                                                      const struct trail_curl_options *options);

/** What the macros below call. Any thread. */
TRAIL_API CURLcode trail_curl_easy_perform_(CURL *easy, const char *where);
TRAIL_API CURLMcode trail_curl_multi_add_handle_(CURLM *multi, CURL *easy, const char *where);

TRAIL_END_DECLS

#ifndef TRAIL_CURL_NO_ROUTING
#define TRAIL_CURL_LINE_(line)  #line
#define TRAIL_CURL_AT_(line)    __FILE__ ":" TRAIL_CURL_LINE_(line)
#define curl_easy_perform(easy) trail_curl_easy_perform_((easy), TRAIL_CURL_AT_(__LINE__))
#define curl_multi_add_handle(multi, easy)                                                         \
    trail_curl_multi_add_handle_((multi), (easy), TRAIL_CURL_AT_(__LINE__))
#endif

#endif
