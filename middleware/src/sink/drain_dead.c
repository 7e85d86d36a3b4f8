/* Sink: delivering what a dead process left in its spool: first the batch that it did not finish,
 * then every other line, in the order of the chunks' tickets. */
#include "core/clock.h"
#include "sink/drain.h"

#include <stdlib.h>
#include <time.h>

#define WAIT_MS 50

struct dead {
    struct trl_drain drain;
    uint32_t *order; /* chunks with lines, by ticket */
    uint32_t order_count;
    uint64_t deadline_ns;
};

static int by_ticket(const void *left, const void *right, void *map)
{
    uint64_t a = trl_chunk_at(map, *(const uint32_t *)left)->ticket;
    uint64_t b = trl_chunk_at(map, *(const uint32_t *)right)->ticket;

    return (a > b) - (a < b);
}

static bool order_chunks(struct dead *dead)
{
    struct trl_spool_map *map = dead->drain.map;

    dead->order = calloc(map->chunk_count == 0 ? 1 : map->chunk_count, sizeof(uint32_t));
    if (dead->order == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < map->chunk_count; i++) {
        const struct trl_chunk *chunk = trl_chunk_at(map, i);
        if (trl_place_lines(chunk->committed) > trl_place_lines(chunk->consumed)) {
            dead->order[dead->order_count++] = i;
        }
    }
    qsort_r(dead->order, dead->order_count, sizeof(uint32_t), by_ticket, map);
    return true;
}

/* Tries the open batch until it is delivered, or the deadline is over. */
static bool deliver_batch(struct dead *dead)
{
    static const struct timespec pause = {.tv_nsec = WAIT_MS * 1000000L};

    while (trl_drain_try(&dead->drain, WAIT_MS) == TRL_HELD) {
        if (trl_clock_monotonic_ns() >= dead->deadline_ns) {
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return true;
}

/* What the dead process left torn in a file is ours to complete, or else to end. */
static void begin_sinks(const struct dead *dead, bool resumed)
{
    for (size_t i = 0; i < dead->drain.count; i++) {
        struct trl_sink *sink = dead->drain.outputs[i].sink;
        bool torn = resumed && dead->drain.outputs[i].cursor.partial > 0;
        if (sink->ops->begin != NULL && !torn) {
            sink->ops->begin(sink);
        }
    }
}

/* The rest of the lines, a chunk a batch; a batch is at most as long as a chunk. */
static bool deliver_rest(struct dead *dead)
{
    struct trl_spool_head *head = dead->drain.map->head;

    for (uint32_t i = 0; i < dead->order_count; i++) {
        const struct trl_chunk *chunk = trl_chunk_at(dead->drain.map, dead->order[i]);
        if (trl_place_lines(chunk->committed) <= trl_place_lines(chunk->consumed)) {
            continue; /* it was in the batch that was resumed */
        }
        head->pieces[0] = (struct trl_piece){
            .chunk = dead->order[i], .from = chunk->consumed, .to = chunk->committed};
        trl_drain_begin(&dead->drain, 1);
        if (!deliver_batch(dead)) {
            return false;
        }
    }
    return true;
}

/* Lines that the dead process dropped and did not tell. */
static void take_over_gap(const struct dead *dead)
{
    for (int level = TRAIL_LEVEL_DEBUG; level < TRAIL_LEVEL_OFF; level++) {
        uint64_t untold = atomic_exchange(&dead->drain.map->head->untold[level], 0);
        for (size_t i = 0; untold > 0 && i < dead->drain.count; i++) {
            trl_sink_lost(dead->drain.outputs[i].sink, TRAIL_DROP_OVERFLOW, (enum trail_level)level,
                          untold);
        }
    }
}

bool trl_drain_dead(struct trl_spool_map *map, struct trl_sink *const *sinks, size_t count,
                    uint64_t deadline_ns)
{
    struct dead dead = {.deadline_ns = deadline_ns};
    bool resumed = atomic_load(&map->head->batch_open) != 0;
    bool delivered = false;

    if (trl_drain_init(&dead.drain, map, sinks, count) != TRAIL_OK) {
        return false;
    }
    if (order_chunks(&dead)) {
        if (resumed) {
            trl_drain_resume(&dead.drain);
        }
        begin_sinks(&dead, resumed);
        take_over_gap(&dead);
        delivered = (!resumed || deliver_batch(&dead)) && deliver_rest(&dead);
    }
    free(dead.order);
    trl_drain_fini(&dead.drain);
    return delivered;
}

uint64_t trl_drain_lines_left(const struct trl_spool_map *map)
{
    uint64_t lines = 0;

    for (uint32_t i = 0; i < map->chunk_count; i++) {
        const struct trl_chunk *chunk = trl_chunk_at(map, i);
        uint32_t committed = trl_place_lines(atomic_load(&chunk->committed));
        uint32_t consumed = trl_place_lines(atomic_load(&chunk->consumed));
        lines += committed > consumed ? committed - consumed : 0;
    }
    return lines;
}
