/* Outputs that fail and come back under load: the process goes on, its memory stays bounded, the
 * failure is told once every 10 s, logging resumes by itself, and what was lost is told. */
#include "unit.h"

#include "fault.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define THREADS    4
#define GROWTH_KIB 8192u

struct outage {
    struct fault_run *run;
    uint64_t refused;
};

static bool is_refused(void *arg)
{
    const struct outage *outage = arg;

    return atomic_load(&outage->run->page->refused) >= outage->refused;
}

static bool has_resumed(void *arg)
{
    const struct fault_run *run = arg;

    return atomic_load(&run->page->resumed_ns) != 0;
}

static void start(struct fault_run *run, const char *delivery, const char *rate)
{
    fault_again(run);
    fault_start(run, -1,
                (const char *const[]){delivery, "--failing", "--spool-bytes", "1048576",
                                      "--threads", "4", "--count", "0", "--rate", rate, run->output,
                                      NULL});
    fault_wait_progress(run, 0, 1000);
}

/* From now on the disk takes room bytes more, then nothing. */
static void fail_with(struct fault_run *run, int error, int64_t room)
{
    atomic_store(&run->page->room, room);
    atomic_store(&run->page->error, error);
}

static void resume(struct fault_run *run, const char *what)
{
    uint64_t since_ns = fault_now_ns();

    atomic_store(&run->page->error, 0);
    fault_wait(has_resumed, run);
    print_message("%s: a line is written %.3f ms after the output works again\n", what,
                  (double)(atomic_load(&run->page->resumed_ns) - since_ns) / 1e6);
}

static void fail_and_resume(struct fault_run *run, const char *delivery, int error, bool reopen,
                            const char *rate)
{
    struct outage outage = {.run = run, .refused = 3};
    struct fault_count count = {0};
    char what[96];

    start(run, delivery, rate);
    unsigned before_kib = fault_memory_kib(run);
    uint64_t since_ns = fault_now_ns();
    fail_with(run, error, 1000 + rand() % 5000);
    fault_wait(is_refused, &outage);
    fault_wait_more(run, THREADS, fault_long() ? 50000 : 4000);
    if (reopen) {
        outage.refused = atomic_load(&run->page->refused) + 1;
        kill(run->writer, SIGHUP);
        fault_wait(is_refused, &outage);
    }
    assert_in_range(fault_memory_kib(run), 0, before_kib + GROWTH_KIB);
    fault_check_notices(run, since_ns);
    snprintf(what, sizeof(what), "%s for a while, %s", strerrorname_np(error), delivery + 2);
    resume(run, what);
    assert_int_equal(fault_end(run, SIGTERM), 0);
    fault_count_file(&count, run->log);
    fault_settle(run, &count, THREADS, what, rate);
}

static void fail_both(struct fault_run *run, int error, bool reopen)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        fail_and_resume(run, "--sync", error, reopen, fault_rates[i]);
        fail_and_resume(run, "--async", error, reopen, fault_rates[i]);
    }
}

static void test_a_failing_disk_is_survived_and_told(void **state)
{
    fail_both(*state, EIO, false);
}

static void test_a_file_system_turned_read_only_is_survived_and_told(void **state)
{
    fail_both(*state, EROFS, true);
}

static void test_a_disk_that_is_full_in_the_middle_of_a_line_is_survived_and_told(void **state)
{
    fail_both(*state, ENOSPC, false);
    if (fault_long()) {
        fail_both(*state, EDQUOT, true);
    }
}

/* Again and again: each time what was lost is told, and nothing else is. Each outage outlasts the
 * writes that are under way when it begins. */
static void test_an_output_that_comes_and_goes_loses_only_what_is_told(void **state)
{
    struct fault_run *run = *state;
    static const char *const deliveries[] = {"--sync", "--async"};

    for (size_t i = 0; i < 4; i++) {
        struct fault_count count = {0};
        struct outage outage = {.run = run};
        start(run, deliveries[i % 2], fault_rates[i / 2]);
        for (unsigned round = 0; round < (fault_long() ? 60 : 3); round++) {
            outage.refused = atomic_load(&run->page->refused) + THREADS + 1 + (uint64_t)rand() % 3;
            fail_with(run, round % 2 == 0 ? EIO : ENOSPC, rand() % 20000);
            fault_wait(is_refused, &outage);
            atomic_store(&run->page->resumed_ns, 0);
            atomic_store(&run->page->error, 0);
            fault_wait(has_resumed, run);
        }
        assert_int_equal(fault_end(run, SIGTERM), 0);
        fault_count_file(&count, run->log);
        fault_settle(run, &count, THREADS,
                     i % 2 == 0 ? "an output that comes and goes, sync"
                                : "an output that comes and goes, async",
                     fault_rates[i / 2]);
    }
}

static bool has_three_notices(void *arg)
{
    return fault_notices(arg) >= 3;
}

static void test_a_long_outage_is_told_every_ten_seconds(void **state)
{
    struct fault_run *run = *state;

    if (!fault_long()) {
        print_message("at length only: it takes 20 s\n");
        skip();
    }
    start(run, "--async", fault_rates[0]);
    uint64_t since_ns = fault_now_ns();
    fail_with(run, EIO, 0);
    fault_wait(has_three_notices, run);
    assert_true(fault_now_ns() - since_ns >= 20 * UINT64_C(1000000000));
    resume(run, "EIO for 20 s, async");
    assert_int_equal(fault_end(run, SIGTERM), 0);
    struct fault_count count = {0};
    fault_count_file(&count, run->log);
    fault_settle(run, &count, THREADS, "EIO for 20 s, async", fault_rates[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_a_failing_disk_is_survived_and_told),
        FAULT_CASE(test_a_file_system_turned_read_only_is_survived_and_told),
        FAULT_CASE(test_a_disk_that_is_full_in_the_middle_of_a_line_is_survived_and_told),
        FAULT_CASE(test_an_output_that_comes_and_goes_loses_only_what_is_told),
        FAULT_CASE(test_a_long_outage_is_told_every_ten_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
