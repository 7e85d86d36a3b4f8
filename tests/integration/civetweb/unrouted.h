/* Code of a program that trail's header does not reach: these names are CivetWeb's own. */
#ifndef TRAIL_TESTS_UNROUTED_H
#define TRAIL_TESTS_UNROUTED_H

#include <civetweb.h>

void unrouted_set_request_handler(struct mg_context *ctx, const char *uri,
                                  mg_request_handler handler, void *cbdata);
void unrouted_set_auth_handler(struct mg_context *ctx, const char *uri,
                               mg_authorization_handler handler);
int unrouted_start_domain(struct mg_context *ctx, const char **options);

#endif
