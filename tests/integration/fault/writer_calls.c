/* The writer's system calls, by the linker's --wrap: outputs fail when the test says so, the wall
 * clock is where it says, and what threads wait for inside a call that logs is noted. */
#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static __thread bool inside;
static __thread uint64_t asked_ns; /* by the wait before, in this call */
static __thread uint64_t call_begun_ns;

/* What getrusage() says of this thread. */
struct usage {
    uint64_t sleeps;
    uint64_t faults;
};

/* With --waits, of this call. */
static __thread struct usage usage_before;
static __thread uint64_t cpu_ns_before;
static __thread uint64_t noted_sleeps; /* in system calls that wait as long as they are told to */

static void raise_to(_Atomic uint64_t *highest, uint64_t value)
{
    uint64_t before = atomic_load_explicit(highest, memory_order_relaxed);

    while (before < value && !atomic_compare_exchange_weak(highest, &before, value)) {}
}

int __real_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    int result = __real_clock_gettime(clock, out);

    if ((clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) && page != NULL) {
        out->tv_sec += atomic_load(&page->shift_ns) / 1000000000;
    }
    return result;
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    __real_clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct usage usage_now(void)
{
    struct rusage usage;

    getrusage(RUSAGE_THREAD, &usage);
    return (struct usage){.sleeps = (uint64_t)usage.ru_nvcsw,
                          .faults = (uint64_t)(usage.ru_minflt + usage.ru_majflt)};
}

static bool notes_sleeps(void)
{
    return inside && config.waits;
}

/* Around each system call that may sleep: what is left over was slept elsewhere. */
static uint64_t sleeps_before(void)
{
    return notes_sleeps() ? usage_now().sleeps : 0;
}

static uint64_t note_sleeps_since(uint64_t sleeps)
{
    uint64_t slept = notes_sleeps() ? usage_now().sleeps - sleeps : 0;

    noted_sleeps += slept;
    return slept;
}

void writer_call_begins(void)
{
    inside = true;
    asked_ns = UINT64_MAX;
    if (config.waits) {
        noted_sleeps = 0;
        usage_before = usage_now();
        cpu_ns_before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    }
    call_begun_ns = clock_ns(CLOCK_MONOTONIC);
}

/* A page fault may sleep by itself: for the lock of the process's memory. */
static void note_usage(bool longest)
{
    struct usage after = usage_now();
    uint64_t slept = after.sleeps - usage_before.sleeps;

    if (after.faults == usage_before.faults) {
        atomic_fetch_add(&page->hidden_sleeps, slept - noted_sleeps);
    }
    if (longest) {
        atomic_store(&page->longest_cpu_ns, clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns_before);
        atomic_store(&page->longest_slept, slept);
    }
}

void writer_call_ended(void)
{
    uint64_t took_ns = clock_ns(CLOCK_MONOTONIC) - call_begun_ns;

    inside = false;
    if (page == NULL) {
        return;
    }
    if (took_ns > 1000000) {
        atomic_fetch_add(&page->over_1_ms, 1);
    }
    bool longest = took_ns > atomic_load_explicit(&page->longest_ns, memory_order_relaxed);
    raise_to(&page->longest_ns, took_ns);
    if (config.waits) {
        note_usage(longest);
    }
}

static bool note_asked(uint64_t for_ns)
{
    if (!inside || page == NULL || for_ns == 0) {
        return false;
    }
    atomic_fetch_add(&page->waits, 1);
    raise_to(&page->longest_wait_ns, for_ns);
    return true;
}

/* What a call has left to wait grows less with each wait. */
static void note_wait(uint64_t for_ns)
{
    if (!note_asked(for_ns)) {
        return;
    }
    if (for_ns >= asked_ns) {
        atomic_fetch_add(&page->longer_again, 1);
    }
    asked_ns = for_ns;
}

