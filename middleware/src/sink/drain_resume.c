/* Sink: taking up a batch that its process did not finish. What of it has reached a file is read
 * from the file: from where it ended when the batch was begun, its lines are compared with the
 * batch's, in order; lines of other writers in between are passed over. */
#include "sink/drain.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AHEAD_MAX 8

static bool is_marked(int fd, const struct trl_file_mark *mark)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_dev == mark->device &&
           status.st_ino == mark->inode && (uint64_t)status.st_size >= mark->size_bytes;
}

static int open_if_marked(int dir, const char *name, const struct trl_file_mark *mark)
{
    int fd = openat(dir, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd >= 0 && !is_marked(fd, mark)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* The file that was marked: at path, or, renamed since, beside it. -1: gone, or cut. */
static int find_marked(const char *path, const struct trl_file_mark *mark)
{
    char dir[TRL_SINK_NAME_MAX];
    int fd = open_if_marked(AT_FDCWD, path, mark);

    if (fd >= 0) {
        return fd;
    }
    snprintf(dir, sizeof(dir), "%s", path);
    char *slash = strrchr(dir, '/');
    if (slash == NULL) {
        snprintf(dir, sizeof(dir), ".");
    } else {
        slash[slash == dir] = '\0';
    }
    DIR *listing = opendir(dir);
    if (listing == NULL) {
        return -1;
    }
    for (struct dirent *entry = readdir(listing); fd < 0 && entry != NULL;
         entry = readdir(listing)) {
        if (entry->d_ino == mark->inode) {
            fd = open_if_marked(dirfd(listing), entry->d_name, mark);
        }
    }
    closedir(listing);
    return fd;
}

/* The next line of the batch that output takes, in its form. */
static const char *expected(struct trl_drain *drain, struct trl_drain_output *output,
                            struct trl_line *ret_line, size_t *ret_size)
{
    while (trl_cursor_line(drain, &output->cursor, ret_line)) {
        if (ret_line->level >= output->sink->level) {
            *ret_size = ret_line->size;
            return trl_sink_transform(output->sink, ret_line->text, ret_size, drain->formed);
        }
        trl_cursor_next(&output->cursor, ret_line);
    }
    return NULL;
}

/* Moves the cursor past the line, if it is the batch's next one. Damage may have changed some of
 * the batch's, which then are in the file as they were: so in a damaged spool it looks further. */
static bool pass(struct trl_drain *drain, struct trl_drain_output *output, const char *text,
                 size_t size)
{
    struct trl_cursor before = output->cursor;

    for (int ahead = 0; ahead < (drain->map->damaged ? AHEAD_MAX : 1); ahead++) {
        struct trl_line line;
        size_t wanted_size;
        const char *wanted = expected(drain, output, &line, &wanted_size);
        if (wanted == NULL) {
            break;
        }
        trl_cursor_next(&output->cursor, &line);
        if (size == wanted_size && memcmp(text, wanted, size) == 0) {
            return true;
        }
    }
    output->cursor = before;
    return false;
}

/* Moves the cursor over what of text, from a line's start on, is the batch's; returns the bytes
 * that were looked at. A torn line at the end of the file is the cursor's partial one. */
static size_t match(struct trl_drain *drain, struct trl_drain_output *output, const char *text,
                    size_t size, bool at_end)
{
    size_t at = 0;

    while (at < size) {
        struct trl_line line;
        size_t wanted_size;
        const char *wanted = expected(drain, output, &line, &wanted_size);
        if (wanted == NULL) {
            return size;
        }
        const char *newline = memchr(text + at, '\n', size - at);
        if (newline == NULL) {
            if (at_end && size - at < wanted_size && memcmp(text + at, wanted, size - at) == 0) {
                output->cursor.partial = (uint32_t)(size - at);
            }
            break;
        }
        size_t found_size = (size_t)(newline - (text + at)) + 1;
        output->taken |= pass(drain, output, text + at, found_size);
        at += found_size;
    }
    return at;
}

static void match_file(struct trl_drain *drain, struct trl_drain_output *output, int fd,
                       uint64_t offset)
{
    size_t held = 0;

    for (;;) {
        ssize_t got = pread(fd, drain->block + held, TRL_BLOCK_BYTES - held, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            match(drain, output, drain->block, held, true);
            return;
        }
        offset += (uint64_t)got;
        held += (size_t)got;
        size_t used = match(drain, output, drain->block, held, false);
        if (used == 0 && held == TRL_BLOCK_BYTES) {
            used = held; /* longer than any line of ours */
        }
        held -= used;
        memmove(drain->block, drain->block + used, held);
    }
}

/* The rest of a torn line belongs where its beginning is: to a file that was renamed since. */
static void complete(struct trl_drain *drain, struct trl_drain_output *output, int fd)
{
    struct trl_line line;
    size_t size;
    const char *text = expected(drain, output, &line, &size);
    size_t at = output->cursor.partial;

    while (text != NULL && at < size) {
        ssize_t taken = write(fd, text + at, size - at);
        if (taken < 0 && errno == EINTR) {
            continue;
        }
        if (taken <= 0) {
            output->cursor.partial = 0; /* stays torn there; whole in the new file */
            return;
        }
        at += (size_t)taken;
    }
    if (text != NULL) {
        trl_cursor_next(&output->cursor, &line);
    }
}

/* The file that an output of this name writes to; NULL: it is none. */
static char *path_of(const char *name)
{
    static const char file[] = "file:";
    static const char linked[] = "linked-file:";

    if (strncmp(name, file, sizeof(file) - 1) == 0) {
        return strdup(name + sizeof(file) - 1);
    }
    return strncmp(name, linked, sizeof(linked) - 1) == 0
               ? realpath(name + sizeof(linked) - 1, NULL)
               : NULL;
}

static void resume_file(struct trl_drain *drain, struct trl_drain_output *output,
                        const struct trl_file_mark *mark)
{
    struct trl_file_mark now;
    char *path = path_of(output->sink->name);
    int fd = path == NULL ? -1 : find_marked(path, mark);

    free(path);
    if (fd < 0) {
        return;
    }
    match_file(drain, output, fd, mark->size_bytes);
    if (output->cursor.partial > 0 && !(output->sink->ops->batch->mark(output->sink, &now) &&
                                        now.device == mark->device && now.inode == mark->inode)) {
        complete(drain, output, fd);
    }
    output->mark = *mark;
    output->marked = true;
    close(fd);
}

static void seek_line(struct trl_drain *drain, struct trl_drain_output *output, uint32_t batch_line)
{
    struct trl_line line;

    while (output->cursor.batch_line < batch_line &&
           trl_cursor_line(drain, &output->cursor, &line)) {
        trl_cursor_next(&output->cursor, &line);
    }
}

/* A torn line whose output can't be asked for it is ended: it comes again as a whole. */
static void end_torn(const struct trl_drain_output *output, const struct trl_progress *progress,
                     bool is_file)
{
    const struct trl_batch_ops *ops = output->sink->ops->batch;

    if (atomic_load(&progress->torn) != 0 && !is_file && ops != NULL) {
        ops->owe(output->sink, TRAIL_LEVEL_INFO, "\n", 1);
    }
}

void trl_drain_resume(struct trl_drain *drain)
{
    struct trl_spool_head *head = drain->map->head;

    for (size_t i = 0; i < drain->count; i++) {
        struct trl_drain_output *output = &drain->outputs[i];
        struct trl_progress *progress = &head->progress[i];
        uint32_t state = atomic_load(&progress->state);
        trl_cursor_start(drain, &output->cursor);
        output->done = state == TRL_PROGRESS_DONE;
        output->taken = output->done;
        output->marked = false;
        if (state != TRL_PROGRESS_SLOT_0 && state != TRL_PROGRESS_SLOT_1) {
            continue;
        }
        unsigned slot = state == TRL_PROGRESS_SLOT_0 ? 0 : 1;
        seek_line(drain, output, progress->slots[slot].line);
        end_torn(output, progress, progress->slots[slot].is_file != 0);
        if (progress->slots[slot].is_file != 0 && output->sink->ops->batch != NULL) {
            resume_file(drain, output, &progress->slots[slot].mark);
        }
    }
}
