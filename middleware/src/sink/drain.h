/* Delivering lines of a mapped spool to sinks, in batches, so that a successor can go on where this
 * process was killed. Used by the writer thread on its own spool, and by recovery on a dead one's.
 */
#ifndef TRL_SINK_DRAIN_H
#define TRL_SINK_DRAIN_H

#include "sink/batch.h"
#include "sink/spool_layout.h"

#define TRL_BATCH_BYTES_MAX (256u * 1024u)

/* What an output is to the lines: written as they are in large pieces, or made into a block first
 * (a level, a transform, a pipe that tears), or handed over one by one. */
enum trl_drain_form { TRL_FORM_PIECES, TRL_FORM_BLOCK, TRL_FORM_LINES };

/* A position in the batch: the next line, and the bytes of it (in the sink's form) that are out. */
struct trl_cursor {
    uint32_t piece;
    uint32_t line;  /* of the chunk */
    uint32_t bytes; /* of the chunk */
    uint32_t batch_line;
    uint32_t partial;
};

struct trl_drain_output {
    struct trl_sink *sink;
    enum trl_drain_form form;
    bool done;
    bool taken; /* some line of the batch reached it */
    struct trl_cursor cursor;
    struct trl_file_mark mark;
    bool marked;
    int error;           /* of the latest attempt: an errno; EAGAIN: no room */
    uint64_t trouble_ns; /* since when it takes nothing; 0: it does */
};

#define TRL_BLOCK_BYTES (256u * 1024u)
#define TRL_BLOCK_LINES 4096u

struct trl_block_line {
    uint32_t end; /* in the block */
    struct trl_cursor after;
};

struct trl_line {
    const char *text;
    uint32_t size;
    enum trail_level level;
};

struct trl_drain {
    struct trl_spool_map *map;
    size_t count;
    struct trl_drain_output outputs[TRL_OUTPUTS_MAX];
    uint32_t batch_lines;
    bool waited;                        /* the latest attempt waited for room */
    char *block;                        /* TRL_BLOCK_BYTES */
    struct trl_block_line *block_lines; /* TRL_BLOCK_LINES */
    char *formed;                       /* TRL_TRANSFORM_MAX */
};

/* How an attempt at the batch ended. */
enum trl_drain_result {
    TRL_DELIVERED, /* all outputs have it, or were given up for it */
    TRL_HELD,      /* an output has no room, or fails: the batch stays, to be tried again */
};

/* sinks are borrowed. */
TRAIL_NODISCARD enum trail_status trl_drain_init(struct trl_drain *drain, struct trl_spool_map *map,
                                                 struct trl_sink *const *sinks, size_t count);
void trl_drain_fini(struct trl_drain *drain);

/* Opens the batch of the head's pieces, of which piece_count are filled in. */
void trl_drain_begin(struct trl_drain *drain, uint32_t piece_count);

/* Takes up the batch that the head has open, and finds out what of it has arrived. The outputs are
 * those of the head, in its order. */
void trl_drain_resume(struct trl_drain *drain);

/* Tries once, waiting wait_ms at most for room. When delivered, the chunks' consumed places have
 * been moved and the batch is closed. */
enum trl_drain_result trl_drain_try(struct trl_drain *drain, int wait_ms);

/* Walking the batch. trl_cursor_line() steps into the next piece where one ends; false: at the
 * batch's end. */
void trl_cursor_start(const struct trl_drain *drain, struct trl_cursor *ret_cursor);
bool trl_cursor_line(const struct trl_drain *drain, struct trl_cursor *cursor,
                     struct trl_line *ret_line);
void trl_cursor_next(struct trl_cursor *cursor, const struct trl_line *line);

/* Whether every output of the batch that is held fails, rather than being slow. */
bool trl_drain_all_fail(const struct trl_drain *drain);

/* Delivers all lines of a dead process's spool that trl_layout_mend() has seen. sinks are those of
 * its head, in its order, borrowed. Tries until the deadline. False: lines are left, and the spool
 * tells which. */
bool trl_drain_dead(struct trl_spool_map *map, struct trl_sink *const *sinks, size_t count,
                    uint64_t deadline_ns);

/* Lines of the map's chunks that are not delivered. */
uint64_t trl_drain_lines_left(const struct trl_spool_map *map);

#endif
