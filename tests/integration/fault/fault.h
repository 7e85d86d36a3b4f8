/* What the tests of the fault suite share: starting the writer, and counting what has arrived. */
#ifndef TRAIL_TESTS_FAULT_H
#define TRAIL_TESTS_FAULT_H

#include "folder.h"
#include "page.h"

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
    char page_path[96];
    struct fault_page *page;
    pid_t writer;
    pid_t other; /* a second one, if it is not 0 */
};

/* cmocka fixtures: *state is the run. */
int fault_setup(void **state);
int fault_teardown(void **state);
#define FAULT_CASE(name) cmocka_unit_test_setup_teardown(name, fault_setup, fault_teardown)

/* Forgets what an earlier round of the same test has left: page, log and errors. */
void fault_again(struct fault_run *run);

/* Whether the suite runs at length. */
bool fault_long(void);

/* Starts the writer with its stdout at out (-1: /dev/null); args end with NULL. --page and
 * --spool are added. */
void fault_start(struct fault_run *run, int out, const char *const args[]);

/* The latest number of a thread that was accepted. */
uint64_t fault_progress(const struct fault_run *run, unsigned thread);

/* Waits until thread has come to number. Fails after a generous deadline. */
void fault_wait_progress(const struct fault_run *run, unsigned thread, uint64_t number);

/* Waits until each of the threads has logged so many more. */
void fault_wait_more(const struct fault_run *run, unsigned threads, uint64_t more);

/* Ends the writer by a signal (0: it ends by itself) and returns its wait status. */
int fault_end(struct fault_run *run, int signal_number);

/* Starts a writer that logs nothing, so that dead processes' lines are delivered; expects exit 0.
 */
void fault_recover(struct fault_run *run, int out, const char *output);

/* `trail recover`, which returns its exit status. */
int fault_recover_by_command(const struct fault_run *run);

/* The path of the one spool that there is. */
#define FAULT_SPOOL_PATH_BYTES 400
void fault_spool(const struct fault_run *run, char path[FAULT_SPOOL_PATH_BYTES]);

/* What a file begins with, as a string. */
void fault_read(const char *path, char *out, size_t room);

/* Waits for condition(arg), and fails after a generous deadline. */
void fault_wait(bool (*condition)(void *arg), void *arg);

/* A process that appends what comes from a pipe to the file at path, until the pipe's end. */
pid_t fault_collect(int fd, const char *path);

/* Waits for a process that is to exit with 0. */
void fault_wait_for(pid_t process);

/* What the suite asks of the writer: events a second, of all its threads. */
#define FAULT_RATES 2
extern const char *const fault_rates[FAULT_RATES];

uint64_t fault_now_ns(void);

/* With --waits: no call has slept but in a wait that it asked the kernel for, with an end that was
 * set when it first did. Under ThreadSanitizer, whose runtime sleeps, that is not known. */
void fault_check_waits(const struct fault_run *run);

/* Notices of failing outputs on the writer's stderr. */
unsigned fault_notices(const struct fault_run *run);

/* At least one notice, and one every 10 s at most since the output began to fail. */
void fault_check_notices(const struct fault_run *run, uint64_t since_ns);

/* The writer's memory that is not backed by a file. */
unsigned fault_memory_kib(const struct fault_run *run);

#define FAULT_NUMBERS_MAX 100000000u

/* What has arrived. */
struct fault_count {
    uint64_t lines;         /* numbered ones */
    uint64_t doubled;       /* numbers that came again */
    uint64_t overtaken;     /* lines that came after a later one of their thread */
    uint64_t torn;          /* lines that are not JSON, or not as they were logged */
    uint64_t told;          /* the sum of log_events_dropped */
    uint64_t recovered;     /* the sum of log_recovered */
    uint64_t damaged_bytes; /* that these tell of */
    bool quiet;             /* torn lines are not shown */
    uint64_t crashes;       /* process_crashed */
    uint64_t calls;         /* outbound_completed, whose longest took */
    double longest_call_ms;
    uint64_t past; /* events of more than a day ago, by the wall clock that they bear */
    uint64_t future;
    uint8_t *seen[FAULT_THREADS_MAX + 1];
    uint64_t room[FAULT_THREADS_MAX + 1];
    uint64_t last[FAULT_THREADS_MAX + 1]; /* the highest number */
};

/* Counts the lines of a file, or of a pipe until its end, on top of what was counted before. */
void fault_count_fd(struct fault_count *count, int fd);
void fault_count_file(struct fault_count *count, const char *path);

/* How many numbers of a thread, from 1 to upto, have not come. */
uint64_t fault_missing(const struct fault_count *count, unsigned thread, uint64_t upto);

/* Prints the figures of a run for people: rate asked and reached, lost, doubled, torn. Returns how
 * many accepted numbers of the threads have not come. */
uint64_t fault_tell(const struct fault_run *run, const struct fault_count *count, unsigned threads,
                    const char *what, const char *rate);

/* The same, and releases count: nothing may be doubled or torn, and what is missing must have been
 * told. Returns how much that is. */
uint64_t fault_settle(const struct fault_run *run, struct fault_count *count, unsigned threads,
                      const char *what, const char *rate);

void fault_count_fini(struct fault_count *count);

#endif
