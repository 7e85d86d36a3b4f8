/* Handlers registered by way of trail: each stands behind one of trail's own, which knows the
 * route and sees the handler return. */
#ifndef TRL_CIVETWEB_HANDLERS_H
#define TRL_CIVETWEB_HANDLERS_H

#include "civetweb/server.h"

struct trl_handler {
    struct trl_handler *next;
    struct trl_handler *chained; /* in its bucket, see dispatch.h */
    bool gone;                   /* another may have taken its place: CivetWeb knows */
    uint64_t led_ns; /* when CivetWeb last led a request to it by itself; monotonic, 0: never */
    mg_request_handler request;
    mg_authorization_handler authorize;
    mg_websocket_connect_handler connect;
    mg_websocket_ready_handler ready;
    mg_websocket_data_handler data;
    mg_websocket_close_handler close;
    void *cbdata;
    size_t route_size;
    char route[];
};

/* A new one that lives as long as its server; NULL: no memory, or no server of trail's. */
struct trl_handler *trl_handler_new(const struct mg_context *ctx, const char *uri, void *cbdata);

/* Runs a request's handler, as CivetWeb does; its result. */
int trl_handler_run(struct mg_connection *conn, const struct trl_handler *handler);

/* Releases all of a server that has stopped. Under the servers' lock. */
void trl_handlers_release(struct trl_server *server);

#endif
