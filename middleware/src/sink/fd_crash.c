/* Sink: a descriptor in a process that crashes, or in a child. The end of a process cuts a write
 * that is under way between two pages; so what is under way when a crash has been told is waited
 * for, and what comes after does not begin. */
#include "sink/fd.h"

#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SURVIVED_NS UINT64_C(1000000000)

static const struct timespec moment = {.tv_nsec = 1000000};

static int this_thread(void)
{
    return (int)syscall(SYS_gettid);
}

void trl_fd_crash(struct trl_sink *base, const char *line, size_t size)
{
    const struct trl_fd_sink *sink = (const struct trl_fd_sink *)base;

    while (size > 0) {
        ssize_t taken = write(sink->fd, line, size);
        if (taken < 0 && errno == EINTR) {
            continue;
        }
        if (taken <= 0) {
            return;
        }
        line += taken;
        size -= (size_t)taken;
    }
}

/* They and this call take the file's lock; where the file system knows no such call, a moment must
 * do. */
void trl_fd_wait_for_writes(int fd, off_t size)
{
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, size - 1, 1) != 0) {
        nanosleep(&moment, NULL);
    }
}

void trl_fd_settle(struct trl_sink *base)
{
    struct trl_fd_sink *sink = (struct trl_fd_sink *)base;
    struct stat status;

    if (!sink->regular || fstat(sink->fd, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size == 0) {
        return;
    }
    atomic_store(&sink->crasher, this_thread());
    atomic_fetch_or(&sink->held, TRL_FD_DYING);
    nanosleep(&moment, NULL); /* who has looked at held before gets to its write */
    trl_fd_wait_for_writes(sink->fd, status.st_size);
}

void trl_fd_await_end(struct trl_fd_sink *sink)
{
    if ((atomic_load(&sink->held) & TRL_FD_DYING) == 0 ||
        atomic_load(&sink->crasher) == this_thread()) {
        return;
    }
    uint64_t end_ns = trl_clock_monotonic_ns() + SURVIVED_NS;
    while ((atomic_load(&sink->held) & TRL_FD_DYING) != 0 && trl_clock_monotonic_ns() < end_ns) {
        nanosleep(&moment, NULL);
    }
    atomic_fetch_and(&sink->held, ~(unsigned)TRL_FD_DYING);
}

void trl_fd_forked(struct trl_sink *base)
{
    struct trl_fd_sink *sink = (struct trl_fd_sink *)base;

    atomic_store(&sink->lock.state, 0);
    atomic_store(&sink->in_flight, 0);
    sink->tail_size = 0; /* the parent completes its own line */
    atomic_store(&sink->held, 0);
}
