/* What becomes of a call. */
#ifndef TRL_LOG_GATE_H
#define TRL_LOG_GATE_H

#include "core/thread.h"
#include "log/scope.h"

/* This thread's scope, for the log room's own use. */
extern TRL_THREAD_LOCAL struct trl_log_scope *trl_log_scope_;

enum trl_verdict {
    TRL_VERDICT_DROP,
    TRL_VERDICT_WRITE,
    TRL_VERDICT_KEEP, /* below the level, but wanted if the request fails */
};

/* For a call on this thread, in scope (NULL: none); logger NULL: the scope's or the root. A level
 * that was asked for this one request beats a logger's own. */
static inline enum trl_verdict trl_gate_judge(const struct trl_log_scope *scope,
                                              const struct trail_logger *logger,
                                              enum trail_level level)
{
    int threshold = __atomic_load_n(&trail_gate_process_, __ATOMIC_RELAXED);

    if (scope != NULL && scope->level != TRAIL_LEVEL_DEFAULT) {
        threshold = (int)scope->level;
    } else if (logger != NULL && logger->level_ != 0) {
        threshold = logger->level_;
    }
    if ((int)level >= threshold &&
        (scope == NULL || !scope->sampled_out || level >= TRAIL_LEVEL_WARN)) {
        return TRL_VERDICT_WRITE;
    }
    return scope != NULL && scope->keeps ? TRL_VERDICT_KEEP : TRL_VERDICT_DROP;
}

#endif
