/* Spools of dead processes are delivered at the next start and by `trail recover`; those of live
 * ones are not touched. */
#include "unit.h"

#include "fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_the_command_delivers_what_a_killed_process_left(void **state)
{
    struct fault_run *run = *state;

    for (unsigned round = 0; round < (fault_long() ? 40 : 4); round++) {
        struct fault_count count = {0};
        const char *rate = fault_rates[round % FAULT_RATES];
        fault_again(run);
        fault_start(run, -1,
                    (const char *const[]){"--async", "--threads", "4", "--count", "0", "--rate",
                                          rate, run->output, NULL});
        fault_wait_progress(run, 0, 2000);
        fault_end(run, SIGKILL);
        assert_in_range(fault_recover_by_command(run), 0, 1); /* 1: all had been delivered */
        fault_count_file(&count, run->log);
        assert_int_equal(fault_settle(run, &count, 4, "SIGKILL, trail recover", rate), 0);
    }
}

static void test_the_next_start_tells_what_it_recovered(void **state)
{
    struct fault_run *run = *state;
    struct fault_count count = {0};
    int ends[2];

    /* Nobody reads the pipe: all but what fits into it stays in the spool. */
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fault_start(run, ends[1], (const char *const[]){"--async", "--count", "2000", "stdout", NULL});
    fault_wait_progress(run, 0, 2000);
    fault_end(run, SIGKILL);
    close(ends[1]);
    fault_count_fd(&count, ends[0]);
    close(ends[0]);
    count.torn = 0; /* the end of what was read: a pipe keeps no rest */
    int out = open(run->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    fault_recover(run, out, "stdout");
    close(out);
    fault_count_file(&count, run->log);
    assert_int_equal(fault_missing(&count, 0, 2000), 0);
    assert_int_equal(count.torn, 0);
    assert_true(count.recovered > 1000);
    assert_true(count.recovered <= 2000);
    fault_count_fini(&count);
}

/* Neither by another start of the same service, nor by the command, at any time of its life. */
static void leave_alone(struct fault_run *run, const char *rate)
{
    struct fault_count count = {0};
    char collected[128];
    int ends[2];

    fault_again(run);
    snprintf(collected, sizeof(collected), "%s.collected", run->log);
    unlink(collected);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fault_start(run, ends[1],
                (const char *const[]){"--async", "--threads", "2", "--count", "0", "--rate", rate,
                                      "stdout", NULL});
    pid_t collector = fault_collect(ends[0], collected);
    pid_t first = run->writer;
    close(ends[0]);
    close(ends[1]);
    for (uint64_t number = 1000; number <= 4000; number += 1000) {
        fault_wait_progress(run, 0, number);
        fault_recover(run, -1, run->output);
        run->writer = first;
        assert_int_equal(fault_recover_by_command(run), 1);
    }
    assert_int_equal(fault_end(run, SIGTERM), 0);
    fault_wait_for(collector);
    fault_count_file(&count, collected);
    assert_int_equal(count.recovered, 0);
    assert_int_equal(fault_settle(run, &count, 2, "a live spool is left alone", rate), 0);
}

static void test_the_spool_of_a_live_process_is_not_touched(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        leave_alone(*state, fault_rates[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_the_command_delivers_what_a_killed_process_left),
        FAULT_CASE(test_the_next_start_tells_what_it_recovered),
        FAULT_CASE(test_the_spool_of_a_live_process_is_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
