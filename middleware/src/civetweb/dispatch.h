/* The short way to a handler: from within the callback at a request's begin.
 *
 * Behind that callback CivetWeb takes its lock three times, compares the path with every handler
 * and every authorization handler, and asks the file system for `/.htpasswd`, which it looks for in
 * front of handlers. Where all that can end in one way only, trail runs the handler itself:
 *
 * - the path is to the letter what the handler was registered for: nothing goes before that;
 * - within the last second CivetWeb itself has led a request to this handler that bore no name and
 *   password, and on its way has looked for `/.htpasswd` in vain, as it does where no authorization
 *   handler is asked;
 * - the server never had an authorization handler that trail knows of, nor a domain besides its
 * own, and has no `protect_uri` and no `global_auth_file`;
 * - the request is HTTP/1, no OPTIONS, which CORS may answer, and asks for no upgrade;
 * - trail's callback is the one that CivetWeb calls: none of the application's stands around it;
 * - what registers leads here, see names.c, so that a change holds at once;
 * - CivetWeb is one of the versions that this was read in.
 *
 * In all other cases the request goes its usual way. */
#ifndef TRL_CIVETWEB_DISPATCH_H
#define TRL_CIVETWEB_DISPATCH_H

#include <civetweb.h>

#include <stdbool.h>
#include <stdint.h>

struct trl_exchange;
struct trl_handler;
struct trl_server;

enum { TRL_DISPATCH_BUCKETS = 64 };

/* Handlers of some paths. Changed under the servers' lock. */
struct trl_dispatch_bucket {
    struct trl_handler *first; /* the latest */
    unsigned changing;         /* changes that are under way */
    unsigned changes;          /* all that ever began */
};

/* A server's. */
struct trl_dispatch {
    bool allowed; /* by the server's configuration, and by what was registered */
    struct trl_dispatch_bucket buckets[TRL_DISPATCH_BUCKETS];
};

/* What registers a handler, or removes one. */
struct trl_dispatch_change {
    struct trl_server *server; /* NULL: none of trail's */
    struct trl_handler *first; /* of the bucket, when it began */
    const char *uri;
    size_t size;
    unsigned number;
    bool alone; /* no other change was under way when it began */
};

/* Of a server that starts. possible: it calls trail's callback itself, and names are shown. */
void trl_dispatch_init(struct trl_dispatch *ret_dispatch, const struct mg_context *ctx,
                       bool possible);

/* Runs the handler of a request that has begun, if it may. Returns what CivetWeb's callback is to
 * return: 0 if the request is to go its usual way, where the handler may have declined it. */
int trl_dispatch(struct trl_exchange *exchange, struct mg_connection *conn);

/* CivetWeb has led a request to this handler. To be called first there. */
void trl_dispatch_led(const struct trl_exchange *exchange, struct trl_handler *handler);

/* Around CivetWeb's own registering: in between, and after changes that overlapped, requests go
 * their usual way. The second waits until none of the handlers before runs, as CivetWeb does.
 * handler is NULL where there is none from now on, or none of trail's. uri is borrowed. Any thread.
 */
void trl_dispatch_change_begin(struct trl_dispatch_change *ret_change, const struct mg_context *ctx,
                               const char *uri);
void trl_dispatch_change_end(const struct trl_dispatch_change *change, struct trl_handler *handler);

/* All requests of a server go their usual way from now on. Any thread. */
void trl_dispatch_never(const struct mg_context *ctx);

/* Whether what a program calls by CivetWeb's names for registering comes by trail. */
bool trl_names_are_shown(void);

/* Whether a function is what trail shows by one of these names. */
bool trl_names_have(const void *function);

#endif
