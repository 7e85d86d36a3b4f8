/* Where finished lines go. The log room formats a line straight into the room that begin() gives,
 * so that the spool needs no copy. */
#ifndef TRL_SINK_OUTPUT_H
#define TRL_SINK_OUTPUT_H

#include <trail/base.h>

#include <stddef.h>

/* Room for one line of TRAIL_LINE_MAX bytes on this thread, or NULL when there is no output (the
 * line is then counted as dropped by the callee). Followed by end() or abandon() on this thread
 * before the next begin(). Any thread; no allocation after the first call of a thread; no lock. */
char *trl_output_begin(enum trail_level level);

/* The line is complete: size bytes, the last one a newline. Delivered at once (sync) or committed
 * to the spool (async). Keeps errno. */
void trl_output_end(enum trail_level level, size_t size);

/* The room is given back unused. */
void trl_output_abandon(void);

#endif
