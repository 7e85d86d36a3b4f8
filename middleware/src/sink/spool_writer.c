/* Sink: the spool's writer thread. It sweeps over the chunks in use: what was committed when a
 * sweep begins is delivered in batches by its end. Between sweeps it sleeps a millisecond, or eight
 * where few lines come, so that callers need not wake it; after a second without lines it sleeps
 * until the next one. While so much comes that threads would soon have to wait for room, it goes on
 * at once. */
#include "sink/spool.h"

#include "core/clock.h"
#include "sink/state.h"

#include <linux/membarrier.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SWEEP_PAUSE_NS UINT64_C(1000000)
#define MANY_LINES     512
#define NAP_NS         UINT64_C(8000000)
#define DEEP_AFTER_NS  UINT64_C(1000000000)
#define DEEP_SLEEP_NS  UINT64_C(1000000000)
#define HELD_PAUSE_NS  UINT64_C(20000000)
#define ROOM_WAIT_MS   20

#define CRASH_CHUNK 0u
#define RETIRED     UINT32_MAX

/* Whether a barrier can be put into every thread from here. Without it the writer does not sleep
 * deeply: a line might go unnoticed. */
static bool barriers;

static bool barrier(void)
{
    return syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

/* Chunks that were taken since the last time, in the order of their tickets. */
static void discover(struct trl_spool *spool)
{
    for (;;) {
        _Atomic uint32_t *slot = &spool->acquired[spool->next_ticket % spool->map.chunk_count];
        uint32_t number = atomic_load_explicit(slot, memory_order_acquire);
        if (number == 0) {
            return;
        }
        atomic_store_explicit(slot, 0, memory_order_relaxed);
        spool->next_ticket++;
        spool->active[spool->active_count++] = number - 1;
    }
}

static bool has_lines(const struct trl_chunk *chunk)
{
    return atomic_load_explicit(&chunk->committed, memory_order_relaxed) !=
           atomic_load_explicit(&chunk->consumed, memory_order_relaxed);
}

/* Whether a chunk will get no more lines. One that is shared, and nobody's at this moment, is
 * sealed when it has none, so that no thread is left without room by those that others share. */
static bool is_sealed(struct trl_spool *spool, uint32_t number)
{
    uint8_t use = atomic_load_explicit(&spool->uses[number], memory_order_acquire);

    if ((use == TRL_CHUNK_SHARED || use == TRL_CHUNK_FOR_ERRORS) &&
        !has_lines(trl_chunk_at(&spool->map, number))) {
        return atomic_compare_exchange_strong_explicit(&spool->uses[number], &use, TRL_CHUNK_SEALED,
                                                       memory_order_acquire, memory_order_relaxed);
    }
    return use == TRL_CHUNK_SEALED;
}

/* Takes chunks that will get no more lines, and have none left, out of use. */
static void retire(struct trl_spool *spool, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        uint32_t number = spool->active[i];
        if (is_sealed(spool, number) && !has_lines(trl_chunk_at(&spool->map, number))) {
            spool->active[i] = RETIRED;
            trl_spool_free_chunk(spool, number);
        }
    }
}

static void close_ranks(struct trl_spool *spool)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < spool->active_count; i++) {
        if (spool->active[i] != RETIRED) {
            spool->active[kept++] = spool->active[i];
        }
    }
    spool->active_count = kept;
}

/* Fills the head's pieces with what this sweep has still to deliver, and adds its size to
 * *swept_bytes. Returns how many. */
static uint32_t choose_pieces(struct trl_spool *spool, uint32_t *position, uint64_t *swept_bytes)
{
    uint32_t count = 0;
    uint32_t bytes = 0;

    for (; *position <= spool->active_count && count < TRL_SPOOL_PIECES_MAX &&
           bytes < TRL_BATCH_BYTES_MAX;
         (*position)++) {
        uint32_t number = spool->active[*position];
        struct trl_chunk *chunk = trl_chunk_at(&spool->map, number);
        uint64_t from = atomic_load_explicit(&chunk->consumed, memory_order_relaxed);
        uint64_t to = spool->targets[*position];
        if (to != from) {
            spool->map.head->pieces[count++] =
                (struct trl_piece){.chunk = number, .from = from, .to = to};
            bytes += trl_place_bytes(to) - trl_place_bytes(from);
        }
    }
    *swept_bytes += bytes;
    return count;
}

