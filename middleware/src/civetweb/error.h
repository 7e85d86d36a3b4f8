/* Errors that CivetWeb sends, by itself or because a handler asks it to. */
#ifndef TRL_CIVETWEB_ERROR_H
#define TRL_CIVETWEB_ERROR_H

#include "civetweb/exchange.h"

/* What the http_error callback answers: 0, the error was sent; 1, CivetWeb shall send it. */
int trl_error_answer(struct trl_server *server, struct mg_connection *conn, int status,
                     const char *message);

#endif
