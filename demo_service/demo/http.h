/* Calls from outside the checkout system, as a customer's browser makes them: without trail. */
#ifndef DEMO_HTTP_H
#define DEMO_HTTP_H

#include <stddef.h>

#define HTTP_HEADERS_MAX 8
#define HTTP_ID_BYTES    129

struct http_request {
    const char *method; /* NULL: GET, or POST with a body */
    const char *url;
    const char *headers[HTTP_HEADERS_MAX]; /* "Name: value"; NULL ends them */
    const char *body;                      /* NULL: none */
    size_t body_size;                      /* 0: up to the terminator */
    const char *source;                    /* address to call from; NULL: any */
    unsigned timeout_ms;                   /* 0: 30 s */
};

struct http_answer {
    int status; /* 0: none came */
    char *body; /* terminated; NULL: none */
    size_t body_size;
    char request_id[HTTP_ID_BYTES]; /* X-Request-ID; "": none */
};

/* ret_answer is released by http_answer_free(), whatever came. Any thread. */
void http_call(const struct http_request *request, struct http_answer *ret_answer);
void http_answer_free(struct http_answer *answer);

#endif
