/* Disks that are full, limited or read-only: the process goes on, logging resumes by itself, and
 * what was lost is told, to the line. */
#include "unit.h"

#include "fault.h"
#include "mounts.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_BYTES (300 * 1024)
#define GROWTH_KIB  8192u

static void limit_files(const struct fault_run *run, rlim_t bytes)
{
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};

    assert_int_equal(prlimit(run->writer, RLIMIT_FSIZE, &limit, NULL), 0);
}

struct size {
    const char *path;
    off_t bytes;
};

static bool has_grown(void *arg)
{
    const struct size *size = arg;
    struct stat status;

    return stat(size->path, &status) == 0 && status.st_size > size->bytes;
}

static off_t size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? status.st_size : 0;
}

static void start(struct fault_run *run, const char *delivery, const char *threads,
                  const char *rate)
{
    fault_again(run);
    fault_start(run, -1,
                (const char *const[]){delivery, "--spool-bytes", "1048576", "--threads", threads,
                                      "--count", "0", "--rate", rate, run->output, NULL});
    fault_wait_progress(run, 0, 10);
}

/* On while the disk is full: memory stays bounded, and it is told once. */
static void go_on(const struct fault_run *run, unsigned threads, uint64_t since_ns)
{
    unsigned before_kib = fault_memory_kib(run);

    fault_wait_more(run, threads, (fault_long() ? 200000 : 12000) / threads);
    assert_in_range(fault_memory_kib(run), 0, before_kib + GROWTH_KIB);
    fault_check_notices(run, since_ns);
}

static void limit_and_resume(struct fault_run *run, const char *delivery, const char *threads,
                             const char *rate)
{
    struct size limited = {.path = run->log, .bytes = LIMIT_BYTES - 8192};
    struct fault_count count = {0};
    unsigned thread_count = (unsigned)atoi(threads);
    char what[64];

    start(run, delivery, threads, rate);
    uint64_t since_ns = fault_now_ns();
    off_t limit = size_of(run->log) + LIMIT_BYTES;
    limit_files(run, (rlim_t)limit);
    limited.bytes = limit - 8192;
    fault_wait(has_grown, &limited);
    go_on(run, thread_count, since_ns);
    if (size_of(run->log) <= limit) { /* else the limit came too late for a write that was going */
        limit = size_of(run->log);
    }
    limit_files(run, RLIM_INFINITY);
    limited.bytes = limit + 8192;
    fault_wait(has_grown, &limited);
    assert_int_equal(fault_end(run, SIGTERM), 0);
    fault_count_file(&count, run->log);
    snprintf(what, sizeof(what), "file at its limit, %s, %s threads", delivery + 2, threads);
    assert_true(fault_settle(run, &count, thread_count, what, rate) > 0);
}

static void test_a_sync_file_at_its_limit_resumes(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        limit_and_resume(*state, "--sync", "1", fault_rates[i]);
        limit_and_resume(*state, "--sync", "8", fault_rates[i]);
    }
}

static void test_an_async_file_at_its_limit_resumes(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        limit_and_resume(*state, "--async", "1", fault_rates[i]);
        limit_and_resume(*state, "--async", "8", fault_rates[i]);
    }
}

static void fill_and_resume(struct fault_run *run, const char *delivery, const char *rate)
{
    struct fault_count count = {0};
    struct size grown = {.path = run->log, .bytes = 900 * 1024};
    char disk[80];
    char what[64];

    snprintf(disk, sizeof(disk), "%s/disk", run->dir);
    snprintf(run->log, sizeof(run->log), "%s/log.jsonl", disk);
    snprintf(run->output, sizeof(run->output), "file:%s", run->log);
    mounts_tmpfs(disk, "size=1m");
    uint64_t since_ns = fault_now_ns();
    start(run, delivery, "2", rate);
    fault_wait(has_grown, &grown);
    go_on(run, 2, since_ns);
    assert_int_equal(mount("tmpfs", disk, "tmpfs", MS_REMOUNT, "size=512m"), 0);
    grown.bytes = 1100 * 1024;
    fault_wait(has_grown, &grown);
    assert_int_equal(fault_end(run, SIGTERM), 0);
    fault_count_file(&count, run->log);
    snprintf(what, sizeof(what), "full disk, %s", delivery + 2);
    assert_true(fault_settle(run, &count, 2, what, rate) > 0);
    mounts_end(disk);
}

static void test_a_file_on_a_full_disk_resumes(void **state)
{
    if (!mounts_allowed()) {
        skip();
    }
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        fill_and_resume(*state, "--sync", fault_rates[i]);
        fill_and_resume(*state, "--async", fault_rates[i]);
    }
}

/* The other output goes on while one fails. */
static void fail_beside(struct fault_run *run, const char *delivery, const char *rate)
{
    struct fault_count count = {0};
    char what[64];

    fault_again(run);
    fault_start(run, -1,
                (const char *const[]){delivery, "--threads", "2", "--count", "20000", "--rate",
                                      rate, "file:/dev/full", run->output, NULL});
    assert_int_equal(fault_end(run, 0), 0);
    assert_int_equal(fault_progress(run, 1), 20000);
    fault_count_file(&count, run->log);
    snprintf(what, sizeof(what), "another output fails, %s", delivery + 2);
    assert_int_equal(fault_settle(run, &count, 2, what, rate), 0);
}

static void test_a_failing_output_does_not_hold_up_another(void **state)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        fail_beside(*state, "--sync", fault_rates[i]);
        fail_beside(*state, "--async", fault_rates[i]);
    }
}

static void test_with_a_spool_that_is_too_large_nothing_starts(void **state)
{
    struct fault_run *run = *state;

    fault_start(
        run, -1,
        (const char *const[]){"--async", "--spool-bytes", "1000000000000000", run->output, NULL});
    int status = fault_end(run, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 2);
    assert_true(size_of(run->errors) > 0);
    assert_int_equal(rmdir(run->spool), 0); /* nothing was left in it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_a_sync_file_at_its_limit_resumes),
        FAULT_CASE(test_an_async_file_at_its_limit_resumes),
        FAULT_CASE(test_a_file_on_a_full_disk_resumes),
        FAULT_CASE(test_a_failing_output_does_not_hold_up_another),
        FAULT_CASE(test_with_a_spool_that_is_too_large_nothing_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
