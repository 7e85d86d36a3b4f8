/* Forward: the edge. It decides nothing about orders; it bounds what comes in, tells the neighbour
 * who asked, and turns the neighbour's silence into an answer. */
#include "gateway/forward.h"

#include "shared/body.h"
#include "shared/client.h"
#include "shared/reply.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HEADER_LINE_MAX 1024
#define FORWARDED_FOR   "X-Forwarded-For"

/* What goes on to the neighbour, each line of it; trail adds the context. */
static const char *const passed_on[] = {"Accept", "Authorization", "Content-Type",
                                        "Idempotency-Key", FORWARDED_FOR};

struct lines {
    char text[CLIENT_HEADERS_MAX][HEADER_LINE_MAX];
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

/* False: there is no room for it. */
static bool add_line(struct lines *lines, struct client_request *call, const char *name,
                     const char *value)
{
    if (lines->count == CLIENT_HEADERS_MAX) {
        return false;
    }
    char *line = lines->text[lines->count];
    /* By a semicolon libcurl knows a header that is to go out empty. */
    int size =
        snprintf(line, HEADER_LINE_MAX, "%s%s%s", name, value[0] != '\0' ? ": " : ";", value);
    if (size < 0 || size >= HEADER_LINE_MAX) {
        return false;
    }
    call->headers[lines->count++] = line;
    return true;
}

static bool is_passed_on(const char *name)
{
    for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++) {
        if (strcasecmp(name, passed_on[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* False: they are too many or too long to be passed on. */
static bool add_headers(const struct mg_request_info *request, struct lines *lines,
                        struct client_request *call)
{
    for (int i = 0; i < request->num_headers; i++) {
        const struct mg_header *header = &request->http_headers[i];
        if (is_passed_on(header->name) && !add_line(lines, call, header->name, header->value)) {
            return false;
        }
    }
    return add_line(lines, call, FORWARDED_FOR, request->remote_addr);
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
    if (!add_headers(request, &lines, &call)) {
        curl_free(url);
        return reply_problem(
            conn, &(struct reply_problem){.status = 400,
                                          .error_code = "validation_failed",
                                          .field = "header",
                                          .detail = "The headers are too many or too long."});
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
