/* HTTP: libcurl without anything around it. */
#include "demo/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t take_body(char *data, size_t unit, size_t count, void *context)
{
    struct http_answer *answer = context;
    size_t size = unit * count;
    char *body = realloc(answer->body, answer->body_size + size + 1);

    if (body == NULL) {
        return 0;
    }
    memcpy(body + answer->body_size, data, size);
    answer->body = body;
    answer->body_size += size;
    body[answer->body_size] = '\0';
    return size;
}

static void set_up(CURL *easy, const struct http_request *request, struct http_answer *answer)
{
    size_t body_size = request->body_size;

    (void)curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                           request->timeout_ms > 0 ? (long)request->timeout_ms : 30000L);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
    if (request->body != NULL) {
        body_size = body_size > 0 ? body_size : strlen(request->body);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_size);
    }
    if (request->method != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    }
    if (request->source != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_INTERFACE, request->source);
    }
}

static void read_answer(CURL *easy, struct http_answer *answer)
{
    struct curl_header *header = NULL;
    long status = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    if (curl_easy_header(easy, "X-Request-ID", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
        (void)snprintf(answer->request_id, sizeof(answer->request_id), "%s", header->value);
    }
}

void http_call(const struct http_request *request, struct http_answer *ret_answer)
{
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = NULL;

    *ret_answer = (struct http_answer){.status = 0};
    if (easy == NULL) {
        return;
    }
    for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(headers, request->headers[i]);
        headers = longer != NULL ? longer : headers;
    }
    set_up(easy, request, ret_answer);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    if (curl_easy_perform(easy) == CURLE_OK) {
        read_answer(easy, ret_answer);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
}

void http_answer_free(struct http_answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}
