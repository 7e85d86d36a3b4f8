/* What the tests of outbound calls share: a scope, a handle, and a bounded body. */
#ifndef TRAIL_TESTS_CALLER_H
#define TRAIL_TESTS_CALLER_H

#include "context/context.h"
#include "rogue.h"

#include <trail/curl.h>

struct caller {
    struct trl_context context;
    struct trl_scope scope;
    CURL *easy;
    size_t body_size;
    char url[128];
};

/* Opens a trail and enters the scope of a request `req-1`, whose context may go to 127.0.0.1. */
void caller_begin(struct caller *ret_caller);
void caller_end(struct caller *caller);

/* Points the handle at a server: http://HOST:PORT/path */
void caller_aim(struct caller *caller, const struct rogue *rogue);

#endif
