/* Sink: the side of the spool of a handler that tells a crash. The first chunk is its own. It takes
 * no lock, and waits for nobody but the writer thread. */
#include "sink/spool_producer.h"

#include "sink/output.h"
#include "sink/state.h"

#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CRASH_CHUNK_WAIT_MS 100

/* What is told of a crash has filled its chunk: goes on in another one. The writer thread delivers
 * chunks that are taken before the crash handler's own, so that one is to be empty by then. */
static void next_crash_chunk(struct trl_spool *spool)
{
    struct trl_producer *crash = &spool->crash;

    if (crash->chunk != NULL && crash->number == 0) {
        trl_spool_crash_flush(CRASH_CHUNK_WAIT_MS);
    }
    trl_producer_seal(spool, crash);
    if (trl_producer_take(spool, crash)) {
        atomic_fetch_or(&crash->chunk->ticket, TRL_TICKET_LAST);
    }
}

/* A fault in the middle of a line may have led out of here by a jump: as if it had not begun. */
static void take_back(struct trl_producer *crash)
{
    if (crash->chunk != NULL) {
        uint64_t committed = atomic_load(&crash->chunk->committed);
        crash->lines = trl_place_lines(committed);
        crash->bytes = trl_place_bytes(committed);
    }
}

static bool append_crash(struct trl_spool *spool, enum trail_level level, const char *line,
                         size_t size)
{
    struct trl_producer *crash = &spool->crash;

    if (!trl_producer_fits(spool, crash, size)) {
        next_crash_chunk(spool);
    }
    if (!trl_producer_fits(spool, crash, size)) {
        return false;
    }
    memcpy(crash->chunk->text + crash->bytes, line, size);
    trl_producer_commit(spool, crash, level, size);
    return true;
}

void trl_spool_crash(enum trail_level level, const char *line, size_t size)
{
    struct trl_spool *spool = &trl_spool_;
    int self = (int)syscall(SYS_gettid);
    int owner = 0;
    bool alone = atomic_compare_exchange_strong(&spool->crashing, &owner, self);

    if (owner == self) {
        take_back(&spool->crash);
    }
    /* Two threads crash at once: the first one tells. */
    bool appended = (alone || owner == self) && append_crash(spool, level, line, size);
    if (!appended) {
        atomic_fetch_add(&trl_outputs_.dropped[TRAIL_DROP_OVERFLOW][level], 1);
        atomic_fetch_add(&spool->map.head->untold[level], 1);
        for (size_t i = 0; i < trl_outputs_.count; i++) {
            trl_sink_lost(trl_outputs_.sinks[i], TRAIL_DROP_OVERFLOW, level, 1);
        }
    }
    if (alone || owner == self) {
        atomic_store(&spool->crashing, 0);
    }
    trl_futex_wake(&spool->wake);
}

void trl_spool_crash_flush(unsigned timeout_ms)
{
    static const struct timespec pause = {.tv_nsec = 1000000};
    struct trl_spool *spool = &trl_spool_;

    if (pthread_equal(pthread_self(), spool->writer) != 0) {
        return; /* it is the writer that crashes: the next start delivers */
    }
    for (unsigned i = 0; i < timeout_ms && trl_drain_lines_left(&spool->map) > 0; i++) {
        nanosleep(&pause, NULL);
    }
}
