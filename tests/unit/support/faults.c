/* The faults that other tests lean on happen when they should, and only then. */
#include "unit.h"

#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_the_nth_allocation_fails_and_only_that_one(void **state)
{
    (void)state;
    faults_arm(FAULT_MEMORY, 2, ENOMEM);
    void *volatile first = malloc(1);
    void *volatile second = calloc(1, 1);
    int error = errno;
    char *volatile third = strdup("text");
    unsigned calls = faults_disarm();

    assert_non_null(first);
    assert_null(second);
    assert_int_equal(error, ENOMEM);
    assert_non_null(third);
    assert_int_equal(calls, 3);
    free(first);
    free(third);
}

static void test_every_call_from_the_nth_fails(void **state)
{
    (void)state;
    faults_arm_from(FAULT_OPEN | FAULT_WRITE, 1, EIO);
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    ssize_t written = write(1, "", 0);
    unsigned calls = faults_disarm();

    assert_int_equal(fd, -1);
    assert_int_equal(written, -1);
    assert_int_equal(calls, 2);
}

static void test_calls_are_counted_without_a_fault(void **state)
{
    (void)state;
    faults_arm(FAULT_MEMORY, 0, 0);
    void *volatile memory = malloc(1);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    unsigned calls = faults_disarm();

    assert_true(fd >= 0);
    (void)close(fd);
    free(memory);
    assert_int_equal(calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_nth_allocation_fails_and_only_that_one),
        cmocka_unit_test(test_every_call_from_the_nth_fails),
        cmocka_unit_test(test_calls_are_counted_without_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
