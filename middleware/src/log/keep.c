/* Log: kept detail. Lines stand one behind the other in a block that a thread uses again and again,
 * so that keeping them costs no more than formatting them. */
#include "log/keep.h"

#include "log/local.h"
#include "sink/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct trl_keep {
    size_t size; /* of whole lines; a crash handler reads it at any moment */
    char lines[TRL_KEEP_BYTES];
};

static size_t size_of(const struct trl_keep *keep)
{
    return __atomic_load_n(&keep->size, __ATOMIC_RELAXED);
}

static void set_size(struct trl_keep *keep, size_t size)
{
    __atomic_store_n(&keep->size, size, __ATOMIC_RELEASE);
}

struct trl_keep *trl_keep_take(void)
{
    struct trl_log_local *local = trl_log_local();
    struct trl_keep *keep = local != NULL ? local->spare_keep : NULL;
    int saved = errno;

    if (keep != NULL) {
        local->spare_keep = NULL;
    } else {
        keep = malloc(sizeof(*keep));
    }
    if (keep != NULL) {
        set_size(keep, 0);
    }
    errno = saved;
    return keep;
}

void trl_keep_give_back(struct trl_keep *keep)
{
    struct trl_log_local *local = trl_log_local();

    if (keep != NULL && local != NULL && local->spare_keep == NULL) {
        local->spare_keep = keep;
    } else {
        free(keep);
    }
}

/* Forgets the older half, up to the end of a line. */
static void make_room(struct trl_keep *keep)
{
    size_t used = size_of(keep);
    const char *half = keep->lines + used / 2;
    const char *line_end = memchr(half, '\n', used - used / 2);
    size_t left = (size_t)(keep->lines + used - (line_end + 1));

    set_size(keep, 0); /* while they move there are no whole lines to be read */
    memmove(keep->lines, line_end + 1, left);
    set_size(keep, left);
}

char *trl_keep_begin(struct trl_keep *keep)
{
    while (sizeof(keep->lines) - size_of(keep) < TRAIL_LINE_MAX) {
        make_room(keep);
    }
    return keep->lines + size_of(keep);
}

void trl_keep_end(struct trl_keep *keep, size_t size)
{
    set_size(keep, size_of(keep) + size);
}

const char *trl_keep_text(const struct trl_keep *keep, size_t *ret_size)
{
    *ret_size = __atomic_load_n(&keep->size, __ATOMIC_ACQUIRE);
    return keep->lines;
}

void trl_keep_write(struct trl_keep *keep, enum trail_level level)
{
    size_t size = keep != NULL ? size_of(keep) : 0;

    for (size_t at = 0; at < size;) {
        const char *line = keep->lines + at;
        size_t line_size = (size_t)((const char *)memchr(line, '\n', size - at) - line) + 1;
        char *room = trl_output_begin(level);
        if (room != NULL) {
            memcpy(room, line, line_size);
            trl_output_end(level, line_size);
        }
        at += line_size;
    }
    if (keep != NULL) {
        set_size(keep, 0);
    }
}
