/* The fault suite's common part. */
#include "unit.h"

#include "fault.h"

#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_S 60

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

bool fault_long(void)
{
    const char *text = getenv("TRAIL_TEST_LONG");

    return text != NULL && strcmp(text, "1") == 0;
}

int fault_setup(void **state)
{
    struct fault_run *run = calloc(1, sizeof(*run));
    char progress[96];

    folder_make("/tmp", run->dir);
    folder_make("/dev/shm", run->spool);
    snprintf(run->log, sizeof(run->log), "%s/log.jsonl", run->dir);
    snprintf(run->output, sizeof(run->output), "file:%s", run->log);
    snprintf(run->errors, sizeof(run->errors), "%s/errors", run->dir);
    snprintf(progress, sizeof(progress), "%s/progress", run->dir);
    int fd = open(progress, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, 4096) != 0) {
        free(run);
        return -1;
    }
    run->progress = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    *state = run;
    return run->progress == MAP_FAILED ? -1 : 0;
}

int fault_teardown(void **state)
{
    struct fault_run *run = *state;

    if (run->writer > 0) {
        kill(-run->writer, SIGKILL); /* and its children */
        waitpid(run->writer, NULL, 0);
    }
    munmap(run->progress, 4096);
    folder_remove(run->dir);
    folder_remove(run->spool);
    free(run);
    return 0;
}

static void run_writer(struct fault_run *run, int out, const char *const args[])
{
    const char *argv[32] = {FAULT_WRITER, "--progress"};
    char progress[96];
    size_t count = 2;
    int errors = open(run->errors, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    snprintf(progress, sizeof(progress), "%s/progress", run->dir);
    argv[count++] = progress;
    argv[count++] = "--spool";
    argv[count++] = run->spool;
    for (size_t i = 0; args[i] != NULL; i++) {
        argv[count++] = args[i];
    }
    argv[count] = NULL;
    if (dup2(out >= 0 ? out : null, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0) {
        _exit(127);
    }
    execv(FAULT_WRITER, (char *const *)(uintptr_t)argv);
    _exit(127);
}

void fault_start(struct fault_run *run, int out, const char *const args[])
{
    run->writer = fork();
    assert_true(run->writer >= 0);
    if (run->writer == 0) {
        setpgid(0, 0);
        run_writer(run, out, args);
    }
    setpgid(run->writer, run->writer);
}

void fault_wait_progress(const struct fault_run *run, unsigned thread, uint64_t number)
{
    time_t deadline = time(NULL) + DEADLINE_S;

    while (__atomic_load_n(&run->progress[thread], __ATOMIC_ACQUIRE) < number) {
        if (time(NULL) > deadline) {
            fail_msg("thread %u did not come to number %llu", thread, (unsigned long long)number);
        }
        pause_shortly();
    }
}

int fault_end(struct fault_run *run, int signal_number)
{
    time_t deadline = time(NULL) + DEADLINE_S;
    int status = 0;

    if (signal_number != 0) {
        kill(run->writer, signal_number);
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

static void see(struct fault_count *count, unsigned thread, uint64_t number)
{
    if (number >= count->room[thread]) {
        uint64_t room = number * 2 + 1024;
        count->seen[thread] = realloc(count->seen[thread], room);
        assert_non_null(count->seen[thread]);
        memset(count->seen[thread] + count->room[thread], 0, room - count->room[thread]);
        count->room[thread] = room;
    }
    count->doubled += count->seen[thread][number] != 0;
    count->seen[thread][number] = 1;
    count->lines++;
    if (number > count->last[thread]) {
        count->last[thread] = number;
    }
}

/* A line that is not numbered: JSON, and maybe one of those that tell. */
static void count_other(struct fault_count *count, const char *line, size_t size)
{
    cJSON *event = cJSON_ParseWithLength(line, size);
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(event, "event");
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(event, "count");

    if (!cJSON_IsString(name) || !cJSON_IsNumber(number)) {
        count->torn++;
    } else if (strcmp(name->valuestring, "log_events_dropped") == 0) {
        count->told += (uint64_t)number->valuedouble;
    } else if (strcmp(name->valuestring, "log_recovered") == 0) {
        count->recovered += (uint64_t)number->valuedouble;
    } else {
        count->torn++;
    }
    cJSON_Delete(event);
}

static void count_line(struct fault_count *count, const char *line, size_t size)
{
    char expected[FAULT_LINE_MAX];
    char text[256];
    char level[8];
    unsigned thread;
    unsigned long long number;

    snprintf(text, sizeof(text), "%.*s", (int)(size < 200 ? size : 200), line);
    if (sscanf(text,
               "{\"timestamp\":\"%*[^\"]\",\"level\":\"%7[a-z]\",\"event\":\"numbered\","
               "\"thread\":%u,\"number\":%llu,",
               level, &thread, &number) == 3 &&
        thread <= FAULT_THREADS_MAX && number < 100000000u) {
        if ((size_t)fault_line(expected, level, thread, number) == size + 1 &&
            memcmp(expected, line, size) == 0) {
            see(count, thread, number);
            return;
        }
        count->torn++;
        return;
    }
    count_other(count, line, size);
}

void fault_count_fd(struct fault_count *count, int fd)
{
    static char buffer[256 * 1024];
    size_t held = 0;

    for (;;) {
        ssize_t got = read(fd, buffer + held, sizeof(buffer) - held);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        held += (size_t)got;
        size_t at = 0;
        for (char *newline; (newline = memchr(buffer + at, '\n', held - at)) != NULL;) {
            size_t size = (size_t)(newline - (buffer + at));
            count_line(count, buffer + at, size);
            at += size + 1;
        }
        held -= at;
        memmove(buffer, buffer + at, held);
    }
    count->torn += held > 0;
}

void fault_count_file(struct fault_count *count, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    fault_count_fd(count, fd);
    close(fd);
}

uint64_t fault_missing(const struct fault_count *count, unsigned thread, uint64_t upto)
{
    uint64_t missing = 0;

    for (uint64_t number = 1; number <= upto; number++) {
        missing += number >= count->room[thread] || count->seen[thread][number] == 0;
    }
    return missing;
}

void fault_count_fini(struct fault_count *count)
{
    for (size_t i = 0; i <= FAULT_THREADS_MAX; i++) {
        free(count->seen[i]);
    }
    *count = (struct fault_count){0};
}
