/* Sink: the producers' side of the spool. A thread holds a chunk and appends to it without a lock
 * or a system call; a chunk without room for the next line is left to those that share some, and
 * another taken. Threads that come when half of the chunks are held share, see spool_share.c. */
#include "sink/spool_share.h"

#include "core/clock.h"
#include "core/likely.h"
#include "core/prefetch.h"
#include "sink/output.h"
#include "sink/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MAX_NS UINT64_C(1000000000)
#define DROP_MAX_NS  UINT64_C(500000)
#define DROP_LOOKS   4 /* for a chunk that is claimed at this moment */
#define BLOCK_LOOKS  4096

#define PREFETCH_BYTES 512 /* a usual line, and the rest of its last cache line */

/* So near a chunk's end the next one is asked for: first what tells which it will be, then, some
 * lines later, that one. */
#define ASK_WHICH_BYTES 6144
#define ASK_NEXT_BYTES  3072
enum { ASKED_NOTHING, ASKED_WHICH, ASKED_NEXT };

/* This thread's, of the spool of this generation. */
struct thread_producer {
    struct trl_producer producer;
    unsigned generation;
    struct trl_share share;
};

static __thread struct thread_producer own __attribute__((tls_model("initial-exec")));
static pthread_key_t key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static bool have_key;

/* Whether the writer should not wait for more. */
static bool is_half_full(const struct trl_spool *spool)
{
    return atomic_load_explicit(&spool->free_count, memory_order_relaxed) <=
           spool->map.chunk_count / 2;
}

/* Takes the free chunk of the lowest number, which is the likeliest to be in a cache. Sets
 * *ret_reserved if it is one of those that are left for errors. */
static bool pop_free(struct trl_spool *spool, uint32_t *ret_number, bool *ret_reserved)
{
    for (uint32_t word = 0; word * 64 < spool->map.chunk_count; word++) {
        uint64_t bits = atomic_load_explicit(&spool->free_bits[word], memory_order_relaxed);
        while (bits != 0) {
            uint32_t bit = (uint32_t)__builtin_ctzll(bits);
            if (atomic_compare_exchange_weak_explicit(&spool->free_bits[word], &bits,
                                                      bits & ~(UINT64_C(1) << bit),
                                                      memory_order_acquire, memory_order_relaxed)) {
                *ret_reserved = atomic_fetch_sub_explicit(&spool->free_count, 1,
                                                          memory_order_relaxed) <= spool->reserve;
                *ret_number = word * 64 + bit;
                return true;
            }
        }
    }
    return false;
}

static void hold_chunk(struct trl_spool *spool, struct trl_producer *producer, uint32_t number)
{
    struct trl_chunk *chunk = trl_chunk_at(&spool->map, number);
    uint64_t ticket = atomic_fetch_add(&spool->tickets, 1);

    atomic_store_explicit(&chunk->ticket, ticket, memory_order_relaxed);
    atomic_store_explicit(&spool->uses[number], producer->shared ? TRL_CHUNK_BUSY : TRL_CHUNK_HELD,
                          memory_order_relaxed);
    atomic_store_explicit(&spool->acquired[ticket % spool->map.chunk_count], number + 1,
                          memory_order_release);
    producer->chunk = chunk;
    producer->number = number;
    producer->bytes = 0;
    producer->lines = 0;
    producer->asked = ASKED_NOTHING;
}

bool trl_producer_take(struct trl_spool *spool, struct trl_producer *producer)
{
    uint32_t number;

    if (!pop_free(spool, &number, &producer->reserved)) {
        return false;
    }
    hold_chunk(spool, producer, number);
    return true;
}

/* Waits until there may be a chunk: until one is freed, or, if another thread was met at one that
 * is shared, for a part of the time, since that is given back in a moment and wakes nobody. False:
 * the time is up, or there is no point in waiting. */
