/* What a program's other files do, which do not include <trail/civetweb.h>. */
#include "unrouted.h"

#include <stddef.h>

void unrouted_set_request_handler(struct mg_context *ctx, const char *uri,
                                  mg_request_handler handler, void *cbdata)
{
    mg_set_request_handler(ctx, uri, handler, cbdata);
}

void unrouted_set_auth_handler(struct mg_context *ctx, const char *uri,
                               mg_authorization_handler handler)
{
    mg_set_auth_handler(ctx, uri, handler, NULL);
}

int unrouted_start_domain(struct mg_context *ctx, const char **options)
{
    return mg_start_domain(ctx, options);
}
