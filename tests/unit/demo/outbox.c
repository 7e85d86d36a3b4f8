#include "unit.h"

#include "worker/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static int enter_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/trail-outbox-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static enum outbox_status send_mail(unsigned attempt, const char *text)
{
    return outbox_write(folder, &(struct outbox_mail){"job", attempt, text, strlen(text)});
}

static void assert_holds(const char *name, const char *expected)
{
    char path[128];
    char text[64] = "";

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    (void)fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    assert_string_equal(text, expected);
    assert_int_equal(unlink(path), 0);
}

static void test_a_mail_stands_under_its_jobs_name(void **state)
{
    (void)state;
    assert_int_equal(send_mail(1, "hello"), OUTBOX_SENT);
    assert_holds("job.eml", "hello");
}

static void test_a_second_attempt_leaves_the_first_mail_as_it_is(void **state)
{
    (void)state;
    assert_int_equal(send_mail(1, "first"), OUTBOX_SENT);
    assert_int_equal(send_mail(2, "second"), OUTBOX_ALREADY_SENT);
    assert_holds("job.eml", "first");
}

static void test_what_a_dead_attempt_left_is_removed(void **state)
{
    char left[128];

    (void)state;
    (void)snprintf(left, sizeof(left), "%s/.job.1.tmp", folder);
    int fd = open(left, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "half", 4), 4);
    (void)close(fd);
    assert_int_equal(send_mail(2, "whole"), OUTBOX_SENT);
    assert_int_equal(access(left, F_OK), -1);
    assert_holds("job.eml", "whole");
}

static void test_a_link_in_the_outbox_is_not_followed(void **state)
{
    char link_path[128];

    (void)state;
    (void)snprintf(link_path, sizeof(link_path), "%s/.job.1.tmp", folder);
    assert_int_equal(symlink("/dev/null", link_path), 0);
    assert_int_equal(send_mail(1, "hello"), OUTBOX_FAILED);
    assert_int_equal(errno, ELOOP);
    assert_int_equal(send_mail(1, "hello"), OUTBOX_SENT);
    assert_holds("job.eml", "hello");
}

static void test_a_folder_that_is_not_there_is_told(void **state)
{
    (void)state;
    assert_int_equal(outbox_write("/nowhere", &(struct outbox_mail){"job", 1, "x", 1}),
                     OUTBOX_FAILED);
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mail_stands_under_its_jobs_name),
        cmocka_unit_test(test_a_second_attempt_leaves_the_first_mail_as_it_is),
        cmocka_unit_test(test_what_a_dead_attempt_left_is_removed),
        cmocka_unit_test(test_a_link_in_the_outbox_is_not_followed),
        cmocka_unit_test(test_a_folder_that_is_not_there_is_told),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
