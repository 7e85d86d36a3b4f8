/* The servers of the process: for each CivetWeb context, the application's own callbacks, which
 * trail's precede, and what trail needs to know of its configuration. */
#ifndef TRL_CIVETWEB_SERVER_H
#define TRL_CIVETWEB_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#define TRAIL_CIVETWEB_NO_ROUTING
#include <trail/civetweb.h>

#include "civetweb/dispatch.h"
#include "civetweb/site.h"

struct trl_handler;

struct trl_server {
    struct trl_server *next;
    struct mg_context *ctx;  /* NULL: stopped, the entry may be used again */
    struct mg_callbacks app; /* the application's own */
    struct trail *trail;
    bool stopping;                /* mg_stop() was called */
    bool modern;                  /* CivetWeb 1.16 or later: more fields, other redirects */
    size_t request_max;           /* max_request_size: of the buffer that a head is parsed in */
    struct trl_site site;         /* its own; others follow in the list */
    struct trl_handler *handlers; /* registered by way of trail, for release */
    struct trl_dispatch dispatch;
};

/* The server that a connection belongs to; NULL: none that trail is installed in. Any thread. */
struct trl_server *trl_server_of(const struct mg_connection *conn);
struct trl_server *trl_server_find(const struct mg_context *ctx);

/* The application's callbacks for a connection, also of a server that this thread is starting. */
const struct mg_callbacks *trl_server_app(const struct mg_connection *conn);

/* Whether any server has not stopped yet. Any thread. */
bool trl_servers_running(void);

/* A context was made, or is about to be released. */
void trl_server_started(const struct mg_context *ctx);
void trl_server_stopped(const struct mg_context *ctx);

/* Guards what is changed while servers are set up and stopped. */
void trl_server_lock(void);
void trl_server_unlock(void);

#endif
