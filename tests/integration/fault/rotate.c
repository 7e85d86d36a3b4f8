/* Files that are renamed and opened again under load: nothing is lost, doubled or torn. */
#include "unit.h"

#include "fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool has_lines(void *path)
{
    struct stat status;

    return stat(path, &status) == 0 && status.st_size > 0;
}

/* Renames the log as soon as there are lines in it. */
static void rotate_once(const struct fault_run *run, unsigned number, bool create)
{
    char moved[128];

    fault_wait(has_lines, (void *)(uintptr_t)run->log);
    snprintf(moved, sizeof(moved), "%s.%u", run->log, number);
    assert_int_equal(rename(run->log, moved), 0);
    if (create) {
        close(open(run->log, O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
    }
}

/* The same times times, 10 times a second. */
static void rotate(struct fault_run *run, unsigned times, int signal_number, bool create)
{
    for (unsigned i = 0; i < times; i++) {
        rotate_once(run, i, create);
        if (signal_number != 0) {
            kill(run->writer, signal_number);
        }
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
}

static void check(struct fault_run *run, unsigned times, unsigned threads, const char *what,
                  const char *rate)
{
    struct fault_count count = {0};

    fault_wait(has_lines, run->log);
    assert_int_equal(fault_end(run, SIGTERM), 0);
    for (unsigned i = 0; i < times; i++) {
        char moved[128];
        snprintf(moved, sizeof(moved), "%s.%u", run->log, i);
        fault_count_file(&count, moved);
        unlink(moved);
    }
    fault_count_file(&count, run->log);
    assert_int_equal(fault_settle(run, &count, threads, what, rate), 0);
}

static unsigned times(void)
{
    return fault_long() ? 100 : 10;
}

static void reopen_under_load(struct fault_run *run, const char *delivery, const char *rate)
{
    char what[64];

    fault_again(run);
    fault_start(run, -1,
                (const char *const[]){delivery, "--threads", "4", "--count", "0", "--rate", rate,
                                      run->output, NULL});
    rotate(run, times(), SIGHUP, false);
    snprintf(what, sizeof(what), "renamed and reopened %u times, %s", times(), delivery + 2);
    check(run, times(), 4, what, rate);
}

static void test_a_sync_file_is_reopened_on_request(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        reopen_under_load(*state, "--sync", fault_rates[i]);
    }
}

static void test_an_async_file_is_reopened_on_request(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        reopen_under_load(*state, "--async", fault_rates[i]);
    }
}

/* Two processes log to one file, which each of them opens anew: no empty line comes in between. */
static void share(struct fault_run *run, const char *delivery, const char *rate)
{
    char what[64];

    fault_again(run);
    fault_start(run, -1,
                (const char *const[]){delivery, "--first", "8", "--threads", "2", "--count", "0",
                                      "--rate", rate, run->output, NULL});
    run->other = run->writer;
    fault_wait_progress(run, 8, 1);
    fault_start(run, -1,
                (const char *const[]){delivery, "--threads", "2", "--count", "0", "--rate", rate,
                                      run->output, NULL});
    fault_wait_progress(run, 0, 1);
    for (unsigned i = 0; i < times(); i++) {
        rotate_once(run, i, false);
        kill(run->other, SIGHUP);
        kill(run->writer, SIGHUP);
        fault_wait_more(run, 2, 10);
    }
    pid_t second = run->writer;
    run->writer = run->other;
    run->other = second;
    assert_int_equal(fault_end(run, SIGTERM), 0);
    run->writer = run->other;
    run->other = 0;
    snprintf(what, sizeof(what), "renamed and reopened by two processes, %s", delivery + 2);
    check(run, times(), 10, what, rate);
}

static void test_a_file_of_two_processes_is_reopened_by_both(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        share(*state, "--sync", fault_rates[i]);
        share(*state, "--async", fault_rates[i]);
    }
}

static void replace(struct fault_run *run, const char *delivery, bool create, const char *rate)
{
    fault_again(run);
    fault_start(run, -1,
                (const char *const[]){delivery, "--threads", "2", "--count", "0", "--rate", rate,
                                      run->output, NULL});
    rotate(run, 3, 0, create);
    check(run, 3, 2, create ? "replaced, sync" : "removed, async", rate);
}

static void test_a_sync_file_that_was_replaced_is_noticed(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        replace(*state, "--sync", true, fault_rates[i]);
    }
}

static void test_an_async_file_that_was_removed_is_made_again(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        replace(*state, "--async", false, fault_rates[i]);
    }
}

/* What ThreadSanitizer is shown. */
static void test_64_threads_log_while_files_are_reopened(void **state)
{
    struct fault_run *run = *state;
    static const char *const deliveries[] = {"--async", "--sync"};

    for (size_t i = 0; i < 2 * FAULT_RATES; i++) {
        const char *rate = fault_rates[i / 2];
        fault_again(run);
        fault_start(run, -1,
                    (const char *const[]){deliveries[i % 2], "--threads", "64", "--count", "0",
                                          "--rate", rate, run->output, NULL});
        rotate(run, times() / 2, SIGHUP, false);
        check(run, times() / 2, 64,
              i % 2 == 0 ? "64 threads, reopened, async" : "64 threads, reopened, sync", rate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_a_sync_file_is_reopened_on_request),
        FAULT_CASE(test_an_async_file_is_reopened_on_request),
        FAULT_CASE(test_a_file_of_two_processes_is_reopened_by_both),
        FAULT_CASE(test_a_sync_file_that_was_replaced_is_noticed),
        FAULT_CASE(test_an_async_file_that_was_removed_is_made_again),
        FAULT_CASE(test_64_threads_log_while_files_are_reopened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
