/* A child that crashes under trail, whose log the test then reads. */
#ifndef TRAIL_TESTS_CRASHING_H
#define TRAIL_TESTS_CRASHING_H

#include <cjson/cJSON.h>

#include <stddef.h>

enum { LINES_MAX = 1024, DEADLY_SIGNALS = 5 };

/* The signals that trail handles. */
extern const int deadly_signals[DEADLY_SIGNALS];

/* Where the child logs to, as TRAIL_OUTPUT has it. */
extern char log_output[160];

/* What the child has opened. */
extern struct trail *crashing_trail;

/* What read_lines() found; released by crashing_teardown(). */
extern cJSON *lines[LINES_MAX];
extern size_t line_count;

/* cmocka fixtures: a log of the test's own. */
int crashing_setup(void **state);
int crashing_teardown(void **state);

/* What a crash is made of; run in a child. */
typedef void act(void);
void nothing(void);
void fault(void);

/* Runs before, opens trail with the crash handler, and runs crash, all in a child. Returns its wait
 * status; it exits with 98 if crash returns. */
int run_child(act *before, act *crash, const char *delivery);

void assert_died_of(int status, int number);

/* Reads the log, which must hold whole lines of JSON alone. */
void read_lines(void);

/* A text field; "" if it is absent. */
const char *text_of(const cJSON *line, const char *name);

/* The only line of an event that bears a request ID ("": any). */
const cJSON *the_line(const char *event, const char *request_id);

#endif
