/* Client: libcurl by trail, without redirects and without reuse of connections: one of CivetWeb's
 * worker threads serves one connection at a time, so an idle one would hold a thread of the peer.
 */
#include "shared/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trail/curl.h>

static size_t take_body(char *data, size_t unit, size_t count, void *context)
{
    struct client_answer *answer = context;
    size_t size = unit * count;

    if (size > CLIENT_ANSWER_MAX - answer->body_size) {
        return 0;
    }
    char *body = realloc(answer->body, answer->body_size + size + 1);
    if (body == NULL) {
        return 0;
    }
    memcpy(body + answer->body_size, data, size);
    answer->body = body;
    answer->body_size += size;
    answer->body[answer->body_size] = '\0';
    return size;
}

static const char *error_code_of(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return "timeout";
    case CURLE_COULDNT_CONNECT:
        return "connection_refused";
    case CURLE_COULDNT_RESOLVE_HOST:
        return "name_not_resolved";
    case CURLE_WRITE_ERROR:
        return "answer_too_large";
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return "connection_reset";
    default:
        return "bad_answer";
    }
}

static void set_up(CURL *easy, const struct client_request *request, struct client_answer *answer)
{
    (void)curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
    if (request->body != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
    }
    (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* What a client needs to know beside status and body, and a gateway passes on. */
static void read_header(CURL *easy, struct client_answer *answer)
{
    static const char *const names[] = {"Retry-After", "WWW-Authenticate", "Allow"};
    struct curl_header *header = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (curl_easy_header(easy, names[i], 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
            (void)snprintf(answer->header, sizeof(answer->header), "%s: %.128s", names[i],
                           header->value);
            return;
        }
    }
}

static void read_answer(CURL *easy, struct client_answer *answer)
{
    const char *content_type = NULL;
    long status = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &content_type);
    answer->status = (int)status;
    if (content_type != NULL) {
        (void)snprintf(answer->content_type, sizeof(answer->content_type), "%s", content_type);
    }
    read_header(easy, answer);
    if (answer->body == NULL) {
        answer->body = calloc(1, 1);
        answer->status = answer->body != NULL ? answer->status : 0;
    }
    answer->error_code = answer->status != 0 ? NULL : "bad_answer";
}

static CURLcode perform(CURL *easy, const struct client_request *request)
{
    struct curl_slist *headers = NULL;
    CURLcode code = CURLE_OK;

    for (size_t i = 0; i < CLIENT_HEADERS_MAX && request->headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(headers, request->headers[i]);
        if (longer == NULL) {
            code = CURLE_OUT_OF_MEMORY;
            break;
        }
        headers = longer;
    }
    if (code == CURLE_OK) {
        code = trail_curl_perform(easy, &(struct trail_curl_options){.headers = headers,
                                                                     .method = request->method,
                                                                     .attempt = request->attempt});
    }
    curl_slist_free_all(headers);
    return code;
}

void client_call(const struct client_request *request, struct client_answer *ret_answer)
{
    CURL *easy = curl_easy_init();

    *ret_answer = (struct client_answer){.error_code = "out_of_memory"};
    if (easy == NULL) {
        return;
    }
    set_up(easy, request, ret_answer);
    CURLcode code = perform(easy, request);
    if (code == CURLE_OK) {
        read_answer(easy, ret_answer);
    } else {
        ret_answer->error_code = error_code_of(code);
    }
    curl_easy_cleanup(easy);
}

void client_answer_free(struct client_answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}

bool client_is_base_url(const char *text)
{
    CURLU *url = curl_url();
    char *part = NULL;
    bool is_base = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                   curl_url_get(url, CURLUPART_SCHEME, &part, 0) == CURLUE_OK &&
                   (strcmp(part, "http") == 0 || strcmp(part, "https") == 0);

    curl_free(part);
    part = NULL;
    if (is_base && curl_url_get(url, CURLUPART_PATH, &part, 0) == CURLUE_OK) {
        is_base = strcmp(part, "/") == 0 && text[strlen(text) - 1] != '/';
    }
    curl_free(part);
    curl_url_cleanup(url);
    return is_base;
}
