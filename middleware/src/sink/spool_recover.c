/* Sink: delivering the spools of dead processes. */
#include "sink/spool_recover.h"

#include "core/clock.h"
#include "sink/drain.h"
#include "sink/spool_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STALE_NEW_S 60

/* One dead spool while it is delivered. */
struct recovery {
    struct trl_spool_map map;
    struct trl_sink *sinks[TRL_OUTPUTS_MAX];
    size_t count;
    uint64_t deadline_ns;
};

static void close_sinks(struct recovery *recovery)
{
    for (size_t i = 0; i < recovery->count; i++) {
        struct trl_sink *sink = recovery->sinks[i];
        if (sink->ops->flush != NULL && sink->ops->flush(sink, recovery->deadline_ns) != TRAIL_OK) {
            trl_sink_failed(sink, "it did not take all lines of a dead process in time", 0);
        }
        sink->ops->close(sink);
    }
    recovery->count = 0;
}

/* All outputs of the head or none: a batch's progress is told by their positions. */
static bool open_sinks(struct recovery *recovery, const struct trl_recover_options *options)
{
    const struct trl_spool_head *head = recovery->map.head;

    for (uint32_t i = 0; i < head->output_count; i++) {
        const struct trl_spool_output *output = &head->outputs[i];
        struct trl_sink *sink = options->open(options->open_arg, head->service, output->name,
                                              (enum trail_level)output->level, output->transform);
        if (sink == NULL) {
            close_sinks(recovery);
            return false;
        }
        recovery->sinks[recovery->count++] = sink;
    }
    return true;
}

static bool has_untold(const struct trl_spool_head *head)
{
    uint64_t untold = 0;

    for (int level = TRAIL_LEVEL_DEBUG; level < TRAIL_LEVEL_OFF; level++) {
        untold |= atomic_load(&head->untold[level]);
    }
    return untold != 0;
}

/* Delivers an adopted spool and closes it. */
static void recover_adopted(struct recovery *recovery, const struct trl_recover_options *options,
                            struct trl_recover_report *report)
{
    struct trl_layout_damage damage;

    trl_layout_mend(&recovery->map, &damage);
    report->damaged_bytes = damage.bytes;
    uint64_t lines_before = trl_drain_lines_left(&recovery->map);
    bool delivered = lines_before == 0 && !has_untold(recovery->map.head);
    if (!delivered && open_sinks(recovery, options)) {
        delivered =
            trl_drain_dead(&recovery->map, recovery->sinks, recovery->count, recovery->deadline_ns);
        close_sinks(recovery);
    }
    report->result = delivered ? TRL_RECOVER_DELIVERED : TRL_RECOVER_LEFT;
    report->lines = lines_before - trl_drain_lines_left(&recovery->map);
    trl_spool_file_close(&recovery->map, delivered);
}

static bool is_of_service(const struct trl_spool_map *map,
                          const struct trl_recover_options *options)
{
    return options->service == NULL || strcmp(map->head->service, options->service) == 0;
}

static void recover_one(const char *path, const struct trl_recover_options *options,
                        uint64_t deadline_ns)
{
    struct recovery recovery = {.deadline_ns = deadline_ns};
    struct trl_recover_report report = {.path = path, .service = ""};
    char service[sizeof(recovery.map.head->service)];

    switch (trl_spool_file_adopt(path, &recovery.map)) {
    case TRAIL_OK:
        if (!is_of_service(&recovery.map, options)) {
            trl_spool_file_close(&recovery.map, false);
            return;
        }
        memcpy(service, recovery.map.head->service, sizeof(service));
        report.service = service;
        report.pid = recovery.map.head->pid;
        recover_adopted(&recovery, options, &report);
        break;
    case TRAIL_ERR_NOT_FOUND:
        return;
    case TRAIL_ERR_STATE:
        report.result = TRL_RECOVER_ALIVE;
        break;
    case TRAIL_ERR_MALFORMED:
        report.result = TRL_RECOVER_DAMAGED;
        break;
    default:
        report.result = TRL_RECOVER_DENIED;
        break;
    }
    if (options->report != NULL) {
        options->report(options->report_arg, &report);
    }
}

/* A spool whose process died while it was being made holds nothing. */
static void remove_stale(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        return;
    }
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_ctim.tv_sec + STALE_NEW_S < time(NULL) && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        unlink(path);
    }
    close(fd);
}

/* Spools, and leavings of their making, in the order of their names' first change. */
static int is_spool(const struct dirent *entry)
{
    const char *suffix = strrchr(entry->d_name, '.');

    return suffix != NULL && suffix != entry->d_name &&
           (strcmp(suffix, TRL_SPOOL_SUFFIX) == 0 || strcmp(suffix, ".new") == 0);
}

struct found {
    char *path;
    struct timespec since;
};

static int by_age(const void *left, const void *right)
{
    const struct timespec *a = &((const struct found *)left)->since;
    const struct timespec *b = &((const struct found *)right)->since;

    return a->tv_sec != b->tv_sec ? (a->tv_sec > b->tv_sec) - (a->tv_sec < b->tv_sec)
                                  : (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

static void recover_found(struct found *found, size_t count,
                          const struct trl_recover_options *options)
{
    uint64_t deadline_ns = trl_clock_monotonic_ns() + (uint64_t)options->timeout_ms * 1000000u;

    qsort(found, count, sizeof(*found), by_age);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(found[i].path);
        if (size > 4 && strcmp(found[i].path + size - 4, ".new") == 0) {
            remove_stale(found[i].path);
        } else {
            recover_one(found[i].path, options, deadline_ns);
        }
        free(found[i].path);
    }
}

void trl_spool_dir_default(char out[TRL_SPOOL_DIR_MAX])
{
    snprintf(out, TRL_SPOOL_DIR_MAX, "/dev/shm/trail-%lu", (unsigned long)geteuid());
}

enum trail_status trl_spool_recover(const struct trl_recover_options *options)
{
    struct dirent **entries;
    char own_dir[TRL_SPOOL_DIR_MAX];
    const char *dir = options->dir;

    if (dir == NULL || *dir == '\0') {
        trl_spool_dir_default(own_dir);
        dir = own_dir;
    }
    int count = scandir(dir, &entries, is_spool, NULL);

    if (count < 0) {
        return errno == ENOENT ? TRAIL_ERR_NOT_FOUND : TRAIL_ERR_IO;
    }
    struct found *found = calloc((size_t)count + 1, sizeof(*found));
    size_t kept = 0;
    for (int i = 0; i < count; i++) {
        struct stat status;
        if (found != NULL && asprintf(&found[kept].path, "%s/%s", dir, entries[i]->d_name) >= 0) {
            if (lstat(found[kept].path, &status) == 0) {
                /* ctime is the moment of its renaming, when its process had opened it; delivery of
                 * a part does not change it, as mapped pages are written. */
                found[kept++].since = status.st_ctim;
            } else {
                free(found[kept].path);
            }
        }
        free(entries[i]);
    }
    free(entries);
    if (found == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    recover_found(found, kept, options);
    free(found);
    return TRAIL_OK;
}
