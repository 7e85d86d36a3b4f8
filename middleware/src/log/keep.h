/* Detail that is only wanted if a request fails: its lines below the level, formatted and redacted
 * like all others, in memory until the request ends.
 *
 * The request's own thread adds to a keep of its own, without a lock. Threads that work for the
 * request under a captured context add to another one, which they share: it hangs on the first, is
 * made by the first capture, takes a mutex for each line, and is closed when the request ends,
 * however long the contexts live. */
#ifndef TRL_LOG_KEEP_H
#define TRL_LOG_KEEP_H

#include "core/clock.h"

#include <trail/base.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that are kept at the most of what a request's own thread says, and as much of what all
 * others say; of more, the oldest lines are forgotten, and counted. */
#define TRL_KEEP_BYTES 65536

struct trl_keep;
struct trl_log_scope;

/* An empty one for a request, from this thread's store: heap memory is asked for only where there
 * is none to reuse. NULL: no memory. Any thread. */
struct trl_keep *trl_keep_take(void);

/* The scope's own, taken when it is first needed. NULL: the scope does not keep, or there was no
 * memory: that line is lost, and the next one tries again. */
struct trl_keep *trl_keep_of(struct trl_log_scope *scope);

/* Forgets what is kept and takes it back, for the next request on this thread; closes what others
 * share. NULL is allowed. */
void trl_keep_give_back(struct trl_keep *keep);

/* Whether detail is to be written before an event of this level: the event passes in the current
 * scope, or, as long as logging is not off, the detail was asked for. */
bool trl_keep_is_wanted(enum trail_level level, bool asked);

/* Writes what is kept and forgets it: before the event that tells of the failure is logged. Closes
 * what others share; their lines stand among the request's in the order in which they came. If
 * lines had to be forgotten, `log_events_dropped` says so first, under the IDs of the current
 * scope. level: of that event, by which the outputs judge. NULL is allowed. The request's thread.
 */
void trl_keep_write(struct trl_keep *keep, enum trail_level level);

/* Room for one line of TRAIL_LINE_MAX bytes, and how much of it was used: a line with its newline.
 * begin() returns NULL, and end() is not called, where keep is what others share of a request that
 * has ended, or that is another process's: the line is below the level, and no more. */
char *trl_keep_begin(struct trl_keep *keep);
void trl_keep_end(struct trl_keep *keep, size_t size);

/* What others share of the request that keep belongs to, or keep itself if it is that, with one
 * more reference. NULL: keep is NULL, or no memory. The thread that logs to keep. */
struct trl_keep *trl_keep_share(struct trl_keep *keep);

/* Gives that reference back; NULL is allowed. Any thread. */
void trl_keep_unshare(struct trl_keep *keep);

/* trail_keep() on a thread that shares; anything else is passed over. Any thread. */
void trl_keep_ask(struct trl_keep *keep);

/* Whether a thread that shares keep has asked. NULL is allowed. The request's thread. */
bool trl_keep_is_asked(const struct trl_keep *keep);

/* Walks what is kept, line by line in the order in which it came. Also in a crash handler, where
 * a thread that is just making room costs the rest. */
struct trl_keep_reader {
    const char *own;
    size_t own_size;
    uint64_t own_mark; /* how far own is from the request's first line */
    const char *others;
    size_t others_size;
};

void trl_keep_read(struct trl_keep_reader *ret_reader, const struct trl_keep *keep);

/* The next line with its newline; NULL: that was all. */
const char *trl_keep_next(struct trl_keep_reader *reader, size_t *ret_size);

/* Lines that had to be forgotten, by level, and the time of the first. */
struct trl_keep_gap {
    unsigned lost[TRAIL_LEVEL_OFF];
    unsigned count;
    char since[TRL_TIMESTAMP_SIZE + 1];
};

/* Of all that was kept of a request. Also in a crash handler. */
void trl_keep_gap_of(const struct trl_keep *keep, struct trl_keep_gap *ret_gap);

/* The gap's `levels`, as JSON: {"debug":12}. Async-signal-safe. */
#define TRL_KEEP_LEVELS_MAX 128
size_t trl_keep_gap_levels(const struct trl_keep_gap *gap, char out[TRL_KEEP_LEVELS_MAX]);

#endif
