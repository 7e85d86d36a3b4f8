/* What the current scope of a thread means to the logger. The context room owns and enters it. */
#ifndef TRL_LOG_SCOPE_H
#define TRL_LOG_SCOPE_H

#include <trail/log.h>

struct trl_keep;

struct trl_log_scope {
    struct trail_logger logger; /* IDs and bound fields of every line */
    enum trail_level level;     /* threshold of this scope; TRAIL_LEVEL_DEFAULT: the process's */
    bool sampled_out;           /* lines below warn are kept or dropped, not written */
    bool keeps;                 /* lines below the level, for a request that fails */
    struct trl_keep *keep;      /* those lines; NULL: none yet. A crash handler reads it */
};

/* Makes scope (NULL: none) this thread's and sets its gate. Returns the one before. */
struct trl_log_scope *trl_log_scope_swap(struct trl_log_scope *scope);

/* This thread's; NULL outside any. */
struct trl_log_scope *trl_log_scope_current(void);

/* Sets the gate again after a change to the current scope's level, sampling or keeps. */
void trl_log_scope_changed(void);

/* What every line of the process bears. Copied; NULL or "": absent. Setup only. */
void trl_log_set_process(const char *service, const char *environment);

/* The threshold of the process: what passes trail_enabled() outside any scope. TRAIL_LEVEL_OFF
 * (as before trail_open() and after trail_close()): nothing. Any thread. */
void trl_gate_set_process(enum trail_level level);
enum trail_level trl_gate_process(void);

/* The level of the outputs that have none of their own: where another one has a lower level, the
 * threshold of the process stands below it. Any thread. */
void trl_gate_set_outputs(enum trail_level level);
enum trail_level trl_gate_outputs(void);

/* The parts of a line that stand between `event` and `message`: IDs that have been found valid, so
 * that they are written as they are. NULL or "": absent. Those of trace and spans
 * have their fixed sizes. */
struct trl_ids {
    const char *request_id;
    const char *trace_id;
    const char *span_id;
    const char *parent_span_id;
    const char *job_id;
};

/* A logger with these IDs and the bound fields of another (NULL: none). */
void trl_logger_init_ids(struct trail_logger *ret_logger, const struct trl_ids *ids,
                         const struct trail_logger *bound);

/* Binds more fields in place. */
void trl_logger_bind(struct trail_logger *logger, const struct trail_field *fields, size_t count);

#endif
