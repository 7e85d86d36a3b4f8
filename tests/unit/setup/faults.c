#include "unit.h"

#include "faults.h"
#include "folder.h"

#include "core/config.h"

#include <trail/memory.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[FOLDER_PATH_BYTES];
static char output[512];

static int set_up(void **state)
{
    (void)state;
    folder_make("/tmp", directory);
    snprintf(output, sizeof(output),
             "stdout@off,file:%s/log,null,syslog:%s/none@fatal,journald:%s/none@fatal,"
             "otlp:http://127.0.0.1:9@fatal",
             directory, directory, directory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(directory);
    return 0;
}

static size_t open_descriptors(void)
{
    size_t count = 0;

    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

static struct trail_options options_of(const char *delivery, char *error_text, size_t error_size)
{
    return (struct trail_options){.service = "shop",
                                  .output = output,
                                  .delivery = delivery,
                                  .spool_dir = directory,
                                  .spool_bytes = "1MiB",
                                  .redact = "one,two",
                                  .trusted = "10.0.0.0/8",
                                  .quiet = "/a,/b",
                                  .crash = "on",
                                  .ignore_environment = true,
                                  .error_text = error_text,
                                  .error_size = error_size};
}

typedef void handler(int number, siginfo_t *info, void *context);

static handler *handler_of(int number)
{
    struct sigaction action;

    assert_int_equal(sigaction(number, NULL, &action), 0);
    return action.sa_sigaction;
}

static void assert_nothing_is_open(size_t descriptors, handler *before)
{
    assert_false(trail_enabled(TRAIL_LEVEL_FATAL));
    assert_string_equal(trl_config()->service, "");
    assert_int_equal(open_descriptors(), descriptors);
    assert_true(handler_of(SIGILL) == before);
}

/* Lets each call of a kind fail in turn; whatever comes of it, the next opening works. */
static void fail_each(unsigned kinds, int error, const char *delivery)
{
    size_t descriptors = open_descriptors();
    handler *before = handler_of(SIGILL);

    for (unsigned nth = 1; nth < 500; nth++) {
        struct trail *trail = NULL;
        char text[400] = "";
        struct trail_options options = options_of(delivery, text, sizeof(text));

        faults_arm(kinds, nth, error);
        enum trail_status status = trail_open(&options, &trail);
        unsigned calls = faults_disarm();
        if (status == TRAIL_OK) {
            trail_info("opened", NULL);
            trail_close(trail);
        } else {
            assert_null(trail);
            assert_true(text[0] != '\0');
        }
        assert_nothing_is_open(descriptors, before);
        if (calls < nth) {
            assert_int_equal(status, TRAIL_OK);
            return;
        }
    }
    fail_msg("the calls never end");
}

static void test_opening_without_memory_leaves_nothing_open(void **state)
{
    (void)state;
    fail_each(FAULT_MEMORY, ENOMEM, "sync");
    fail_each(FAULT_MEMORY, ENOMEM, "async");
}

static void test_opening_without_files_leaves_nothing_open(void **state)
{
    (void)state;
    fail_each(FAULT_OPEN, EMFILE, "sync");
    fail_each(FAULT_OPEN, EMFILE, "async");
}

static void test_opening_without_maps_leaves_nothing_open(void **state)
{
    (void)state;
    fail_each(FAULT_MMAP | FAULT_ALLOCATE, ENOMEM, "sync");
    fail_each(FAULT_MMAP | FAULT_ALLOCATE, ENOSPC, "async");
}

static void test_opening_without_threads_leaves_nothing_open(void **state)
{
    (void)state;
    fail_each(FAULT_THREAD, EAGAIN, "sync");
    fail_each(FAULT_THREAD, EAGAIN, "async");
}

static void test_opening_without_entropy_or_sockets_leaves_nothing_open(void **state)
{
    (void)state;
    fail_each(FAULT_GETRANDOM, ENOSYS, "sync");
    fail_each(FAULT_GETRANDOM, ENOSYS, "async");
    fail_each(FAULT_SOCKET, EMFILE, "sync");
    fail_each(FAULT_STAT, EIO, "async");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_opening_without_memory_leaves_nothing_open),
        CASE(test_opening_without_files_leaves_nothing_open),
        CASE(test_opening_without_maps_leaves_nothing_open),
        CASE(test_opening_without_threads_leaves_nothing_open),
        CASE(test_opening_without_entropy_or_sockets_leaves_nothing_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
