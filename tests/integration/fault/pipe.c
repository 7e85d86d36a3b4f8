/* Pipes whose reader stalls, is slow, or is gone. */
#include "unit.h"

#include "fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_pipe(int ends[2], bool non_blocking)
{
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    if (non_blocking) {
        assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    }
}

/* Reads until the writer is gone, and ends it meanwhile. */
static void drain(struct fault_run *run, int ends[2], struct fault_count *count, int signal_number)
{
    close(ends[1]);
    if (signal_number != 0) {
        kill(run->writer, signal_number);
    }
    fault_count_fd(count, ends[0]);
    close(ends[0]);
    assert_int_equal(fault_end(run, 0), 0);
}

static uint64_t missing_of(const struct fault_run *run, const struct fault_count *count,
                           unsigned threads)
{
    uint64_t missing = 0;

    for (unsigned thread = 0; thread < threads; thread++) {
        missing += fault_missing(count, thread, run->progress[thread]);
    }
    return missing;
}

/* While the pipe is full nobody waits: the process goes on, and what was lost is told. */
static void stall_and_drop(struct fault_run *run, const char *delivery, bool non_blocking)
{
    struct fault_count count = {0};
    int ends[2];

    make_pipe(ends, non_blocking);
    fault_start(run, ends[1],
                (const char *const[]){delivery, "--drop", "--spool-bytes", "1048576", "--threads",
                                      "4", "--count", "0", "--rate", "50000", "stdout", NULL});
    for (unsigned thread = 0; thread < 4; thread++) {
        fault_wait_progress(run, thread, 10000);
    }
    drain(run, ends, &count, SIGTERM);
    assert_int_equal(count.doubled, 0);
    assert_int_equal(count.torn, 0);
    assert_true(count.told > 10000);
    assert_int_equal(missing_of(run, &count, 4), count.told);
    fault_count_fini(&count);
}

static void test_async_drop_goes_on_when_the_reader_stalls(void **state)
{
    stall_and_drop(*state, "--async", false);
}

static void test_async_drop_goes_on_when_a_non_blocking_pipe_is_full(void **state)
{
    stall_and_drop(*state, "--async", true);
}

static void test_sync_drop_goes_on_when_a_non_blocking_pipe_is_full(void **state)
{
    stall_and_drop(*state, "--sync", true);
}

/* A reader that is merely slow loses nothing, and lines longer than a pipe takes at once stay whole
 * between those of other threads. */
static void block_and_lose_nothing(struct fault_run *run, const char *delivery, bool non_blocking)
{
    struct fault_count count = {0};
    int ends[2];

    make_pipe(ends, non_blocking);
    fault_start(run, ends[1],
                (const char *const[]){delivery, "--spool-bytes", "1048576", "--threads", "8",
                                      "--count", "5000", "stdout", NULL});
    drain(run, ends, &count, 0);
    assert_int_equal(missing_of(run, &count, 8), 0);
    assert_int_equal(run->progress[7], 5000);
    assert_int_equal(count.doubled + count.torn + count.told, 0);
    fault_count_fini(&count);
}

static void test_a_slow_reader_loses_nothing_in_async_delivery(void **state)
{
    block_and_lose_nothing(*state, "--async", false);
}

static void test_a_slow_reader_loses_nothing_in_sync_delivery(void **state)
{
    block_and_lose_nothing(*state, "--sync", false);
}

static void test_a_slow_reader_of_a_non_blocking_pipe_loses_nothing(void **state)
{
    block_and_lose_nothing(*state, "--sync", true);
    block_and_lose_nothing(*state, "--async", true);
}

/* Held for a second, then dropped: the process comes to its end although nobody reads. */
static void test_block_ends_when_the_reader_stalls_for_good(void **state)
{
    struct fault_run *run = *state;
    struct fault_count count = {0};
    int ends[2];

    make_pipe(ends, false);
    fault_start(run, ends[1],
                (const char *const[]){"--async", "--spool-bytes", "1048576", "--threads", "2",
                                      "--count", "20000", "stdout", NULL});
    fault_wait_progress(run, 0, 20000);
    fault_wait_progress(run, 1, 20000);
    drain(run, ends, &count, 0);
    assert_int_equal(count.doubled + count.torn, 0);
    assert_true(count.told > 0);
    assert_int_equal(missing_of(run, &count, 2), count.told);
    fault_count_fini(&count);
}

