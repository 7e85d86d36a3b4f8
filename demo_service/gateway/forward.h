/* What the gateway does: passing a request on, and its answer back. */
#ifndef DEMO_FORWARD_H
#define DEMO_FORWARD_H

#include <trail/civetweb.h>

struct forward {
    const char *base_url; /* of checkout-api */
    unsigned timeout_ms;  /* for the whole call */
};

/* Passes status and body of the neighbour on; 502 upstream_unavailable, 504 upstream_timeout. app
 * is a struct forward. */
int forward_handle(struct mg_connection *conn, void *app);

#endif
