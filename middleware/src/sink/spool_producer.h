/* What a thread that logs and a crash handler both do to the chunk that they hold. */
#ifndef TRL_SINK_SPOOL_PRODUCER_H
#define TRL_SINK_SPOOL_PRODUCER_H

#include "sink/spool.h"

/* Holds a free chunk from now on. False: there is none. */
bool trl_producer_take(struct trl_spool *spool, struct trl_producer *producer);

/* Whether only errors may take a chunk. */
static inline bool trl_spool_is_scarce(const struct trl_spool *spool)
{
    return atomic_load_explicit(&spool->free_count, memory_order_relaxed) <= spool->reserve;
}

static inline void trl_producer_seal(struct trl_spool *spool, struct trl_producer *producer)
{
    if (producer->chunk != NULL) {
        atomic_store_explicit(&spool->uses[producer->number], TRL_CHUNK_SEALED,
                              memory_order_release);
        producer->chunk = NULL;
    }
}

/* Bytes of the chunk that are taken, the index entry of one more line among them. */
static inline size_t trl_producer_used_with_next(const struct trl_producer *producer)
{
    return producer->bytes + (producer->lines + 1) * sizeof(uint32_t);
}

static inline bool trl_producer_fits(const struct trl_spool *spool,
                                     const struct trl_producer *producer, size_t size)
{
    return producer->chunk != NULL && trl_producer_used_with_next(producer) + size <= spool->room;
}

static inline void trl_producer_commit(struct trl_spool *spool, struct trl_producer *producer,
                                       enum trail_level level, size_t size)
{
    *trl_chunk_entry(&spool->map, producer->chunk, producer->lines) = trl_entry(level, size);
    producer->lines++;
    producer->bytes += (uint32_t)size;
    atomic_store_explicit(&producer->chunk->committed, trl_place(producer->lines, producer->bytes),
                          memory_order_release);
}

#endif
