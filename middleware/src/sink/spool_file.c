/* Sink: the spool's file. Allocated in full before it is used: a write to a page that a full tmpfs
 * can't give would kill the process. */
#include "sink/spool_file.h"

#include "core/clock.h"
#include "core/id.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum trail_status trl_spool_dir_prepare(const char *dir, char *error_text, size_t error_size)
{
    struct stat status;

    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        snprintf(error_text, error_size, "can't make the spool directory %s: %s", dir,
                 strerrordesc_np(errno));
        return TRAIL_ERR_CONFIG;
    }
    if (lstat(dir, &status) != 0 || !S_ISDIR(status.st_mode)) {
        snprintf(error_text, error_size, "the spool directory %s is not a directory", dir);
        return TRAIL_ERR_CONFIG;
    }
    if (status.st_uid != geteuid()) {
        snprintf(error_text, error_size, "the spool directory %s belongs to another user", dir);
        return TRAIL_ERR_CONFIG;
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        snprintf(error_text, error_size, "the spool directory %s can be written by other users",
                 dir);
        return TRAIL_ERR_CONFIG;
    }
    return TRAIL_OK;
}

/* At least TRL_CHUNKS_MIN chunks; more and larger ones where there is room. */
static void choose_geometry(size_t size_bytes, struct trl_spool_map *map)
{
    size_t chunk = TRL_CHUNK_BYTES_MIN;

    while (chunk < TRL_CHUNK_BYTES_MAX && size_bytes / chunk > 128) {
        chunk *= 2;
    }
    size_t count =
        size_bytes > TRL_SPOOL_HEAD_BYTES ? (size_bytes - TRL_SPOOL_HEAD_BYTES) / chunk : 0;
    map->chunk_bytes = (uint32_t)chunk;
    map->chunk_count = count > TRL_CHUNKS_MAX ? TRL_CHUNKS_MAX + 1 : (uint32_t)count;
    map->size_bytes = TRL_SPOOL_HEAD_BYTES + map->chunk_count * chunk;
}

static enum trail_status fail(struct trl_spool_map *map, const char *what, int error,
                              char *error_text, size_t error_size)
{
    snprintf(error_text, error_size, "can't %s the spool %s: %s", what, map->path,
             strerrordesc_np(error));
    if (map->fd >= 0) {
        unlink(map->path);
        close(map->fd);
    }
    return TRAIL_ERR_IO;
}

