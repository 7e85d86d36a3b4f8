/* Sink: the crash-safe spool of this process, opened and closed. See spool_layout.h for the file,
 * spool_producer.c for the threads that log, spool_crash.c for one that crashes, spool_writer.c for
 * the thread that delivers. */
#include "sink/spool.h"

#include "core/clock.h"
#include "sink/spool_file.h"
#include "sink/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct trl_spool trl_spool_;

/* What a successor needs to know to deliver the lines. */
static void describe(struct trl_spool_head *head, const struct trl_outputs_options *options)
{
    snprintf(head->service, sizeof(head->service), "%s",
             options->service == NULL ? "" : options->service);
    snprintf(head->identity, sizeof(head->identity), "%s", trl_outputs_.identity);
    head->output_count = (uint32_t)trl_outputs_.count;
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        const struct trl_sink *sink = trl_outputs_.sinks[i];
        memcpy(head->outputs[i].name, sink->name, sizeof(sink->name));
        memcpy(head->outputs[i].transform, sink->transform.name, sizeof(sink->transform.name));
        head->outputs[i].level = (uint32_t)sink->level;
    }
}

static void close_producers(struct trl_spool *spool)
{
    free(spool->free_bits);
    free(spool->acquired);
    free(spool->uses);
    spool->free_bits = NULL;
    spool->acquired = NULL;
    spool->uses = NULL;
}

static enum trail_status open_producers(struct trl_spool *spool)
{
    uint32_t count = spool->map.chunk_count;

    spool->free_bits = calloc((count + 63) / 64, sizeof(*spool->free_bits));
    spool->acquired = calloc(count, sizeof(*spool->acquired));
    spool->uses = calloc(count, sizeof(*spool->uses));
    if (spool->free_bits == NULL || spool->acquired == NULL || spool->uses == NULL) {
        close_producers(spool);
        return TRAIL_ERR_NOMEM;
    }
    for (uint32_t number = 1; number < count; number++) {
        spool->free_bits[number / 64] |= UINT64_C(1) << number % 64;
    }
    /* The first chunk is the crash handler's. */
    spool->crash = (struct trl_producer){.chunk = trl_chunk_at(&spool->map, 0)};
    atomic_store(&spool->crash.chunk->ticket, TRL_TICKET_LAST);
    atomic_store(&spool->free_count, count - 1);
    atomic_store(&spool->holders, 0);
    atomic_store(&spool->tickets, 1);
    atomic_store(&spool->waiting, 0);
    atomic_store(&spool->stalled, false);
    atomic_store(&spool->failing, false);
    atomic_store(&spool->crashing, 0);
    spool->room = trl_chunk_room(&spool->map);
    spool->reserve = count / 8 + 1;
    spool->holders_max = count / 2;
    spool->generation++;
    return TRAIL_OK;
}

static void release(struct trl_spool *spool, bool remove)
{
    trl_drain_fini(&spool->drain);
    close_producers(spool);
    free(spool->active);
    free(spool->targets);
    spool->active = NULL;
    spool->targets = NULL;
    trl_spool_file_close(&spool->map, remove);
}

static void reset(struct trl_spool *spool)
{
    atomic_store(&spool->asleep, false);
    atomic_store(&spool->stopping, false);
    atomic_store(&spool->flush_asked, 0);
    atomic_store(&spool->flush_done, 0);
    atomic_store(&spool->reopen_asked, 0);
    atomic_store(&spool->reopen_done, 0);
    atomic_store(&spool->delivered_lines, 0);
    atomic_store(&spool->given_up_lines, 0);
    atomic_store(&spool->swept_ns, trl_clock_monotonic_ns());
}

enum trail_status trl_spool_open(const char *dir, const struct trl_outputs_options *options)
{
    struct trl_spool *spool = &trl_spool_;
    enum trail_status status = trl_spool_file_create(dir, options->spool_bytes, options->error_text,
                                                     options->error_size, &spool->map);

