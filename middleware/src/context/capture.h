/* A context on the heap: what the public functions hand out. */
#ifndef TRL_CONTEXT_CAPTURE_H
#define TRL_CONTEXT_CAPTURE_H

#include "context/context.h"

struct trail_context {
    struct trl_context base;
    struct trl_keep *keep;     /* of the request that it was captured in; owned; NULL: none */
    struct trail_logger bound; /* its IDs, and the fields that its scopes begin with */
};

/* A context to be filled, as the public functions that make one begin: TRAIL_ERR_INVALID for NULL,
 * TRAIL_ERR_STATE if no trail is open, TRAIL_ERR_NOMEM. */
TRAIL_NODISCARD enum trail_status trl_context_alloc(struct trail_context **ret_context);

/* Sets the logger anew: the IDs of base, and these fields. */
void trl_context_bind(struct trail_context *context, const struct trail_field *fields,
                      size_t count);

/* Where a caller's scope is kept. */
struct trl_scope *trl_scope_inside(struct trail_scope *scope);

#endif
