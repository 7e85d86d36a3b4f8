/* A process that forks while it logs: the child neither repeats nor deadlocks. */
#include "unit.h"

#include "fault.h"

#include <signal.h>
#include <stdlib.h>

#define CHILD_LINES 100

static void fork_under_load(struct fault_run *run, const char *delivery)
{
    static const char *const rates[] = {"20000", "400000", "0"};
    unsigned rounds = fault_long() ? 60 : 6;
    char what[64];

    snprintf(what, sizeof(what), "fork, %s", delivery + 2);
    for (unsigned round = 0; round < rounds; round++) {
        struct fault_count count = {0};
        fault_again(run);
        fault_start(run, -1,
                    (const char *const[]){delivery, "--fork", "--threads", "4", "--count", "3000",
                                          "--rate", rates[round % 3], run->output, NULL});
        assert_int_equal(fault_end(run, 0), 0);
        fault_count_file(&count, run->log);
        assert_int_equal(fault_progress(run, 3), 3000);
        assert_int_equal(fault_progress(run, 4), CHILD_LINES);
        assert_int_equal(fault_settle(run, &count, 5, what, rates[round % 3]), 0);
    }
}

static void test_a_child_of_a_sync_process_logs_on_its_own(void **state)
{
    fork_under_load(*state, "--sync");
}

static void test_a_child_of_an_async_process_logs_without_the_spool(void **state)
{
    fork_under_load(*state, "--async");
}

/* The lock on the spool must not live on in a child. */
static void test_the_spool_of_a_killed_parent_is_free_although_its_child_lives(void **state)
{
    struct fault_run *run = *state;
    struct fault_count count = {0};

    fault_start(run, -1,
                (const char *const[]){"--async", "--linger", "--threads", "2", "--count", "0",
                                      run->output, NULL});
    fault_wait_progress(run, 2, CHILD_LINES);
    fault_wait_progress(run, 0, 5000);
    fault_end(run, SIGKILL);
    fault_recover(run, -1, run->output);
    fault_count_file(&count, run->log);
    assert_int_equal(fault_missing(&count, 0, fault_progress(run, 0)), 0);
    assert_int_equal(fault_missing(&count, 1, fault_progress(run, 1)), 0);
    assert_int_equal(fault_missing(&count, 2, CHILD_LINES), 0);
    assert_int_equal(count.doubled + count.torn, 0);
    fault_count_fini(&count);
    kill((pid_t)atomic_load(&run->page->child), SIGKILL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_a_child_of_a_sync_process_logs_on_its_own),
        FAULT_CASE(test_a_child_of_an_async_process_logs_without_the_spool),
        FAULT_CASE(test_the_spool_of_a_killed_parent_is_free_although_its_child_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
