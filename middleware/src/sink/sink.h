/* A sink: one place that finished lines go to. The output layer (output.h, outputs.h) holds a list
 * of them and hands each line to those whose level it reaches. Kinds embed struct trl_sink as their
 * first member. */
#ifndef TRL_SINK_SINK_H
#define TRL_SINK_SINK_H

#include <trail/memory.h>
#include <trail/trail.h>

#include <stdatomic.h>
#include <stdint.h>
#include <sys/uio.h>

#define TRL_SINK_NAME_MAX 512

/* Room that a transform is given: no line grows to more. */
#define TRL_TRANSFORM_MAX (2 * TRAIL_LINE_MAX)

/* Turns a finished JSON line (newline included) into the form of one output. Returns the bytes
 * written to out, at most out_size; 0 sends the line as it is. Pure: any thread, no allocation, no
 * lock, and the same bytes for the same line, since a recovered batch is compared with a file. */
typedef size_t trl_transform_fn(const void *arg, const char *line, size_t size, char *out,
                                size_t out_size);

struct trl_transform {
    trl_transform_fn *fn; /* NULL: lines go out as they are */
    const void *arg;      /* borrowed until the sink is closed */
    char name[24];        /* what a spool's head remembers, for recovery: "pretty", "ecs" */
};

struct trl_sink;

/* What a sink does. Those marked "may be NULL" have nothing to do then. */
struct trl_sink_ops {
    /* Once, before the first line, when what a dead process left has been delivered. May be NULL.
     */
    void (*begin)(struct trl_sink *sink);
    /* Takes one whole line. False: dropped, and counted by trl_sink_dropped(). Any thread, several
     * at once. Never waits but for a stalled pipe in sync delivery. */
    bool (*write)(struct trl_sink *sink, enum trail_level level, const char *line, size_t size);
    /* Takes whole lines in one go, from the spool's writer thread alone. NULL: write() is called
     * for each. See batch.h. */
    const struct trl_batch_ops *batch;
    /* Opens anew what was renamed. Any thread, one at a time. May be NULL. */
    enum trail_status (*reopen)(struct trl_sink *sink);
    /* Waits until what write() took has left, until deadline_ns of the monotonic clock at most.
     * May be NULL. */
    enum trail_status (*flush)(struct trl_sink *sink, uint64_t deadline_ns);
    /* One line from a crash handler: async-signal-safe. May be NULL. */
    void (*crash)(struct trl_sink *sink, const char *line, size_t size);
    /* Whether lines that crash() took wait to leave: async-signal-safe. May be NULL. */
    bool (*crash_pending)(struct trl_sink *sink);
    /* The crash is told, and the process about to die: lets what is on its way end, and holds up
     * what comes after, which the process's end would cut. Async-signal-safe; in sync delivery
     * alone. May be NULL. */
    void (*crash_settle)(struct trl_sink *sink);
    /* In a child process, before anything else: threads are gone, locks are in any state. May be
     * NULL. */
    void (*forked)(struct trl_sink *sink);
    /* Closes and frees. Setup only. */
    void (*close)(struct trl_sink *sink);
};

/* What was lost on the way to one sink and is not yet told in its stream. */
struct trl_gap {
    atomic_bool open;
    _Atomic uint64_t last_ns; /* monotonic clock, of the latest loss */
    _Atomic uint64_t told_ns; /* of the latest telling */
    _Atomic uint64_t lost[TRAIL_DROP_REASONS_][TRAIL_LEVEL_OFF];
    _Atomic int64_t since_ms;                               /* wall clock; 0: none */
    uint64_t telling[TRAIL_DROP_REASONS_][TRAIL_LEVEL_OFF]; /* by the one who tells */
    int64_t telling_since_ms;
};

struct trl_sink {
    const struct trl_sink_ops *ops;
    _Atomic(enum trail_level) level; /* DEFAULT: takes every line that it is handed */
    bool levelled; /* the level may rise while it is open, so every line is asked for its own */
    struct trl_transform transform;
    struct trl_gap gap;
    _Atomic uint64_t next_notice_ns;
    char name[TRL_SINK_NAME_MAX]; /* as TRAIL_OUTPUT spells it, without the level */
};

/* Fills in what is common. The rest of *sink is left alone. */
void trl_sink_init(struct trl_sink *sink, const struct trl_sink_ops *ops, const char *name);

/* count lines of level did not reach sink: counted for the process and in the sink's gap. Any
 * thread, signal handlers excluded. */
void trl_sink_dropped(struct trl_sink *sink, enum trail_drop_reason reason, enum trail_level level,
                      uint64_t count);

/* The same for the gap alone: the loss of one event for several sinks is counted once. Any thread,
 * and async-signal-safe. */
void trl_sink_lost(struct trl_sink *sink, enum trail_drop_reason reason, enum trail_level level,
                   uint64_t count);

/* A system call or a peer failed: counted, and told on stderr once every 10 s. error is an errno,
 * or 0 with what saying it all. Keeps errno. Any thread. */
void trl_sink_failed(struct trl_sink *sink, const char *what, int error);

/* Room for the line that tells a gap. */
#define TRL_GAP_LINE_MAX 1024

/* If lines were lost: writes the `log_events_dropped` line, as JSON, newline included, and returns
 * its size; else 0. One thread at a time for each sink, followed by trl_sink_gap_told(). */
size_t trl_sink_gap_line(struct trl_sink *sink, char out[TRL_GAP_LINE_MAX]);

/* Whether there is a gap that is over, or has lasted a second untold: a gap that goes on is not
 * told with every batch. */
bool trl_sink_gap_due(const struct trl_sink *sink, uint64_t now_ns);

/* The line went out, or it did not and must be told later. */
void trl_sink_gap_told(struct trl_sink *sink, bool told);

/* In a child process: what was lost is told by the parent. */
void trl_sink_gap_forked(struct trl_sink *sink);

/* The line in the sink's own form: line itself, or out if it was transformed. */
const char *trl_sink_transformed_(const struct trl_sink *sink, const char *line, size_t *size,
                                  char out[TRL_TRANSFORM_MAX]);
static inline const char *trl_sink_transform(const struct trl_sink *sink, const char *line,
                                             size_t *size, char out[TRL_TRANSFORM_MAX])
{
    return sink->transform.fn == NULL ? line : trl_sink_transformed_(sink, line, size, out);
}

/* The kinds of this room. Each sink is owned by the caller until trl_outputs_open() takes it; an
 * unopened one is released by its ops->close. */

/* Lines to a descriptor that is borrowed: stdout, stderr. */
TRAIL_NODISCARD enum trail_status trl_sink_new_fd(int fd, const char *name,
                                                  struct trl_sink **ret_sink);

/* Lines to a file, opened now: created with mode 0640, appended to. A path that can't be used gives
 * TRAIL_ERR_IO and a sentence in error_text. */
TRAIL_NODISCARD enum trail_status trl_sink_new_file(const char *path, bool follow_symlinks,
                                                    char *error_text, size_t error_size,
                                                    struct trl_sink **ret_sink);

/* Takes every line and forgets it. */
TRAIL_NODISCARD enum trail_status trl_sink_new_null(struct trl_sink **ret_sink);

/* Lines into memory, which is borrowed until the sink is closed. */
TRAIL_NODISCARD enum trail_status trl_sink_new_memory(struct trail_memory *memory,
                                                      struct trl_sink **ret_sink);

#endif
