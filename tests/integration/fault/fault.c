/* The fault suite's common part. */
#include "unit.h"

#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_S 60

const char *const fault_rates[FAULT_RATES] = {"20000", "400000"};

static void pause_shortly(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

void fault_wait(bool (*condition)(void *arg), void *arg)
{
    time_t deadline = time(NULL) + DEADLINE_S;

    while (!condition(arg)) {
        if (time(NULL) > deadline) {
            fail_msg("the condition did not come true within %d s", DEADLINE_S);
        }
        pause_shortly();
    }
}

uint64_t fault_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool fault_long(void)
{
    const char *text = getenv("TRAIL_TEST_LONG");

    return text != NULL && strcmp(text, "1") == 0;
}

int fault_setup(void **state)
{
    struct fault_run *run = calloc(1, sizeof(*run));

    folder_make("/tmp", run->dir);
    folder_make("/dev/shm", run->spool);
    snprintf(run->log, sizeof(run->log), "%s/log.jsonl", run->dir);
    snprintf(run->output, sizeof(run->output), "file:%s", run->log);
    snprintf(run->errors, sizeof(run->errors), "%s/errors", run->dir);
    snprintf(run->page_path, sizeof(run->page_path), "%s/page", run->dir);
    int fd = open(run->page_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(*run->page)) != 0) {
        free(run);
        return -1;
    }
    run->page = mmap(NULL, sizeof(*run->page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    *state = run;
    return run->page == MAP_FAILED ? -1 : 0;
}

int fault_teardown(void **state)
{
    struct fault_run *run = *state;

    for (pid_t writer = run->writer; writer > 0; writer = run->other, run->other = 0) {
        kill(-writer, SIGKILL); /* and its children */
        waitpid(writer, NULL, 0);
    }
    munmap(run->page, sizeof(*run->page));
    folder_remove(run->dir);
    folder_remove(run->spool);
    free(run);
    return 0;
}

void fault_again(struct fault_run *run)
{
    memset(run->page, 0, sizeof(*run->page));
    unlink(run->log);
    unlink(run->errors);
}

static void redirect(const struct fault_run *run, int out)
{
    int errors = open(run->errors, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (dup2(out >= 0 ? out : null, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0) {
        _exit(127);
    }
}

static void run_writer(struct fault_run *run, int out, const char *const args[])
{
    const char *argv[40] = {FAULT_WRITER, "--page", run->page_path, "--spool", run->spool};
    size_t count = 5;

    for (size_t i = 0; args[i] != NULL; i++) {
        argv[count++] = args[i];
    }
    argv[count] = NULL;
    redirect(run, out);
    execv(FAULT_WRITER, (char *const *)(uintptr_t)argv);
    _exit(127);
}

void fault_start(struct fault_run *run, int out, const char *const args[])
{
    run->writer = fork();
    assert_true(run->writer >= 0);
    if (run->writer == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* or a test that is killed leaves it to fill the disk */
        run_writer(run, out, args);
    }
    setpgid(run->writer, run->writer);
}

uint64_t fault_progress(const struct fault_run *run, unsigned thread)
{
    return atomic_load_explicit(&run->page->progress[thread], memory_order_acquire);
}

void fault_wait_progress(const struct fault_run *run, unsigned thread, uint64_t number)
{
    time_t deadline = time(NULL) + DEADLINE_S;

    while (fault_progress(run, thread) < number) {
        if (time(NULL) > deadline) {
            fail_msg("thread %u did not come to number %llu", thread, (unsigned long long)number);
        }
        pause_shortly();
    }
}

void fault_wait_more(const struct fault_run *run, unsigned threads, uint64_t more)
{
    uint64_t wanted[FAULT_THREADS_MAX];

    for (unsigned thread = 0; thread < threads; thread++) {
        wanted[thread] = fault_progress(run, thread) + more;
    }
    for (unsigned thread = 0; thread < threads; thread++) {
        fault_wait_progress(run, thread, wanted[thread]);
    }
}

int fault_end(struct fault_run *run, int signal_number)
{
    time_t deadline = time(NULL) + DEADLINE_S;
    int status = 0;

    if (signal_number != 0) {
        kill(run->writer, signal_number);
        atomic_store(&run->page->ended_ns, fault_now_ns());
    }
    while (waitpid(run->writer, &status, WNOHANG) == 0) {
        if (time(NULL) > deadline) {
            fail_msg("the writer does not end");
        }
        pause_shortly();
    }
    run->writer = 0;
    return status;
}

void fault_recover(struct fault_run *run, int out, const char *output)
{
    fault_start(run, out, (const char *const[]){"--async", "--threads", "0", output, NULL});
    assert_int_equal(fault_end(run, 0), 0);
}

/* Allocators have locks of their own, which a thread may meet when it first needs memory: those of
 * AddressSanitizer, and of glibc's arenas, which many threads share. */
void fault_check_waits(const struct fault_run *run)
{
#ifndef __SANITIZE_THREAD__
    uint64_t threads = 0;
    for (unsigned thread = 0; thread <= FAULT_THREADS_MAX; thread++) {
        threads += fault_progress(run, thread) > 0;
    }
    assert_in_range(atomic_load(&run->page->hidden_sleeps), 0, threads);
#endif
    assert_int_equal(atomic_load(&run->page->longer_again), 0);
}

int fault_recover_by_command(const struct fault_run *run)
{
    int status;
    pid_t command = fork();

    assert_true(command >= 0);
    if (command == 0) {
        redirect(run, -1);
        execl(FAULT_TRAIL, FAULT_TRAIL, "recover", run->spool, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(command, &status, 0), command);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

unsigned fault_notices(const struct fault_run *run)
{
    char text[1024];
    unsigned notices = 0;
    FILE *file = fopen(run->errors, "r");

    while (file != NULL && fgets(text, sizeof(text), file) != NULL) {
        notices += strncmp(text, "trail: output ", 14) == 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return notices;
}

void fault_check_notices(const struct fault_run *run, uint64_t since_ns)
{
    unsigned notices = fault_notices(run);
    uint64_t passed_s = (fault_now_ns() - since_ns) / 1000000000u;

    assert_in_range(notices, 1, 1 + passed_s / 10);
}

void fault_read(const char *path, char *out, size_t room)
{
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    out[fread(out, 1, room - 1, file)] = '\0';
    fclose(file);
}

void fault_spool(const struct fault_run *run, char path[FAULT_SPOOL_PATH_BYTES])
{
    DIR *dir = opendir(run->spool);

    assert_non_null(dir);
    *path = '\0';
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (strstr(entry->d_name, ".spool") != NULL) {
            snprintf(path, FAULT_SPOOL_PATH_BYTES, "%s/%s", run->spool, entry->d_name);
        }
    }
    closedir(dir);
    assert_true(*path != '\0');
}

unsigned fault_memory_kib(const struct fault_run *run)
{
    char line[256];
    unsigned kib = 0;

    snprintf(line, sizeof(line), "/proc/%d/status", (int)run->writer);
    FILE *file = fopen(line, "r");
    assert_non_null(file);
    while (kib == 0 && fgets(line, sizeof(line), file) != NULL) {
        (void)sscanf(line, "RssAnon: %u", &kib);
    }
    fclose(file);
    return kib;
}

pid_t fault_collect(int fd, const char *path)
{
    pid_t collector = fork();

    assert_true(collector >= 0);
    if (collector == 0) {
        static char buffer[65536];
        for (int other = 3; other < 256; other++) { /* the pipe's other end among them */
            if (other != fd) {
                close(other);
            }
        }
        int out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        ssize_t got;
        while ((got = read(fd, buffer, sizeof(buffer))) > 0 || (got < 0 && errno == EINTR)) {
            if (got > 0 && write(out, buffer, (size_t)got) != got) {
                _exit(1);
            }
        }
        _exit(0);
    }
    return collector;
}

void fault_wait_for(pid_t process)
{
    int status;

    assert_int_equal(waitpid(process, &status, 0), process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}
