/* What the services answer. */
#ifndef DEMO_REPLY_H
#define DEMO_REPLY_H

#include <cJSON.h>
#include <trail/civetweb.h>

/* application/problem+json (RFC 9457) with errorCode, and what else is known. */
struct reply_problem {
    int status;
    const char *error_code; /* snake_case; stands in the log as well */
    const char *detail;     /* NULL and so on: absent */
    const char *field;      /* of the request, that was not accepted */
    const char *order_id;
    const char *header; /* one more line of the head, without its end */
};

/* Binds errorCode to the request, so that its last event bears it. Returns what a handler does. */
int reply_problem(struct mg_connection *conn, const struct reply_problem *problem);

/* The body of reply_problem(), as text to be released by cJSON_free(); NULL without memory. */
char *reply_problem_text(const struct mg_connection *conn, const struct reply_problem *problem);

/* Sends text with a further line of the head, if header is not NULL. */
int reply_text(struct mg_connection *conn, int status, const char *content_type, const char *header,
               const char *text, size_t size);

/* Sends an object and releases it. */
int reply_json(struct mg_connection *conn, int status, cJSON *object);

#endif
