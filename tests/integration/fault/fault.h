/* What the tests of the fault suite share: starting the writer, and counting what has arrived. */
#ifndef TRAIL_TESTS_FAULT_H
#define TRAIL_TESTS_FAULT_H

#include "folder.h"
#include "line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One test's directories and its writer. */
struct fault_run {
    char dir[FOLDER_PATH_BYTES];   /* removed at the end, with what is in it */
    char spool[FOLDER_PATH_BYTES]; /* the same */
    char log[96];                  /* dir/log.jsonl */
    char output[104];              /* file:dir/log.jsonl */
    char errors[96];               /* where the writer's stderr goes */
    uint64_t *progress;            /* by thread: the latest number that was accepted */
    pid_t writer;
};

/* cmocka fixtures: *state is the run. */
int fault_setup(void **state);
int fault_teardown(void **state);

/* Whether the suite runs at length. */
bool fault_long(void);

/* Starts the writer with its stdout at out (-1: /dev/null); args end with NULL. --progress and
 * --spool are added. */
void fault_start(struct fault_run *run, int out, const char *const args[]);

/* Waits until thread has come to number. Fails after a generous deadline. */
void fault_wait_progress(const struct fault_run *run, unsigned thread, uint64_t number);

/* Ends the writer by a signal (0: it ends by itself) and returns its wait status. */
int fault_end(struct fault_run *run, int signal_number);

/* Starts a writer that logs nothing, so that dead processes' lines are delivered; expects exit 0.
 */
void fault_recover(struct fault_run *run, int out, const char *output);

/* Waits for condition(arg), and fails after a generous deadline. */
void fault_wait(bool (*condition)(void *arg), void *arg);

/* What has arrived. */
struct fault_count {
    uint64_t lines;     /* numbered ones */
    uint64_t doubled;   /* numbers that came again */
    uint64_t torn;      /* lines that are not JSON, or not as they were logged */
    uint64_t told;      /* the sum of log_events_dropped */
    uint64_t recovered; /* the sum of log_recovered */
    uint8_t *seen[FAULT_THREADS_MAX + 1];
    uint64_t room[FAULT_THREADS_MAX + 1];
    uint64_t last[FAULT_THREADS_MAX + 1]; /* the highest number */
};

/* Counts the lines of a file, or of a pipe until its end, on top of what was counted before. */
void fault_count_fd(struct fault_count *count, int fd);
void fault_count_file(struct fault_count *count, const char *path);

/* How many numbers of a thread, from 1 to upto, have not come. */
uint64_t fault_missing(const struct fault_count *count, unsigned thread, uint64_t upto);

void fault_count_fini(struct fault_count *count);

#endif
