/* Reading the services' logs back. */
#ifndef DEMO_EVENTS_H
#define DEMO_EVENTS_H

#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* Called for each line, which is terminated, without its newline, and borrowed until it returns.
 * False ends the reading, and leaves the line to the next one. */
typedef bool event_line_fn(void *context, const char *line, size_t size);

/* Called for each event; the object is borrowed until it returns. False ends the reading. */
typedef bool event_fn(void *context, const cJSON *event);

/* Reads the whole lines of a file from offset on. Returns where the next reading begins: after the
 * last whole line. A file that is not there has no lines. */
long events_read_lines(const char *path, long offset, event_line_fn *each, void *context);

/* The same for what is an event. */
long events_read(const char *path, long offset, event_fn *each, void *context);

/* The value of a string field; "" where there is none. Borrowed until the event is released. */
const char *event_text(const cJSON *event, const char *name);

/* Whether an event has this name. */
bool event_is(const cJSON *event, const char *name);

/* Whether it is the one last event of a request: completed, failed or aborted. */
bool event_is_terminal(const cJSON *event);

/* Bytes of a file; 0 where there is none. */
long events_end(const char *path);

#endif
