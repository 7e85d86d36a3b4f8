/* What `./dev demo` runs: the stories, and the system that is followed until Ctrl-C. */
#include "checkout.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM TRAIL_PROGRAMS "/checkout-demo"

static void start_patiently(struct process *process, const struct checkout_system *system,
                            const char *mode, const char *patience_ms)
{
    char output[128];
    const char *const argv[] = {PROGRAM,        "--mode",       mode, "--folder",
                                system->folder, "--first-port", "0",  "--patience-ms",
                                patience_ms,    "--restart-ms", "1",  NULL};

    (void)snprintf(output, sizeof(output), "%s/said", system->folder);
    assert_true(process_start(
        &(struct process_options){.argv = argv, .stdout_path = output, .stderr_path = output},
        process));
}

static void start(struct process *process, const struct checkout_system *system, const char *mode)
{
    start_patiently(process, system, mode, "60000");
}

static char *said(const struct checkout_system *system)
{
    static char text[65536];
    char path[128];

    memset(text, 0, sizeof(text));
    (void)snprintf(path, sizeof(path), "%s/said", system->folder);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        (void)fread(text, 1, sizeof(text) - 1, file);
        (void)fclose(file);
    }
    return text;
}

static void wait_until_said(const struct checkout_system *system, const char *words)
{
    for (int waited_ms = 0; waited_ms < CHECKOUT_DEADLINE_MS; waited_ms += 20) {
        if (strstr(said(system), words) != NULL) {
            return;
        }
        (void)poll(NULL, 0, 20);
    }
    print_error("\"%s\" was never said, but: %s\n", words, said(system));
    fail();
}

static void test_the_stories_are_told_and_each_trail_is_whole(void **state)
{
    struct checkout_system system;
    struct process process;
    int status = -1;

    (void)state;
    checkout_prepare(&system, NULL);
    start(&process, &system, "once");
    assert_true(process_wait(&process, CHECKOUT_DEADLINE_MS, &status));
    if (status != 0) {
        print_error("%s\n", said(&system));
    }
    assert_int_equal(status, 0);
    assert_non_null(strstr(said(&system), "5 of 5 trails are whole"));
    assert_null(strstr(said(&system), "tok_"));
    checkout_stop(&system);
}

static void test_the_stories_are_whole_whatever_the_shell_has_set(void **state)
{
    static const char *const variables[][2] = {{"TRAIL_REQUEST_ID_HEADER", "X-Correlation-ID"},
                                               {"TRAIL_SCHEMA", "ecs"},
                                               {"TRAIL_FORMAT", "pretty"},
                                               {"TRAIL_SAMPLE", "0"},
                                               {"TRAIL_LEVEL", "off"}};
    const size_t count = sizeof(variables) / sizeof(variables[0]);
    struct checkout_system system;
    struct process process;
    int status = -1;

    (void)state;
    checkout_prepare(&system, NULL);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(setenv(variables[i][0], variables[i][1], 1), 0);
    }
    start_patiently(&process, &system, "once", "60000");
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(unsetenv(variables[i][0]), 0);
    }
    assert_true(process_wait(&process, 2 * CHECKOUT_DEADLINE_MS, &status));
    assert_int_equal(status, 0);
    checkout_stop(&system);
}

/* A service that says nothing of the requests it serves breaks every trail that it is part of. */
static void test_a_trail_that_is_not_whole_is_told_and_fails(void **state)
{
    struct checkout_system system;
    struct process process;
    int status = -1;

    (void)state;
    checkout_prepare(&system, NULL);
    assert_int_equal(setenv("TRAIL_QUIET", "/orders", 1), 0);
    start_patiently(&process, &system, "once", "200");
    assert_int_equal(unsetenv("TRAIL_QUIET"), 0);
    assert_true(process_wait(&process, 4 * CHECKOUT_DEADLINE_MS, &status));
    assert_int_equal(status, 1);
    assert_non_null(strstr(said(&system), "not whole: "));
    checkout_stop(&system);
}