static bool wait_for_chunk(struct trl_spool *spool, const struct trl_producer *producer,
                           enum trail_level level, unsigned freed, uint64_t deadline_ns)
{
    uint64_t now_ns = trl_clock_monotonic_ns();
    bool hopeless =
        spool->overflow_drop || atomic_load(&spool->failing) || atomic_load(&spool->stalled);

    if (hopeless && !(producer->met && level >= TRAIL_LEVEL_ERROR)) {
        return false;
    }
    if (now_ns >= deadline_ns) {
        if (!spool->overflow_drop) {
            atomic_store(&spool->stalled, true);
        }
        return false;
    }
    uint64_t left_ns = deadline_ns - now_ns;
    if (producer->met_once) {
        left_ns /= spool->overflow_drop ? DROP_LOOKS : BLOCK_LOOKS;
    }
    trl_futex_wait(&spool->freed, freed, left_ns);
    return true;
}

/* Gets producer a chunk for a line of size bytes, or leave to go on with one that was taken for
 * errors. */
static bool try_obtain(struct trl_spool *spool, struct trl_producer *producer,
                       enum trail_level level, size_t size)
{
    if (producer->shared && producer->chunk == NULL &&
        trl_share_claim(spool, &own.share, producer, level, size)) {
        return true;
    }
    if (level < TRAIL_LEVEL_ERROR && trl_spool_is_scarce(spool)) {
        return false;
    }
    if (producer->chunk != NULL) {
        producer->reserved = false;
        return true;
    }
    if (!trl_producer_take(spool, producer)) {
        return false;
    }
    own.share.ticket = atomic_load_explicit(&producer->chunk->ticket, memory_order_relaxed);
    if (is_half_full(spool) && atomic_exchange(&spool->napping, false)) {
        trl_futex_wake(&spool->wake);
    }
    return true;
}

/* The same, waiting as long as there is a point in it; *deadline_ns is 0 before the first wait of a
 * line. */
static bool obtain(struct trl_spool *spool, struct trl_producer *producer, enum trail_level level,
                   size_t size, uint64_t *deadline_ns)
{
    bool obtained = try_obtain(spool, producer, level, size);

    if (obtained) {
        return true;
    }
    if (*deadline_ns == 0) {
        *deadline_ns =
            trl_clock_monotonic_ns() + (spool->overflow_drop ? DROP_MAX_NS : BLOCK_MAX_NS);
    }
    atomic_fetch_add(&spool->waiting, 1);
    if (atomic_exchange(&spool->napping, false)) {
        trl_futex_wake(&spool->wake); /* there may be sealed chunks that can be freed */
    }
    for (bool wait = true; wait && !obtained;) {
        unsigned freed = atomic_load(&spool->freed);
        obtained = try_obtain(spool, producer, level, size);
        producer->met_once |= producer->met;
        wait = !obtained && wait_for_chunk(spool, producer, level, freed, *deadline_ns);
    }
    producer->met_once = false;
    atomic_fetch_sub(&spool->waiting, 1);
    return obtained;
}

/* A thread ends: its chunk goes back once it is delivered. */
static void thread_ends(void *unused)
{
    struct trl_spool *spool = &trl_spool_;

    (void)unused;
    if (own.generation == spool->generation && atomic_load(&trl_outputs_.mode) == TRL_MODE_ASYNC) {
        trl_share_give_back(spool, &own.share, &own.producer);
        if (own.producer.counted) {
            atomic_fetch_sub(&spool->holders, 1);
        }
    }
    own = (struct thread_producer){.generation = 0};
}

static void make_key(void)
{
    have_key = pthread_key_create(&key, thread_ends) == 0;
}

/* The first line of a thread: whether it gets chunks of its own. */
static void thread_begins(struct trl_spool *spool)
{
    pthread_once(&key_once, make_key);
    own = (struct thread_producer){.generation = spool->generation};
    if (!have_key || pthread_setspecific(key, &own) != 0) {
        return; /* it shares: a chunk that it held could not come back */
    }
    own.producer.counted = atomic_fetch_add(&spool->holders, 1) < spool->holders_max;
    if (!own.producer.counted) {
        atomic_fetch_sub(&spool->holders, 1);
    }
}

