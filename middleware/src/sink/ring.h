/* A bounded queue of lines: many threads put, one takes. Putting takes no lock, waits for nobody,
 * and may be done in a signal handler. It lies in memory, or in a file that outlives the process.
 */
#ifndef TRL_SINK_RING_H
#define TRL_SINK_RING_H

#include <trail/base.h>

#define TRL_RING_KEY_MAX  768
#define TRL_RING_FORM_MAX 24

/* The start of the mapping, one page. */
struct trl_ring_state {
    uint64_t magic; /* written last */
    uint64_t capacity;
    uint64_t head;                /* where the next line goes; counts on for ever, as tail does */
    uint64_t tail;                /* the oldest line */
    char key[TRL_RING_KEY_MAX];   /* whose lines these are, terminated */
    char form[TRL_RING_FORM_MAX]; /* which form they are to take, for whoever delivers them */
};

struct trl_ring {
    struct trl_ring_state *state;
    char *bytes;
    size_t capacity; /* a power of two */
    int fd;          /* -1: memory alone */
    char *path;
};

struct trl_ring_line {
    const char *text;
    size_t size;
    enum trail_level level;
};

/* Where a reader stands. */
struct trl_ring_cursor {
    uint64_t at;
};

/* In memory. capacity: a power of two. Memory is used as far as lines fill it. TRAIL_ERR_NOMEM. */
TRAIL_NODISCARD enum trail_status trl_ring_init(struct trl_ring *ret_ring, size_t capacity);

/* In a new file in dir, allocated in full, and locked (flock) for as long as the process lives.
 * key: under which a successor finds it; form: the name of a transform. TRAIL_ERR_IO with errno,
 * TRAIL_ERR_NOMEM. */
TRAIL_NODISCARD enum trail_status trl_ring_create(struct trl_ring *ret_ring, size_t capacity,
                                                  const char *dir, const char *key,
                                                  const char *form);

/* Takes over what dead processes left in dir under the key of this ring, as far as there is room,
 * and deletes the files that are empty then. Before anything else is put. */
void trl_ring_adopt(struct trl_ring *ring, const char *dir);

/* Releases it; a file that still holds lines stays, for a successor. */
void trl_ring_fini(struct trl_ring *ring);

/* Releases it and leaves its file alone: in a child process, whose parent goes on using it. */
void trl_ring_abandon(struct trl_ring *ring);

/* Copies a line in. False if there is no room for its level: debug may fill half of the ring, info
 * three quarters, warn seven eighths, so that errors find room when nothing else does. */
bool trl_ring_put(struct trl_ring *ring, enum trail_level level, const char *text, size_t size);

/* Reading, by one thread. The cursor starts at the oldest line; next() gives the line there and
 * moves on, false where there is none yet; release() gives back all that stands before the cursor.
 * A line is borrowed until then. */
struct trl_ring_cursor trl_ring_begin(const struct trl_ring *ring);
bool trl_ring_next(const struct trl_ring *ring, struct trl_ring_cursor *cursor,
                   struct trl_ring_line *ret_line);
void trl_ring_release(struct trl_ring *ring, struct trl_ring_cursor cursor);

/* Positions, for waiting until what was put has been released. Any thread. */
uint64_t trl_ring_head(const struct trl_ring *ring);
uint64_t trl_ring_tail(const struct trl_ring *ring);

#endif