static void serve_reopen(struct trl_spool *spool)
{
    unsigned asked = atomic_load(&spool->reopen_asked);

    if (asked == atomic_load(&spool->reopen_done)) {
        return;
    }
    bool failed = false;
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
        failed |= sink->ops->reopen != NULL && sink->ops->reopen(sink) != TRAIL_OK;
    }
    atomic_store(&spool->reopen_failed, failed);
    atomic_store(&spool->reopen_done, asked);
    trl_futex_wake(&spool->answered);
}

static bool time_is_up(struct trl_spool *spool)
{
    return atomic_load(&spool->stopping) &&
           trl_clock_monotonic_ns() >= atomic_load(&spool->stop_deadline_ns);
}

/* Delivers the open batch. False: the outputs have not taken it, and the process ends. */
static bool deliver_batch(struct trl_spool *spool)
{
    while (trl_drain_try(&spool->drain, ROOM_WAIT_MS) == TRL_HELD) {
        unsigned woken = atomic_load(&spool->wake);
        bool failing = trl_drain_all_fail(&spool->drain);
        if (failing && !atomic_exchange(&spool->failing, true)) {
            trl_futex_wake(&spool->freed); /* who waits for room, waits in vain */
        }
        if (time_is_up(spool)) {
            return false;
        }
        serve_reopen(spool);
        if (!spool->drain.waited) {
            trl_futex_wait(&spool->wake, woken, HELD_PAUSE_NS);
        }
    }
    atomic_store(&spool->failing, false);
    bool taken = spool->drain.count == 0;
    for (size_t i = 0; i < spool->drain.count; i++) {
        taken |= spool->drain.outputs[i].taken;
    }
    atomic_fetch_add_explicit(taken ? &spool->delivered_lines : &spool->given_up_lines,
                              spool->drain.batch_lines, memory_order_relaxed);
    return true;
}

static void wake_producers(struct trl_spool *spool, bool drained)
{
    if (atomic_load(&spool->waiting) == 0) {
        return;
    }
    spool->pressed = true;
    /* A quarter at once: to wake a thread for each chunk would cost more than the lines. */
    if (drained || atomic_load(&spool->free_count) >= spool->map.chunk_count / 4) {
        trl_futex_wake(&spool->freed);
    }
}

/* One sweep. Returns the lines that it delivered; sets *ret_stuck if it had to stop. */
static uint64_t sweep(struct trl_spool *spool, bool *ret_stuck)
{
    uint32_t position = 0;
    uint64_t lines = 0;
    uint64_t bytes = 0;

    spool->pressed = false;
    discover(spool);
    retire(spool, 0, spool->active_count);
    close_ranks(spool);
    spool->active[spool->active_count] = CRASH_CHUNK; /* last, and never out of use */
    /* From the last to the first: a thread goes on in later chunks only, so that a line is never
     * among those of a sweep without the one before it. */
    for (uint32_t i = spool->active_count + 1; i-- > 0;) {
        const struct trl_chunk *chunk = trl_chunk_at(&spool->map, spool->active[i]);
        spool->targets[i] = atomic_load_explicit(&chunk->committed, memory_order_acquire);
    }
    for (;;) {
        uint32_t from = position;
        uint32_t count = choose_pieces(spool, &position, &bytes);
        if (count == 0) {
            break;
        }
        trl_drain_begin(&spool->drain, count);
        if (!deliver_batch(spool)) {
            *ret_stuck = true;
            return lines;
        }
        lines += spool->drain.batch_lines;
        retire(spool, from, position < spool->active_count ? position : spool->active_count);
        wake_producers(spool, false);
    }
    close_ranks(spool);
    spool->pressed |= bytes >= spool->map.size_bytes / 4;
    wake_producers(spool, true);
    return lines;
}

/* Gaps are told, and moved files noticed, when no lines come. */
static void tend_outputs(struct trl_spool *spool, uint64_t now_ns)
{
    for (size_t i = 0; i < spool->drain.count; i++) {
        struct trl_sink *sink = spool->drain.outputs[i].sink;
        if (sink->ops->batch != NULL) {
            (void)sink->ops->batch->ready(sink, now_ns, true);
        }
    }
}

