/* One file, line by line: any bytes, lines of any length, and no more memory than one piece. */
#include "core/utf8.h"
#include "input.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_CAPACITY ((size_t)1 << 16)

struct cli_file {
    const char *name;
    int fd;
    char *buffer;
    size_t capacity;
    size_t start;   /* of the next line */
    size_t scanned; /* no newline stands before this */
    size_t end;     /* of what was read */
    size_t number;  /* of the last line that was returned */
    bool continued; /* the last one was not its line's last piece */
    bool ended;
    bool failed;
};

struct cli_file *cli_file_open(const char *name)
{
    bool standard = strcmp(name, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        cli_complain("%s: %s", name, strerror(errno));
        return NULL;
    }
    struct cli_file *file = cli_new(1, sizeof *file);
    file->name = name;
    file->fd = fd;
    file->capacity = FIRST_CAPACITY;
    file->buffer = cli_new(file->capacity, 1);
    return file;
}

void cli_file_close(struct cli_file *file)
{
    if (file == NULL) {
        return;
    }
    if (file->fd != STDIN_FILENO) {
        close(file->fd);
    }
    free(file->buffer);
    free(file);
}

/* Makes room behind what was read: by moving it to the front, else by growing. */
static void make_room(struct cli_file *file)
{
    if (file->start > 0) {
        memmove(file->buffer, file->buffer + file->start, file->end - file->start);
        file->scanned -= file->start;
        file->end -= file->start;
        file->start = 0;
    }
    if (file->end == file->capacity && file->capacity < CLI_PIECE_MAX) {
        file->capacity *= 2;
        file->buffer = cli_grown(file->buffer, file->capacity, 1);
    }
}

static void read_more(struct cli_file *file)
{
    ssize_t size;

    make_room(file);
    do {
        size = read(file->fd, file->buffer + file->end, file->capacity - file->end);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        cli_complain("%s: %s", file->name, strerror(errno));
        file->failed = true;
    }
    if (size <= 0) {
        file->ended = true;
    } else {
        file->end += (size_t)size;
    }
}

/* Hands out size bytes and skips the newline that may follow. */
static bool hand_out(struct cli_file *file, size_t size, bool terminated, bool continues,
                     struct cli_line *ret_line)
{
    file->number += file->continued ? 0 : 1;
    *ret_line = (struct cli_line){
        .text = file->buffer + file->start,
        .size = size,
        .file = file->name,
        .number = file->number,
        .continued = file->continued,
        .continues = continues,
        .terminated = terminated,
    };
    file->continued = continues;
    file->start += size + (terminated ? 1 : 0);
    file->scanned = file->start;
    return true;
}

bool cli_file_next(struct cli_file *file, struct cli_line *ret_line)
{
    for (;;) {
        const char *from = file->buffer + file->scanned;
        const char *newline = memchr(from, '\n', file->end - file->scanned);
        size_t pending = file->end - file->start;

        if (newline != NULL) {
            size_t size = (size_t)(newline - file->buffer) - file->start;
            return hand_out(file, size, true, false, ret_line);
        }
        file->scanned = file->end;
        if (file->ended) {
            return (pending > 0 || file->continued) &&
                   hand_out(file, pending, false, false, ret_line);
        }
        if (pending == CLI_PIECE_MAX) {
            size_t cut = trl_utf8_cut(file->buffer + file->start, pending, pending - 1);
            return hand_out(file, cut, false, true, ret_line);
        }
        read_more(file);
    }
}

bool cli_file_failed(const struct cli_file *file)
{
    return file->failed;
}

bool cli_file_drained(const struct cli_file *file)
{
    struct pollfd ready = {.fd = file->fd, .events = POLLIN};

    if (memchr(file->buffer + file->start, '\n', file->end - file->start) != NULL) {
        return false;
    }
    return file->ended || poll(&ready, 1, 0) == 0;
}
