/* Sink: delivering the queues of network outputs whose processes are dead. A service adopts its own
 * at its next start; this is for when there is none. */
#include "core/clock.h"
#include "sink/ring_file.h"
#include "sink/spool_recover.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Lines that are repeated at the most, if this is interrupted. */
enum { BATCH_LINES = 512 };

static uint64_t count_lines(const struct trl_ring *ring)
{
    struct trl_ring_cursor cursor = trl_ring_begin(ring);
    struct trl_ring_line line;
    uint64_t count = 0;

    while (trl_ring_next(ring, &cursor, &line)) {
        count++;
    }
    return count;
}

/* Hands over some lines; they leave the queue when the output has delivered them. Returns how many
 * there were; *ret_delivered tells whether they are through. */
static uint64_t deliver_batch(struct trl_ring *ring, struct trl_sink *sink, uint64_t deadline_ns,
                              bool *ret_delivered)
{
    struct trl_ring_cursor cursor = trl_ring_begin(ring);
    struct trl_ring_line line;
    uint64_t count = 0;

    *ret_delivered = true;
    while (*ret_delivered && count < BATCH_LINES && trl_ring_next(ring, &cursor, &line)) {
        *ret_delivered = sink->ops->write(sink, line.level, line.text, line.size);
        count++;
    }
    *ret_delivered = *ret_delivered &&
                     (sink->ops->flush == NULL || sink->ops->flush(sink, deadline_ns) == TRAIL_OK);
    if (*ret_delivered) {
        trl_ring_release(ring, cursor);
    }
    return count;
}

/* Returns how many lines were delivered. */
static uint64_t deliver(struct trl_ring *ring, struct trl_sink *sink, uint64_t deadline_ns)
{
    uint64_t delivered = 0;
    uint64_t count;
    bool through = true;

    do {
        count = deliver_batch(ring, sink, deadline_ns, &through);
        delivered += through ? count : 0;
    } while (through && count > 0);
    return delivered;
}

/* key: the service, a newline, the output's name. */
static void recover_ring(struct trl_ring *ring, const char *path, char *key,
                         const struct trl_recover_options *options, uint64_t deadline_ns)
{
    char *name = strchrnul(key, '\n');
    struct trl_recover_report report = {.path = path, .service = key, .queue = true};
    uint64_t lines = count_lines(ring);

    if (*name != '\0') {
        *name++ = '\0';
    }
    if (options->service != NULL && strcmp(options->service, key) != 0) {
        return;
    }
    if (lines == 0) {
        unlink(path);
        return;
    }
    struct trl_sink *sink =
        options->open(options->open_arg, key, name, TRAIL_LEVEL_DEBUG, ring->state->form);
    if (sink != NULL) {
        report.lines = deliver(ring, sink, deadline_ns);
        sink->ops->close(sink);
    }
    report.result = report.lines == lines ? TRL_RECOVER_DELIVERED : TRL_RECOVER_LEFT;
    if (report.result == TRL_RECOVER_DELIVERED) {
        unlink(path);
    }
    if (options->report != NULL) {
        options->report(options->report_arg, &report);
    }
}

static void recover_file(const char *path, const struct trl_recover_options *options,
                         uint64_t deadline_ns)
{
    char key[TRL_RING_KEY_MAX];
    struct trl_ring ring;

    if (trl_ring_open_dead(&ring, path)) {
        memcpy(key, ring.state->key, sizeof(key));
        recover_ring(&ring, path, key, options, deadline_ns);
        trl_ring_abandon(&ring);
    }
}

static int is_queue(const struct dirent *entry)
{
    const char *suffix = strrchr(entry->d_name, '.');

    return suffix != NULL && strcmp(suffix, TRL_RING_SUFFIX) == 0;
}

enum trail_status trl_queues_recover(const struct trl_recover_options *options)
{
    uint64_t deadline_ns = trl_clock_monotonic_ns() + (uint64_t)options->timeout_ms * 1000000u;
    struct dirent **entries;
    int count = scandir(options->dir, &entries, is_queue, NULL);

    if (count < 0) {
        return errno == ENOENT ? TRAIL_ERR_NOT_FOUND : TRAIL_ERR_IO;
    }
    for (int i = 0; i < count; i++) {
        char *path;
        if (asprintf(&path, "%s/%s", options->dir, entries[i]->d_name) >= 0) {
            recover_file(path, options, deadline_ns);
            free(path);
        }
        free(entries[i]);
    }
    free(entries);
    return TRAIL_OK;
}
