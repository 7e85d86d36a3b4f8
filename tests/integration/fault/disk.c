/* Disks that are full, limited or read-only: the process goes on, logging resumes by itself, and
 * what was lost is told, to the line. */
#include "unit.h"

#include "fault.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_BYTES (300 * 1024)

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

/* Everything has come but what was told to be lost. */
static void check_told(struct fault_run *run, unsigned threads)
{
    struct fault_count count = {0};
    uint64_t missing = 0;

    fault_count_file(&count, run->log);
    for (unsigned thread = 0; thread < threads; thread++) {
        missing += fault_missing(&count, thread, fault_progress(run, thread));
    }
    assert_int_equal(count.doubled, 0);
    assert_int_equal(count.torn, 0);
    assert_int_equal(missing, count.told);
    fault_count_fini(&count);
}

static bool one_notice(const struct fault_run *run)
{
    char text[65536] = "";
    FILE *file = fopen(run->errors, "r");
    unsigned notices = 0;

    while (file != NULL && fgets(text, sizeof(text), file) != NULL) {
        notices += strstr(text, "trail: output ") == text;
    }
    if (file != NULL) {
        fclose(file);
    }
    return notices == 1;
}

static void limit_and_resume(struct fault_run *run, const char *delivery, const char *threads)
{
    struct size limited = {.path = run->log, .bytes = LIMIT_BYTES - 8192};

    fault_start(run, -1,
                (const char *const[]){delivery, "--spool-bytes", "1048576", "--threads", threads,
                                      "--count", "0", "--rate", "20000", run->output, NULL});
    fault_wait_progress(run, 0, 10);
    limit_files(run, LIMIT_BYTES);
    fault_wait(has_grown, &limited);
    fault_wait_progress(run, 0, fault_progress(run, 0) + 6000);
    limited.bytes = size_of(run->log);
    assert_true(limited.bytes <= LIMIT_BYTES);
    assert_true(one_notice(run));
    limit_files(run, RLIM_INFINITY);
    limited.bytes = LIMIT_BYTES + 8192;
    fault_wait(has_grown, &limited);
    assert_int_equal(fault_end(run, SIGTERM), 0);
    check_told(run, (unsigned)atoi(threads));
}

static void test_a_sync_file_at_its_limit_resumes(void **state)
{
    limit_and_resume(*state, "--sync", "1");
}

static void test_a_sync_file_of_many_threads_at_its_limit_resumes(void **state)
{
    limit_and_resume(*state, "--sync", "8");
}

static void test_an_async_file_at_its_limit_resumes(void **state)
{
    limit_and_resume(*state, "--async", "1");
}

static void test_an_async_file_of_many_threads_at_its_limit_resumes(void **state)
{
    limit_and_resume(*state, "--async", "8");
}

/* A file system of run's own, in a namespace that ends with the test, where that is allowed. */
static bool mount_small(struct fault_run *run)
{
    char mounted[80];

    snprintf(mounted, sizeof(mounted), "%s/disk", run->dir);
    snprintf(run->log, sizeof(run->log), "%s/log.jsonl", mounted);
    snprintf(run->output, sizeof(run->output), "file:%s", run->log);
    return mkdir(mounted, 0700) == 0 && unshare(CLONE_NEWNS) == 0 &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", mounted, "tmpfs", 0, "size=1m") == 0;
}

static void fill_and_resume(struct fault_run *run, const char *delivery)
{
    char mounted[80];
    struct size grown = {.path = run->log, .bytes = 900 * 1024};

    snprintf(mounted, sizeof(mounted), "%s/disk", run->dir);
    if (!mount_small(run)) {
        rmdir(mounted);
        skip();
    }
    fault_start(run, -1,
                (const char *const[]){delivery, "--spool-bytes", "1048576", "--threads", "2",
                                      "--count", "0", "--rate", "20000", run->output, NULL});
    fault_wait(has_grown, &grown);
    fault_wait_progress(run, 0, fault_progress(run, 0) + 6000);
    assert_true(one_notice(run));
    assert_int_equal(mount("tmpfs", mounted, "tmpfs", MS_REMOUNT, "size=64m"), 0);
    grown.bytes = 1100 * 1024;
    fault_wait(has_grown, &grown);
    assert_int_equal(fault_end(run, SIGTERM), 0);
    check_told(run, 2);
    assert_int_equal(umount2(mounted, MNT_DETACH), 0);
}

static void test_a_sync_file_on_a_full_disk_resumes(void **state)
{
    fill_and_resume(*state, "--sync");
}

static void test_an_async_file_on_a_full_disk_resumes(void **state)
{
    fill_and_resume(*state, "--async");
}

/* The other output goes on while one fails. */
static void test_a_failing_output_does_not_hold_up_another(void **state)
{
    struct fault_run *run = *state;
    struct fault_count count = {0};

    fault_start(run, -1,
                (const char *const[]){"--async", "--threads", "2", "--count", "20000",
                                      "file:/dev/full", run->output, NULL});
    assert_int_equal(fault_end(run, 0), 0);
    fault_count_file(&count, run->log);
    assert_int_equal(fault_missing(&count, 0, 20000), 0);
    assert_int_equal(fault_missing(&count, 1, 20000), 0);
    assert_int_equal(count.doubled + count.torn + count.told, 0);
    fault_count_fini(&count);
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
        FAULT_CASE(test_a_sync_file_of_many_threads_at_its_limit_resumes),
        FAULT_CASE(test_an_async_file_at_its_limit_resumes),
        FAULT_CASE(test_an_async_file_of_many_threads_at_its_limit_resumes),
        FAULT_CASE(test_a_sync_file_on_a_full_disk_resumes),
        FAULT_CASE(test_an_async_file_on_a_full_disk_resumes),
        FAULT_CASE(test_a_failing_output_does_not_hold_up_another),
        FAULT_CASE(test_with_a_spool_that_is_too_large_nothing_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