static uint64_t in_ns(const struct timespec *time)
{
    return time == NULL ? UINT64_MAX
                        : (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list arguments;
    long given[6];

    va_start(arguments, number);
    for (int i = 0; i < 6; i++) {
        given[i] = va_arg(arguments, long);
    }
    va_end(arguments);
    if (number == SYS_futex && (given[1] & FUTEX_CMD_MASK) == FUTEX_WAIT) {
        note_wait(in_ns((const struct timespec *)given[3]));
    }
    uint64_t sleeps = sleeps_before();
    long result =
        __real_syscall(number, given[0], given[1], given[2], given[3], given[4], given[5]);
    note_sleeps_since(sleeps);
    return result;
}

int __real_poll(struct pollfd *polled, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout_ms)
{
    note_wait(timeout_ms < 0 ? UINT64_MAX : (uint64_t)timeout_ms * 1000000u);
    uint64_t sleeps = sleeps_before();
    int result = __real_poll(polled, count, timeout_ms);
    note_sleeps_since(sleeps);
    return result;
}

int __real_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    (void)note_asked(in_ns(time)); /* one step of several */
    uint64_t sleeps = sleeps_before();
    int result = __real_nanosleep(time, left);
    note_sleeps_since(sleeps);
    return result;
}

/* What a disk does at once, it does under a file's lock: whether there is room, and the write. */
static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER;

struct output_write {
    bool locked;
    uint64_t sleeps;
};

static struct output_write output_begins(int fd)
{
    uint64_t sleeps = sleeps_before();

    return (struct output_write){.locked = config.failing && fd != STDERR_FILENO &&
                                           pthread_mutex_lock(&disk) == 0,
                                 .sleeps = sleeps};
}

static void output_ended(struct output_write output)
{
    if (output.locked) {
        pthread_mutex_unlock(&disk);
    }
    uint64_t slept = note_sleeps_since(output.sleeps);
    if (slept > 0) {
        atomic_fetch_add(&page->output_sleeps, slept);
    }
}

/* The room that is left of what a write asks for; -1: none, and the write fails. */
static ssize_t take_room(size_t size)
{
    int error = atomic_load(&page->error);
    int64_t room = atomic_load(&page->room);

    if (error == 0) {
        return (ssize_t)size;
    }
    if (room <= 0) {
        atomic_fetch_add(&page->refused, 1);
        errno = error;
        return -1;
    }
    int64_t taken = room < (int64_t)size ? room : (int64_t)size;
    atomic_fetch_sub(&page->room, taken);
    return taken;
}

static void note_written(ssize_t written)
{
    uint64_t never = 0;

    if (written > 0 && atomic_load(&page->refused) > 0 && atomic_load(&page->error) == 0) {
        atomic_compare_exchange_strong(&page->resumed_ns, &never, clock_ns(CLOCK_MONOTONIC));
    }
}

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    struct output_write output = output_begins(fd);
    ssize_t room = output.locked ? take_room(size) : (ssize_t)size;
    ssize_t written = room < 0 ? -1 : __real_write(fd, data, (size_t)room);

    if (output.locked) {
        note_written(written);
    }
    output_ended(output);
    return written;
}

/* As write(), at the end: the writer's outputs are appended to. */
ssize_t __real_pwrite(int fd, const void *data, size_t size, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t offset)
{
    struct output_write output = output_begins(fd);
    ssize_t room = output.locked ? take_room(size) : (ssize_t)size;
    ssize_t written = room < 0 ? -1 : __real_pwrite(fd, data, (size_t)room, offset);

    if (output.locked) {
        note_written(written);
    }
    output_ended(output);
    return written;
}

ssize_t __real_writev(int fd, const struct iovec *parts, int count);
ssize_t __wrap_writev(int fd, const struct iovec *parts, int count);
ssize_t __wrap_writev(int fd, const struct iovec *parts, int count)
{
    size_t size = 0;

    for (int i = 0; i < count; i++) {
        size += parts[i].iov_len;
    }
    struct output_write output = output_begins(fd);
    ssize_t room = output.locked ? take_room(size) : (ssize_t)size;
    ssize_t written = -1;
    if (room == (ssize_t)size) {
        written = __real_writev(fd, parts, count);
    } else if (room > 0) {
        size_t first = parts[0].iov_len < (size_t)room ? parts[0].iov_len : (size_t)room;
        written = __real_write(fd, parts[0].iov_base, first);
    }
    if (output.locked) {
        note_written(written);
    }
    output_ended(output);
    return written;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    bool fails = config.failing && (flags & O_ACCMODE) != O_RDONLY && atomic_load(&page->room) <= 0;
    int error = fails ? atomic_load(&page->error) : 0;
    if (error != 0) {
        atomic_fetch_add(&page->refused, 1);
        errno = error;
        return -1;
    }
    return __real_open(path, flags, mode);
}
