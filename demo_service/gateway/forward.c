/* Forward: the edge. It decides nothing about orders; it bounds what comes in, tells the neighbour
 * who asked, and turns the neighbour's silence into an answer. */
#include "gateway/forward.h"

#include "shared/body.h"
#include "shared/client.h"
#include "shared/reply.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define HEADER_LINE_MAX 1024

/* What goes on to the neighbour; trail adds the context. */
static const char *const passed_on[] = {"Accept", "Authorization", "Content-Type",
                                        "Idempotency-Key"};
#define PASSED_ON (sizeof(passed_on) / sizeof(passed_on[0]))

struct lines {
    char text[PASSED_ON + 1][HEADER_LINE_MAX];
    size_t count;
};

/* CivetWeb has decoded the path; the neighbour gets it encoded again. NULL: no memory. */
static char *target_url(const struct forward *self, const struct mg_request_info *request)
{
    CURLU *url = curl_url();
    char *text = NULL;

    if (url != NULL && curl_url_set(url, CURLUPART_URL, self->base_url, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_PATH, request->local_uri, CURLU_URLENCODE) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_QUERY, request->query_string, 0) == CURLUE_OK) {
        (void)curl_url_get(url, CURLUPART_URL, &text, 0);
    }
    curl_url_cleanup(url);
    return text;
}

static bool add_line(struct lines *lines, struct client_request *call, const char *name,
                     const char *value)
{
    char *line = lines->text[lines->count];
    int size = snprintf(line, HEADER_LINE_MAX, "%s: %s", name, value);

    if (size < 0 || size >= HEADER_LINE_MAX) {
        return false;
    }
    call->headers[lines->count++] = line;
    return true;
}

/* False: a header is too long to be passed on. */
static bool add_headers(struct mg_connection *conn, struct lines *lines,
                        struct client_request *call)
{
    const struct mg_request_info *request = mg_get_request_info(conn);
    const char *before = mg_get_header(conn, "X-Forwarded-For");
    char forwarded[HEADER_LINE_MAX];

    for (size_t i = 0; i < PASSED_ON; i++) {
        const char *value = mg_get_header(conn, passed_on[i]);
        if (value != NULL && !add_line(lines, call, passed_on[i], value)) {
            return false;
        }
    }
    (void)snprintf(forwarded, sizeof(forwarded), "%.900s%s%s", before != NULL ? before : "",
                   before != NULL ? ", " : "", request->remote_addr);
    return add_line(lines, call, "X-Forwarded-For", forwarded);
}

static int pass_back(struct mg_connection *conn, const struct client_answer *answer)
{
    if (answer->status == 0 && strcmp(answer->error_code, "timeout") == 0) {
        return reply_problem(
            conn, &(struct reply_problem){.status = 504, .error_code = "upstream_timeout"});
    }
    if (answer->status == 0) {
        return reply_problem(
            conn, &(struct reply_problem){.status = 502, .error_code = "upstream_unavailable"});
    }
    return reply_text(
        conn, answer->status, answer->content_type[0] != '\0' ? answer->content_type : "text/plain",
        answer->header[0] != '\0' ? answer->header : NULL, answer->body, answer->body_size);
}

static int call_neighbour(struct mg_connection *conn, const struct forward *self,
                          const struct body *body)
{
    const struct mg_request_info *request = mg_get_request_info(conn);
    struct client_request call = {
        .method = request->request_method, .timeout_ms = self->timeout_ms, .attempt = 1};
    struct client_answer answer;
    struct lines lines = {.count = 0};
    char *url = target_url(self, request);

    if (url == NULL) {
        return reply_problem(conn,
                             &(struct reply_problem){.status = 503, .error_code = "out_of_memory"});
    }
    if (!add_headers(conn, &lines, &call)) {
        curl_free(url);
        return reply_problem(conn, &(struct reply_problem){.status = 400,
                                                           .error_code = "validation_failed",
                                                           .field = "header",
                                                           .detail = "A header is too long."});
    }
    call.url = url;
    if (strcmp(request->request_method, "GET") != 0) {
        call.body = body->text;
        call.body_size = body->size;
    }
    client_call(&call, &answer);
    curl_free(url);
    int status = pass_back(conn, &answer);
    client_answer_free(&answer);
    return status;
}

int forward_handle(struct mg_connection *conn, void *app)
{
    struct body body;
    int status = 0;

    if (body_whole(conn, &body, &status)) {
        status = call_neighbour(conn, app, &body);
    }
    body_free(&body);
    return status;
}
