/* The callbacks that trail puts before the application's. */
#ifndef TRL_CIVETWEB_CALLBACKS_H
#define TRL_CIVETWEB_CALLBACKS_H

#include "civetweb/server.h"

void trl_callbacks_set(struct mg_callbacks *callbacks);
bool trl_callbacks_are_ours(const struct mg_callbacks *callbacks);

#endif
