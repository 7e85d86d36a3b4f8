/* A reader that stalls: with `drop` nobody waits, with `block` nobody waits for longer than the
 * bound, and what was lost is told. What threads ask the kernel to wait for is what counts: how
 * long they were kept from running is the machine's affair, and printed. */
#include "unit.h"

#include "fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MILLISECOND_NS 1000000u
#define BLOCK_NS       1000000000u
#define GROWTH_KIB     8192u

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
        atomic_store(&run->page->ended_ns, fault_now_ns());
        kill(run->writer, signal_number);
    }
    fault_count_fd(count, ends[0]);
    close(ends[0]);
    assert_int_equal(fault_end(run, 0), 0);
}

/* Into what takes a line now and then, a call may wait for another thread's: half a millisecond in
 * all. */
static void check_drop(const struct fault_run *run, bool never)
{
    assert_in_range(atomic_load(&run->page->longest_wait_ns), 0, never ? 0 : MILLISECOND_NS / 2);
    fault_check_waits(run);
}

/* How long a call took is not looked at: the machine may keep a thread from running at any time. It
 * has slept in nothing but the output's write, which does not wait for a reader. */
static void stall_and_drop(struct fault_run *run, const char *delivery, bool non_blocking,
                           const char *threads, const char *rate)
{
    struct fault_count count = {0};
    unsigned thread_count = (unsigned)atoi(threads);
    char what[96];
    int ends[2];

    fault_again(run);
    make_pipe(ends, non_blocking);
    fault_start(run, ends[1],
                (const char *const[]){delivery, "--drop", "--waits", "--spool-bytes", "1048576",
                                      "--threads", threads, "--count", "0", "--rate", rate,
                                      "stdout", NULL});
    fault_wait_progress(run, 0, 2000);
    unsigned before_kib = fault_memory_kib(run);
    for (unsigned thread = 0; thread < thread_count; thread++) {
        fault_wait_progress(run, thread, fault_long() ? 50000 : 5000);
    }
    assert_in_range(fault_memory_kib(run), 0, before_kib + GROWTH_KIB);
    drain(run, ends, &count, SIGTERM);
    snprintf(what, sizeof(what), "stalled reader, drop, %s, %s threads%s", delivery + 2, threads,
             non_blocking ? ", non-blocking pipe" : "");
    assert_true(fault_settle(run, &count, thread_count, what, rate) > 2000);
    check_drop(run, strcmp(delivery, "--async") == 0 || thread_count == 1);
}

static void test_async_drop_waits_for_no_stalled_reader(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        stall_and_drop(*state, "--async", false, "1", fault_rates[i]);
        stall_and_drop(*state, "--async", false, "4", fault_rates[i]);
        stall_and_drop(*state, "--async", true, "4", fault_rates[i]);
    }
}

static void test_sync_drop_waits_for_no_full_non_blocking_pipe(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        stall_and_drop(*state, "--sync", true, "1", fault_rates[i]);
        stall_and_drop(*state, "--sync", true, "4", fault_rates[i]);
    }
}

/* What files do to a call is their own affair: nobody waits for another one's line. */
static void drop_into_file(struct fault_run *run, const char *delivery, const char *threads,
                           const char *rate)
{
    struct fault_count count = {0};
    unsigned thread_count = (unsigned)atoi(threads);
    char what[96];

    fault_again(run);
    fault_start(run, -1,
                (const char *const[]){delivery, "--drop", "--waits", "--threads", threads,
                                      "--count", fault_long() ? "50000" : "5000", "--rate", rate,
                                      run->output, NULL});
    assert_int_equal(fault_end(run, 0), 0);
    fault_count_file(&count, run->log);
    snprintf(what, sizeof(what), "a file, drop, %s, %s threads", delivery + 2, threads);
    assert_int_equal(fault_settle(run, &count, thread_count, what, rate), 0);
    check_drop(run, true);
}

static void test_drop_waits_for_no_lock_before_a_file(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        drop_into_file(*state, "--sync", "1", fault_rates[i]);
        drop_into_file(*state, "--sync", "4", fault_rates[i]);
        drop_into_file(*state, "--async", "1", fault_rates[i]);
        drop_into_file(*state, "--async", "4", fault_rates[i]);
    }
}

/* More threads than the spool has chunks, so that most share some: no error is lost, and no call
 * waits for longer than a millisecond. */
static void outlive(struct fault_run *run, const char *threads, const char *lines, const char *rate)
{
    struct fault_count count = {0};
    unsigned thread_count = (unsigned)atoi(threads);
    uint64_t line_count = strtoull(lines, NULL, 10);
    uint64_t lost_errors = 0;
    int ends[2];

    fault_again(run);
    make_pipe(ends, false);
    fault_start(run, ends[1],
                (const char *const[]){"--async", "--drop", "--waits", "--levels", "--spool-bytes",
                                      "1048576", "--threads", threads, "--count", lines, "--rate",
                                      rate, "stdout", NULL});
    for (unsigned thread = 0; thread < thread_count; thread++) {
        fault_wait_progress(run, thread, line_count);
    }
    drain(run, ends, &count, 0);
    for (unsigned thread = 0; thread < thread_count; thread++) {
        for (uint64_t number = 100; number <= line_count; number += 100) {
            lost_errors += number >= count.room[thread] || count.seen[thread][number] == 0;
        }
    }
    assert_true(fault_settle(run, &count, thread_count, "errors outlive debug, drop", rate) > 1000);
    assert_int_equal(lost_errors, 0);
    check_drop(run, false);
}

