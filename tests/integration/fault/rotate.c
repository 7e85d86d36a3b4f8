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

/* Renames the log times times, as soon as there are lines in it; at length, 10 times a second. */
static void rotate(struct fault_run *run, unsigned times, int signal_number, bool create)
{
    for (unsigned i = 0; i < times; i++) {
        char moved[128];
        fault_wait(has_lines, run->log);
        snprintf(moved, sizeof(moved), "%s.%u", run->log, i);
        assert_int_equal(rename(run->log, moved), 0);
        if (create) {
            close(open(run->log, O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
        }
        if (signal_number != 0) {
            kill(run->writer, signal_number);
        }
        if (fault_long()) {
            nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        }
    }
}

static void check(struct fault_run *run, unsigned times, unsigned threads)
{
    struct fault_count count = {0};

    fault_wait(has_lines, run->log);
    assert_int_equal(fault_end(run, SIGTERM), 0);
    for (unsigned i = 0; i < times; i++) {
        char moved[128];
        snprintf(moved, sizeof(moved), "%s.%u", run->log, i);
        fault_count_file(&count, moved);
    }
    fault_count_file(&count, run->log);
    for (unsigned thread = 0; thread < threads; thread++) {
        assert_int_equal(fault_missing(&count, thread, fault_progress(run, thread)), 0);
    }
    assert_int_equal(count.doubled, 0);
    assert_int_equal(count.torn, 0);
    assert_int_equal(count.told, 0);
    fault_count_fini(&count);
}

static unsigned times(void)
{
    return fault_long() ? 100 : 20;
}

static void reopen_under_load(struct fault_run *run, const char *delivery, const char *rate)
{
    fault_start(run, -1,
                (const char *const[]){delivery, "--threads", "4", "--count", "0", "--rate", rate,
                                      run->output, NULL});
    rotate(run, times(), SIGHUP, false);
    check(run, times(), 4);
}

static void test_a_sync_file_is_reopened_on_request(void **state)
{
    reopen_under_load(*state, "--sync", "20000");
}

static void test_an_async_file_is_reopened_on_request(void **state)
{
    reopen_under_load(*state, "--async", "20000");
}

static void test_an_async_file_is_reopened_at_a_high_rate(void **state)
{
    reopen_under_load(*state, "--async", fault_long() ? "400000" : "100000");
}

static void test_a_sync_file_that_was_replaced_is_noticed(void **state)
{
    struct fault_run *run = *state;

    fault_start(run, -1,
                (const char *const[]){"--threads", "2", "--count", "0", "--rate", "2000",
                                      run->output, NULL});
    rotate(run, 4, 0, true);
    check(run, 4, 2);
}

static void test_an_async_file_that_was_removed_is_made_again(void **state)
{
    struct fault_run *run = *state;

    fault_start(run, -1,
                (const char *const[]){"--async", "--threads", "2", "--count", "0", "--rate", "2000",
                                      run->output, NULL});
    rotate(run, 4, 0, false);
    check(run, 4, 2);
}

/* 64 threads, and reopens as fast as they are answered: what ThreadSanitizer is shown. */
static void test_64_threads_log_while_files_are_reopened(void **state)
{
    struct fault_run *run = *state;
    const char *const delivery[] = {"--async", "--sync"};

    for (size_t i = 0; i < 2; i++) {
        for (unsigned thread = 0; thread < 64; thread++) {
            atomic_store(&run->page->progress[thread], 0);
        }
        remove(run->log);
        fault_start(run, -1,
                    (const char *const[]){delivery[i], "--threads", "64", "--count", "0", "--rate",
                                          "50000", run->output, NULL});
        rotate(run, times() / 2, SIGHUP, false);
        check(run, times() / 2, 64);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_a_sync_file_is_reopened_on_request),
        FAULT_CASE(test_an_async_file_is_reopened_on_request),
        FAULT_CASE(test_an_async_file_is_reopened_at_a_high_rate),
        FAULT_CASE(test_a_sync_file_that_was_replaced_is_noticed),
        FAULT_CASE(test_an_async_file_that_was_removed_is_made_again),
        FAULT_CASE(test_64_threads_log_while_files_are_reopened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
