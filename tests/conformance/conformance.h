/* The service that the W3C Trace Context test harness drives: POST /test with a JSON array of
 * {"url", "arguments"}; each URL is called in turn, under the context of the request. */
#ifndef TRAIL_CONFORMANCE_H
#define TRAIL_CONFORMANCE_H

#include <trail/civetweb.h>

/* A CivetWeb request handler. */
int conformance_test(struct mg_connection *conn, void *data);

#endif
