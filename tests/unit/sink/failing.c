#include "unit.h"

#include "faults.h"
#include "sink/output.h"
#include "sink/outputs.h"
#include "sink/spool_recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINES = 40 };

static char dir[64];
static char spool[80];
static char path[80];

static int setup(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/trail-failing-XXXXXX");
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    snprintf(spool, sizeof(spool), "%s/spool", dir);
    snprintf(path, sizeof(path), "%s/log", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    rmdir(spool);
    return rmdir(dir);
}

static struct trl_sink *open_output(void *arg, const char *service, const char *name,
                                    enum trail_level level, const char *transform)
{
    struct trl_sink *sink;
    char text[256];

    (void)arg;
    (void)service;
    (void)level;
    (void)transform;
    return trl_sink_new_file(name + 5, false, text, sizeof(text), &sink) == TRAIL_OK ? sink : NULL;
}

static enum trail_status open_outputs(bool async)
{
    struct trl_sink *sink;
    char text[256] = "";
    enum trail_status status = trl_sink_new_file(path, false, text, sizeof(text), &sink);

    if (status == TRAIL_OK) {
        status = trl_outputs_open(&(struct trl_outputs_options){.sinks = &sink,
                                                                .count = 1,
                                                                .identity = "\"service\":\"t\"",
                                                                .async = async,
                                                                .spool_dir = spool,
                                                                .spool_bytes = 1 << 20,
                                                                .service = "t",
                                                                .recover_open = open_output,
                                                                .error_text = text,
                                                                .error_size = sizeof(text)});
        if (status != TRAIL_OK) {
            sink->ops->close(sink);
        }
    }
    if (status != TRAIL_OK && status != TRAIL_ERR_NOMEM) {
        assert_true(*text != '\0');
    }
    return status;
}

static size_t entries(const char *name)
{
    DIR *listing = opendir(name);
    size_t count = 0;

    if (listing == NULL) {
        return 0;
    }
    for (struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        count += entry->d_name[0] != '.';
    }
    closedir(listing);
    return count;
}

static void log_line(int number)
{
    char *room = trl_output_begin(TRAIL_LEVEL_INFO);

    if (room != NULL) {
        trl_output_end(TRAIL_LEVEL_INFO, (size_t)sprintf(room, "{\"n\":%d}\n", number));
    }
}

static void log_lines(void)
{
    for (int i = 0; i < LINES; i++) {
        log_line(i);
    }
}

/* Lines that have come, each whole and in order; *ret_told is what log_events_dropped add up to. */
static unsigned count_lines(unsigned *ret_told)
{
    char line[2048];
    unsigned count = 0;
    int last = -1;
    FILE *file = fopen(path, "r");

    *ret_told = 0;
    if (file == NULL) {
        return 0;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        int number;
        unsigned told;
        const char *counted = strstr(line, "\"count\":");
        if (counted != NULL && sscanf(counted, "\"count\":%u", &told) == 1) {
            *ret_told += told;
            continue;
        }
        assert_int_equal(sscanf(line, "{\"n\":%d}\n", &number), 1);
        assert_true(number > last);
        last = number;
        count++;
    }
    fclose(file);
    return count;
}

/* Each call of these kinds fails in turn: opening either works or leaves nothing behind. */
static void fail_opening(unsigned kinds, int error)
{
    for (unsigned nth = 1;; nth++) {
        unlink(path);
        faults_arm(kinds, nth, error);
        enum trail_status status = open_outputs(true);
        bool failed = faults_disarm() >= nth;
        if (status == TRAIL_OK) {
            unsigned told;
            log_lines();
            trl_outputs_close(10000);
            assert_int_equal(count_lines(&told), LINES);
        }
        assert_int_equal(entries(spool), 0);
        if (!failed) {
            assert_int_equal(status, TRAIL_OK);
            return;
        }
    }
}

static void test_opening_survives_each_failing_call(void **state)
{
    (void)state;
    fail_opening(FAULT_MEMORY, ENOMEM);
    fail_opening(FAULT_OPEN, EMFILE);
    fail_opening(FAULT_MMAP, ENOMEM);
    fail_opening(FAULT_ALLOCATE, ENOSPC);
    fail_opening(FAULT_STAT, EIO);
    fail_opening(FAULT_THREAD, EAGAIN);
    fail_opening(FAULT_GETRANDOM, ENOSYS);
}

/* Each write fails in turn: a line has come, or its loss is told. */
static void fail_writing(bool async, int error)
{
    for (unsigned nth = 1;; nth++) {
        unsigned told;
        unlink(path);
        assert_int_equal(open_outputs(async), TRAIL_OK);
        faults_arm(FAULT_WRITE, nth, error);
        log_lines();
        assert_int_equal(trl_outputs_flush(10000), TRAIL_OK);
        bool failed = faults_disarm() >= nth;
        trl_outputs_close(10000);
        unsigned came = count_lines(&told);
        assert_int_equal(came + told, LINES);
        if (async || error == EINTR || error == EAGAIN) {
            assert_int_equal(told, 0);
        }
        if (!failed) {
            return;
        }
    }
}

static void test_writing_survives_each_failing_call(void **state)
{
    static const int errors[] = {EINTR, EAGAIN, EIO, ENOSPC, EPIPE, EDQUOT};

    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        fail_writing(false, errors[i]);
        fail_writing(true, errors[i]);
    }
}

