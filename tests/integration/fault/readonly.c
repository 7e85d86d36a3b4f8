/* File systems that are, or become, read-only. */
#include "unit.h"

#include "fault.h"
#include "mounts.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 4

static const char *const deliveries[] = {"--sync", "--async"};

struct readonly {
    struct fault_run *run;
    char disk[80];
    off_t bytes;
};

/* The log is to lie on a file system of its own. */
static void set_up(struct readonly *scene, struct fault_run *run)
{
    scene->run = run;
    snprintf(scene->disk, sizeof(scene->disk), "%s/disk", run->dir);
    snprintf(run->log, sizeof(run->log), "%s/log.jsonl", scene->disk);
    snprintf(run->output, sizeof(run->output), "file:%s", run->log);
}

static bool has_notice(void *arg)
{
    return fault_notices(((struct readonly *)arg)->run) > 0;
}

static bool has_grown(void *arg)
{
    const struct readonly *scene = arg;
    struct stat status;

    return stat(scene->run->log, &status) == 0 && status.st_size > scene->bytes;
}

static void wait_for_more(const struct fault_run *run)
{
    fault_wait_more(run, THREADS, fault_long() ? 50000 : 3000);
}

static void start(struct fault_run *run, const char *delivery, const char *rate)
{
    fault_start(run, -1,
                (const char *const[]){delivery, "--spool-bytes", "1048576", "--threads", "4",
                                      "--count", "0", "--rate", rate, run->output, NULL});
    fault_wait_progress(run, 0, 1000);
}

/* What is open can still be written; opening it again can't be done until it is writable again. */
static void reopen_read_only(struct fault_run *run, const char *delivery, const char *rate)
{
    struct fault_count count = {0};
    struct readonly scene;
    struct stat status;
    char what[80];

    set_up(&scene, run);
    mounts_tmpfs(scene.disk, "size=512m");
    fault_again(run);
    start(run, delivery, rate);
    mounts_cover(scene.disk);
    kill(run->writer, SIGHUP);
    fault_wait(has_notice, &scene);
    assert_int_equal(stat(run->log, &status), 0);
    scene.bytes = status.st_size;
    wait_for_more(run);
    fault_wait(has_grown, &scene);
    mounts_uncover(scene.disk);
    kill(run->writer, SIGHUP);
    wait_for_more(run);
    assert_int_equal(fault_end(run, SIGTERM), 0);
    fault_count_file(&count, run->log);
    snprintf(what, sizeof(what), "reopened on a read-only file system, %s", delivery + 2);
    assert_int_equal(fault_settle(run, &count, THREADS, what, rate), 0);
    mounts_end(scene.disk);
}

static void test_a_file_that_cant_be_reopened_read_only_is_written_on(void **state)
{
    if (!mounts_allowed()) {
        skip();
    }
    for (unsigned i = 0; i < 2 * FAULT_RATES; i++) {
        reopen_read_only(*state, deliveries[i % 2], fault_rates[i / 2]);
    }
}

/* An ext4 that turns itself read-only, and a new disk in its place. */
static bool fail_disk(struct fault_run *run, const char *delivery, const char *rate)
{
    struct fault_count count = {0};
    struct readonly scene;
    char image[96];
    char what[80];

    set_up(&scene, run);
    fault_again(run);
    snprintf(image, sizeof(image), "%s/image", run->dir);
    if (!mounts_ext4(image, scene.disk)) {
        return false;
    }
    start(run, delivery, rate);
    int before = open(run->log, O_RDONLY | O_CLOEXEC);
    assert_true(before >= 0);
    uint64_t since_ns = fault_now_ns();
    mounts_ext4_fails(scene.disk);
    fault_wait(has_notice, &scene);
    wait_for_more(run);
    fault_check_notices(run, since_ns);
    mounts_end(scene.disk);
    mounts_tmpfs(scene.disk, "size=512m");
    scene.bytes = 0;
    fault_wait(has_grown, &scene);
    assert_int_equal(fault_end(run, SIGTERM), 0);
    fault_count_fd(&count, before);
    fault_count_file(&count, run->log);
    close(before);
    snprintf(what, sizeof(what), "ext4 turned read-only, another disk, %s", delivery + 2);
    fault_settle(run, &count, THREADS, what, rate);
    mounts_end(scene.disk);
    unlink(image);
    return true;
}

static void test_a_disk_that_turned_read_only_can_be_replaced(void **state)
{
    if (!fault_long()) {
        print_message("at length only: the kernel tells of the disk's error in its log\n");
        skip();
    }
    if (!mounts_allowed()) {
        skip();
    }
    for (unsigned i = 0; i < 2 * FAULT_RATES; i++) {
        if (!fail_disk(*state, deliveries[i % 2], fault_rates[i / 2])) {
            skip();
        }
    }
}

static bool errors_tell(const struct fault_run *run, const char *wanted)
{
    char text[1024];

    fault_read(run->errors, text, sizeof(text));
    return strstr(text, wanted) != NULL;
}

static void test_on_a_read_only_file_system_nothing_starts_and_it_is_told_why(void **state)
{
    struct fault_run *run = *state;
    struct readonly scene;

    if (!mounts_allowed()) {
        skip();
    }
    set_up(&scene, run);
    mounts_tmpfs(scene.disk, "ro");
    fault_start(run, -1, (const char *const[]){"--sync", "--count", "1", run->output, NULL});
    assert_int_equal(WEXITSTATUS(fault_end(run, 0)), 2);
    assert_true(errors_tell(run, "Read-only file system"));
    unlink(run->errors);
    char spool[128];
    snprintf(spool, sizeof(spool), "%s/spool", scene.disk);
    fault_start(run, -1,
                (const char *const[]){"--spool", spool, "--async", "--count", "1", "null", NULL});
    assert_int_equal(WEXITSTATUS(fault_end(run, 0)), 2);
    assert_true(errors_tell(run, "Read-only file system"));
    mounts_end(scene.disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_a_file_that_cant_be_reopened_read_only_is_written_on),
        FAULT_CASE(test_a_disk_that_turned_read_only_can_be_replaced),
        FAULT_CASE(test_on_a_read_only_file_system_nothing_starts_and_it_is_told_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
