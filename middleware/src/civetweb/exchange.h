/* One request and its response: the state that the callbacks and the sending functions share. Each
 * thread that serves requests has one, used again for each. */
#ifndef TRL_CIVETWEB_EXCHANGE_H
#define TRL_CIVETWEB_EXCHANGE_H

#include "civetweb/request.h"
#include "civetweb/response.h"
#include "civetweb/server.h"
#include "context/context.h"
#include "context/trust.h"
#include "core/config.h"
#include "core/inflight.h"

/* The peer of the last request, and what was found of it: most come again. */
struct trl_peer {
    bool known; /* it was judged, under the configuration in force */
    char address[TRL_CLIENT_TEXT_SIZE];
    char text[TRL_CLIENT_TEXT_SIZE]; /* as it is logged */
    size_t text_size;
    enum trl_trust trust;
};

/* Of a WebSocket; bytes are those of payloads. */
struct trl_frames {
    uint64_t in;
    uint64_t bytes_in;
    uint64_t out; /* these two are added to by any thread */
    uint64_t bytes_out;
};

struct trl_exchange {
    struct trl_exchange *next;        /* all that there are: a list that only grows */
    unsigned taken;                   /* by a living thread */
    const struct mg_connection *conn; /* whose request is in flight; NULL: idle */
    const struct mg_connection *told; /* whose request was told as rejected, and has not ended */
    struct mg_connection *out;        /* the same, to write to */
    struct trl_server *server;
    const struct trl_site *site;
    const struct mg_request_info *info;
    size_t method_size; /* of texts in info that stay as they are until the request ends */
    size_t path_size;
    struct trl_asked asked;
    struct trl_inflight *inflight;
    struct trl_scope scope;
    uint64_t started_ns;
    uint64_t cpu_started_ns; /* CPU time of the thread until then; 0: not asked for */

    const char *route; /* as registered; NULL: none of trail's handlers has run */
    size_t route_size;
    const struct trl_handler *runs; /* by trl_dispatch(); NULL: none. Read by any thread */
    bool declined;                  /* by a handler that was run there */
    bool claimed;      /* a handler or callback took the request: a response is its matter */
    bool must_close;   /* the connection will not be kept */
    bool websocket;    /* the handshake was sent */
    bool stream;       /* the registry knows it as an event stream */
    int error_status;  /* of an error that was raised after the head, or whose page has another */
    int unseen_status; /* of an error that CivetWeb sends by itself; 0: none */
    size_t handed;     /* up to where CivetWeb has the fields of a head that is built; 0: none */
    uint64_t body_in;  /* body bytes that were read */
    bool body_broken;  /* the client went away before its body was complete */
    bool body_ended;   /* the body was read to its end */
    bool form_read;    /* CivetWeb read a form from it by itself: how far can't be asked */
    bool form_failed;  /* and could not read all of it */

    struct trl_frames frames;

    struct trl_response response;
    unsigned generation; /* of the configuration that the next three stand on; 0: none yet */
    uint32_t firsts;     /* trl_inbound_firsts() */
    struct trl_id_name id_name;
    struct trl_peer peer;
    char client[TRL_CLIENT_TEXT_SIZE]; /* as it is logged; "": as the peer */
    struct trl_context context;
    struct trl_inbound inbound; /* while it begins; large, so not on the stack */
    char buffer[TRL_RESPONSE_BUFFER + TRL_RESPONSE_SLACK];
};

/* This thread's, made at the first call; NULL: no memory. */
struct trl_exchange *trl_exchange_mine(void);

/* The one that this thread serves; NULL: none. */
struct trl_exchange *trl_exchange_current(void);

/* The one that is in flight on conn; NULL: none. Any thread. */
struct trl_exchange *trl_exchange_of(const struct mg_connection *conn);

/* Whether any thread's runs this handler. */
bool trl_exchange_any_runs(const struct trl_handler *handler);

/* One of trail's handlers for this route, of size bytes, runs. */
void trl_exchange_set_route(struct trl_exchange *exchange, const char *route, size_t size);

/* Begins and ends one: IDs, scope, registry. This request's thread. */
void trl_exchange_begin(struct trl_exchange *exchange, struct trl_server *server,
                        struct mg_connection *conn);
void trl_exchange_end(struct trl_exchange *exchange);

#endif
