/* SIGKILL at any moment, under load: nothing that was accepted is lost, nothing is doubled or torn.
 */
#include "unit.h"

#include "fault.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned rounds(void)
{
    return fault_long() ? 40 : 4;
}

/* Kills the writer when thread 0 has come to number, and a random moment after. */
static void kill_at(struct fault_run *run, uint64_t number)
{
    fault_wait_progress(run, 0, number);
    nanosleep(&(struct timespec){.tv_nsec = rand() % 3000000}, NULL);
    assert_true(WIFSIGNALED(fault_end(run, SIGKILL)));
}

/* Those that were being logged may have come, or not; none beyond. */
static void check_last(const struct fault_run *run, const struct fault_count *count,
                       unsigned threads)
{
    for (unsigned thread = 0; thread < threads; thread++) {
        assert_true(count->last[thread] <= fault_progress(run, thread) + 1);
    }
}

static void kill_and_recover(struct fault_run *run, const char *threads, const char *rate)
{
    struct fault_count count = {0};
    unsigned thread_count = (unsigned)atoi(threads);

    fault_again(run);
    fault_start(run, -1,
                (const char *const[]){"--async", "--threads", threads, "--count", "0", "--rate",
                                      rate, run->output, NULL});
    kill_at(run, 1000 + (uint64_t)rand() % 4000);
    fault_recover(run, -1, run->output);
    fault_count_file(&count, run->log);
    check_last(run, &count, thread_count);
    assert_int_equal(fault_settle(run, &count, thread_count, "SIGKILL, async, file", rate), 0);
}

static void test_a_killed_process_loses_and_doubles_nothing(void **state)
{
    for (unsigned round = 0; round < rounds(); round++) {
        kill_and_recover(*state, "1", fault_rates[round % FAULT_RATES]);
    }
}

static void test_a_killed_process_of_many_threads_loses_and_doubles_nothing(void **state)
{
    for (unsigned round = 0; round < rounds(); round++) {
        kill_and_recover(*state, "8", fault_rates[round % FAULT_RATES]);
    }
}

static void test_a_process_killed_at_full_speed_loses_nothing(void **state)
{
    for (unsigned round = 0; round < rounds(); round++) {
        kill_and_recover(*state, "3", "0");
    }
}

/* A write that was under way may be cut short by the kill: at most one for each thread, and of a
 * line whose call had not come back. The next process does not continue it. */
static void kill_sync(struct fault_run *run, const char *rate)
{
    struct fault_count count = {0};

    fault_again(run);
    fault_start(run, -1,
                (const char *const[]){"--sync", "--threads", "4", "--count", "0", "--rate", rate,
                                      run->output, NULL});
    kill_at(run, 1000 + (uint64_t)rand() % 4000);
    FILE *file = fopen(run->log, "a");
    assert_non_null(file);
    assert_true(fputs("{\"timestamp\":\"20", file) >= 0); /* torn for certain */
    fclose(file);
    fault_start(
        run, -1,
        (const char *const[]){"--sync", "--first", "10", "--count", "100", run->output, NULL});
    assert_int_equal(fault_end(run, 0), 0);
    fault_count_file(&count, run->log);
    check_last(run, &count, 4);
    assert_int_equal(fault_missing(&count, 10, 100), 0);
    assert_in_range(count.torn, 1, 4 + 1);
    count.torn = 0;
    assert_int_equal(fault_settle(run, &count, 4, "SIGKILL, sync, file", rate), 0);
}

static void test_a_killed_sync_process_loses_nothing_that_was_accepted(void **state)
{
    for (unsigned round = 0; round < rounds(); round++) {
        kill_sync(*state, fault_rates[round % FAULT_RATES]);
    }
}

/* What a pipe has taken cannot be asked, so the last batch may come twice; a line of several pieces
 * that was cut is ended, and comes whole after it. */
static void kill_on_pipe(struct fault_run *run, const char *delivery, const char *rate)
{
    struct fault_count count = {0};
    bool async = strcmp(delivery, "--async") == 0;
    char what[64];
    int ends[2];

    fault_again(run);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fault_start(run, ends[1],
                (const char *const[]){delivery, "--threads", "4", "--count", "0", "--rate", rate,
                                      "stdout", NULL});
    pid_t collector = fault_collect(ends[0], run->log);
    close(ends[0]);
    kill_at(run, 1000 + (uint64_t)rand() % 4000);
    if (async) {
        fault_recover(run, ends[1], "stdout");
    }
    close(ends[1]);
    fault_wait_for(collector);
    fault_count_file(&count, run->log);
    check_last(run, &count, 4);
    snprintf(what, sizeof(what), "SIGKILL, %s, pipe", delivery + 2);
    assert_int_equal(fault_tell(run, &count, 4, what, rate), 0);
    assert_in_range(count.torn, 0, async ? 1 : 4);
    assert_true(async || count.doubled == 0);
    assert_int_equal(count.told, 0);
    fault_count_fini(&count);
}