/* The gateway's port, from what was said when everything ran. */
static unsigned gateway_port(const char *text)
{
    static const char address[] = "  checkout-gateway  http://127.0.0.1:";
    const char *found = strstr(text, address);

    assert_non_null(found);
    return (unsigned)strtoul(found + strlen(address), NULL, 10);
}

static void start_following(struct process *process, struct checkout_system *system)
{
    start(process, system, "follow");
    wait_until_said(system, "Ctrl-C stops everything");
    system->fleet.ports[FLEET_GATEWAY] = gateway_port(said(system));
}

static void stop_by_ctrl_c(struct process *process)
{
    int status = -1;

    process_signal(process, SIGINT);
    assert_true(process_wait(process, CHECKOUT_DEADLINE_MS, &status));
    assert_int_equal(status, 0);
}

static void test_the_demo_is_followed_until_ctrl_c_and_loses_nothing(void **state)
{
    struct checkout_system system;
    struct process process;

    (void)state;
    checkout_prepare(&system, NULL);
    start_following(&process, &system);
    assert_int_equal(checkout_status(&system, &(struct checkout_order){.token = "tok_visa"}, NULL),
                     201);
    stop_by_ctrl_c(&process);
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        checkout_assert_once(&system, (enum fleet_service)which, "server_stopped", NULL);
    }
    assert_non_null(strstr(said(&system), "order_created"));
    assert_non_null(strstr(said(&system), "server_stopped"));
    checkout_stop(&system);
}

/* The numbers of a log stand there with digits that a reader of JSON would drop. */
static void test_what_is_followed_stands_as_it_was_logged(void **state)
{
    struct checkout_system system;
    struct process process;
    char log[FLEET_PATH_MAX];
    char line[4096] = "";
    char logged[24] = "";
    char followed[48];

    (void)state;
    checkout_prepare(&system, NULL);
    start_following(&process, &system);
    assert_int_equal(checkout_status(&system, &(struct checkout_order){.token = "tok_visa"}, NULL),
                     201);
    checkout_wait(&system, FLEET_WORKER, "job_received", NULL, 1);
    stop_by_ctrl_c(&process);
    fleet_log(&system.fleet, FLEET_WORKER, log, sizeof(log));
    FILE *file = fopen(log, "re");
    assert_non_null(file);
    while (strstr(line, "job_received") == NULL && fgets(line, sizeof(line), file) != NULL) {}
    (void)fclose(file);
    const char *waited = strstr(line, "\"waitedMs\":");
    assert_non_null(waited);
    assert_int_equal(sscanf(waited, "\"waitedMs\":%20[0-9.]", logged), 1);
    (void)snprintf(followed, sizeof(followed), " waitedMs=%s ", logged);
    assert_non_null(strstr(said(&system), followed));
    checkout_stop(&system);
}

static void test_the_demo_ends_when_nobody_reads_it(void **state)
{
    struct checkout_system system;
    struct process process;
    char pipe_path[128];
    char text[4096] = "";
    int status = -1;
    size_t size = 0;

    (void)state;
    checkout_prepare(&system, NULL);
    (void)snprintf(pipe_path, sizeof(pipe_path), "%s/said", system.folder);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    int fd = open(pipe_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    start(&process, &system, "follow");
    for (int waited_ms = 0; strstr(text, "Ctrl-C stops everything") == NULL; waited_ms += 20) {
        assert_true(waited_ms < CHECKOUT_DEADLINE_MS);
        ssize_t count = read(fd, text + size, sizeof(text) - size - 1);
        size += count > 0 ? (size_t)count : 0;
        (void)poll(NULL, 0, 20);
    }
    (void)close(fd);
    system.fleet.ports[FLEET_GATEWAY] = gateway_port(text);
    assert_int_equal(checkout_status(&system, &(struct checkout_order){.token = "tok_visa"}, NULL),
                     201);
    assert_true(process_wait(&process, CHECKOUT_DEADLINE_MS, &status));
    assert_int_equal(status, 0);
    assert_int_equal(unlink(pipe_path), 0);
    checkout_stop(&system);
}

/* The child of a process that runs this program. */
static pid_t child_of(pid_t parent, const char *name)
{
    char path[64];
    long pid = 0;

    (void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long)parent, (long)parent);
    FILE *children = fopen(path, "re");
    assert_non_null(children);
    while (fscanf(children, "%ld", &pid) == 1) {
        char command[32] = "";
        (void)snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
        FILE *file = fopen(path, "re");
        assert_non_null(file);
        assert_non_null(fgets(command, sizeof(command), file));
        (void)fclose(file);
        if (strncmp(command, name, strlen(name)) == 0) {
            break;
        }
        pid = 0;
    }
    (void)fclose(children);
    assert_true(pid > 0);
    return (pid_t)pid;
}

