/* Process: fork, exec and a pidfd to wait on, so that a wait has a deadline and needs no signal. */
#include "demo/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void set_environment(const char *const *environment)
{
    for (; environment != NULL && *environment != NULL; environment++) {
        if (strchr(*environment, '=') != NULL) {
            (void)putenv((char *)(uintptr_t)*environment);
        } else {
            (void)unsetenv(*environment);
        }
    }
}

static void redirect(int fd, int target)
{
    if (fd >= 0 && fd != target) {
        (void)dup2(fd, target);
        (void)close(fd);
    }
}

static void redirect_to_file(const char *path, int target)
{
    if (path != NULL) {
        redirect(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), target);
    }
}

static void become(const struct process_options *options, pid_t parent)
{
    sigset_t none;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(127);
    }
    (void)sigemptyset(&none);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    redirect(options->stdin_fd > 0 ? options->stdin_fd : open("/dev/null", O_RDONLY), STDIN_FILENO);
    redirect_to_file(options->stdout_path, STDOUT_FILENO);
    redirect_to_file(options->stderr_path, STDERR_FILENO);
    set_environment(options->environment);
    (void)execv(options->argv[0], (char *const *)(uintptr_t)options->argv);
    _exit(127);
}

bool process_start(const struct process_options *options, struct process *ret_process)
{
    pid_t parent = getpid();

    if (access(options->argv[0], X_OK) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid < 0) {
        return false;
    }
    if (pid == 0) {
        become(options, parent);
    }
    int handle = pidfd_open(pid, 0);
    if (handle < 0) {
        int reason = errno;
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        errno = reason;
        return false;
    }
    *ret_process = (struct process){pid, handle};
    return true;
}

static bool has_ended(const struct process *process, int timeout_ms)
{
    struct pollfd event = {.fd = process->handle, .events = POLLIN};
    int count = 0;

    do {
        count = poll(&event, 1, timeout_ms);
    } while (count < 0 && errno == EINTR);
    return count > 0;
}

bool process_is_running(const struct process *process)
{
    return process->pid > 0 && !has_ended(process, 0);
}

void process_signal(const struct process *process, int number)
{
    if (process->pid > 0) {
        (void)pidfd_send_signal(process->handle, number, NULL, 0);
    }
}

bool process_wait(struct process *process, int timeout_ms, int *ret_status)
{
    int status = 0;

    if (process->pid <= 0 || !has_ended(process, timeout_ms)) {
        return false;
    }
    (void)waitpid(process->pid, &status, 0);
    (void)close(process->handle);
    *process = (struct process){0, -1};
    if (ret_status != NULL) {
        *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return true;
}

int process_stop(struct process *process, int timeout_ms)
{
    int status = 0;

    if (process->pid <= 0) {
        return 0;
    }
    process_signal(process, SIGTERM);
    if (!process_wait(process, timeout_ms, &status)) {
        process_signal(process, SIGKILL);
        (void)process_wait(process, -1, &status);
    }
    return status;
}
