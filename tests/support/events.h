/* The events that the code under test logs, as JSON, for a cmocka test. */
#ifndef TRAIL_TESTS_EVENTS_H
#define TRAIL_TESTS_EVENTS_H

#include <trail/trail.h>

#include <cjson/cJSON.h>

/* Opens a trail that keeps its lines in memory and writes nowhere. options: all but memory, output
 * and ignore_environment; NULL: the defaults. */
void events_open(const struct trail_options *options);

/* Closes it and forgets all lines. */
void events_close(void);

/* Forgets the lines so far. */
void events_clear(void);

/* How many lines bear this event; NULL: how many there are. */
size_t events_count(const char *event);

/* The one line that bears this event, which must be one alone. Owned by the helper until the next
 * call of events_one() or events_close(). */
const cJSON *events_one(const char *event);

/* Its line as it was written; to look at what a parser makes alike. Borrowed until events_clear().
 */
const char *events_line(const char *event);

/* A member as text; "" if it is absent or no string. */
const char *event_text(const cJSON *event, const char *name);

/* A member as a number; -1 if it is absent or none. */
double event_number(const cJSON *event, const char *name);

#endif