/* The writer makes this check sound from its side, by a barrier in every thread before it sleeps.
 */
static void wake_writer(struct trl_spool *spool)
{
    if (atomic_load_explicit(&spool->asleep, memory_order_relaxed) &&
        atomic_exchange(&spool->asleep, false)) {
        trl_futex_wake(&spool->wake);
    }
}

static bool is_refused(const struct trl_producer *producer, enum trail_level level)
{
    return producer->reserved && level < TRAIL_LEVEL_ERROR;
}

char *trl_spool_begin(enum trail_level level, size_t least, size_t *ret_room)
{
    struct trl_spool *spool = &trl_spool_;
    const struct trl_producer *producer = &own.producer;

    if (own.generation != spool->generation || producer->chunk == NULL ||
        is_refused(producer, level)) {
        return NULL;
    }
    size_t used = trl_producer_used_with_next(producer);
    if (used + least > spool->room) {
        return NULL;
    }
    size_t left = spool->room - used;
    *ret_room = left < TRAIL_LINE_MAX ? left : TRAIL_LINE_MAX;
    return producer->chunk->text + producer->bytes;
}

static void prefetch_chunk(const struct trl_spool *spool, uint32_t number)
{
    uint64_t ticket = atomic_load_explicit(&spool->tickets, memory_order_relaxed);
    struct trl_chunk *chunk = trl_chunk_at(&spool->map, number);

    trl_prefetch_for_write(chunk);
    trl_prefetch_for_write(trl_chunk_entry(&spool->map, chunk, 0));
    trl_prefetch_bytes_for_write(chunk->text, PREFETCH_BYTES);
    trl_prefetch_for_write(&spool->uses[number]);
    trl_prefetch_for_write(&spool->acquired[ticket % spool->map.chunk_count]);
}

/* Asks for what taking the next chunk touches, which the writer's core has written to since; once
 * for each chunk. The next one is nearly always among the first 64. */
static __attribute__((noinline)) void prefetch_taking(const struct trl_spool *spool,
                                                      struct trl_producer *producer, bool next)
{
    if (!next) {
        trl_prefetch_for_write(&spool->free_count);
        trl_prefetch_for_write(spool->free_bits);
        producer->asked = ASKED_WHICH;
        return;
    }
    uint64_t free_bits = atomic_load_explicit(&spool->free_bits[0], memory_order_relaxed);
    if (free_bits != 0) {
        prefetch_chunk(spool, (uint32_t)__builtin_ctzll(free_bits));
    }
    producer->asked = ASKED_NEXT;
}

/* Asks for the memory of the next line, which the writer's core may have in its cache. */
static inline void prefetch_next(const struct trl_spool *spool, struct trl_producer *producer)
{
    size_t used = trl_producer_used_with_next(producer);

    trl_prefetch_bytes_for_write(producer->chunk->text + producer->bytes, PREFETCH_BYTES);
    if (TRL_UNLIKELY(used + ASK_WHICH_BYTES > spool->room)) {
        bool next = used + ASK_NEXT_BYTES > spool->room;
        if (producer->asked < (next ? ASKED_NEXT : ASKED_WHICH) && !producer->shared) {
            prefetch_taking(spool, producer, next);
        }
    }
}

void trl_spool_prefetch(void)
{
    struct trl_producer *producer = &own.producer;

    if (own.generation == trl_spool_.generation && producer->chunk != NULL) {
        trl_prefetch_for_write(producer->chunk);
        trl_prefetch_for_write(trl_chunk_entry(&trl_spool_.map, producer->chunk, producer->lines));
        prefetch_next(&trl_spool_, producer);
    }
}

