/* Delivering the spools of dead processes: at the start of a service, and by `trail recover`. */
#ifndef TRL_SINK_SPOOL_RECOVER_H
#define TRL_SINK_SPOOL_RECOVER_H

#include "sink/outputs.h"

enum trl_recover_result {
    TRL_RECOVER_DELIVERED, /* all of it; the spool is gone */
    TRL_RECOVER_ALIVE,     /* its process lives, or another delivers it: not touched */
    TRL_RECOVER_DAMAGED,   /* no spool, or its head can't be read: left as it is */
    TRL_RECOVER_LEFT,      /* an output did not take it: left, as far as it is not delivered */
    TRL_RECOVER_DENIED,    /* not a file of this user's own */
};

/* What became of one spool. Borrowed until the callback returns. */
struct trl_recover_report {
    enum trl_recover_result result;
    const char *path;
    bool queue;             /* it is a network output's queue, and no spool */
    const char *service;    /* "" where it can't be read */
    int64_t pid;            /* of the dead process; 0: unknown */
    uint64_t lines;         /* that were delivered now */
    uint64_t damaged_bytes; /* that could not be read as lines */
};

typedef void trl_recover_report_fn(void *arg, const struct trl_recover_report *report);

struct trl_recover_options {
    const char *dir;     /* NULL or "", for spools alone: trl_spool_dir_default() */
    const char *service; /* NULL: of every service */
    unsigned timeout_ms; /* for outputs that take nothing; of all spools together */
    trl_sink_open_fn *open;
    void *open_arg;
    trl_recover_report_fn *report; /* called once for each spool of the service; may be NULL */
    void *report_arg;
};

#define TRL_SPOOL_DIR_MAX 64

/* The directory of this user's own under /dev/shm. */
void trl_spool_dir_default(char out[TRL_SPOOL_DIR_MAX]);

/* Delivers each spool in dir to the outputs that its head names, opened by options->open, in the
 * order of their processes' start. Lines reach a regular file exactly once if nothing else is
 * changed in it; other outputs at least once. May be killed, and called again. Any thread.
 * TRAIL_ERR_NOT_FOUND: no such directory. TRAIL_ERR_IO: it can't be read. TRAIL_ERR_NOMEM. What
 * became of single spools is not an error of the call. */
TRAIL_NODISCARD enum trail_status trl_spool_recover(const struct trl_recover_options *options);

/* Does the same for the queues of network outputs in dir, which spools no longer have the lines of:
 * those of each to the output that it is named after, at least once. A queue whose process lives is
 * not touched, nor reported. Errors as above. */
TRAIL_NODISCARD enum trail_status trl_queues_recover(const struct trl_recover_options *options);

#endif
