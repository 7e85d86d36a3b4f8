/* Calls from service to service: one deadline for all of it, and a bounded answer. */
#ifndef DEMO_CLIENT_H
#define DEMO_CLIENT_H

#include <trail/base.h>

#include <stdbool.h>
#include <stddef.h>

#define CLIENT_ANSWER_MAX  (1024u * 1024)
#define CLIENT_HEADERS_MAX 8

struct client_request {
    const char *method;
    const char *url;
    const char *headers[CLIENT_HEADERS_MAX]; /* "Name: value"; NULL ends them */
    const char *body;                        /* NULL: none */
    size_t body_size;
    unsigned timeout_ms; /* for the whole call */
    unsigned attempt;    /* from 1 */
};

struct client_answer {
    int status;             /* 0: no whole answer came */
    const char *error_code; /* then: timeout, connection_refused, … */
    char *body;             /* terminated; never NULL when a status came */
    size_t body_size;
    char content_type[96]; /* "": none */
    char header[160];      /* Retry-After, WWW-Authenticate or Allow, as a line; "": none */
};

/* Calls, carrying the context of the request that is being served. ret_answer is released by
 * client_answer_free(), whatever came of it. */
void client_call(const struct client_request *request, struct client_answer *ret_answer);
void client_answer_free(struct client_answer *answer);

/* Whether text is an http:// or https:// URL without a path, as the address of a neighbour is. */
bool client_is_base_url(const char *text);

#endif
