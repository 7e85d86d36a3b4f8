/* Pipes whose reader is slow, or gone. */
#include "unit.h"

#include "fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_NS 1000000000u

/* A reader that is merely slow loses nothing but what a call has waited for in vain, up to its
 * bound; and lines longer than a pipe takes at once stay whole between those of other threads. */
static void block(struct fault_run *run, const char *delivery, bool non_blocking, const char *rate)
{
    struct fault_count count = {0};
    char what[96];
    int ends[2];

    fault_again(run);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    if (non_blocking) {
        assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    }
    fault_start(run, ends[1],
                (const char *const[]){delivery, "--spool-bytes", "1048576", "--threads", "8",
                                      "--count", fault_long() ? "20000" : "3000", "--rate", rate,
                                      "stdout", NULL});
    close(ends[1]);
    fault_count_fd(&count, ends[0]);
    close(ends[0]);
    assert_int_equal(fault_end(run, 0), 0);
    assert_int_equal(fault_progress(run, 7), fault_long() ? 20000 : 3000);
    snprintf(what, sizeof(what), "slow reader, block, %s%s", delivery + 2,
             non_blocking ? ", non-blocking pipe" : "");
    uint64_t told = fault_settle(run, &count, 8, what, rate);
    assert_true(told == 0 || atomic_load(&run->page->longest_ns) >= BLOCK_NS);
}

static void test_a_slow_reader_loses_nothing_in_async_delivery(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        block(*state, "--async", false, fault_rates[i]);
    }
    block(*state, "--async", false, "0");
}

static void test_a_slow_reader_loses_nothing_in_sync_delivery(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        block(*state, "--sync", false, fault_rates[i]);
    }
    block(*state, "--sync", false, "0");
}

static void test_a_slow_reader_of_a_non_blocking_pipe_loses_nothing(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        block(*state, "--sync", true, fault_rates[i]);
        block(*state, "--async", true, fault_rates[i]);
    }
}

/* Any thread: those that come first may fill the pipe before the others have a turn. */
static bool has_begun(void *arg)
{
    const struct fault_run *run = arg;
    uint64_t begun = 0;

    for (unsigned thread = 0; thread < 4; thread++) {
        begun |= fault_progress(run, thread);
    }
    return begun > 0;
}

static void close_pipe(struct fault_run *run, const char *delivery, const char *rate)
{
    struct fault_count count = {0};
    char what[64];
    int ends[2];

    fault_again(run);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fault_start(run, ends[1],
                (const char *const[]){delivery, "--threads", "4", "--count",
                                      fault_long() ? "50000" : "5000", "--rate", rate, "stdout",
                                      run->output, NULL});
    close(ends[1]);
    fault_wait(has_begun, run);
    close(ends[0]);
    assert_int_equal(fault_end(run, 0), 0);
    assert_int_equal(fault_progress(run, 3), fault_long() ? 50000 : 5000);
    fault_count_file(&count, run->log);
    snprintf(what, sizeof(what), "closed pipe beside a file, %s", delivery + 2);
    assert_int_equal(fault_settle(run, &count, 4, what, rate), 0);
}

static void test_a_closed_pipe_is_never_fatal(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        close_pipe(*state, "--sync", fault_rates[i]);
        close_pipe(*state, "--async", fault_rates[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_a_slow_reader_loses_nothing_in_async_delivery),
        FAULT_CASE(test_a_slow_reader_loses_nothing_in_sync_delivery),
        FAULT_CASE(test_a_slow_reader_of_a_non_blocking_pipe_loses_nothing),
        FAULT_CASE(test_a_closed_pipe_is_never_fatal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
