/* Spools that are damaged, or none, one way after the other. See spoil.c for damage that a seed
 * chooses. */
#include "unit.h"

#include "fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES 1000

/* Leaves the spool of a dead process with nearly all of LINES lines in it. Returns its path. */
static void leave_spool(struct fault_run *run, char path[FAULT_SPOOL_PATH_BYTES])
{
    int ends[2];

    memset(run->page, 0, sizeof(*run->page));
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fault_start(run, ends[1],
                (const char *const[]){"--async", "--spool-bytes", "1048576", "--count", "1000",
                                      "stdout", NULL});
    fault_wait_progress(run, 0, LINES);
    fault_end(run, SIGKILL);
    close(ends[0]);
    close(ends[1]);
    fault_spool(run, path);
}

static void recover_into(struct fault_run *run, struct fault_count *count)
{
    unlink(run->log);
    int out = open(run->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    fault_recover(run, out, "stdout");
    close(out);
    fault_count_file(count, run->log);
}

static void overwrite(const char *path, off_t from, size_t size, unsigned seed)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)rand_r(&seed);
        assert_int_equal(pwrite(fd, &byte, 1, from + (off_t)i), 1);
    }
    close(fd);
}

/* The damage of one chunk's counters costs no line of it, nor of others. */
static void test_what_can_be_read_is_delivered(void **state)
{
    struct fault_run *run = *state;
    struct fault_count count = {0};
    char path[FAULT_SPOOL_PATH_BYTES];

    leave_spool(run, path);
    /* The index of the third chunk, which grows down from the chunk's end. */
    overwrite(path, 32768 + 3 * 65536 - 400, 400, 1);
    recover_into(run, &count);
    assert_true(count.lines > LINES * 8 / 10);
    assert_int_equal(count.doubled + count.torn, 0);
    assert_int_equal(access(path, F_OK), -1);
    fault_count_fini(&count);
}

static void test_a_spool_that_was_cut_is_read_as_far_as_it_goes(void **state)
{
    struct fault_run *run = *state;
    struct fault_count count = {0};
    char path[FAULT_SPOOL_PATH_BYTES];

    leave_spool(run, path);
    assert_int_equal(truncate(path, 32768 + 3 * 65536 + 100), 0);
    recover_into(run, &count);
    assert_true(count.lines > 100);
    assert_int_equal(count.doubled + count.torn, 0);
    fault_count_fini(&count);
}

static void test_what_is_no_spool_is_left_alone(void **state)
{
    struct fault_run *run = *state;
    char path[128];
    char link[128];

    snprintf(path, sizeof(path), "%s/1-0000000000000000.spool", run->spool);
    snprintf(link, sizeof(link), "%s/2-0000000000000000.spool", run->spool);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "something else\n", 15), 15);
    close(fd);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    fault_recover(run, -1, run->output);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(access(link, F_OK), 0);
}

static void test_a_spool_directory_of_others_is_refused(void **state)
{
    struct fault_run *run = *state;
    struct stat status;

    assert_int_equal(chmod(run->spool, 0777), 0);
    fault_start(run, -1, (const char *const[]){"--async", "--count", "1", run->output, NULL});
    int ended = fault_end(run, 0);
    assert_true(WIFEXITED(ended));
    assert_int_equal(WEXITSTATUS(ended), 2);
    assert_int_equal(stat(run->errors, &status), 0);
    assert_true(status.st_size > 0);
    chmod(run->spool, 0700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_what_can_be_read_is_delivered),
        FAULT_CASE(test_a_spool_that_was_cut_is_read_as_far_as_it_goes),
        FAULT_CASE(test_what_is_no_spool_is_left_alone),
        FAULT_CASE(test_a_spool_directory_of_others_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