static void test_a_service_that_is_killed_is_started_again(void **state)
{
    struct checkout_system system;
    struct process process;

    (void)state;
    checkout_prepare(&system, NULL);
    start_following(&process, &system);
    assert_int_equal(kill(child_of(process.pid, "payment-service"), SIGKILL), 0);
    wait_until_said(&system, "payment-service has ended with status 137");
    checkout_wait(&system, FLEET_PAYMENT, "server_started", NULL, 2);
    assert_int_equal(checkout_status(&system, &(struct checkout_order){.token = "tok_visa"}, NULL),
                     201);
    stop_by_ctrl_c(&process);
    checkout_stop(&system);
}

/* The others were told of the port that it had. */
static void test_a_service_that_did_not_start_starts_on_its_port_later(void **state)
{
    struct checkout_system system;

    (void)state;
    checkout_prepare(&system, NULL);
    const char **arguments = system.fleet.settings.arguments[FLEET_PAYMENT];
    assert_true(fleet_start_one(&system.fleet, FLEET_PAYMENT));
    unsigned port = system.fleet.ports[FLEET_PAYMENT];
    assert_int_equal(process_stop(&system.fleet.processes[FLEET_PAYMENT], FLEET_STOP_MS), 0);
    arguments[0] = "--teapot";
    arguments[1] = "1";
    assert_false(fleet_start_one(&system.fleet, FLEET_PAYMENT));
    assert_int_equal(system.fleet.ports[FLEET_PAYMENT], port);
    arguments[0] = NULL;
    assert_true(fleet_start_one(&system.fleet, FLEET_PAYMENT));
    assert_int_equal(system.fleet.ports[FLEET_PAYMENT], port);
    checkout_stop(&system);
}

static void test_a_folder_belongs_to_one_demo_at_a_time(void **state)
{
    struct checkout_system system;
    struct process process;
    char path[128];
    int status = -1;

    (void)state;
    checkout_prepare(&system, NULL);
    (void)snprintf(path, sizeof(path), "%s/lock", system.folder);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    start(&process, &system, "follow");
    assert_true(process_wait(&process, CHECKOUT_DEADLINE_MS, &status));
    assert_int_equal(status, 2);
    assert_non_null(strstr(said(&system), "another demo runs in"));
    start(&process, &system, "once");
    assert_true(process_wait(&process, CHECKOUT_DEADLINE_MS, &status));
    assert_int_equal(status, 0);
    (void)close(lock);
    checkout_stop(&system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_stories_are_told_and_each_trail_is_whole),
        cmocka_unit_test(test_the_stories_are_whole_whatever_the_shell_has_set),
        cmocka_unit_test(test_a_trail_that_is_not_whole_is_told_and_fails),
        cmocka_unit_test(test_the_demo_is_followed_until_ctrl_c_and_loses_nothing),
        cmocka_unit_test(test_what_is_followed_stands_as_it_was_logged),
        cmocka_unit_test(test_the_demo_ends_when_nobody_reads_it),
        cmocka_unit_test(test_a_service_that_is_killed_is_started_again),
        cmocka_unit_test(test_a_service_that_did_not_start_starts_on_its_port_later),
        cmocka_unit_test(test_a_folder_belongs_to_one_demo_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