static bool nothing_to_do(struct trl_spool *spool)
{
    if (atomic_load(&spool->acquired[spool->next_ticket % spool->map.chunk_count]) != 0) {
        return false;
    }
    for (uint32_t i = 0; i <= spool->active_count; i++) {
        uint32_t number = i < spool->active_count ? spool->active[i] : CRASH_CHUNK;
        const struct trl_chunk *chunk = trl_chunk_at(&spool->map, number);
        if (atomic_load(&chunk->committed) != atomic_load(&chunk->consumed)) {
            return false;
        }
    }
    return true;
}

/* Sleeps until a line comes. Each thread's commit is either seen here or followed by its look at
 * asleep: the barrier stands in for a fence at every line. */
static void sleep_deeply(struct trl_spool *spool, unsigned woken)
{
    atomic_store(&spool->asleep, true);
    if (barrier() && nothing_to_do(spool)) {
        trl_futex_wait(&spool->wake, woken, DEEP_SLEEP_NS);
    }
    atomic_store(&spool->asleep, false);
}

/* Sleeps a moment; longer ones the less has come, and the longer ago; none if so much has come that
 * threads have to wait, or would soon. */
static void nap(struct trl_spool *spool, unsigned woken, uint64_t lines, uint64_t idle_ns)
{
    if (lines >= MANY_LINES) {
        if (!spool->pressed && atomic_load(&spool->waiting) == 0) {
            trl_futex_wait(&spool->wake, woken, SWEEP_PAUSE_NS);
        }
        return;
    }
    atomic_store(&spool->napping, true);
    bool wanted = atomic_load(&spool->waiting) > 0; /* and may have come before the flag was up */
    if (idle_ns > DEEP_AFTER_NS && barriers && !wanted) {
        sleep_deeply(spool, woken);
    } else {
        trl_futex_wait(&spool->wake, woken, wanted ? SWEEP_PAUSE_NS : NAP_NS);
    }
    atomic_store(&spool->napping, false);
}

static void answer_flush(struct trl_spool *spool, unsigned asked)
{
    if (atomic_load(&spool->flush_done) != asked) {
        atomic_store(&spool->flush_done, asked);
        trl_futex_wake(&spool->answered);
    }
}

static void *run(void *argument)
{
    struct trl_spool *spool = argument;
    uint64_t busy_ns = trl_clock_monotonic_ns();
    bool stuck = false;

    for (;;) {
        unsigned woken = atomic_load(&spool->wake);
        unsigned flush_asked = atomic_load(&spool->flush_asked);
        bool stopping = atomic_load(&spool->stopping);
        uint64_t now_ns = trl_clock_monotonic_ns();
        serve_reopen(spool);
        uint64_t lines = sweep(spool, &stuck);
        if (stuck) {
            return NULL; /* the rest, and what was dropped, is for the next start to tell */
        }
        atomic_store_explicit(&spool->swept_ns, now_ns, memory_order_relaxed);
        if (lines > 0) {
            busy_ns = now_ns;
        } else {
            tend_outputs(spool, now_ns);
        }
        answer_flush(spool, flush_asked);
        if (stopping && lines == 0) {
            break;
        }
        if (!stopping) {
            nap(spool, woken, lines, now_ns - busy_ns);
        }
    }
    tend_outputs(spool, UINT64_MAX);
    return NULL;
}

enum trail_status trl_spool_writer_start(struct trl_spool *spool)
{
    uint32_t count = spool->map.chunk_count;
    sigset_t all;
    sigset_t before;

    spool->active = calloc(count + 1, sizeof(*spool->active));
    spool->targets = calloc(count + 1, sizeof(*spool->targets));
    if (spool->active == NULL || spool->targets == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    spool->active_count = 0;
    spool->next_ticket = 1;
    barriers = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
    /* Signals are the application's threads' business. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&spool->writer, NULL, run, spool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        return TRAIL_ERR_NOMEM;
    }
    pthread_setname_np(spool->writer, "trail-writer");
    return TRAIL_OK;
}
