/* The events of a request's and a server's life. */
#ifndef TRL_CIVETWEB_LIFECYCLE_H
#define TRL_CIVETWEB_LIFECYCLE_H

#include "civetweb/exchange.h"

void trl_log_server_started(const struct trl_server *server);
void trl_log_server_stopped(const struct trl_server *server);

void trl_log_started(struct trl_exchange *exchange);

/* The one terminal event. The response is finished. */
void trl_log_ended(struct trl_exchange *exchange);

/* The terminal event of what never became a request; raised: the status of CivetWeb's error, 0: it
 * raised none. The response is finished. */
void trl_log_rejected(struct trl_exchange *exchange, int raised);

/* CivetWeb's own message. */
void trl_log_message(const char *message);

/* A handler has taken the request and returned: what is held leaves, and the rest of the body is
 * read, as CivetWeb is about to do, so that its bytes are counted. */
void trl_exchange_handled(struct trl_exchange *exchange, struct mg_connection *conn);

/* The request is over: what is held leaves, and no other response follows on the connection where
 * the client could not tell it from this one. */
void trl_exchange_settle(struct trl_exchange *exchange);

/* A handler has returned 0: CivetWeb goes on to look for a file. */
void trl_exchange_declined(struct trl_exchange *exchange);

#endif