static void test_a_process_killed_before_a_pipe_loses_nothing(void **state)
{
    for (unsigned round = 0; round < rounds(); round++) {
        kill_on_pipe(*state, "--async", fault_rates[round % FAULT_RATES]);
        kill_on_pipe(*state, "--sync", fault_rates[round % FAULT_RATES]);
    }
}

static bool read_until(int fd, const char *text, char *held, size_t room)
{
    size_t size = strlen(held);

    while (strstr(held, text) == NULL) {
        ssize_t got = read(fd, held + size, room - size - 1);
        if (got <= 0) {
            return false;
        }
        size += (size_t)got;
        held[size] = '\0';
    }
    return true;
}

static bool is_full(void *fd)
{
    int waiting = 0;

    return ioctl(*(int *)fd, FIONREAD, &waiting) == 0 && waiting == PIPE_BUF;
}

/* A pipe of one page: the first piece of the long line, number 500, fills it. */
static void test_a_line_torn_in_a_pipe_is_ended_and_comes_whole(void **state)
{
    static char held[1 << 20];
    struct fault_run *run = *state;
    struct fault_count count = {0};
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    if (fcntl(ends[1], F_SETPIPE_SZ, PIPE_BUF) != PIPE_BUF) {
        print_message("a pipe has more than one page here\n");
        skip();
    }
    fault_start(run, ends[1], (const char *const[]){"--async", "--count", "1000", "stdout", NULL});
    assert_true(read_until(ends[0], "\"number\":499,", held, sizeof(held)));
    fault_wait_progress(run, 0, 1000);
    fault_wait(is_full, &ends[0]);
    fault_end(run, SIGKILL);
    FILE *log = fopen(run->log, "w");
    assert_non_null(log);
    assert_true(fputs(held, log) >= 0);
    fclose(log);
    pid_t collector = fault_collect(ends[0], run->log);
    close(ends[0]);
    fault_recover(run, ends[1], "stdout");
    close(ends[1]);
    fault_wait_for(collector);
    fault_count_file(&count, run->log);
    assert_int_equal(count.torn, 1);
    count.torn = 0;
    count.doubled = 0;
    assert_int_equal(fault_settle(run, &count, 1, "SIGKILL within a line in a pipe", "0"), 0);
}

/* Whoever delivers may be killed, too. */
static void test_a_killed_recovery_is_finished_by_the_next(void **state)
{
    struct fault_run *run = *state;

    for (unsigned round = 0; round < rounds(); round++) {
        struct fault_count count = {0};
        const char *rate = round % 2 == 0 ? "400000" : "0";
        fault_again(run);
        fault_start(run, -1,
                    (const char *const[]){"--async", "--threads", "2", "--count", "0", "--rate",
                                          rate, run->output, NULL});
        kill_at(run, 20000);
        for (int i = 0; i < 3; i++) {
            fault_start(run, -1,
                        (const char *const[]){"--async", "--threads", "0", run->output, NULL});
            nanosleep(&(struct timespec){.tv_nsec = rand() % 8000000}, NULL);
            fault_end(run, SIGKILL);
        }
        fault_recover(run, -1, run->output);
        fault_count_file(&count, run->log);
        check_last(run, &count, 2);
        assert_int_equal(fault_settle(run, &count, 2, "SIGKILL, and of the recovery", rate), 0);
    }
}

static void test_a_file_renamed_after_the_kill_is_continued(void **state)
{
    struct fault_run *run = *state;
    char moved[128];

    snprintf(moved, sizeof(moved), "%s.1", run->log);
    for (unsigned round = 0; round < FAULT_RATES; round++) {
        struct fault_count count = {0};
        fault_again(run);
        fault_start(run, -1,
                    (const char *const[]){"--async", "--threads", "2", "--count", "0", "--rate",
                                          fault_rates[round], run->output, NULL});
        kill_at(run, 20000);
        assert_int_equal(rename(run->log, moved), 0);
        fault_recover(run, -1, run->output);
        fault_count_file(&count, moved);
        fault_count_file(&count, run->log);
        check_last(run, &count, 2);
        assert_int_equal(
            fault_settle(run, &count, 2, "SIGKILL, file renamed after", fault_rates[round]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_a_killed_process_loses_and_doubles_nothing),
        FAULT_CASE(test_a_killed_process_of_many_threads_loses_and_doubles_nothing),
        FAULT_CASE(test_a_process_killed_at_full_speed_loses_nothing),
        FAULT_CASE(test_a_killed_sync_process_loses_nothing_that_was_accepted),
        FAULT_CASE(test_a_process_killed_before_a_pipe_loses_nothing),
        FAULT_CASE(test_a_line_torn_in_a_pipe_is_ended_and_comes_whole),
        FAULT_CASE(test_a_killed_recovery_is_finished_by_the_next),
        FAULT_CASE(test_a_file_renamed_after_the_kill_is_continued),
    };
    srand((unsigned)getpid());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