static void test_errors_outlive_debug_when_the_spool_is_full(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        outlive(*state, "1", "10000", fault_rates[i]);
        outlive(*state, "64", "300", fault_rates[i]);
    }
}

/* Threads that share chunks find another one where the last is claimed by somebody else. */
static void keep_order(struct fault_run *run, bool drop, const char *rate)
{
    struct fault_count count = {0};

    fault_again(run);
    fault_start(run, -1,
                (const char *const[]){"--async", drop ? "--drop" : "--async", "--spool-bytes",
                                      "1048576", "--threads", "64", "--count",
                                      fault_long() ? "8000" : "2000", "--rate", rate, run->output,
                                      NULL});
    assert_int_equal(fault_end(run, 0), 0);
    fault_count_file(&count, run->log);
    assert_int_equal(count.overtaken, 0);
    fault_settle(run, &count, 64, "shared chunks, in order", rate);
}

static void test_a_threads_lines_stay_in_order_in_chunks_that_are_shared(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        keep_order(*state, false, fault_rates[i]);
        keep_order(*state, true, fault_rates[i]);
    }
}

/* Held for a second, then dropped: the process comes to its end although nobody reads. */
static void stall_and_block(struct fault_run *run, const char *threads, const char *lines,
                            const char *rate)
{
    struct fault_count count = {0};
    unsigned thread_count = (unsigned)atoi(threads);
    int ends[2];

    fault_again(run);
    make_pipe(ends, false);
    fault_start(run, ends[1],
                (const char *const[]){"--async", "--waits", "--spool-bytes", "1048576", "--threads",
                                      threads, "--count", lines, "--rate", rate, "stdout", NULL});
    for (unsigned thread = 0; thread < thread_count; thread++) {
        fault_wait_progress(run, thread, strtoull(lines, NULL, 10));
    }
    drain(run, ends, &count, 0);
    assert_true(fault_settle(run, &count, thread_count, "stalled reader, block", rate) > 0);
    assert_true(atomic_load(&run->page->waits) > 0);
    assert_in_range(atomic_load(&run->page->longest_wait_ns), 1, BLOCK_NS);
    fault_check_waits(run);
}

static void test_block_holds_nobody_for_longer_than_its_bound(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        stall_and_block(*state, "2", "12000", fault_rates[i]);
        stall_and_block(*state, "16", fault_long() ? "12000" : "2000", fault_rates[i]);
    }
}

/* A reader that takes a page now and then: each call has one bound for all that it waits for. */
static void trickle(struct fault_run *run, const char *rate)
{
    struct fault_count count = {0};
    char page[4096];
    int ends[2];

    fault_again(run);
    make_pipe(ends, true);
    fault_start(run, ends[1],
                (const char *const[]){"--sync", "--waits", "--threads", "4", "--count", "0",
                                      "--rate", rate, "stdout", NULL});
    int out = open(run->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    for (unsigned i = 0; i < (fault_long() ? 100 : 12); i++) {
        ssize_t got = read(ends[0], page, sizeof(page));
        assert_int_equal(write(out, page, (size_t)got), got);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL); /* it is that slow */
    }
    close(ends[1]);
    atomic_store(&run->page->ended_ns, fault_now_ns());
    kill(run->writer, SIGTERM);
    for (ssize_t got; (got = read(ends[0], page, sizeof(page))) > 0;) {
        assert_int_equal(write(out, page, (size_t)got), got);
    }
    close(ends[0]);
    close(out);
    assert_int_equal(fault_end(run, 0), 0);
    fault_count_file(&count, run->log);
    fault_settle(run, &count, 4, "trickling reader, block, sync, non-blocking pipe", rate);
    assert_true(atomic_load(&run->page->waits) > 0);
    assert_in_range(atomic_load(&run->page->longest_wait_ns), 1, BLOCK_NS);
    fault_check_waits(run);
}

static void test_a_call_has_one_bound_for_all_that_it_waits_for(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        trickle(*state, fault_rates[i]);
    }
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
    assert_int_equal(fault_missing(&count, 0, fault_progress(run, 0)), 0);
    assert_int_equal(count.torn, 0);
    fault_count_fini(&count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_async_drop_waits_for_no_stalled_reader),
        FAULT_CASE(test_sync_drop_waits_for_no_full_non_blocking_pipe),
        FAULT_CASE(test_drop_waits_for_no_lock_before_a_file),
        FAULT_CASE(test_errors_outlive_debug_when_the_spool_is_full),
        FAULT_CASE(test_a_threads_lines_stay_in_order_in_chunks_that_are_shared),
        FAULT_CASE(test_block_holds_nobody_for_longer_than_its_bound),
        FAULT_CASE(test_a_call_has_one_bound_for_all_that_it_waits_for),
        FAULT_CASE(test_what_a_stalled_reader_left_is_delivered_by_the_next_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
