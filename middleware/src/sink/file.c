/* Sink: lines to a file. The file is opened anew on request and when its path names another one;
 * the new file takes the place of the old one behind the same descriptor, so that no writer need
 * wait, and a write that is on its way still ends in the old one. */
#include "sink/fd.h"

#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOKS_MAX      10
#define CHECK_EVERY_NS UINT64_C(250000000)

/* Without O_NONBLOCK, opening a FIFO that nobody reads would wait forever. */
static int open_path(const char *path, bool follow_symlinks)
{
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    int fd;

    do {
        fd = open(path, flags | (follow_symlinks ? 0 : O_NOFOLLOW), 0640);
    } while (fd < 0 && errno == EINTR);
    if (fd >= 0) {
        fcntl(fd, F_SETFL, O_APPEND);
    }
    return fd;
}

/* Whether what the file ends with is no whole line. */
static bool ends_torn(int reader, off_t *ret_size)
{
    struct stat status;
    char last = '\n';

    if (fstat(reader, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
        return false;
    }
    *ret_size = status.st_size;
    return pread(reader, &last, 1, status.st_size - 1) == 1 && last != '\n';
}

/* A line that a dead writer left torn is ended, so that the next one does not continue it. A file
 * that grows meanwhile has a living writer, in the middle of a line. */
static void end_torn_line(const char *path, int fd)
{
    struct stat status;
    struct stat same;
    off_t size = 0;
    off_t before = -1;

    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return;
    }
    int reader = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (reader < 0) {
        return;
    }
    bool torn =
        fstat(reader, &same) == 0 && same.st_ino == status.st_ino && ends_torn(reader, &size);
    for (int looks = 0; looks < LOOKS_MAX && torn && size != before; looks++) {
        before = size;
        trl_fd_wait_for_writes(fd, size);
        torn = ends_torn(reader, &size);
    }
    if (torn && size == before && write(fd, "\n", 1) != 1) {
        errno = 0; /* a full disk: the first line of our own meets it, too, and tells */
    }
    close(reader);
}

/* Swaps what is behind the descriptor. With the lock. */
static enum trail_status reopen_held(struct trl_fd_sink *sink)
{
    int fd = open_path(sink->path, sink->follow_symlinks);

    if (fd < 0) {
        trl_sink_failed(&sink->base, "can't open it again", errno);
        return TRAIL_ERR_IO;
    }
    bool torn = !trl_fd_complete_tail(sink, 0);
    if (torn) { /* stays torn: the last line of a file that is left */
        trl_sink_dropped(&sink->base, TRAIL_DROP_SINK_ERROR, sink->tail_level, 1);
        sink->tail_size = 0;
    }
    struct stat status;
    bool known = fstat(fd, &status) == 0;
    bool same =
        known && status.st_ino == sink->opened.st_ino && status.st_dev == sink->opened.st_dev;
    if (torn || !same) { /* in the same file, what seems torn is being written right now */
        end_torn_line(sink->path, fd);
    }
    if (!known || dup3(fd, sink->fd, O_CLOEXEC) < 0) {
        trl_sink_failed(&sink->base, "can't open it again", errno);
        close(fd);
        return TRAIL_ERR_IO;
    }
    close(fd);
    sink->opened = status;
    atomic_fetch_add(&sink->replaced, 1);
    atomic_store(&sink->retry_ns, 0);
    return TRAIL_OK;
}

static enum trail_status file_reopen(struct trl_sink *base)
{
    struct trl_fd_sink *sink = (struct trl_fd_sink *)base;

    (void)trl_lock_until(&sink->lock, UINT64_MAX);
    enum trail_status status = reopen_held(sink);
    trl_fd_note_tail(sink);
    trl_unlock(&sink->lock);
    return status;
}

