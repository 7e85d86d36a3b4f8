/* Sink: batches of the spool's writer thread to a descriptor. Nothing here waits longer than it is
 * told to: into what may stall, no more is written at once than poll() has promised room for. */
#include "sink/fd.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

static bool fd_mark(struct trl_sink *base, struct trl_file_mark *ret_mark)
{
    const struct trl_fd_sink *sink = (const struct trl_fd_sink *)base;
    struct stat status;

    if (!sink->regular || fstat(sink->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return false;
    }
    *ret_mark = (struct trl_file_mark){
        .device = status.st_dev, .inode = status.st_ino, .size_bytes = (uint64_t)status.st_size};
    return true;
}

static size_t fd_unit(const struct trl_sink *base)
{
    return ((const struct trl_fd_sink *)base)->regular ? SIZE_MAX : PIPE_BUF;
}

/* Whether a line of up to PIPE_BUF goes out without a wait. */
static bool has_room(const struct trl_fd_sink *sink)
{
    return sink->regular || trl_fd_wait_for_room(sink, 0);
}

static bool complete_without_waiting(struct trl_fd_sink *sink)
{
    while (sink->tail_size > 0 && has_room(sink)) {
        size_t part = sink->regular || sink->tail_size < PIPE_BUF ? sink->tail_size : PIPE_BUF;
        size_t done = trl_fd_write_all(sink, sink->tail, part, 0);
        trl_fd_note_result(sink, done == part ? 0 : errno);
        trl_fd_keep_tail(sink, sink->tail_level, sink->tail + done, sink->tail_size - done);
        if (done < part) {
            return false;
        }
    }
    return sink->tail_size == 0;
}

static bool fd_ready(struct trl_sink *base, uint64_t now_ns, bool between_lines)
{
    struct trl_fd_sink *sink = (struct trl_fd_sink *)base;

    if (atomic_load_explicit(&sink->retry_ns, memory_order_relaxed) > now_ns) {
        return false;
    }
    if (sink->path != NULL && now_ns != UINT64_MAX) {
        trl_file_check(sink, now_ns);
    }
    if (!between_lines || (sink->tail_size == 0 && !trl_sink_gap_due(base, now_ns))) {
        return true;
    }
    (void)trl_fd_hold(sink, UINT64_MAX);
    bool ready = complete_without_waiting(sink) && has_room(sink) && trl_fd_tell_gap(sink, 0);
    trl_fd_let_go(sink);
    return ready;
}

static ssize_t fd_writev(struct trl_sink *base, const struct iovec *parts, int count, int wait_ms)
{
    struct trl_fd_sink *sink = (struct trl_fd_sink *)base;
    ssize_t taken;

    if (!sink->regular && !trl_fd_wait_for_room(sink, wait_ms)) {
        return -EAGAIN;
    }
    do {
        taken = writev(sink->fd, parts, count);
    } while (taken < 0 && errno == EINTR);
    if (taken > 0) {
        trl_fd_note_result(sink, 0);
        return taken;
    }
    int error = taken == 0 ? EIO : errno;
    if (error != EAGAIN) {
        trl_fd_note_result(sink, error);
    }
    return -error;
}

static void fd_owe(struct trl_sink *base, enum trail_level level, const char *rest, size_t size)
{
    struct trl_fd_sink *sink = (struct trl_fd_sink *)base;

    (void)trl_lock_until(&sink->lock, UINT64_MAX);
    trl_fd_keep_tail(sink, level, rest, size);
    trl_fd_let_go(sink);
}

const struct trl_batch_ops trl_fd_batch = {
    .ready = fd_ready, .unit = fd_unit, .mark = fd_mark, .writev = fd_writev, .owe = fd_owe};