void trl_spool_end(enum trail_level level, size_t size)
{
    trl_producer_commit(&trl_spool_, &own.producer, level, size);
    prefetch_next(&trl_spool_, &own.producer);
    wake_writer(&trl_spool_);
}

static void count_dropped(struct trl_spool *spool, enum trail_level level)
{
    trl_output_dropped(TRAIL_DROP_OVERFLOW, level);
    atomic_fetch_add_explicit(&spool->map.head->untold[level], 1, memory_order_relaxed);
}

static bool append_to(struct trl_spool *spool, struct trl_producer *producer,
                      enum trail_level level, const char *line, size_t size, uint64_t *deadline_ns)
{
    while (!trl_producer_fits(spool, producer, size) || is_refused(producer, level)) {
        if (producer->shared || !trl_producer_fits(spool, producer, size)) {
            trl_share_give_back(spool, &own.share, producer); /* shorter lines may have room */
        }
        if (!obtain(spool, producer, level, size, deadline_ns)) {
            return false;
        }
    }
    memcpy(producer->chunk->text + producer->bytes, line, size);
    trl_producer_commit(spool, producer, level, size);
    own.share.ticket = atomic_load_explicit(&producer->chunk->ticket, memory_order_relaxed);
    prefetch_next(spool, producer);
    wake_writer(spool);
    return true;
}

static bool append_shared(struct trl_spool *spool, enum trail_level level, const char *line,
                          size_t size, uint64_t deadline_ns)
{
    struct trl_producer producer = {.shared = true};

    bool appended = append_to(spool, &producer, level, line, size, &deadline_ns);
    trl_share_give_back(spool, &own.share, &producer);
    return appended;
}

/* Whether a line goes to this thread's own chunk. What is left for errors is not divided among
 * threads: all of them share it. */
static bool goes_to_own(const struct trl_spool *spool, enum trail_level level, size_t size)
{
    return own.producer.counted && (level < TRAIL_LEVEL_ERROR || !trl_spool_is_scarce(spool) ||
                                    trl_producer_fits(spool, &own.producer, size));
}

bool trl_spool_append(enum trail_level level, const char *line, size_t size)
{
    struct trl_spool *spool = &trl_spool_;
    uint64_t deadline_ns = 0;
    int saved = errno;

    if (own.generation != spool->generation) {
        thread_begins(spool);
    }
    bool appended = goes_to_own(spool, level, size) &&
                    append_to(spool, &own.producer, level, line, size, &deadline_ns);
    if (!appended && (!own.producer.counted || level >= TRAIL_LEVEL_ERROR)) {
        /* No later line may stand in an earlier chunk. */
        trl_share_give_back(spool, &own.share, &own.producer);
        appended = append_shared(spool, level, line, size, deadline_ns);
    }
    if (!appended) {
        count_dropped(spool, level);
    }
    errno = saved;
    return appended;
}

void trl_spool_overflow_told(const uint64_t told[TRAIL_LEVEL_OFF])
{
    for (int level = 0; trl_spool_.map.head != NULL && level < TRAIL_LEVEL_OFF; level++) {
        _Atomic uint64_t *untold = &trl_spool_.map.head->untold[level];
        uint64_t before = atomic_load(untold);
        while (!atomic_compare_exchange_weak(untold, &before,
                                             before > told[level] ? before - told[level] : 0)) {}
    }
}

void trl_spool_free_chunk(struct trl_spool *spool, uint32_t number)
{
    struct trl_chunk *chunk = trl_chunk_at(&spool->map, number);

    /* In this order, a chunk never seems to hold lines in between. */
    atomic_store_explicit(&chunk->committed, 0, memory_order_release);
    atomic_store_explicit(&chunk->consumed, 0, memory_order_release);
    atomic_fetch_or_explicit(&spool->free_bits[number / 64], UINT64_C(1) << number % 64,
                             memory_order_release);
    atomic_fetch_add(&spool->free_count, 1);
    atomic_store(&spool->stalled, false);
}
