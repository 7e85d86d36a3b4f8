/* SIGKILL at any moment, under load: nothing that was accepted is lost, nothing is doubled or torn.
 */
#include "unit.h"

#include "fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned rounds(void)
{
    return fault_long() ? 40 : 6;
}

static void check_whole(struct fault_run *run, const struct fault_count *count, unsigned threads)
{
    for (unsigned thread = 0; thread < threads; thread++) {
        assert_int_equal(fault_missing(count, thread, run->progress[thread]), 0);
        /* The one that was being logged may have come, or not. */
        assert_true(count->last[thread] <= run->progress[thread] + 1);
    }
    assert_int_equal(count->doubled, 0);
    assert_int_equal(count->torn, 0);
    assert_int_equal(count->told, 0);
}

/* Kills the writer when thread 0 has come to number, and a random moment after. */
static void kill_at(struct fault_run *run, uint64_t number)
{
    fault_wait_progress(run, 0, number);
    nanosleep(&(struct timespec){.tv_nsec = rand() % 3000000}, NULL);
    assert_true(WIFSIGNALED(fault_end(run, SIGKILL)));
}

static void kill_and_recover(struct fault_run *run, const char *threads, const char *rate)
{
    struct fault_count count = {0};

    unlink(run->log);
    memset(run->progress, 0, 4096);
    fault_start(run, -1,
                (const char *const[]){"--async", "--threads", threads, "--count", "0", "--rate",
                                      rate, run->output, NULL});
    kill_at(run, 1000 + (uint64_t)rand() % 4000);
    fault_recover(run, -1, run->output);
    fault_count_file(&count, run->log);
    check_whole(run, &count, (unsigned)atoi(threads));
    fault_count_fini(&count);
}

static void test_a_killed_process_loses_and_doubles_nothing(void **state)
{
    for (unsigned round = 0; round < rounds(); round++) {
        kill_and_recover(*state, "1", round % 2 == 0 ? "20000" : "400000");
    }
}

static void test_a_process_killed_at_full_speed_loses_nothing(void **state)
{
    for (unsigned round = 0; round < rounds(); round++) {
        kill_and_recover(*state, "3", "0");
    }
}

/* Whoever delivers may be killed, too. */
static void test_a_killed_recovery_is_finished_by_the_next(void **state)
{
    struct fault_run *run = *state;

    for (unsigned round = 0; round < rounds(); round++) {
        struct fault_count count = {0};
        unlink(run->log);
        memset(run->progress, 0, 4096);
        fault_start(
            run, -1,
            (const char *const[]){"--async", "--threads", "2", "--count", "0", run->output, NULL});
        kill_at(run, 20000);
        for (int i = 0; i < 3; i++) {
            fault_start(run, -1,
                        (const char *const[]){"--async", "--threads", "0", run->output, NULL});
            nanosleep(&(struct timespec){.tv_nsec = rand() % 8000000}, NULL);
            fault_end(run, SIGKILL);
        }
        fault_recover(run, -1, run->output);
        fault_count_file(&count, run->log);
        check_whole(run, &count, 2);
        fault_count_fini(&count);
    }
}

static void test_a_file_renamed_after_the_kill_is_continued(void **state)
{
    struct fault_run *run = *state;
    char moved[128];
    struct fault_count count = {0};

    snprintf(moved, sizeof(moved), "%s.1", run->log);
    fault_start(
        run, -1,
        (const char *const[]){"--async", "--threads", "2", "--count", "0", run->output, NULL});
    kill_at(run, 50000);
    assert_int_equal(rename(run->log, moved), 0);
    fault_recover(run, -1, run->output);
    fault_count_file(&count, moved);
    fault_count_file(&count, run->log);
    check_whole(run, &count, 2);
    fault_count_fini(&count);
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

static void test_the_spool_of_a_live_process_is_not_touched(void **state)
{
    struct fault_run *run = *state;
    struct fault_count count = {0};
    int ends[2];
    pid_t first;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fault_start(
        run, ends[1],
        (const char *const[]){"--async", "--count", "0", "--rate", "20000", "stdout", NULL});
    fault_wait_progress(run, 0, 2000);
    first = run->writer;
    fault_recover(run, -1, run->output);
    run->writer = first;
    close(ends[1]);
    kill(first, SIGTERM);
    fault_count_fd(&count, ends[0]);
    close(ends[0]);
    assert_int_equal(fault_end(run, 0), 0);
    assert_int_equal(fault_missing(&count, 0, run->progress[0]), 0);
    assert_int_equal(count.doubled + count.torn + count.recovered, 0);
    fault_count_fini(&count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_killed_process_loses_and_doubles_nothing,
                                        fault_setup, fault_teardown),
        cmocka_unit_test_setup_teardown(test_a_process_killed_at_full_speed_loses_nothing,
                                        fault_setup, fault_teardown),
        cmocka_unit_test_setup_teardown(test_a_killed_recovery_is_finished_by_the_next, fault_setup,
                                        fault_teardown),
        cmocka_unit_test_setup_teardown(test_a_file_renamed_after_the_kill_is_continued,
                                        fault_setup, fault_teardown),
        cmocka_unit_test_setup_teardown(test_the_next_start_tells_what_it_recovered, fault_setup,
                                        fault_teardown),
        cmocka_unit_test_setup_teardown(test_the_spool_of_a_live_process_is_not_touched,
                                        fault_setup, fault_teardown),
    };
    srand((unsigned)getpid());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
