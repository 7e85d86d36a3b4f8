/* The spool's file, as it is mapped: a head, then chunks of one size. It is read after a crash by
 * another process, maybe of another build: a change here is a new magic.
 *
 * A chunk belongs to one thread at a time. Lines stand in it end to end, so that one write takes
 * them all, and an index grows towards them from the chunk's end. A line counts from the moment
 * that `committed` covers it; it is done when `consumed` does. Lines are delivered in batches: the
 * head says which lines the batch under way is made of, and where each output's file ended when
 * they were begun; so a successor finds out from the file itself what has reached it. */
#ifndef TRL_SINK_SPOOL_LAYOUT_H
#define TRL_SINK_SPOOL_LAYOUT_H

#include "sink/batch.h"
#include "sink/outputs.h"

#define TRL_SPOOL_MAGIC      "TRLSPL01"
#define TRL_SPOOL_HEAD_BYTES 32768u
#define TRL_SPOOL_PIECES_MAX 64u
#define TRL_CHUNK_HEAD_BYTES 128u
#define TRL_CHUNK_BYTES_MIN  65536u
#define TRL_CHUNK_BYTES_MAX  262144u
#define TRL_CHUNKS_MIN       8u
#define TRL_CHUNKS_MAX       262144u

/* Tickets of the chunks that a crash handler writes to begin here: the last ones to be delivered.
 */
#define TRL_TICKET_LAST (UINT64_C(1) << 63)

/* A place in a chunk: lines before it in the high half, bytes before it in the low half, so that
 * both move by one store. */
static inline uint64_t trl_place(uint32_t lines, uint32_t bytes)
{
    return (uint64_t)lines << 32 | bytes;
}

static inline uint32_t trl_place_lines(uint64_t place)
{
    return (uint32_t)(place >> 32);
}

static inline uint32_t trl_place_bytes(uint64_t place)
{
    return (uint32_t)place;
}

struct trl_chunk {
    _Atomic uint64_t committed; /* the producer's */
    _Atomic uint64_t ticket;    /* chunks in the order of their acquisition; 0: never used */
    char pad_[48];
    _Atomic uint64_t consumed; /* the writer's, on a cache line of its own */
    char pad_more_[56];
    char text[]; /* lines; at the end, downwards, one uint32_t a line: level << 28 | size */
};

_Static_assert(sizeof(struct trl_chunk) == TRL_CHUNK_HEAD_BYTES, "two cache lines");

struct trl_spool_output {
    char name[TRL_SINK_NAME_MAX];
    char transform[24];
    uint32_t level;
    uint32_t unused;
};

/* Lines of one chunk, from one place to another. */
struct trl_piece {
    uint32_t chunk;
    uint32_t unused;
    uint64_t from;
    uint64_t to;
};

/* How far a batch has come at one output. */
struct trl_progress {
    _Atomic uint32_t state; /* enum trl_progress_state */
    _Atomic uint32_t torn;  /* a part of a line may have left, and its rest has not */
    struct {
        uint32_t line; /* of the batch, the first that is not covered by what the file had then */
        uint32_t is_file;
        struct trl_file_mark mark;
    } slots[2];
};

/* A new mark is filled in in the slot that does not count, then made to count. */
enum trl_progress_state {
    TRL_PROGRESS_NONE,
    TRL_PROGRESS_SLOT_0,
    TRL_PROGRESS_SLOT_1,
    TRL_PROGRESS_DONE
};

struct trl_spool_head {
    char magic[8];
    uint32_t head_bytes;
    uint32_t chunk_bytes;
    uint32_t chunk_count;
    uint32_t output_count;
    int64_t pid;
    int64_t opened_ms;
    char service[128];
    char identity[512];
    struct trl_spool_output outputs[TRL_OUTPUTS_MAX];
    _Atomic uint64_t untold[TRAIL_LEVEL_OFF]; /* dropped by a full spool, not yet told */
    _Atomic uint32_t batch_open;
    uint32_t piece_count;
    struct trl_piece pieces[TRL_SPOOL_PIECES_MAX];
    struct trl_progress progress[TRL_OUTPUTS_MAX];
};

_Static_assert(sizeof(struct trl_spool_head) <= TRL_SPOOL_HEAD_BYTES, "the head has its room");

/* A mapped spool: this process's own, or a dead one's. */
struct trl_spool_map {
    struct trl_spool_head *head;
    size_t size_bytes;
    uint32_t chunk_bytes; /* as checked: the head's own numbers are not looked at again */
    uint32_t chunk_count;
    bool damaged; /* trl_layout_mend() has found some */
    int fd;
    char path[512];
};

static inline struct trl_chunk *trl_chunk_at(const struct trl_spool_map *map, uint32_t number)
{
    return (struct trl_chunk *)((char *)map->head + TRL_SPOOL_HEAD_BYTES +
                                (size_t)number * map->chunk_bytes);
}

static inline uint32_t trl_chunk_room(const struct trl_spool_map *map)
{
    return map->chunk_bytes - TRL_CHUNK_HEAD_BYTES;
}

/* The index entry of a line. */
static inline uint32_t *trl_chunk_entry(const struct trl_spool_map *map, struct trl_chunk *chunk,
                                        uint32_t line)
{
    return (uint32_t *)(void *)((char *)chunk + map->chunk_bytes) - (line + 1);
}

static inline uint32_t trl_entry(enum trail_level level, size_t size)
{
    return (uint32_t)level << 28 | (uint32_t)size;
}

static inline uint32_t trl_entry_size(uint32_t entry)
{
    return entry & 0x0FFFFFFFu;
}

static inline enum trail_level trl_entry_level(uint32_t entry)
{
    return (enum trail_level)(entry >> 28);
}

/* Checks the head of a file of size_bytes and takes its geometry over. False: it is no spool, or
 * its head is damaged. */
bool trl_layout_check_head(struct trl_spool_map *map);

/* What was found, and could not be read, in a dead spool's chunks. */
struct trl_layout_damage {
    uint64_t bytes;  /* that are no line, as far as that is known */
    uint64_t chunks; /* whose index did not fit their lines */
};

/* Makes every chunk and the batch consistent, so that the writer's code can trust them: places are
 * inside, entries sum up, lines are JSON and end in a newline. Where an index is damaged it is made
 * anew from the newlines. */
void trl_layout_mend(struct trl_spool_map *map, struct trl_layout_damage *ret_damage);

#endif
