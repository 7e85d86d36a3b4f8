/* Context: contexts that outlive their scope, for other threads and for work of one's own. */
#include "context/capture.h"

#include "core/config.h"
#include "log/keep.h"

#include <stdlib.h>

_Static_assert(sizeof(struct trl_scope) <= sizeof(struct trail_scope),
               "a scope fits into the caller's memory");
_Static_assert(_Alignof(struct trl_scope) <= _Alignof(struct trail_scope), "and is aligned there");

struct trl_scope *trl_scope_inside(struct trail_scope *scope)
{
    return (struct trl_scope *)(void *)scope;
}

void trl_context_bind(struct trail_context *context, const struct trail_field *fields, size_t count)
{
    trl_context_logger(&context->base, NULL, &context->bound);
    trl_bind_baggage(&context->base, &context->bound);
    if (count > 0) {
        trl_logger_bind(&context->bound, fields, count);
    }
}

enum trail_status trail_capture(struct trail_context **ret_context)
{
    struct trl_scope *scope = trl_scope_current();

    if (ret_context == NULL) {
        return TRAIL_ERR_INVALID;
    }
    if (scope == NULL || scope->context == NULL) {
        return TRAIL_ERR_NOT_FOUND;
    }
    struct trail_context *context = malloc(sizeof(*context));
    if (context == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    trl_context_copy(&context->base, scope->context);
    context->keep = trl_keep_share(trl_keep_of(&scope->log));
    context->bound = scope->log.logger;
    *ret_context = context;
    return TRAIL_OK;
}

enum trail_status trl_context_alloc(struct trail_context **ret_context)
{
    if (ret_context == NULL) {
        return TRAIL_ERR_INVALID;
    }
    if (!trl_config_is_set()) {
        return TRAIL_ERR_STATE;
    }
    struct trail_context *context = malloc(sizeof(*context));
    if (context == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    context->keep = NULL;
    *ret_context = context;
    return TRAIL_OK;
}

enum trail_status trail_context_new(const char *request_id, struct trail_context **ret_context)
{
    enum trail_status status = trl_context_alloc(ret_context);

    if (status == TRAIL_OK) {
        trl_context_init_new(&(*ret_context)->base, request_id);
        trl_context_bind(*ret_context, NULL, 0);
    }
    return status;
}

void trail_context_free(struct trail_context *context)
{
    if (context != NULL) {
        trl_keep_unshare(context->keep);
    }
    free(context);
}

void trail_enter(const struct trail_context *context, struct trail_scope *ret_scope)
{
    struct trl_scope *scope = trl_scope_inside(ret_scope);

    if (context == NULL || !trl_config_is_set()) {
        trl_scope_enter(scope, NULL, NULL);
        return;
    }
    trl_scope_enter(scope, &context->base, &context->bound);
    if (context->keep != NULL) {
        scope->log.keeps = true;
        scope->log.keep = context->keep;
        trl_log_scope_changed();
    }
}

void trail_leave(struct trail_scope *scope)
{
    trl_scope_leave(trl_scope_inside(scope));
}
