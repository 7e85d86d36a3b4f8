/* Sink: chunks that threads share which have none of their own. One is claimed for a line by one
 * compare-and-swap, and given back. Who is stopped in between keeps that chunk from the others, but
 * not the others from logging. */
#include "sink/spool_share.h"

/* Claims a chunk that is shared for one line, if nobody else has. */
static bool try_claim(struct trl_spool *spool, const struct trl_share *share,
                      struct trl_producer *producer, enum trail_level level, uint32_t number)
{
    _Atomic uint8_t *use = &spool->uses[number];
    uint8_t seen = atomic_load_explicit(use, memory_order_relaxed);
    struct trl_chunk *chunk = trl_chunk_at(&spool->map, number);

    if (seen != TRL_CHUNK_SHARED && (seen != TRL_CHUNK_FOR_ERRORS ||
                                     (level < TRAIL_LEVEL_ERROR && trl_spool_is_scarce(spool)))) {
        return false;
    }
    if (atomic_load_explicit(&chunk->ticket, memory_order_relaxed) < share->ticket ||
        !atomic_compare_exchange_strong_explicit(use, &seen, TRL_CHUNK_BUSY, memory_order_acquire,
                                                 memory_order_relaxed)) {
        return false;
    }
    uint64_t committed = atomic_load_explicit(&chunk->committed, memory_order_relaxed);
    producer->chunk = chunk;
    producer->number = number;
    producer->bytes = trl_place_bytes(committed);
    producer->lines = trl_place_lines(committed);
    producer->reserved = seen == TRL_CHUNK_FOR_ERRORS && level >= TRAIL_LEVEL_ERROR;
    return true;
}

bool trl_share_claim(struct trl_spool *spool, const struct trl_share *share,
                     struct trl_producer *producer, enum trail_level level)
{
    bool claimed = try_claim(spool, share, producer, level, share->last);

    for (uint32_t number = 0; number < spool->map.chunk_count && !claimed; number++) {
        claimed = try_claim(spool, share, producer, level, number);
    }
    return claimed;
}

void trl_share_give_back(struct trl_spool *spool, struct trl_share *share,
                         struct trl_producer *producer)
{
    if (producer->chunk != NULL) {
        share->last = producer->number;
        atomic_store_explicit(&spool->uses[producer->number],
                              producer->reserved ? TRL_CHUNK_FOR_ERRORS : TRL_CHUNK_SHARED,
                              memory_order_release);
        producer->chunk = NULL;
    }
}
