/* Those of CivetWeb's functions that a C++ program gives trail's in place of (see
 * <trail/civetweb_routing.h>), past the program's own. */
#ifndef TRL_CIVETWEB_DIRECT_H
#define TRL_CIVETWEB_DIRECT_H

#include <civetweb.h>

#include <stddef.h>

void trl_direct_set_request_handler(struct mg_context *ctx, const char *uri,
                                    mg_request_handler handler, void *cbdata);
void trl_direct_set_auth_handler(struct mg_context *ctx, const char *uri,
                                 mg_authorization_handler handler, void *cbdata);
int trl_direct_start_domain2(struct mg_context *ctx, const char **options,
                             struct mg_error_data *error);
void trl_direct_stop(struct mg_context *ctx);
int trl_direct_read(struct mg_connection *conn, void *buffer, size_t size);

#endif
