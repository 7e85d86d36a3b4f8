/* Where finished lines go. The log room formats a line straight into the room that begin() gives,
 * so that the spool needs no copy. */
#ifndef TRL_SINK_OUTPUT_H
#define TRL_SINK_OUTPUT_H

#include <trail/trail.h>

#include <stddef.h>

/* Room for one line of TRAIL_LINE_MAX bytes on this thread, or NULL when there is no output or no
 * room (the line is then counted as dropped by the callee). Followed by end() or abandon() on this
 * thread before the next begin(). Any thread; no allocation after the first call of a thread; no
 * lock. Keeps errno.
 *
 * level decides which outputs take the line, and what is dropped first when the spool is full; a
 * line that was kept goes out under the level of the event that frees it. */
char *trl_output_begin(enum trail_level level);

/* The same, but with less room, from least bytes on, where this thread's chunk of the spool has no
 * more: so that nearly all lines at a chunk's end need no copy, either. A line that does not fit is
 * begun again by trl_output_begin(). */
char *trl_output_begin_near(enum trail_level level, size_t least, size_t *ret_room);

/* The line is complete: size bytes, the last one a newline. Delivered at once (sync) or committed
 * to the spool (async). Keeps errno. */
void trl_output_end(enum trail_level level, size_t size);

/* Asks for the memory of this thread's next line, if that is known. To be called where a line is
 * sure to come, some time before it. */
void trl_output_prefetch(void);

/* The room is given back unused. */
void trl_output_abandon(void);

/* An event was left out before it came here: limited in rate. Counted, and told in the stream. Any
 * thread. */
void trl_output_dropped(enum trail_drop_reason reason, enum trail_level level);

#endif
