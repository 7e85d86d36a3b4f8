/* What the tests of this folder share: one server with handlers, which each of them asks. */
#ifndef TRAIL_TESTS_FIXTURE_H
#define TRAIL_TESTS_FIXTURE_H

#include "unit.h"

#include "http.h"
#include "server.h"

#include <stdint.h>

struct handler {
    const char *uri;
    mg_request_handler run;
    intptr_t cbdata;
};

/* The server of the tests that are running. */
extern struct server server;

/* Starts it with an array of handlers and a pointer to its options. */
#define SERVE(handlers, ...) serve(handlers, sizeof(handlers) / sizeof((handlers)[0]), __VA_ARGS__)
void serve(const struct handler *handlers, size_t count, const struct server_options *options);

/* Sets an array of handlers on a server. */
#define SET_HANDLERS(ctx, handlers)                                                                \
    set_handlers(ctx, handlers, sizeof(handlers) / sizeof((handlers)[0]))
void set_handlers(struct mg_context *ctx, const struct handler *handlers, size_t count);

/* A server that trail knows nothing of, to compare with, and its port. */
extern struct mg_context *plain;
extern int plain_port;

/* Starts it; callbacks and options as mg_start() takes them. */
void serve_without_trail(const struct mg_callbacks *callbacks, const char **options);

/* Starts both with the same array of handlers, and keep-alive. */
#define SERVE_BOTH(handlers) serve_both(handlers, sizeof(handlers) / sizeof((handlers)[0]))
void serve_both(const struct handler *handlers, size_t count);

/* The teardown of a group, for both. */
int stop_serving(void **state);

/* Asks for path under an ID, on a connection of its own. */
void get(const char *path, const char *id, struct http_response *ret_response);

/* The same from any server; holds that the answer bears the ID, once. */
void get_from(int port, const char *path, const char *id, struct http_response *ret_response);

/* Sends a request that ends before its body does, and holds that it is told as aborted there. The
 * event is released by cJSON_Delete(). */
cJSON *leave_in_body(const char *request, const char *id);

/* A handler: answers 200 with the body `ok`. */
int send_ok(struct mg_connection *conn, void *cbdata);

#endif
