/* A child process: started with a clean state, watched, and never left behind. */
#ifndef DEMO_PROCESS_H
#define DEMO_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process_options {
    const char *const *argv;        /* ends with NULL; argv[0] is a path */
    const char *const *environment; /* NAME=VALUE, or NAME to unset; ends with NULL; NULL: as is */
    int stdin_fd;                   /* 0 and -1: /dev/null */
    const char *stdout_path;        /* appended to; NULL: this process's own */
    const char *stderr_path;        /* likewise */
};

struct process {
    pid_t pid; /* 0: none */
    int handle;
};

/* Starts a program in a process group of its own, with no signal blocked or ignored, that gets
 * SIGTERM if this thread ends. False: errno tells. */
bool process_start(const struct process_options *options, struct process *ret_process);

/* Whether it has not ended yet. */
bool process_is_running(const struct process *process);

/* Sends a signal, if it is still running. */
void process_signal(const struct process *process, int number);

/* Waits for the end and releases what belongs to the process. False: it still runs. ret_status is
 * the exit status, or 128 and the number of the signal that ended it; may be NULL. */
bool process_wait(struct process *process, int timeout_ms, int *ret_status);

/* SIGTERM, and SIGKILL where that does not help. Returns as process_wait() tells. */
int process_stop(struct process *process, int timeout_ms);

#endif
