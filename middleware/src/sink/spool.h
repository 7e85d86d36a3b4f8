/* This process's own spool: producers append lines from any thread, one writer thread delivers. */
#ifndef TRL_SINK_SPOOL_H
#define TRL_SINK_SPOOL_H

#include "sink/drain.h"
#include "sink/futex.h"
#include "sink/spool_layout.h"

#include <pthread.h>

#define TRL_ALIGNED __attribute__((aligned(128)))

/* What one thread appends to. */
struct trl_producer {
    struct trl_chunk *chunk; /* NULL: none is held */
    uint32_t number;
    uint32_t bytes;
    uint32_t lines;
    bool reserved; /* the chunk was taken when only errors may take one, and is for errors */
    bool counted;  /* as a thread that may hold a chunk; the others share some */
    bool shared;   /* the chunk is one of those */
    bool met;      /* by the last look for one of those: another thread was using one */
    bool met_once; /* by any look for the same line */
    uint8_t asked; /* how far the next chunk was asked for ahead */
};

/* Whose a chunk is that is not free. */
enum trl_chunk_use {
    TRL_CHUNK_HELD,       /* a thread's own */
    TRL_CHUNK_SHARED,     /* nobody's at this moment: it can be claimed for a line */
    TRL_CHUNK_FOR_ERRORS, /* the same, as long as chunks are scarce by errors only */
    TRL_CHUNK_BUSY,       /* claimed */
    TRL_CHUNK_SEALED      /* no line will be added */
};

struct trl_spool {
    struct trl_spool_map map;
    _Atomic uint64_t *free_bits; /* one for each chunk */
    _Atomic uint32_t *acquired;  /* a ring by ticket: the chunk's number + 1 */
    _Atomic uint8_t *uses;       /* by chunk: enum trl_chunk_use */
    uint32_t room;               /* bytes of text and index in a chunk */
    uint32_t reserve;            /* chunks that lines below error leave alone */
    uint32_t holders_max; /* threads with a chunk of their own: idle ones must not hold them all */
    bool overflow_drop;
    unsigned generation;       /* counts the spools of this process; 0: none yet */
    struct trl_producer crash; /* of the chunk that is kept for a crash handler */
    atomic_int crashing;       /* the thread that writes to it; 0: none */

    /* Written by producers now and then. */
    TRL_ALIGNED atomic_uint free_count;
    atomic_uint holders;
    _Atomic uint64_t tickets;
    atomic_uint waiting; /* producers that wait for a free chunk */
    atomic_uint freed;   /* futex of theirs */
    atomic_bool stalled; /* somebody waited in vain; nobody waits until a chunk is freed */
    atomic_bool failing; /* every output fails: nobody waits */

    /* The writer's, read by producers at every line. */
    TRL_ALIGNED atomic_bool asleep; /* deeply: the next line wakes it */

    TRL_ALIGNED atomic_uint wake; /* futex of the writer's sleep */
    atomic_bool napping;          /* for longer than a moment */
    atomic_bool stopping;
    _Atomic uint64_t stop_deadline_ns;
    atomic_uint flush_asked;
    atomic_uint flush_done;
    atomic_uint answered; /* futex of those who wait for a flush or a reopen */
    atomic_uint reopen_asked;
    atomic_uint reopen_done;
    atomic_bool reopen_failed;
    _Atomic uint64_t swept_ns; /* when the latest sweep that has ended began */
    _Atomic uint64_t delivered_lines;
    _Atomic uint64_t given_up_lines; /* that no output took */
    pthread_t writer;
    struct trl_drain drain;
    uint64_t next_ticket;
    uint32_t *active; /* numbers of chunks in use, by ticket; one more than there are chunks */
    uint32_t active_count;
    uint64_t *targets; /* by position in active: where this sweep ends */
    bool pressed;      /* in this sweep threads waited for a chunk, or would soon have to */
};

/* The one of this process. */
extern struct trl_spool trl_spool_;

/* Creates the spool in dir for the outputs that are set, and starts the writer thread. Setup only.
 */
TRAIL_NODISCARD enum trail_status trl_spool_open(const char *dir,
                                                 const struct trl_outputs_options *options);

/* Delivers what it can until the deadline, ends the thread, and removes the file if it is empty. */
void trl_spool_close(uint64_t deadline_ns);

TRAIL_NODISCARD enum trail_status trl_spool_flush(uint64_t deadline_ns);
TRAIL_NODISCARD enum trail_status trl_spool_reopen(uint64_t deadline_ns);
void trl_spool_stats(struct trail_stats *stats);

/* In a child process: the spool is the parent's, and is let go of. */
void trl_spool_forked(void);

/* Room for a line in this thread's chunk: from least to TRAIL_LINE_MAX bytes, *ret_room. NULL:
 * there is less, and the line must be made elsewhere and appended. Any thread. */
char *trl_spool_begin(enum trail_level level, size_t least, size_t *ret_room);

/* Asks for the memory of this thread's next line, and of what commits it. */
void trl_spool_prefetch(void);

/* Commits the line that stands in the room. */
void trl_spool_end(enum trail_level level, size_t size);

/* Appends a line from elsewhere. False: there is no room, and it was dropped and counted. */
bool trl_spool_append(enum trail_level level, const char *line, size_t size);

/* So many lines that found no room have been told in the stream: a successor need not. */
void trl_spool_overflow_told(const uint64_t told[TRAIL_LEVEL_OFF]);

/* From a crash handler: commits a line; then waits for the writer thread. */
void trl_spool_crash(enum trail_level level, const char *line, size_t size);
void trl_spool_crash_flush(unsigned timeout_ms);

/* The writer's side of the chunks. */
void trl_spool_free_chunk(struct trl_spool *spool, uint32_t number);
TRAIL_NODISCARD enum trail_status trl_spool_writer_start(struct trl_spool *spool);

#endif
