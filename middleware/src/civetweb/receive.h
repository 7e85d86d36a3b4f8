/* The body of a request, counted as it is read. */
#ifndef TRL_CIVETWEB_RECEIVE_H
#define TRL_CIVETWEB_RECEIVE_H

#include "civetweb/exchange.h"

/* Reads what the handler has left of the body, as CivetWeb does before it reads on. */
void trl_receive_rest(struct trl_exchange *exchange, struct mg_connection *conn);

#endif
