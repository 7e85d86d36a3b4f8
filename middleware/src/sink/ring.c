/* Sink: the queue of a network output. A line is reserved by moving the head, copied, and made
 * visible by its header; headers that are not yet written are 0, so the reader clears what it gives
 * back. */
#include "sink/ring_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A header: the size of what follows it, the level, and what it is. Records are multiples of it. */
#define HEADER_SIZE    sizeof(uint64_t)
#define HEADER_LINE    (UINT64_C(1) << 40)
#define HEADER_PADDING (UINT64_C(2) << 40)

static uint64_t make_header(uint64_t kind, enum trail_level level, size_t size)
{
    return kind | (uint64_t)level << 32 | (uint64_t)size;
}

static size_t header_size_of(uint64_t header)
{
    return (size_t)(header & UINT32_MAX);
}

/* A file may say anything. */
static enum trail_level level_of(uint64_t header)
{
    uint64_t level = header >> 32 & 0xFF;

    return level < TRAIL_LEVEL_OFF ? (enum trail_level)level : TRAIL_LEVEL_ERROR;
}

static size_t record_size(size_t size)
{
    return HEADER_SIZE + ((size + HEADER_SIZE - 1) & ~(HEADER_SIZE - 1));
}

static uint64_t *header_at(const struct trl_ring *ring, uint64_t position)
{
    return (uint64_t *)(void *)(ring->bytes + (position & (ring->capacity - 1)));
}

static size_t limit_of(const struct trl_ring *ring, enum trail_level level)
{
    switch (level) {
    case TRAIL_LEVEL_DEFAULT:
    case TRAIL_LEVEL_DEBUG:
        return ring->capacity / 2;
    case TRAIL_LEVEL_INFO:
        return ring->capacity / 4 * 3;
    case TRAIL_LEVEL_WARN:
        return ring->capacity / 8 * 7;
    case TRAIL_LEVEL_ERROR:
    case TRAIL_LEVEL_FATAL:
    case TRAIL_LEVEL_OFF:
        break;
    }
    return ring->capacity;
}

enum trail_status trl_ring_init(struct trl_ring *ret_ring, size_t capacity)
{
    void *memory = mmap(NULL, TRL_RING_HEAD_BYTES + capacity, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        return TRAIL_ERR_NOMEM;
    }
    *ret_ring = (struct trl_ring){.state = memory,
                                  .bytes = (char *)memory + TRL_RING_HEAD_BYTES,
                                  .capacity = capacity,
                                  .fd = -1};
    return TRAIL_OK;
}

void trl_ring_abandon(struct trl_ring *ring)
{
    if (ring->state != NULL) {
        munmap(ring->state, TRL_RING_HEAD_BYTES + ring->capacity);
    }
    if (ring->fd >= 0) {
        close(ring->fd);
    }
    free(ring->path);
    *ring = (struct trl_ring){.fd = -1};
}

void trl_ring_fini(struct trl_ring *ring)
{
    if (ring->path != NULL && trl_ring_tail(ring) == trl_ring_head(ring)) {
        unlink(ring->path);
    }
    trl_ring_abandon(ring);
}

/* Moves the head past size bytes that lie in one piece; returns where they begin. */
static bool reserve(struct trl_ring *ring, size_t size, size_t limit, uint64_t *ret_position)
{
    uint64_t head;
    size_t padding;

    do {
        uint64_t tail =
            __atomic_load_n(&ring->state->tail, __ATOMIC_ACQUIRE); /* first: it stays behind */
        head = __atomic_load_n(&ring->state->head, __ATOMIC_RELAXED);
        size_t left = ring->capacity - (size_t)(head & (ring->capacity - 1));
        padding = left < size ? left : 0;
        if (head + padding + size - tail > limit) {
            return false;
        }
    } while (!__atomic_compare_exchange_n(&ring->state->head, &head, head + padding + size, true,
                                          __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    if (padding > 0) {
        __atomic_store_n(header_at(ring, head),
                         make_header(HEADER_PADDING, TRAIL_LEVEL_DEFAULT, padding - HEADER_SIZE),
                         __ATOMIC_RELEASE);
    }
    *ret_position = head + padding;
    return true;
}

static bool put(struct trl_ring *ring, enum trail_level level, size_t limit, const char *text,
                size_t size)
{
    uint64_t position;

    if (ring->state == NULL || size > ring->capacity / 4 ||
        !reserve(ring, record_size(size), limit, &position)) {
        return false;
    }
    uint64_t *header = header_at(ring, position);
    memcpy(header + 1, text, size);
    __atomic_store_n(header, make_header(HEADER_LINE, level, size), __ATOMIC_SEQ_CST);
    return true;
}

bool trl_ring_put(struct trl_ring *ring, enum trail_level level, const char *text, size_t size)
{
    return put(ring, level, limit_of(ring, level), text, size);
}

bool trl_ring_put_anywhere(struct trl_ring *ring, const struct trl_ring_line *line)
{
    return put(ring, line->level, ring->capacity, line->text, line->size);
}

struct trl_ring_cursor trl_ring_begin(const struct trl_ring *ring)
{
    return (struct trl_ring_cursor){.at = trl_ring_tail(ring)};
}

/* Whether a record of this size can stand here: a file may hold anything. */
static bool is_sound(const struct trl_ring *ring, uint64_t position, size_t size)
{
    return record_size(size) <= ring->capacity - (size_t)(position & (ring->capacity - 1));
}

bool trl_ring_next(const struct trl_ring *ring, struct trl_ring_cursor *cursor,
                   struct trl_ring_line *ret_line)
{
    while (ring->state != NULL) {
        uint64_t *at = header_at(ring, cursor->at);
        uint64_t header = cursor->at - ring->state->tail < ring->capacity
                              ? __atomic_load_n(at, __ATOMIC_SEQ_CST)
                              : 0;
        size_t size = header_size_of(header);
        if (header == 0 || !is_sound(ring, cursor->at, size)) {
            return false;
        }
        cursor->at += record_size(size);
        if ((header & HEADER_LINE) != 0) {
            *ret_line = (struct trl_ring_line){
                .text = (const char *)(at + 1),
                .size = size,
                .level = level_of(header),
            };
            return true;
        }
    }
    return false;
}

void trl_ring_release(struct trl_ring *ring, struct trl_ring_cursor cursor)
{
    size_t size = (size_t)(cursor.at - ring->state->tail);
    size_t offset = (size_t)(ring->state->tail & (ring->capacity - 1));
    size_t first = size < ring->capacity - offset ? size : ring->capacity - offset;

    memset(ring->bytes + offset, 0, first);
    memset(ring->bytes, 0, size - first);
    __atomic_store_n(&ring->state->tail, cursor.at, __ATOMIC_RELEASE);
}

uint64_t trl_ring_head(const struct trl_ring *ring)
{
    return ring->state != NULL ? __atomic_load_n(&ring->state->head, __ATOMIC_SEQ_CST) : 0;
}

uint64_t trl_ring_tail(const struct trl_ring *ring)
{
    return ring->state != NULL ? __atomic_load_n(&ring->state->tail, __ATOMIC_ACQUIRE) : 0;
}
