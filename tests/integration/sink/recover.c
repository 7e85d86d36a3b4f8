#include "unit.h"

#include "folder.h"
#include "setup/sinks.h"
#include "sink/spool_recover.h"

#include <trail/trail.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FLUSH_MS = 60000, GLANCE_MS = 300 };

static char directory[FOLDER_PATH_BYTES];
static char path[FOLDER_PATH_BYTES + 8];

static int make_folder(void **state)
{
    (void)state;
    folder_make("/tmp", directory);
    snprintf(path, sizeof(path), "%s/socket", directory);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    folder_remove(directory);
    return 0;
}

/* A process that is killed while nobody listens, at once or when the line is in the queue. */
static void leave_line(bool queued)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        char output[100];
        struct trail *trail;
        snprintf(output, sizeof(output), "syslog:%s", path);
        struct trail_options options = {.output = output,
                                        .schema = "ecs",
                                        .delivery = "async",
                                        .spool_dir = directory,
                                        .ignore_environment = true};
        if (trail_open(&options, &trail) == TRAIL_OK) {
            trail_info("left", NULL);
            (void)(trail_flush_outputs(trail, queued ? GLANCE_MS : 0) == TRAIL_OK);
        }
        raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static int listen_here(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    strcpy(address.sun_path, path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void check_form_of_what_was_left(bool queued)
{
    const struct trl_recover_options options = {
        .dir = directory, .timeout_ms = FLUSH_MS, .open = trl_sinks_open_named};
    char message[2000];

    leave_line(queued);
    int fd = listen_here();
    assert_int_equal(trl_queues_recover(&options), TRAIL_OK);
    assert_int_equal(trl_spool_recover(&options), TRAIL_OK);
    ssize_t size = recv(fd, message, sizeof(message) - 1, MSG_DONTWAIT);
    assert_true(size > 0);
    message[size] = '\0';
    assert_non_null(strstr(message, " {\"@timestamp\":"));
    assert_non_null(strstr(message, "\"action\":\"left\""));
    close(fd);
}

static void test_a_line_of_a_dead_process_has_the_form_that_it_asked_for(void **state)
{
    (void)state;
    check_form_of_what_was_left(false);
}

static void test_so_has_a_line_that_waited_for_its_server(void **state)
{
    (void)state;
    check_form_of_what_was_left(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_line_of_a_dead_process_has_the_form_that_it_asked_for, make_folder,
            remove_folder),
        cmocka_unit_test_setup_teardown(test_so_has_a_line_that_waited_for_its_server, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
