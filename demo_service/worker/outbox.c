/* Outbox: a mail appears under its job's name in one step, after its bytes have reached the disk.
 * A worker that dies in between leaves a hidden file that the next attempt writes anew. */
#include "worker/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static bool write_all(int fd, const char *text, size_t size)
{
    size_t written = 0;

    while (written < size) {
        ssize_t count = write(fd, text + written, size - written);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return false;
        }
        written += (size_t)count;
    }
    return fsync(fd) == 0;
}

static bool write_hidden(int folder, const char *name, const char *text, size_t size)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0) {
        return false;
    }
    bool written = write_all(fd, text, size);
    return close(fd) == 0 && written;
}

static enum outbox_status write_into(int folder, const char *job_id, const char *text, size_t size)
{
    char name[256];
    char hidden[256];

    (void)snprintf(name, sizeof(name), "%s.eml", job_id);
    /* Two workers may have the job, if the first's lease lapsed: each has a file of its own. */
    (void)snprintf(hidden, sizeof(hidden), ".%s.%ld.tmp", job_id, (long)getpid());
    if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return OUTBOX_ALREADY_SENT;
    }
    if (!write_hidden(folder, hidden, text, size)) {
        int reason = errno;
        (void)unlinkat(folder, hidden, 0);
        errno = reason;
        return OUTBOX_FAILED;
    }
    if (renameat2(folder, hidden, folder, name, RENAME_NOREPLACE) != 0) {
        int reason = errno;
        (void)unlinkat(folder, hidden, 0);
        errno = reason;
        return reason == EEXIST ? OUTBOX_ALREADY_SENT : OUTBOX_FAILED;
    }
    /* The name counts once the folder is on disk, too. */
    return fsync(folder) == 0 ? OUTBOX_SENT : OUTBOX_FAILED;
}

enum outbox_status outbox_write(const char *folder, const char *job_id, const char *text,
                                size_t size)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return OUTBOX_FAILED;
    }
    enum outbox_status status = write_into(fd, job_id, text, size);
    int reason = errno;
    (void)close(fd);
    errno = reason;
    return status;
}