/* From one write on all fail, until the output works again. */
static void fail_writing_from(bool async, int error)
{
    for (unsigned nth = 1; nth < LINES; nth += async ? 1 : 7) {
        unsigned told;
        unlink(path);
        assert_int_equal(open_outputs(async), TRAIL_OK);
        faults_arm_from(FAULT_WRITE, nth, error);
        log_lines();
        if (!async) {
            assert_true(faults_disarm() >= nth);
        } else {
            (void)(trl_outputs_flush(0) == TRAIL_OK);
            if (faults_disarm() < nth) {
                nth = LINES;
            }
        }
        trl_outputs_close(10000);
        unsigned came = count_lines(&told);
        assert_int_equal(came + told, LINES);
        assert_true(!async || told == 0);
    }
}

static void test_writing_goes_on_when_an_output_works_again(void **state)
{
    (void)state;
    fail_writing_from(false, EIO);
    fail_writing_from(false, ENOSPC);
    fail_writing_from(true, EIO);
    fail_writing_from(true, EROFS);
}

/* Nobody reads stderr, which blocks: the notice is left out. */
static void test_a_full_stderr_holds_up_nobody(void **state)
{
    static const char filling[4096];
    int ends[2];
    unsigned told;
    int before = dup(STDERR_FILENO);

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    while (write(ends[1], filling, sizeof(filling)) > 0) {}
    assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
    assert_int_equal(open_outputs(false), TRAIL_OK);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    faults_arm(FAULT_WRITE, 1, EIO);
    log_lines();
    faults_disarm();
    assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
    trl_outputs_close(10000);
    assert_int_equal(count_lines(&told) + told, LINES);
    close(before);
    close(ends[0]);
    close(ends[1]);
}

/* A spool with lines that no output took. */
static void leave_spool(void)
{
    int ended;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        if (open_outputs(true) != TRAIL_OK) {
            _exit(1);
        }
        faults_arm_from(FAULT_WRITE, 1, EIO);
        log_lines();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
    assert_int_equal(entries(spool), 1);
}

static enum trail_status recover(void)
{
    return trl_spool_recover(
        &(struct trl_recover_options){.dir = spool, .timeout_ms = 50, .open = open_output});
}

/* Each call of these kinds fails in turn: lines are delivered, or stay for the next one. */
static void fail_recovering(unsigned kinds, int error)
{
    for (unsigned nth = 1;; nth++) {
        unsigned told;
        unlink(path);
        leave_spool();
        faults_arm(kinds, nth, error);
        (void)(recover() == TRAIL_OK);
        bool failed = faults_disarm() >= nth;
        assert_int_equal(recover(), TRAIL_OK);
        assert_int_equal(entries(spool), 0);
        assert_int_equal(count_lines(&told), LINES);
        assert_int_equal(told, 0);
        if (!failed) {
            return;
        }
    }
}

static void test_recovering_survives_each_failing_call(void **state)
{
    (void)state;
    fail_recovering(FAULT_MEMORY, ENOMEM);
    fail_recovering(FAULT_OPEN, EMFILE);
    fail_recovering(FAULT_MMAP, ENOMEM);
    fail_recovering(FAULT_ALLOCATE, ENOSPC);
    fail_recovering(FAULT_READ, EIO);
    fail_recovering(FAULT_STAT, EIO);
    fail_recovering(FAULT_WRITE, ENOSPC);
    fail_recovering(FAULT_WRITE, EINTR);
}

static void test_reopening_survives_each_failing_call(void **state)
{
    (void)state;
    for (unsigned nth = 1; nth < 6; nth++) {
        unsigned told;
        unlink(path);
        assert_int_equal(open_outputs(nth % 2 == 0), TRAIL_OK);
        faults_arm(FAULT_OPEN | FAULT_STAT, nth, EMFILE);
        enum trail_status status = trl_outputs_reopen();
        assert_true(status == TRAIL_OK || status == TRAIL_ERR_IO);
        faults_disarm();
        log_lines();
        trl_outputs_close(10000);
        assert_int_equal(count_lines(&told), LINES);
    }
}

/* The child's line goes out first, so that a gap of its own would stand before it. */
static void test_a_child_does_not_tell_its_parents_gap(void **state)
{
    unsigned told;
    int status;

    (void)state;
    assert_int_equal(open_outputs(false), TRAIL_OK);
    faults_arm(FAULT_WRITE, 1, EIO);
    log_line(0);
    faults_disarm();
    assert_int_equal(trl_outputs_reopen(), TRAIL_OK); /* the output works again at once */
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        log_line(1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    log_line(2);
    trl_outputs_close(10000);
    assert_int_equal(count_lines(&told), 2);
    assert_int_equal(told, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_opening_survives_each_failing_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writing_survives_each_failing_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writing_goes_on_when_an_output_works_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_full_stderr_holds_up_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recovering_survives_each_failing_call, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_reopening_survives_each_failing_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_child_does_not_tell_its_parents_gap, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
