/* Sinks over a descriptor: what fd.c and file.c share. */
#ifndef TRL_SINK_FD_H
#define TRL_SINK_FD_H

#include "sink/batch.h"
#include "sink/futex.h"

#include <sys/stat.h>

/* Why lines take the slow way. */
enum trl_fd_held {
    TRL_FD_LOCKED = 1, /* a long line is on its way, or a torn one is unfinished: by the lock */
    TRL_FD_DYING = 2,  /* a crash has been told: by a wait for the process's end */
};

struct trl_fd_sink {
    struct trl_sink base;
    int fd;     /* the same number for the sink's whole life: a reopen replaces what is behind it */
    bool owned; /* closed with the sink */
    bool regular;
    atomic_uint held;          /* enum trl_fd_held: 0 lets lines out without the lock */
    atomic_uint in_flight;     /* writes without the lock, where that can tear lines: pipes */
    atomic_uint replaced;      /* counts reopens */
    _Atomic uint64_t retry_ns; /* of a failing output; 0: it works */
    char *path;                /* NULL: not a file */
    _Atomic uint64_t next_check_ns;
    atomic_bool stalled; /* the wait for room timed out; nobody waits until there is some */
    atomic_bool refuses; /* it has said that it is full, rather than let a write wait */
    struct trl_lock lock;
    size_t tail_size; /* what is left of a torn line; under the lock */
    enum trail_level tail_level;
    char *tail; /* TRL_TRANSFORM_MAX bytes */
    bool follow_symlinks;
    struct stat opened;
    atomic_int crasher;       /* the thread that told the crash */
    _Atomic uint64_t told_ns; /* and when it had */
};

/* A sink over fd, which it owns from then on if owned is true. */
TRAIL_NODISCARD enum trail_status trl_fd_sink_new(int fd, bool owned, const char *name,
                                                  const struct trl_sink_ops *ops,
                                                  struct trl_fd_sink **ret_sink);

bool trl_fd_write(struct trl_sink *sink, enum trail_level level, const char *line, size_t size);
extern const struct trl_batch_ops trl_fd_batch;
void trl_fd_crash(struct trl_sink *sink, const char *line, size_t size);
void trl_fd_settle(struct trl_sink *sink);
void trl_fd_forked(struct trl_sink *sink);
void trl_fd_close(struct trl_sink *sink);

/* Whether a crash was told within the last second, by another thread: nothing may begin to be
 * written. await_end() returns when that is not, or no longer, so. */
bool trl_fd_is_ending(struct trl_fd_sink *sink);
void trl_fd_await_end(struct trl_fd_sink *sink);

/* Returns when writes to a file of size bytes that were under way have ended. Async-signal-safe. */
void trl_fd_wait_for_writes(int fd, off_t size);

/* Takes the lock, and waits for the writes that are on their way without it; gives it back. False:
 * that was not to be had by deadline_ns. */
bool trl_fd_hold(struct trl_fd_sink *sink, uint64_t deadline_ns);
void trl_fd_let_go(struct trl_fd_sink *sink);

/* With the lock, by who took it without trl_fd_hold(): whether lines need the lock from now on. */
void trl_fd_note_tail(struct trl_fd_sink *sink);

/* With the lock. What writes waits for room until deadline_ns at most; 0: not at all. */

/* Completes a torn line if there is one. True: none is left. */
bool trl_fd_complete_tail(struct trl_fd_sink *sink, uint64_t deadline_ns);

/* Makes rest, which may stand in the tail, what is left of a torn line. */
void trl_fd_keep_tail(struct trl_fd_sink *sink, enum trail_level level, const char *rest,
                      size_t size);

/* Tells a gap if there is one, when nothing is torn. True: it is told, and whole. */
bool trl_fd_tell_gap(struct trl_fd_sink *sink, uint64_t deadline_ns);

/* Writes all of text, or what can be; returns the bytes taken, with errno if they are not all. */
size_t trl_fd_write_all(struct trl_fd_sink *sink, const char *text, size_t size,
                        uint64_t deadline_ns);

/* An attempt ended with errno error: 0 if it went well. */
void trl_fd_note_result(struct trl_fd_sink *sink, int error);

/* Without it: */

bool trl_fd_wait_for_room(const struct trl_fd_sink *sink, int wait_ms);

/* Looks, four times a second, whether path still names what is open, and opens it anew if not. */
void trl_file_check(struct trl_fd_sink *sink, uint64_t now_ns);

#endif
