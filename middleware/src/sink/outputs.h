/* The outputs of the process: opened and closed by the setup room, once. output.h is the face for
 * the log room. */
#ifndef TRL_SINK_OUTPUTS_H
#define TRL_SINK_OUTPUTS_H

#include "sink/sink.h"

#include <trail/trail.h>

#define TRL_OUTPUTS_MAX 16

/* Bytes of the members that lines made by this room bear, with a terminator. */
#define TRL_IDENTITY_MAX 512

/* Makes a sink for an output of a dead process, as its spool names it: `file:/var/log/x.jsonl`,
 * "pretty". service: of that process. The sink is owned by the caller. NULL: can't be opened; the
 * spool is then left. */
typedef struct trl_sink *trl_sink_open_fn(void *arg, const char *service, const char *name,
                                          enum trail_level level, const char *transform);

struct trl_outputs_options {
    struct trl_sink **sinks; /* owned on success; the array is copied */
    size_t count;            /* TRL_OUTPUTS_MAX at most; 0: every line is dropped */
    /* `"service":"x","environment":"y"`: JSON members that lines made by this room bear. Copied, as
     * far as there is room. */
    const char *identity;
    bool overflow_drop;    /* TRAIL_OVERFLOW=drop; else block */
    bool async;            /* TRAIL_DELIVERY=async; what follows matters only then */
    const char *spool_dir; /* NULL or "": one of the user's own under /dev/shm */
    size_t spool_bytes;
    const char *service; /* spools of dead processes of this service are delivered first */
    trl_sink_open_fn *recover_open;
    void *recover_arg;
    char *error_text; /* the reason of a failure, a sentence without a full stop */
    size_t error_size;
};

/* Setup only. With async: opens the spool, delivers those of dead processes of this service, starts
 * the writer thread, and tells `log_recovered`.
 * TRAIL_ERR_STATE: open already. TRAIL_ERR_CONFIG: spool_dir or spool_bytes can't be used.
 * TRAIL_ERR_IO, TRAIL_ERR_NOMEM: as they say. On failure the sinks stay the caller's. */
TRAIL_NODISCARD enum trail_status trl_outputs_open(const struct trl_outputs_options *options);

/* Delivers what is pending and closes all sinks. What a stalled output does not take within
 * timeout_ms stays in the spool, for the next start. Setup only. */
void trl_outputs_close(unsigned timeout_ms);

/* trail_reopen(), trail_flush_outputs(). Any thread. */
TRAIL_NODISCARD enum trail_status trl_outputs_reopen(void);
TRAIL_NODISCARD enum trail_status trl_outputs_flush(unsigned timeout_ms);

/* Sets accepted, written, dropped, sink_errors, spool_depth_bytes, spool_lag_ns; leaves the rest.
 * Any thread. */
void trl_outputs_stats(struct trail_stats *stats);

/* One line from a crash handler, to every sink that can: async-signal-safe. In async delivery it is
 * committed to the spool, where it is safe; trl_outputs_crash_flush() then gives the writer thread
 * a moment to deliver it. In sync delivery it ends the lines that are on their way to files, which
 * the end of the process would cut; those that come later wait for that end. */
void trl_outputs_crash(enum trail_level level, const char *line, size_t size);
void trl_outputs_crash_flush(unsigned timeout_ms);

#endif