    if (status != TRAIL_OK) {
        return status;
    }
    reset(spool);
    spool->overflow_drop = options->overflow_drop;
    describe(spool->map.head, options);
    status = open_producers(spool);
    if (status == TRAIL_OK) {
        status = trl_drain_init(&spool->drain, &spool->map, trl_outputs_.sinks, trl_outputs_.count);
    }
    if (status == TRAIL_OK) {
        status = trl_spool_file_publish(&spool->map);
    }
    if (status == TRAIL_OK) {
        status = trl_spool_writer_start(spool);
    }
    if (status != TRAIL_OK) {
        snprintf(options->error_text, options->error_size, "can't start the spool: %s",
                 trail_status_text(status));
        release(spool, true);
    }
    return status;
}

void trl_spool_close(uint64_t deadline_ns)
{
    struct trl_spool *spool = &trl_spool_;

    atomic_store(&spool->stop_deadline_ns, deadline_ns);
    atomic_store(&spool->stopping, true);
    trl_futex_wake(&spool->wake);
    pthread_join(spool->writer, NULL);
    release(spool, trl_drain_lines_left(&spool->map) == 0);
}

/* Waits until the writer has answered request number asked. */
static bool wait_answer(struct trl_spool *spool, const atomic_uint *done, unsigned asked,
                        uint64_t deadline_ns)
{
    for (;;) {
        unsigned answered = atomic_load(&spool->answered);
        uint64_t now_ns = trl_clock_monotonic_ns();
        if ((int)(atomic_load(done) - asked) >= 0) {
            return true;
        }
        if (now_ns >= deadline_ns) {
            return false;
        }
        trl_futex_wait(&spool->answered, answered, deadline_ns - now_ns);
    }
}

enum trail_status trl_spool_flush(uint64_t deadline_ns)
{
    struct trl_spool *spool = &trl_spool_;
    unsigned asked = atomic_fetch_add(&spool->flush_asked, 1) + 1;

    trl_futex_wake(&spool->wake);
    return wait_answer(spool, &spool->flush_done, asked, deadline_ns) ? TRAIL_OK : TRAIL_ERR_IO;
}

enum trail_status trl_spool_reopen(uint64_t deadline_ns)
{
    struct trl_spool *spool = &trl_spool_;
    unsigned asked = atomic_fetch_add(&spool->reopen_asked, 1) + 1;

    trl_futex_wake(&spool->wake);
    return wait_answer(spool, &spool->reopen_done, asked, deadline_ns) &&
                   !atomic_load(&spool->reopen_failed)
               ? TRAIL_OK
               : TRAIL_ERR_IO;
}

void trl_spool_stats(struct trail_stats *stats)
{
    struct trl_spool *spool = &trl_spool_;
    uint64_t written = atomic_load(&spool->delivered_lines);

    for (uint32_t i = 0; i < spool->map.chunk_count; i++) {
        const struct trl_chunk *chunk = trl_chunk_at(&spool->map, i);
        uint32_t consumed = trl_place_bytes(atomic_load(&chunk->consumed));
        uint32_t committed = trl_place_bytes(atomic_load(&chunk->committed));
        stats->spool_depth_bytes += committed > consumed ? committed - consumed : 0;
    }
    stats->written += written;
    stats->accepted +=
        written + atomic_load(&spool->given_up_lines) + trl_drain_lines_left(&spool->map);
    if (stats->spool_depth_bytes > 0 && !atomic_load(&spool->asleep)) {
        uint64_t swept_ns = atomic_load(&spool->swept_ns); /* first: it must not be the later one */
        stats->spool_lag_ns = trl_clock_monotonic_ns() - swept_ns;
    }
}

void trl_spool_forked(void)
{
    struct trl_spool *spool = &trl_spool_;

    /* The mapping is not in the child; the lock must not be held by it either. */
    close(spool->map.fd);
    spool->map = (struct trl_spool_map){.fd = -1};
    spool->generation++;
}
