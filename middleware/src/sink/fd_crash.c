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
#define SETTLES_MAX 100

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

/* Who has looked at held before gets to its write meanwhile, and whoever waits for the file's lock
 * to have it: that is so when the file has not grown. */
void trl_fd_settle(struct trl_sink *base)
{
    struct trl_fd_sink *sink = (struct trl_fd_sink *)base;
    struct stat status;
    off_t before = -1;

    if (!sink->regular) {
        return;
    }
    atomic_store(&sink->crasher, this_thread());
    atomic_store(&sink->told_ns, trl_clock_monotonic_ns());
    atomic_fetch_or(&sink->held, TRL_FD_DYING);
    for (int settles = 0; settles < SETTLES_MAX; settles++) {
        nanosleep(&moment, NULL);
        if (fstat(sink->fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == before) {
            return;
        }
        before = status.st_size;
        if (before > 0) {
            trl_fd_wait_for_writes(sink->fd, before);
        }
    }
}

bool trl_fd_is_ending(struct trl_fd_sink *sink)
{
    if ((atomic_load(&sink->held) & TRL_FD_DYING) == 0) {
        return false;
    }
    if (trl_clock_monotonic_ns() - atomic_load(&sink->told_ns) >= SURVIVED_NS) {
        atomic_fetch_and(&sink->held, ~(unsigned)TRL_FD_DYING);
        return false;
    }
    return atomic_load(&sink->crasher) != this_thread();
}

void trl_fd_await_end(struct trl_fd_sink *sink)
{
    while (trl_fd_is_ending(sink)) {
        nanosleep(&moment, NULL);
    }
}

void trl_fd_forked(struct trl_sink *base)
{
    struct trl_fd_sink *sink = (struct trl_fd_sink *)base;

    atomic_store(&sink->lock.state, 0);
    atomic_store(&sink->in_flight, 0);
    sink->tail_size = 0; /* the parent completes its own line */
    atomic_store(&sink->held, 0);
}
