/* Detail that is only wanted if a request fails: its lines below the level, formatted and redacted
 * like all others, in memory until the request ends. */
#ifndef TRL_LOG_KEEP_H
#define TRL_LOG_KEEP_H

#include <trail/base.h>

#include <stddef.h>

/* Bytes that are kept of one request at the most; of more, the oldest lines are forgotten. */
#define TRL_KEEP_BYTES 65536

struct trl_keep;

/* An empty one for a request, from this thread's store: heap memory is asked for only where there
 * is none to reuse. NULL: no memory; the request then keeps nothing. Any thread. */
struct trl_keep *trl_keep_take(void);

/* Forgets what is kept and takes it back, for the next request on this thread. NULL is allowed. */
void trl_keep_give_back(struct trl_keep *keep);

/* Writes what is kept, in order, and forgets it: before the event that tells of the failure is
 * logged. level: of that event, by which the outputs judge. NULL is allowed. */
void trl_keep_write(struct trl_keep *keep, enum trail_level level);

/* What is kept: whole lines. Also from a crash handler, while the request's thread stands still. */
const char *trl_keep_text(const struct trl_keep *keep, size_t *ret_size);

/* Room for one line of TRAIL_LINE_MAX bytes, and how much of it was used. */
char *trl_keep_begin(struct trl_keep *keep);
void trl_keep_end(struct trl_keep *keep, size_t size);

#endif
