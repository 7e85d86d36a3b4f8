/* Faults on demand, by the linker's --wrap: each call of a wrapped function comes here first. */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_uint armed_kinds;
static atomic_uint calls;
static unsigned failing_call;
static bool failing_after;
static int failing_errno;

static void arm(unsigned kinds, unsigned nth, int error_number, bool after)
{
    failing_call = nth;
    failing_after = after;
    failing_errno = error_number;
    atomic_store(&calls, 0);
    atomic_store(&armed_kinds, kinds);
}

void faults_arm(unsigned kinds, unsigned nth, int error_number)
{
    arm(kinds, nth, error_number, false);
}

void faults_arm_from(unsigned kinds, unsigned nth, int error_number)
{
    arm(kinds, nth, error_number, true);
}

unsigned faults_disarm(void)
{
    atomic_store(&armed_kinds, 0);
    return atomic_load(&calls);
}

static bool fails(enum fault_kind kind)
{
    if ((atomic_load(&armed_kinds) & (unsigned)kind) == 0) {
        return false;
    }
    unsigned call = atomic_fetch_add(&calls, 1) + 1;
    if (failing_call == 0 || call < failing_call || (call > failing_call && !failing_after)) {
        return false;
    }
    errno = failing_errno;
    return true;
}

/* A function that is wrapped, with its failure's value. */
#define FAULT(kind, type, failure, name, parameters, arguments)                                    \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails(kind) ? (failure) : __real_##name arguments;                                  \
    }

FAULT(FAULT_MEMORY, void *, NULL, malloc, (size_t size), (size))
FAULT(FAULT_MEMORY, void *, NULL, calloc, (size_t count, size_t size), (count, size))
FAULT(FAULT_MEMORY, void *, NULL, realloc, (void *old, size_t size), (old, size))
FAULT(FAULT_MEMORY, char *, NULL, strdup, (const char *text), (text))
FAULT(FAULT_MEMORY, char *, NULL, strndup, (const char *text, size_t size), (text, size))
FAULT(FAULT_MEMORY, int, failing_errno, posix_memalign, (void **out, size_t align, size_t size),
      (out, align, size))
FAULT(FAULT_WRITE, ssize_t, -1, write, (int fd, const void *data, size_t size), (fd, data, size))
FAULT(FAULT_WRITE, ssize_t, -1, writev, (int fd, const struct iovec *parts, int count),
      (fd, parts, count))
FAULT(FAULT_WRITE, ssize_t, -1, pwrite, (int fd, const void *data, size_t size, off_t offset),
      (fd, data, size, offset))
FAULT(FAULT_READ, ssize_t, -1, read, (int fd, void *data, size_t size), (fd, data, size))
FAULT(FAULT_READ, ssize_t, -1, pread, (int fd, void *data, size_t size, off_t offset),
      (fd, data, size, offset))
FAULT(FAULT_MMAP, void *, MAP_FAILED, mmap,
      (void *address, size_t size, int protection, int flags, int fd, off_t offset),
      (address, size, protection, flags, fd, offset))
FAULT(FAULT_GETRANDOM, ssize_t, -1, getrandom, (void *data, size_t size, unsigned flags),
      (data, size, flags))
FAULT(FAULT_ALLOCATE, int, -1, ftruncate, (int fd, off_t size), (fd, size))
FAULT(FAULT_ALLOCATE, int, -1, fallocate, (int fd, int mode, off_t offset, off_t size),
      (fd, mode, offset, size))
FAULT(FAULT_ALLOCATE, int, failing_errno, posix_fallocate, (int fd, off_t offset, off_t size),
      (fd, offset, size))
FAULT(FAULT_SOCKET, int, -1, socket, (int domain, int type, int protocol), (domain, type, protocol))
FAULT(FAULT_SOCKET, int, -1, connect, (int fd, const struct sockaddr *address, socklen_t size),
      (fd, address, size))
FAULT(FAULT_SEND, ssize_t, -1, send, (int fd, const void *data, size_t size, int flags),
      (fd, data, size, flags))
FAULT(FAULT_SEND, ssize_t, -1, sendto,
      (int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
       socklen_t address_size),
      (fd, data, size, flags, address, address_size))
FAULT(FAULT_SEND, ssize_t, -1, sendmsg, (int fd, const struct msghdr *message, int flags),
      (fd, message, flags))
FAULT(FAULT_RECEIVE, ssize_t, -1, recv, (int fd, void *data, size_t size, int flags),
      (fd, data, size, flags))
FAULT(FAULT_STAT, int, -1, stat, (const char *path, struct stat *out), (path, out))
FAULT(FAULT_STAT, int, -1, fstat, (int fd, struct stat *out), (fd, out))
FAULT(FAULT_THREAD, int, failing_errno, pthread_create,
      (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument),
      (thread, attributes, run, argument))

static bool takes_mode(int flags)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = takes_mode(flags) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails(FAULT_OPEN) ? -1 : __real_open(path, flags, mode);
}

int __real_openat(int directory, const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = takes_mode(flags) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails(FAULT_OPEN) ? -1 : __real_openat(directory, path, flags, mode);
}
