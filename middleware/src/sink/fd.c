/* Sink: lines to a descriptor. A line is one write without a lock. Two things take the sink's
 * lock: a line that a pipe would tear, being longer than PIPE_BUF, and what is left of a short
 * write. Where a crash has been told, lines wait; see fd_crash.c. */
#include "sink/fd.h"

#include "core/clock.h"
#include "sink/state.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS    UINT64_C(1000000)
#define RETRY_NS     UINT64_C(100000000)
#define BLOCK_MAX_NS UINT64_C(1000000000)
#define DROP_MAX_NS  UINT64_C(500000)
#define CLOSE_TRIES  4
#define CLOSE_MAX_MS 1000

/* A closed pipe and a file at its limit are errors of a call, not the end of the process. */
static void ignore_default(int signal_number)
{
    struct sigaction action;

    if (sigaction(signal_number, NULL, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
        action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        sigaction(signal_number, &action, NULL);
    }
}

/* The monotonic clock at the kernel's tick, at a third of the price. */
static uint64_t coarse_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool trl_fd_wait_for_room(const struct trl_fd_sink *sink, int wait_ms)
{
    struct pollfd ready = {.fd = sink->fd, .events = POLLOUT};
    uint64_t end_ns = wait_ms > 0 ? trl_clock_monotonic_ns() + (uint64_t)wait_ms * NS_PER_MS : 0;
    int found;

    while ((found = poll(&ready, 1, wait_ms)) < 0 && errno == EINTR) {
        uint64_t now_ns = wait_ms > 0 ? trl_clock_monotonic_ns() : 0;
        wait_ms = now_ns < end_ns ? (int)((end_ns - now_ns) / NS_PER_MS) : 0;
    }
    return found > 0;
}

/* One write. A file that was opened here has O_APPEND, and Linux appends to it whatever the offset
 * is (pwrite(2), BUGS): so a write with an offset spares the lock of the position in the file,
 * which nobody uses. A FIFO may have taken the file's place. */
static inline __attribute__((always_inline)) ssize_t put(const struct trl_fd_sink *sink,
                                                         const char *text, size_t size)
{
    if (sink->path != NULL && sink->regular) {
        ssize_t taken = pwrite(sink->fd, text, size, 0);
        if (taken >= 0 || errno != ESPIPE) {
            return taken;
        }
    }
    return write(sink->fd, text, size);
}

/* Until when a call may wait, in all, where the process is not dying: for lines of other threads,
 * and for room. Into what blocks, a stalled reader holds up the write itself, and so whoever waits
 * for its end. */
static uint64_t deadline_of(const struct trl_fd_sink *sink)
{
    if (trl_outputs_.overflow_drop) {
        return atomic_load(&sink->stalled) ? 0 : trl_clock_monotonic_ns() + DROP_MAX_NS;
    }
    return atomic_load(&sink->refuses) ? trl_clock_monotonic_ns() + BLOCK_MAX_NS : UINT64_MAX;
}

/* A full output refused a write: waits for room. False: there is none by the deadline. */
static bool wait_in_call(struct trl_fd_sink *sink, uint64_t *deadline_ns)
{
    uint64_t now_ns = trl_clock_monotonic_ns();

    atomic_store(&sink->refuses, true);
    if (*deadline_ns == UINT64_MAX) {
        *deadline_ns = now_ns + BLOCK_MAX_NS;
    }
    bool give_up = now_ns >= *deadline_ns || atomic_load(&sink->stalled);
    if (trl_fd_wait_for_room(sink, give_up ? 0 : (int)((*deadline_ns - now_ns) / NS_PER_MS))) {
        return true;
    }
    atomic_store(&sink->stalled, true);
    return false;
}

size_t trl_fd_write_all(struct trl_fd_sink *sink, const char *text, size_t size,
                        uint64_t deadline_ns)
{
    size_t done = 0;

    while (done < size) {
        ssize_t taken = put(sink, text + done, size - done);
        if (taken > 0) {
            done += (size_t)taken;
            atomic_store_explicit(&sink->stalled, false, memory_order_relaxed);
            continue;
        }
        if (taken < 0 && errno == EINTR) {
            continue;
        }
        if (taken == 0) {
            errno = EIO;
        }
        if (errno != EAGAIN) {
            break;
        }
        if (!wait_in_call(sink, &deadline_ns)) {
            errno = EAGAIN;
            break;
        }
    }
    return done;
}

void trl_fd_note_result(struct trl_fd_sink *sink, int error)
{
    if (error == 0) {
        atomic_store_explicit(&sink->retry_ns, 0, memory_order_relaxed);
        return;
    }
    if (error != EAGAIN) {
        atomic_store(&sink->retry_ns, trl_clock_monotonic_ns() + RETRY_NS);
    }
    trl_sink_failed(&sink->base, "can't write", error);
}

void trl_fd_keep_tail(struct trl_fd_sink *sink, enum trail_level level, const char *rest,
                      size_t size)
{
    memmove(sink->tail, rest, size);
    sink->tail_size = size;
    sink->tail_level = level;
}

bool trl_fd_complete_tail(struct trl_fd_sink *sink, uint64_t deadline_ns)
{
    if (sink->tail_size == 0) {
        return true;
    }
    size_t done = trl_fd_write_all(sink, sink->tail, sink->tail_size, deadline_ns);
    trl_fd_note_result(sink, done == sink->tail_size ? 0 : errno);
    trl_fd_keep_tail(sink, sink->tail_level, sink->tail + done, sink->tail_size - done);
    return sink->tail_size == 0;
}

/* With the lock and nothing torn. False: not a byte of it went out. */
static bool write_held(struct trl_fd_sink *sink, enum trail_level level, const char *line,
                       size_t size, uint64_t deadline_ns)
{
    size_t done = trl_fd_write_all(sink, line, size, deadline_ns);
    int error = done == size ? 0 : errno;

    trl_fd_note_result(sink, error);
    if (done == 0) {
        errno = error;
        return false;
    }
    trl_fd_keep_tail(sink, level, line + done, size - done);
    return true;
}

bool trl_fd_tell_gap(struct trl_fd_sink *sink, uint64_t deadline_ns)
{
    char line[TRL_GAP_LINE_MAX];
    size_t size = trl_sink_gap_line(&sink->base, line);

    if (size == 0) {
        return true;
    }
    /* The tail's room is free: nothing is torn here. */
    const char *formed = trl_sink_transform(&sink->base, line, &size, sink->tail);
    bool told = write_held(sink, TRAIL_LEVEL_WARN, formed, size, deadline_ns);
    trl_sink_gap_told(&sink->base, told);
    return told && sink->tail_size == 0;
}

bool trl_fd_hold(struct trl_fd_sink *sink, uint64_t deadline_ns)
{
    static const struct timespec pause = {.tv_nsec = 50000};

    if (!trl_lock_until(&sink->lock, deadline_ns)) {
        return false;
    }
    atomic_fetch_or(&sink->held, TRL_FD_LOCKED);
    while (atomic_load(&sink->in_flight) > 0) {
        if (trl_clock_monotonic_ns() >= deadline_ns) {
            trl_fd_let_go(sink);
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return true;
}

void trl_fd_note_tail(struct trl_fd_sink *sink)
{
    if (sink->tail_size > 0) {
        atomic_fetch_or(&sink->held, TRL_FD_LOCKED);
    } else {
        atomic_fetch_and(&sink->held, ~(unsigned)TRL_FD_LOCKED);
    }
}

void trl_fd_let_go(struct trl_fd_sink *sink)
{
    trl_fd_note_tail(sink);
    trl_unlock(&sink->lock);
}

static bool drop(struct trl_fd_sink *sink, enum trail_level level, int error)
{
    trl_sink_dropped(&sink->base, error == EAGAIN ? TRAIL_DROP_OVERFLOW : TRAIL_DROP_SINK_ERROR,
                     level, 1);
    return false;
}

/* Not while the process is dying: that is only waited for without the lock. */
static bool hold_in_call(struct trl_fd_sink *sink, uint64_t *ret_deadline_ns)
{
    for (;;) {
        trl_fd_await_end(sink);
        *ret_deadline_ns = deadline_of(sink);
        if (!trl_fd_hold(sink, *ret_deadline_ns)) {
            return false;
        }
        if (!trl_fd_is_ending(sink)) {
            return true;
        }
        trl_fd_let_go(sink);
    }
}

static bool write_slowly(struct trl_fd_sink *sink, enum trail_level level, const char *line,
                         size_t size)
{
    uint64_t deadline_ns;

    if (!hold_in_call(sink, &deadline_ns)) {
        return drop(sink, level, EAGAIN);
    }
    bool taken = trl_fd_complete_tail(sink, deadline_ns) && trl_fd_tell_gap(sink, deadline_ns) &&
                 write_held(sink, level, line, size, deadline_ns);
    int error = errno;
    trl_fd_let_go(sink);
    return taken || drop(sink, level, error);
}

/* The write without the lock took done bytes of the line: sees to the rest. The lock is waited for:
 * nobody else knows of the rest. */
static bool write_rest(struct trl_fd_sink *sink, enum trail_level level, const char *line,
                       size_t size, size_t done, unsigned replaced)
{
    uint64_t deadline_ns = deadline_of(sink);

    (void)trl_fd_hold(sink, UINT64_MAX);
    if (atomic_load(&sink->replaced) != replaced) {
        done =
            0; /* the torn part is the last of a file that is gone: the line goes to the new one */
    }
    bool taken = true;
    if (sink->tail_size > 0) { /* two lines torn at once: the first one's rest is out of reach */
        taken = trl_fd_complete_tail(sink, deadline_ns) &&
                write_held(sink, level, line, size, deadline_ns);
    } else {
        trl_fd_keep_tail(sink, level, line + done, size - done);
        trl_fd_complete_tail(sink, deadline_ns);
    }
    trl_fd_let_go(sink);
    return taken || drop(sink, level, EIO);
}

static bool enter_without_lock(struct trl_fd_sink *sink)
{
    if (sink->regular) {
        return atomic_load_explicit(&sink->held, memory_order_acquire) == 0;
    }
    atomic_fetch_add(&sink->in_flight, 1);
    if (atomic_load(&sink->held) == 0) {
        return true;
    }
    atomic_fetch_sub(&sink->in_flight, 1);
    return false;
}

bool trl_fd_write(struct trl_sink *base, enum trail_level level, const char *line, size_t size)
{
    struct trl_fd_sink *sink = (struct trl_fd_sink *)base;
    uint64_t retry_ns = atomic_load_explicit(&sink->retry_ns, memory_order_relaxed);
    uint64_t now_ns = retry_ns != 0 || sink->path != NULL ? coarse_ns() : 0;

    if (retry_ns > now_ns) {
        return drop(sink, level, EIO);
    }
    if (sink->path != NULL &&
        now_ns >= atomic_load_explicit(&sink->next_check_ns, memory_order_relaxed)) {
        trl_file_check(sink, now_ns);
    }
    if (retry_ns != 0 || atomic_load_explicit(&base->gap.open, memory_order_relaxed) ||
        (!sink->regular && size > PIPE_BUF) || !enter_without_lock(sink)) {
        return write_slowly(sink, level, line, size);
    }
    unsigned replaced = atomic_load_explicit(&sink->replaced, memory_order_relaxed);
    ssize_t taken = put(sink, line, size);
    if (!sink->regular) {
        atomic_fetch_sub(&sink->in_flight, 1);
    }
    if (taken == (ssize_t)size) {
        return true;
    }
    int error = errno;
    if (taken > 0) {
        return write_rest(sink, level, line, size, (size_t)taken, replaced);
    }
    if (taken < 0 && error == EAGAIN) {
        atomic_store(&sink->refuses, true);
        if (trl_outputs_.overflow_drop) {
            atomic_store(&sink->stalled, true);
        }
    }
    if (taken < 0 && (error == EINTR || (error == EAGAIN && !trl_outputs_.overflow_drop))) {
        return write_slowly(sink, level, line, size);
    }
    trl_fd_note_result(sink, error);
    return drop(sink, level, error);
}

void trl_fd_close(struct trl_sink *base)
{
    struct trl_fd_sink *sink = (struct trl_fd_sink *)base;

    /* The last gap is told to a reader that is merely behind. */
    for (int tries = 0; tries < CLOSE_TRIES && !trl_fd_batch.ready(base, UINT64_MAX, true);
         tries++) {
        if (!trl_fd_wait_for_room(sink, CLOSE_MAX_MS)) {
            break;
        }
    }
    if (sink->owned) {
        close(sink->fd);
    }
    free(sink->tail);
    free(sink->path);
    free(sink);
}

enum trail_status trl_fd_sink_new(int fd, bool owned, const char *name,
                                  const struct trl_sink_ops *ops, struct trl_fd_sink **ret_sink)
{
    struct trl_fd_sink *sink = calloc(1, sizeof(*sink));
    char *tail = malloc(TRL_TRANSFORM_MAX);

    if (sink == NULL || tail == NULL) {
        free(sink);
        free(tail);
        return TRAIL_ERR_NOMEM;
    }
    trl_sink_init(&sink->base, ops, name);
    sink->fd = fd;
    sink->owned = owned;
    sink->tail = tail;
    if (fstat(fd, &sink->opened) == 0) {
        /* A device never takes half a line. */
        sink->regular =
            S_ISREG(sink->opened.st_mode) || (S_ISCHR(sink->opened.st_mode) && isatty(fd) == 0);
    }
    ignore_default(SIGPIPE);
    ignore_default(SIGXFSZ);
    *ret_sink = sink;
    return TRAIL_OK;
}

static const struct trl_sink_ops fd_ops = {
    .write = trl_fd_write,
    .batch = &trl_fd_batch,
    .crash = trl_fd_crash,
    .crash_settle = trl_fd_settle,
    .forked = trl_fd_forked,
    .close = trl_fd_close,
};

enum trail_status trl_sink_new_fd(int fd, const char *name, struct trl_sink **ret_sink)
{
    struct trl_fd_sink *sink;
    enum trail_status status = trl_fd_sink_new(fd, false, name, &fd_ops, &sink);

    if (status == TRAIL_OK) {
        *ret_sink = &sink->base;
    }
    return status;
}
