/* Context: the scopes of a thread, nested. The stack holds pointers alone and never looks into a
 * scope that was entered by somebody else: a forgotten one may be gone from its stack frame. */
#include "context/context.h"
#include "core/config.h"
#include "core/likely.h"
#include "core/thread.h"
#include "log/keep.h"
#include "log/sample.h"

#include <string.h>

/* Nobody nests deeper but by forgetting to leave in a loop. */
enum { DEPTH_MAX = 32 };

static TRL_THREAD_LOCAL struct trl_scope *stack[DEPTH_MAX];
static TRL_THREAD_LOCAL unsigned depth;

static void make_current(struct trl_scope *scope)
{
    trl_log_scope_swap(scope != NULL && scope->context != NULL ? &scope->log : NULL);
}

struct trl_scope *trl_scope_current(void)
{
    return depth > 0 ? stack[depth - 1] : NULL;
}

const struct trl_context *trl_context_current(void)
{
    struct trl_scope *scope = trl_scope_current();

    return scope != NULL ? scope->context : NULL;
}

/* By the request ID, so that every hop decides alike; what was asked for by its level is wanted. */
static bool is_sampled_out(const struct trl_context *context)
{
    double share = trl_config()->sample;

    return TRL_UNLIKELY(share < 1.0) && context->level == 0 &&
           !trl_sample_keeps(context->request_id, share);
}

/* One more than there is room for: the oldest within the outermost is let go of, so that the latest
 * is always the current one. Leaving what was let go of does nothing. */
static void let_one_go(void)
{
    memmove(&stack[1], &stack[2], (DEPTH_MAX - 2) * sizeof(struct trl_scope *));
    depth--;
}

void trl_scope_enter(struct trl_scope *ret_scope, const struct trl_context *context,
                     const struct trail_logger *bound)
{
    ret_scope->context = context;
    ret_scope->keep_asked = false;
    if (TRL_UNLIKELY(depth == DEPTH_MAX)) {
        let_one_go();
    }
    if (TRL_LIKELY(context != NULL)) {
        ret_scope->log.level = (enum trail_level)context->level;
        ret_scope->log.sampled_out = is_sampled_out(context);
        ret_scope->log.keeps = false;
        ret_scope->log.keep = NULL;
        trl_context_logger(context, bound, &ret_scope->log.logger);
        if (TRL_UNLIKELY(bound == NULL && context->baggage_size > 0)) {
            trl_bind_baggage(context, &ret_scope->log.logger);
        }
    }
    stack[depth++] = ret_scope;
    make_current(ret_scope);
}

/* Where it stands, counted from 1; 0: this thread is not in it. */
static unsigned find(const struct trl_scope *scope)
{
    unsigned at = depth;

    while (at > 0 && stack[at - 1] != scope) {
        at--;
    }
    return at;
}

static void tell_forgotten(unsigned count)
{
    if (count > 0 && trl_config()->debug_checks) {
        trail_warn("scope_not_left", "Scopes were entered and not left", trail_kv("scopes", count));
    }
}

/* Nearly always scopes are left in order, so that nothing is to be done. */
static inline bool is_innermost(const struct trl_scope *scope)
{
    return depth > 0 && stack[depth - 1] == scope;
}

static __attribute__((noinline)) void leave_forgotten(struct trl_scope *scope)
{
    unsigned at = find(scope);

    if (at > 0) {
        unsigned forgotten = depth - at;
        depth = at;
        make_current(scope);
        tell_forgotten(forgotten);
    }
}

void trl_scope_restore(struct trl_scope *scope)
{
    if (TRL_UNLIKELY(!is_innermost(scope))) {
        leave_forgotten(scope);
    }
}

void trl_scope_leave(struct trl_scope *scope)
{
    trl_scope_restore(scope);
    if (TRL_LIKELY(is_innermost(scope))) {
        depth--;
        make_current(trl_scope_current());
    }
}

const char *trail_request_id(void)
{
    const struct trl_context *context = trl_context_current();

    return context != NULL ? context->request_id : "";
}

const char *trail_trace_id(void)
{
    const struct trl_context *context = trl_context_current();

    return context != NULL ? context->trace_id : "";
}

const char *trail_span_id(void)
{
    const struct trl_context *context = trl_context_current();

    return context != NULL ? context->span_id : "";
}

void trail_bind_fields(const struct trail_field *fields, size_t count)
{
    struct trl_scope *scope = trl_scope_current();

    if (scope != NULL && scope->context != NULL && fields != NULL) {
        trl_logger_bind(&scope->log.logger, fields, count);
    }
}

/* The outermost scope is the request's, and it is there that kept lines are written or dropped; a
 * job's may be within another's. Under a captured context the request is another thread's. */
void trail_keep(void)
{
    struct trl_scope *scope = trl_scope_current();

    if (scope != NULL) {
        stack[0]->keep_asked = true;
        scope->keep_asked = true;
    }
    if (scope != NULL && scope->context != NULL) {
        trl_keep_ask(scope->log.keep);
    }
}
