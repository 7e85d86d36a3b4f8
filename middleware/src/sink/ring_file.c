/* Sink: the queue of a network output in a file, so that what was accepted survives the process.
 * The kernel keeps the pages; the lock tells who is dead. */
#include "sink/ring_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC UINT64_C(0x7472617171756531)

static bool map_file(struct trl_ring *ring)
{
    void *memory = mmap(NULL, TRL_RING_HEAD_BYTES + ring->capacity, PROT_READ | PROT_WRITE,
                        MAP_SHARED, ring->fd, 0);

    if (memory == MAP_FAILED) {
        return false;
    }
    ring->state = memory;
    ring->bytes = (char *)memory + TRL_RING_HEAD_BYTES;
    return true;
}

/* A full tmpfs kills by SIGBUS when a page is first written: so all of them are had now. */
static bool allocate(struct trl_ring *ring)
{
    int error = posix_fallocate(ring->fd, 0, (off_t)(TRL_RING_HEAD_BYTES + ring->capacity));

    if (error != 0) {
        errno = error;
    }
    return error == 0;
}

enum trail_status trl_ring_create(struct trl_ring *ret_ring, size_t capacity, const char *dir,
                                  const char *key, const char *form)
{
    struct trl_ring ring = {.capacity = capacity, .fd = -1};

    if (asprintf(&ring.path, "%s/XXXXXX" TRL_RING_SUFFIX, dir) < 0) {
        return TRAIL_ERR_NOMEM;
    }
    ring.fd = mkostemps(ring.path, sizeof(TRL_RING_SUFFIX) - 1, O_CLOEXEC);
    if (ring.fd < 0 || flock(ring.fd, LOCK_EX | LOCK_NB) != 0 || !allocate(&ring) ||
        !map_file(&ring)) {
        int saved = errno;
        if (ring.fd >= 0) {
            unlink(ring.path);
        }
        trl_ring_abandon(&ring);
        errno = saved;
        return TRAIL_ERR_IO;
    }
    ring.state->capacity = capacity;
    snprintf(ring.state->key, sizeof(ring.state->key), "%s", key);
    snprintf(ring.state->form, sizeof(ring.state->form), "%s", form);
    __atomic_store_n(&ring.state->magic, MAGIC, __ATOMIC_RELEASE);
    *ret_ring = ring;
    return TRAIL_OK;
}

/* Whether a file is a queue of this user's own, of this size (0: of any), and its process is dead.
 */
static bool is_orphan(int fd, size_t capacity, size_t *ret_capacity)
{
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_uid != geteuid() || status.st_size <= TRL_RING_HEAD_BYTES) {
        return false;
    }
    *ret_capacity = (size_t)status.st_size - TRL_RING_HEAD_BYTES;
    return (capacity == 0 || capacity == *ret_capacity) &&
           (*ret_capacity & (*ret_capacity - 1)) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static bool is_sound(const struct trl_ring *ring)
{
    const struct trl_ring_state *state = ring->state;

    return state->magic == MAGIC && state->capacity == ring->capacity &&
           memchr(state->key, '\0', sizeof(state->key)) != NULL &&
           memchr(state->form, '\0', sizeof(state->form)) != NULL &&
           state->tail % sizeof(uint64_t) == 0;
}

static bool open_dead(struct trl_ring *ret_ring, int directory, const char *name, size_t capacity)
{
    struct trl_ring ring = {.capacity = capacity};

    ring.fd = openat(directory, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (is_orphan(ring.fd, capacity, &ring.capacity) && map_file(&ring) && is_sound(&ring)) {
        *ret_ring = ring;
        return true;
    }
    trl_ring_abandon(&ring);
    return false;
}

bool trl_ring_open_dead(struct trl_ring *ret_ring, const char *path)
{
    return open_dead(ret_ring, AT_FDCWD, path, 0);
}

/* Each line is in one of the two at any time: killed in between, it is delivered twice, not never.
 */
static bool take_over(struct trl_ring *ring, struct trl_ring *dead)
{
    struct trl_ring_cursor cursor = trl_ring_begin(dead);
    struct trl_ring_line line;

    while (trl_ring_next(dead, &cursor, &line)) {
        if (!trl_ring_put_anywhere(ring, &line)) {
            return false;
        }
        trl_ring_release(dead, cursor);
    }
    return true;
}

static void adopt_file(struct trl_ring *ring, int directory, const char *name)
{
    struct trl_ring dead;

    if (!open_dead(&dead, directory, name, ring->capacity)) {
        return;
    }
    if (strcmp(dead.state->key, ring->state->key) == 0 && take_over(ring, &dead)) {
        unlinkat(directory, name, 0);
    }
    trl_ring_abandon(&dead);
}

void trl_ring_adopt(struct trl_ring *ring, const char *dir)
{
    DIR *listing = opendir(dir);

    for (struct dirent *entry = NULL; listing != NULL && (entry = readdir(listing)) != NULL;) {
        size_t size = strlen(entry->d_name);
        if (size > sizeof(TRL_RING_SUFFIX) - 1 &&
            strcmp(entry->d_name + size - (sizeof(TRL_RING_SUFFIX) - 1), TRL_RING_SUFFIX) == 0) {
            adopt_file(ring, dirfd(listing), entry->d_name);
        }
    }
    if (listing != NULL) {
        closedir(listing);
    }
}
