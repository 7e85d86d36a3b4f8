/* A process that crashes under load, with the crash handler: what was accepted has come, and so has
 * the event that tells of the crash; and it dies by the same signal. */
#include "unit.h"

#include "fault.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define THREADS 4

static void crash(struct fault_run *run, const char *delivery, int signal_number, const char *rate)
{
    struct fault_count count = {0};
    char by[16];
    char what[64];

    fault_again(run);
    snprintf(by, sizeof(by), "%d", signal_number);
    fault_start(run, -1,
                (const char *const[]){delivery, "--public", "--threads", "4", "--count", "0",
                                      "--rate", rate, "--crash-at", fault_long() ? "2000" : "500",
                                      "--crash-by", by, run->output, NULL});
    int status = fault_end(run, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), signal_number);
    atomic_store(&run->page->ended_ns, fault_now_ns());
    if (strcmp(delivery, "--async") == 0) {
        fault_start(
            run, -1,
            (const char *const[]){"--async", "--public", "--threads", "0", run->output, NULL});
        assert_int_equal(fault_end(run, 0), 0);
    }
    fault_count_file(&count, run->log);
    assert_int_equal(count.crashes, 1);
    snprintf(what, sizeof(what), "SIG%s with the crash handler, %s", sigabbrev_np(signal_number),
             delivery + 2);
    assert_int_equal(fault_settle(run, &count, THREADS, what, rate), 0);
}

static void test_a_crash_under_load_loses_nothing_and_is_told(void **state)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

    for (unsigned round = 0; round < (fault_long() ? 10 : 1) * FAULT_RATES; round++) {
        for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
            crash(*state, "--sync", signals[i], fault_rates[round % FAULT_RATES]);
            crash(*state, "--async", signals[i], fault_rates[round % FAULT_RATES]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_a_crash_under_load_loses_nothing_and_is_told),
    };
    setenv("ASAN_OPTIONS",
           "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:"
           "allow_user_segv_handler=1",
           1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
