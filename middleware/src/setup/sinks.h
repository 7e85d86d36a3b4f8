/* The sinks of a configuration. */
#ifndef TRL_SETUP_SINKS_H
#define TRL_SETUP_SINKS_H

#include "setup/settings.h"
#include "sink/outputs.h"

struct trl_sinks {
    size_t count;
    struct trl_sink *items[TRL_OUTPUTS_MAX];
    enum trail_level own_levels[TRL_OUTPUTS_MAX]; /* as configured; DEFAULT: the process's */
};

/* Before any file is opened. Where a standard descriptor is closed, the next file would take its
 * number, and what is meant for stdout or stderr would end in a log or in the spool: now such lines
 * are refused. Setup only. */
void trl_sinks_prepare(void);

/* Opens a sink for each output, and one for memory if it is not NULL. On failure ret_problem tells
 * why and none is left open. TRAIL_ERR_CONFIG, TRAIL_ERR_IO, TRAIL_ERR_NOMEM. */
TRAIL_NODISCARD enum trail_status trl_sinks_open(const struct trl_settings *settings,
                                                 struct trail_memory *memory,
                                                 struct trl_sinks *ret_sinks,
                                                 struct trl_problem *ret_problem);

void trl_sinks_close(struct trl_sinks *sinks);

/* Gives each sink without a level of its own this one, where another one needs more than it.
 * Returns what must pass the gate of the process. */
enum trail_level trl_sinks_set_level(struct trl_sinks *sinks, enum trail_level level);

/* A trl_sink_open_fn: what `kind:address` and the name of a transform stood for in a process that
 * is dead. arg: its environment, a string; NULL: that of the configuration. */
struct trl_sink *trl_sinks_open_named(void *arg, const char *service, const char *name,
                                      enum trail_level level, const char *transform);

#endif
