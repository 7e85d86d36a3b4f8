/* What other threads log while the process dies of a crash, or lives on after it. */
#include "unit.h"

#include "crashing.h"

#include <trail/trail.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONG_TEXT = 30000 };

static void *log_long_lines(void *unused)
{
    static char text[LONG_TEXT];

    memset(text, 'x', sizeof(text) - 1);
    for (;;) {
        trail_info("long", "long", trail_kv("text", text));
    }
    return unused;
}

static const char *log_path(void)
{
    return log_output + strlen("file:");
}

static size_t size_of_log(void)
{
    struct stat status;

    return stat(log_path(), &status) == 0 ? (size_t)status.st_size : 0;
}

static void crash_among_long_lines(void)
{
    pthread_t thread;

    for (int i = 0; i < 3; i++) {
        if (pthread_create(&thread, NULL, log_long_lines, NULL) != 0) {
            _exit(99);
        }
    }
    while (size_of_log() < 10 * (size_t)LONG_TEXT) {
        sched_yield();
    }
    fault();
}

/* Where nothing is done about it, the process's end cuts a write of several pages in about one of
 * seventy rounds: that nothing is cut, and when, unit_sink_crash_settle tells. */
static void test_a_crash_cuts_no_line_in_a_file(void **state)
{
    char last;

    (void)state;
    for (int round = 0; round < 20; round++) {
        assert_died_of(run_child(nothing, crash_among_long_lines, "sync"), SIGSEGV);
        FILE *file = fopen(log_path(), "r");
        assert_non_null(file);
        assert_int_equal(fseek(file, -1, SEEK_END), 0);
        assert_int_equal(fread(&last, 1, 1, file), 1);
        fclose(file);
        assert_int_equal(last, '\n');
        assert_int_equal(unlink(log_path()), 0);
    }
}

static void carry_on(int number)
{
    (void)number;
}

static void outlive(void)
{
    signal(SIGABRT, carry_on);
}

static void *log_from_another_thread(void *unused)
{
    trail_info("logged_elsewhere", "logged");
    return unused;
}

static void log_after_the_crash(void)
{
    pthread_t thread;

    raise(SIGABRT);
    trail_info("logged_at_once", "logged");
    if (pthread_create(&thread, NULL, log_from_another_thread, NULL) != 0) {
        _exit(99);
    }
    pthread_join(thread, NULL);
    trail_close(crashing_trail);
    _exit(7);
}

static void test_a_process_that_lives_on_logs_on(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(run_child(outlive, log_after_the_crash, "sync")), 7);
    read_lines();
    the_line("process_crashed", "");
    the_line("logged_at_once", "");
    the_line("logged_elsewhere", "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, crashing_setup, crashing_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_crash_cuts_no_line_in_a_file),
        CASE(test_a_process_that_lives_on_logs_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
