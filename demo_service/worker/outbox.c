/* Outbox: a mail appears under its job's name in one step, after its bytes have reached the disk.
 * A worker that dies in between leaves a hidden file, which the next attempt removes. */
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

/* Each attempt has a file of its own: that of a worker whose lease has lapsed may still be at
 * work. */
static void hidden_name(const struct outbox_mail *mail, unsigned attempt, char name[256])
{
    (void)snprintf(name, 256, ".%s.%u.tmp", mail->job_id, attempt);
}

static void remove_earlier(int folder, const struct outbox_mail *mail)
{
    char name[256];

    for (unsigned attempt = 1; attempt < mail->attempt; attempt++) {
        hidden_name(mail, attempt, name);
        (void)unlinkat(folder, name, 0);
    }
}

static enum outbox_status give_up(int folder, const char *hidden)
{
    int reason = errno;

    (void)unlinkat(folder, hidden, 0);
    errno = reason;
    return reason == EEXIST ? OUTBOX_ALREADY_SENT : OUTBOX_FAILED;
}

static enum outbox_status write_into(int folder, const struct outbox_mail *mail)
{
    char name[256];
    char hidden[256];

    (void)snprintf(name, sizeof(name), "%s.eml", mail->job_id);
    hidden_name(mail, mail->attempt, hidden);
    remove_earlier(folder, mail);
    if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return OUTBOX_ALREADY_SENT;
    }
    if (!write_hidden(folder, hidden, mail->text, mail->size) ||
        renameat2(folder, hidden, folder, name, RENAME_NOREPLACE) != 0) {
        return give_up(folder, hidden);
    }
    /* The name counts once the folder is on disk, too. */
    return fsync(folder) == 0 ? OUTBOX_SENT : OUTBOX_FAILED;
}

enum outbox_status outbox_write(const char *folder, const struct outbox_mail *mail)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return OUTBOX_FAILED;
    }
    enum outbox_status status = write_into(fd, mail);
    int reason = errno;
    (void)close(fd);
    errno = reason;
    return status;
}