/* What is not delivered at the end stays in the spool, for the next start. */
static void test_what_a_stalled_reader_left_is_delivered_by_the_next_start(void **state)
{
    struct fault_run *run = *state;
    struct fault_count count = {0};
    int ends[2];

    make_pipe(ends, false);
    fault_start(
        run, ends[1],
        (const char *const[]){"--async", "--count", "2000", "--close-ms", "100", "stdout", NULL});
    assert_int_equal(fault_end(run, 0), 0);
    close(ends[1]);
    fault_count_fd(&count, ends[0]);
    close(ends[0]);
    count.torn = 0; /* the end of what was read: the writer is gone */
    int out = open(run->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    fault_recover(run, out, "stdout");
    close(out);
    fault_count_file(&count, run->log);
    assert_int_equal(missing_of(run, &count, 1), 0);
    assert_int_equal(count.torn, 0);
    fault_count_fini(&count);
}

/* Any thread: those that come first may fill the pipe before the others have a turn. */
static bool has_begun(void *arg)
{
    const struct fault_run *run = arg;
    uint64_t begun = 0;

    for (unsigned thread = 0; thread < 4; thread++) {
        begun |= __atomic_load_n(&run->progress[thread], __ATOMIC_ACQUIRE);
    }
    return begun > 0;
}

static void closed_pipe(struct fault_run *run, const char *delivery)
{
    struct fault_count count = {0};
    int ends[2];

    memset(run->progress, 0, 4096);
    make_pipe(ends, false);
    fault_start(run, ends[1],
                (const char *const[]){delivery, "--threads", "4", "--count", "20000", "stdout",
                                      run->output, NULL});
    close(ends[1]);
    fault_wait(has_begun, run);
    close(ends[0]);
    assert_int_equal(fault_end(run, 0), 0);
    fault_count_file(&count, run->log);
    assert_int_equal(missing_of(run, &count, 4), 0);
    assert_int_equal(run->progress[3], 20000);
    assert_int_equal(count.doubled + count.torn + count.told, 0);
    fault_count_fini(&count);
    unlink(run->log);
}

static void test_a_closed_pipe_is_never_fatal(void **state)
{
    closed_pipe(*state, "--sync");
    closed_pipe(*state, "--async");
}

static void test_errors_outlive_debug_when_the_spool_is_full(void **state)
{
    struct fault_run *run = *state;
    struct fault_count count = {0};
    uint64_t lost_errors = 0;
    int ends[2];

    make_pipe(ends, false);
    fault_start(run, ends[1],
                (const char *const[]){"--async", "--drop", "--levels", "--spool-bytes", "1048576",
                                      "--count", "10000", "stdout", NULL});
    fault_wait_progress(run, 0, 10000);
    drain(run, ends, &count, 0);
    for (uint64_t number = 100; number <= 10000; number += 100) {
        lost_errors += number >= count.room[0] || count.seen[0][number] == 0;
    }
    assert_int_equal(lost_errors, 0);
    assert_true(count.told > 1000);
    assert_int_equal(missing_of(run, &count, 1), count.told);
    fault_count_fini(&count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_async_drop_goes_on_when_the_reader_stalls, fault_setup,
                                        fault_teardown),
        cmocka_unit_test_setup_teardown(test_async_drop_goes_on_when_a_non_blocking_pipe_is_full,
                                        fault_setup, fault_teardown),
        cmocka_unit_test_setup_teardown(test_sync_drop_goes_on_when_a_non_blocking_pipe_is_full,
                                        fault_setup, fault_teardown),
        cmocka_unit_test_setup_teardown(test_a_slow_reader_loses_nothing_in_async_delivery,
                                        fault_setup, fault_teardown),
        cmocka_unit_test_setup_teardown(test_a_slow_reader_loses_nothing_in_sync_delivery,
                                        fault_setup, fault_teardown),
        cmocka_unit_test_setup_teardown(test_a_slow_reader_of_a_non_blocking_pipe_loses_nothing,
                                        fault_setup, fault_teardown),
        cmocka_unit_test_setup_teardown(test_block_ends_when_the_reader_stalls_for_good,
                                        fault_setup, fault_teardown),
        cmocka_unit_test_setup_teardown(
            test_what_a_stalled_reader_left_is_delivered_by_the_next_start, fault_setup,
            fault_teardown),
        cmocka_unit_test_setup_teardown(test_a_closed_pipe_is_never_fatal, fault_setup,
                                        fault_teardown),
        cmocka_unit_test_setup_teardown(test_errors_outlive_debug_when_the_spool_is_full,
                                        fault_setup, fault_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
