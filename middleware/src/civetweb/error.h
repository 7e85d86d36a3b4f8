/* Errors that CivetWeb sends, by itself or because a handler asks it to. */
#ifndef TRL_CIVETWEB_ERROR_H
#define TRL_CIVETWEB_ERROR_H

#include "civetweb/exchange.h"

/* What the http_error callback answers: 0, the error was sent; 1, CivetWeb shall send it. */
int trl_error_answer(struct trl_server *server, struct mg_connection *conn, int status,
                     const char *message);

/* A connection begins and ends, on its thread. A request for another host, or for `*`, CivetWeb
 * neither serves nor answers, and tells nobody of: it is known by what is left of it at the end.
 * Where TLS fails, what is left is of the connection before, and nothing has begun. */
void trl_error_connected(const struct mg_connection *conn);
void trl_error_closing(struct trl_server *server, struct mg_connection *conn);

#endif
