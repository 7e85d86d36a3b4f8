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

/* For a call on this thread; logger NULL: the scope's or the root. */
enum trl_verdict trl_gate_judge(const struct trail_logger *logger, enum trail_level level);

#endif
