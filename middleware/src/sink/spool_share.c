/* Sink: chunks that threads share which have none of their own. One is claimed for a line by one
 * compare-and-swap, and given back. Who is stopped in between keeps that chunk from the others, but
 * not the others from logging. */
#include "sink/spool_share.h"

/* Where the chunk's next line begins. */
static void find_end(struct trl_producer *producer, struct trl_chunk *chunk)
{
    uint64_t committed = atomic_load_explicit(&chunk->committed, memory_order_relaxed);

    producer->chunk = chunk;
    producer->bytes = trl_place_bytes(committed);
    producer->lines = trl_place_lines(committed);
}

/* Whether a chunk that is shared is open to such a line, as far as can be told from outside. */
static bool is_open(const struct trl_spool *spool, const struct trl_share *share,
                    const struct trl_producer *found, uint8_t use, enum trail_level level,
                    size_t size)
{
    return (use == TRL_CHUNK_SHARED ||
            (use == TRL_CHUNK_FOR_ERRORS &&
             (level >= TRAIL_LEVEL_ERROR || !trl_spool_is_scarce(spool)))) &&
           atomic_load_explicit(&found->chunk->ticket, memory_order_relaxed) >= share->ticket &&
           trl_producer_fits(spool, found, size);
}

/* Claims a chunk that is shared for a line of size bytes, if it has room and nobody else has it.
 * One without room is left to shorter lines, and not claimed even to see that: others would wait.
 */
static bool try_claim(struct trl_spool *spool, const struct trl_share *share,
                      struct trl_producer *producer, enum trail_level level, size_t size,
                      uint32_t number)
{
    _Atomic uint8_t *use = &spool->uses[number];
    uint8_t seen = atomic_load_explicit(use, memory_order_relaxed);
    struct trl_producer found = {.shared = true, .number = number};

    if (seen == TRL_CHUNK_HELD || seen == TRL_CHUNK_SEALED) {
        return false;
    }
    producer->met |= seen == TRL_CHUNK_BUSY;
    find_end(&found, trl_chunk_at(&spool->map, number));
    if (!is_open(spool, share, &found, seen, level, size)) {
        return false;
    }
    if (!atomic_compare_exchange_strong_explicit(use, &seen, TRL_CHUNK_BUSY, memory_order_acquire,
                                                 memory_order_relaxed)) {
        producer->met = true;
        return false;
    }
    find_end(&found, found.chunk);
    if (!trl_producer_fits(spool, &found, size)) { /* another line has come before */
        atomic_store_explicit(use, seen, memory_order_release);
        return false;
    }
    found.reserved = seen == TRL_CHUNK_FOR_ERRORS && level >= TRAIL_LEVEL_ERROR;
    *producer = found;
    return true;
}

bool trl_share_claim(struct trl_spool *spool, const struct trl_share *share,
                     struct trl_producer *producer, enum trail_level level, size_t size)
{
    producer->met = false;
    bool claimed = try_claim(spool, share, producer, level, size, share->last);

    for (uint32_t number = 0; number < spool->map.chunk_count && !claimed; number++) {
        claimed = try_claim(spool, share, producer, level, size, number);
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