void trl_file_check(struct trl_fd_sink *sink, uint64_t now_ns)
{
    uint64_t next = atomic_load_explicit(&sink->next_check_ns, memory_order_relaxed);
    struct stat status;

    if (now_ns < next ||
        !atomic_compare_exchange_strong(&sink->next_check_ns, &next, now_ns + CHECK_EVERY_NS)) {
        return;
    }
    if (!trl_lock_until(&sink->lock, 0)) {
        return;
    }
    if (stat(sink->path, &status) != 0 || status.st_ino != sink->opened.st_ino ||
        status.st_dev != sink->opened.st_dev) {
        (void)(reopen_held(sink) == TRAIL_OK); /* else the old one serves on; told on stderr */
        trl_fd_note_tail(sink);
    }
    trl_unlock(&sink->lock);
}

static void file_begin(struct trl_sink *base)
{
    struct trl_fd_sink *sink = (struct trl_fd_sink *)base;

    end_torn_line(sink->path, sink->fd);
}

static const struct trl_sink_ops file_ops = {
    .begin = file_begin,
    .write = trl_fd_write,
    .batch = &trl_fd_batch,
    .reopen = file_reopen,
    .crash = trl_fd_crash,
    .crash_settle = trl_fd_settle,
    .forked = trl_fd_forked,
    .close = trl_fd_close,
};

/* Why path could not be opened, for people. */
static void explain(const char *path, int error, char *text, size_t size)
{
    char *copy = strdup(path);
    char *slash = copy == NULL ? NULL : strrchr(copy, '/');

    if (error == ENOENT && slash != NULL) {
        *slash = '\0';
        snprintf(text, size, "can't open %s: there is no directory %s", path,
                 slash == copy ? "/" : copy);
    } else if (error == ELOOP) {
        snprintf(text, size, "can't open %s: it is a symbolic link; linked-file: follows it", path);
    } else if (error == ENXIO) {
        snprintf(text, size, "can't open %s: nobody reads this pipe or socket", path);
    } else {
        snprintf(text, size, "can't open %s: %s", path, strerrordesc_np(error));
    }
    free(copy);
}

/* A path that means the same after a chdir(), and to whoever delivers this process's spool. */
static char *make_absolute(const char *path)
{
    char *absolute = NULL;

    if (*path == '/') {
        return strdup(path);
    }
    char *here = getcwd(NULL, 0);
    if (here == NULL || asprintf(&absolute, "%s/%s", here, path) < 0) {
        absolute = NULL;
    }
    free(here);
    return absolute;
}

/* Takes path over, and releases it on failure. */
static enum trail_status make_sink(int fd, char *path, bool follow_symlinks,
                                   struct trl_sink **ret_sink)
{
    char name[TRL_SINK_NAME_MAX];
    struct trl_fd_sink *sink;

    snprintf(name, sizeof(name), "%s:%s", follow_symlinks ? "linked-file" : "file", path);
    enum trail_status status = trl_fd_sink_new(fd, true, name, &file_ops, &sink);
    if (status != TRAIL_OK) {
        close(fd);
        free(path);
        return status;
    }
    sink->path = path;
    sink->follow_symlinks = follow_symlinks;
    *ret_sink = &sink->base;
    return TRAIL_OK;
}

enum trail_status trl_sink_new_file(const char *path, bool follow_symlinks, char *error_text,
                                    size_t error_size, struct trl_sink **ret_sink)
{
    char *absolute = make_absolute(path);

    if (absolute == NULL) {
        snprintf(error_text, error_size, "can't open %.400s: no memory for its path", path);
        return TRAIL_ERR_NOMEM;
    }
    if (strlen(absolute) + sizeof("linked-file:") > TRL_SINK_NAME_MAX) {
        snprintf(error_text, error_size, "can't open %.40s…: the path is too long", path);
        free(absolute);
        return TRAIL_ERR_IO;
    }
    int fd = open_path(absolute, follow_symlinks);
    if (fd < 0) {
        explain(path, errno, error_text, error_size);
        free(absolute);
        return TRAIL_ERR_IO;
    }
    return make_sink(fd, absolute, follow_symlinks, ret_sink);
}
