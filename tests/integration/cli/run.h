/* Runs the command as its users do, and keeps what it wrote. */
#ifndef TRAIL_TESTS_CLI_RUN_H
#define TRAIL_TESTS_CLI_RUN_H

#include "unit.h"

/* What one run did. Released by run_free(). */
struct run {
    int status;
    char *out;
    size_t out_size;
    char *err;
};

/* Runs the command with these arguments (NULL-terminated, without its name), in an environment that
 * has only what set_variable() has set. input is standard input; NULL: empty. */
struct run run_trail(const char *const *arguments, const char *input, size_t input_size);

#define RUN(input, ...) run_trail((const char *const[]){__VA_ARGS__, NULL}, (input), strlen(input))

void run_free(struct run *run);

/* Sets a variable of the next runs; clear_variables() forgets all. */
void set_variable(const char *name, const char *value);
void clear_variables(void);

/* A file with this content in a directory of the test's own; the path lives until files_remove().
 */
const char *file_with(const char *name, const char *content, size_t size);
void files_remove(void);

/* Status and both outputs are just these. */
void assert_run(struct run run, int status, const char *out, const char *err);

/* An event of a fixed day: time is seconds and milliseconds, `12.345`; members follow it, each with
 * its leading comma. Into a buffer that the next 63 calls leave alone. */
const char *event_at(const char *time, const char *service, const char *event, const char *members);

#endif
