/* Log: which calls pass. The two gates that trail_enabled() reads stand here, and the scope that
 * this thread is in. */
#include "log/gate.h"

/* Nothing passes: as before trail_open(), after trail_close(), outside any scope. */
#define CLOSED 127

int trail_gate_process_ = CLOSED;
__thread int trail_gate_scope_ __attribute__((tls_model("initial-exec"))) = CLOSED;

TRL_THREAD_LOCAL struct trl_log_scope *trl_log_scope_;

void trl_gate_set_process(enum trail_level level)
{
    int gate = level == TRAIL_LEVEL_DEFAULT ? (int)TRAIL_LEVEL_INFO : (int)level;

    __atomic_store_n(&trail_gate_process_, gate >= (int)TRAIL_LEVEL_OFF ? CLOSED : gate,
                     __ATOMIC_RELAXED);
}

enum trail_level trl_gate_process(void)
{
    int gate = __atomic_load_n(&trail_gate_process_, __ATOMIC_RELAXED);

    return gate == CLOSED ? TRAIL_LEVEL_OFF : (enum trail_level)gate;
}

static enum trail_level outputs_level = TRAIL_LEVEL_INFO;

void trl_gate_set_outputs(enum trail_level level)
{
    __atomic_store_n(&outputs_level, level, __ATOMIC_RELAXED);
}

enum trail_level trl_gate_outputs(void)
{
    return __atomic_load_n(&outputs_level, __ATOMIC_RELAXED);
}

/* Debug passes where it would be kept. What the scope's own threshold shuts out although the
 * process's lets it pass, trl_gate_judge() sorts out. */
void trl_log_scope_changed(void)
{
    int gate = CLOSED;

    if (trl_log_scope_ != NULL && trl_log_scope_->level != TRAIL_LEVEL_DEFAULT &&
        trl_log_scope_->level < TRAIL_LEVEL_OFF) {
        gate = (int)trl_log_scope_->level;
    }
    if (trl_log_scope_ != NULL && trl_log_scope_->keeps) {
        gate = (int)TRAIL_LEVEL_DEBUG;
    }
    trail_gate_scope_ = gate;
}

struct trl_log_scope *trl_log_scope_current(void)
{
    return trl_log_scope_;
}

struct trl_log_scope *trl_log_scope_swap(struct trl_log_scope *scope)
{
    struct trl_log_scope *before = trl_log_scope_;

    trl_log_scope_ = scope;
    trl_log_scope_changed();
    return before;
}

bool trail_logger_enabled(const struct trail_logger *logger, enum trail_level level)
{
    return trl_gate_judge(trl_log_scope_, logger, level) != TRL_VERDICT_DROP;
}