enum trail_status trl_spool_file_create(const char *dir, size_t size_bytes, char *error_text,
                                        size_t error_size, struct trl_spool_map *ret_map)
{
    struct trl_spool_map map = {.fd = -1};
    char unique[17];

    choose_geometry(size_bytes, &map);
    if (map.chunk_count < TRL_CHUNKS_MIN) {
        snprintf(error_text, error_size, "a spool of %zu bytes is too small: at least %u",
                 size_bytes, TRL_SPOOL_HEAD_BYTES + TRL_CHUNKS_MIN * TRL_CHUNK_BYTES_MIN);
        return TRAIL_ERR_CONFIG;
    }
    if (map.chunk_count > TRL_CHUNKS_MAX) {
        snprintf(error_text, error_size, "a spool of %zu bytes is too large: at most %zu",
                 size_bytes, (size_t)TRL_CHUNKS_MAX * TRL_CHUNK_BYTES_MAX);
        return TRAIL_ERR_CONFIG;
    }
    trl_id_hex(unique, 16);
    if (snprintf(map.path, sizeof(map.path), "%s/%ld-%s.new", dir, (long)getpid(), unique) >=
        (int)sizeof(map.path)) {
        snprintf(error_text, error_size, "the path of the spool directory is too long");
        return TRAIL_ERR_CONFIG;
    }
    map.fd = open(map.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (map.fd < 0) {
        return fail(&map, "create", errno, error_text, error_size);
    }
    if (flock(map.fd, LOCK_EX | LOCK_NB) != 0) {
        return fail(&map, "lock", errno, error_text, error_size);
    }
    /* Asked first: to fill a disk up to the brim and then give up would hurt others. */
    struct statvfs disk;
    int error = fstatvfs(map.fd, &disk) == 0 && disk.f_bavail < map.size_bytes / disk.f_frsize
                    ? ENOSPC
                    : posix_fallocate(map.fd, 0, (off_t)map.size_bytes);
    if (error != 0) {
        return fail(&map, "allocate", error, error_text, error_size);
    }
    void *mapped =
        mmap(NULL, map.size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, map.fd, 0);
    if (mapped == MAP_FAILED) {
        return fail(&map, "map", errno, error_text, error_size);
    }
    madvise(mapped, map.size_bytes, MADV_DONTFORK);
    map.head = mapped;
    memcpy(map.head->magic, TRL_SPOOL_MAGIC, sizeof(map.head->magic));
    map.head->head_bytes = TRL_SPOOL_HEAD_BYTES;
    map.head->chunk_bytes = map.chunk_bytes;
    map.head->chunk_count = map.chunk_count;
    map.head->pid = getpid();
    map.head->opened_ms = trl_clock_wall_ms();
    *ret_map = map;
    return TRAIL_OK;
}

enum trail_status trl_spool_file_publish(struct trl_spool_map *map)
{
    char path[sizeof(map->path) + sizeof(TRL_SPOOL_SUFFIX)];
    size_t stem = strlen(map->path) - strlen(".new");

    snprintf(path, sizeof(path), "%.*s" TRL_SPOOL_SUFFIX, (int)stem, map->path);
    if (strlen(path) >= sizeof(map->path) || rename(map->path, path) != 0) {
        return TRAIL_ERR_IO;
    }
    memcpy(map->path, path, strlen(path) + 1);
    return TRAIL_OK;
}

/* Opens and locks; the lock tells whether its process lives. */
static enum trail_status open_dead(const char *path, int *ret_fd, size_t *ret_size)
{
    struct stat status;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        return errno == ENOENT ? TRAIL_ERR_NOT_FOUND : TRAIL_ERR_DENIED;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return TRAIL_ERR_STATE;
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
        close(fd);
        return TRAIL_ERR_DENIED;
    }
    if (status.st_nlink == 0) { /* delivered by another, between our open and our lock */
        close(fd);
        return TRAIL_ERR_NOT_FOUND;
    }
    *ret_fd = fd;
    *ret_size = (size_t)status.st_size;
    return TRAIL_OK;
}

enum trail_status trl_spool_file_adopt(const char *path, struct trl_spool_map *ret_map)
{
    struct trl_spool_map map = {.fd = -1};

    if (snprintf(map.path, sizeof(map.path), "%s", path) >= (int)sizeof(map.path)) {
        return TRAIL_ERR_DENIED;
    }
    enum trail_status status = open_dead(path, &map.fd, &map.size_bytes);
    if (status != TRAIL_OK) {
        return status;
    }
    if (map.size_bytes < TRL_SPOOL_HEAD_BYTES) {
        close(map.fd);
        return TRAIL_ERR_MALFORMED;
    }
    /* A file with holes, made by a copy, is filled in: to touch one on a full disk would kill. */
    if (posix_fallocate(map.fd, 0, (off_t)map.size_bytes) != 0) {
        close(map.fd);
        return TRAIL_ERR_IO;
    }
    void *mapped = mmap(NULL, map.size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map.fd, 0);
    if (mapped == MAP_FAILED) {
        close(map.fd);
        return TRAIL_ERR_IO;
    }
    map.head = mapped;
    if (!trl_layout_check_head(&map)) {
        munmap(mapped, map.size_bytes);
        close(map.fd);
        return TRAIL_ERR_MALFORMED;
    }
    *ret_map = map;
    return TRAIL_OK;
}

void trl_spool_file_close(struct trl_spool_map *map, bool remove)
{
    if (map->head == NULL) {
        return;
    }
    munmap(map->head, map->size_bytes);
    if (remove) {
        unlink(map->path);
    }
    close(map->fd);
    map->head = NULL;
}
