/* The events of a WebSocket's life. */
#ifndef TRL_CIVETWEB_WEBSOCKET_H
#define TRL_CIVETWEB_WEBSOCKET_H

#include "civetweb/exchange.h"

void trl_log_websocket_opened(struct trl_exchange *exchange);
void trl_log_websocket_closed(struct trl_exchange *exchange);

#endif
