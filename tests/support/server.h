/* A CivetWeb server under trail in the test's own process, on a port that the kernel picks, with
 * its log in memory. Where TRAIL_TEST_TLS is set, that port is one of HTTPS. */
#ifndef TRAIL_TESTS_SERVER_H
#define TRAIL_TESTS_SERVER_H

#include <trail/civetweb.h>
#include <trail/memory.h>

#include <cjson/cJSON.h>

#define SERVER_OPTIONS_MAX 16

struct server {
    struct trail *trail;
    struct trail_memory *memory;
    struct mg_context *ctx;
    struct mg_callbacks callbacks;
    int port;
    int tls_port; /* 0: none */
};

/* What a test may choose; all zero serves most. */
struct server_options {
    struct trail_options trail;               /* output, memory and environment are set */
    const char *civetweb[SERVER_OPTIONS_MAX]; /* names and values of CivetWeb's options in turn */
    struct mg_callbacks callbacks;            /* the application's own */
    const char *certificate;                  /* a PEM file: listens with TLS as well */
    bool one_connection_a_request;            /* no keep-alive */
};

void server_start(struct server *ret_server, const struct server_options *options);
void server_stop(struct server *server);

/* Stops serving, keeps the log; server_stop() follows. */
void server_halt(struct server *server);

/* Another server under the same trail. */
void server_start_another(struct server *ret_server, const struct server *first,
                          const struct server_options *options);

/* A server that trail knows nothing of, to compare with; returns its port. callbacks and options as
 * mg_start() takes them; mg_stop() ends it. */
int server_start_plain(struct mg_context **ret_ctx, const struct mg_callbacks *callbacks,
                       const char **options);

/* Waits until the log has count lines of this event. */
void server_wait(const struct server *server, const char *event, size_t count);

/* The index th line of this event, from 0, waited for. Release by cJSON_Delete(). */
cJSON *server_event(const struct server *server, const char *event, size_t index);

/* The terminal event of the request with this ID; fails if there is none, or more than one. */
cJSON *server_terminal(const struct server *server, const char *request_id);

/* The same, of this kind, and with this errorCode ("": none). */
cJSON *server_ended(const struct server *server, const char *request_id, const char *event,
                    const char *error_code);

/* A text field ("" if it is absent), a number (-1 if it is absent). */
const char *text_of(const cJSON *event, const char *name);
double number_of(const cJSON *event, const char *name);

#endif
