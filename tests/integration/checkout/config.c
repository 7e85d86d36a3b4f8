/* A service that can't run as it was told says what is wrong and why, ends with 2, and leaves
 * nothing running. */
#include "checkout.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGUMENTS 12

/* Runs a service, which must end by itself with 2, and hold `expected` in what it says. */
static void assert_refuses(const char *folder, enum fleet_service which,
                           const char *const *arguments, const char *const *environment,
                           const char *expected)
{
    char program[256];
    char errors[256];
    char said[4096] = "";
    const char *argv[ARGUMENTS + 2] = {program};
    struct process process;
    int status = -1;

    (void)snprintf(program, sizeof(program), "%s/%s", TRAIL_PROGRAMS, fleet_name(which));
    (void)snprintf(errors, sizeof(errors), "%s/said", folder);
    (void)unlink(errors);
    for (size_t i = 0; i < ARGUMENTS && arguments[i] != NULL; i++) {
        argv[i + 1] = arguments[i];
    }
    assert_true(process_start(
        &(struct process_options){.argv = argv, .environment = environment, .stderr_path = errors},
        &process));
    if (!process_wait(&process, CHECKOUT_DEADLINE_MS, &status)) {
        (void)process_stop(&process, 1000);
    }
    FILE *file = fopen(errors, "re");
    assert_non_null(file);
    (void)fread(said, 1, sizeof(said) - 1, file);
    (void)fclose(file);
    if (status != 2 || strstr(said, expected) == NULL) {
        print_error("%s ended with %d and said: %s\n", fleet_name(which), status, said);
    }
    assert_int_equal(status, 2);
    assert_non_null(strstr(said, expected));
}

static void enter_folder(char folder[64])
{
    (void)strcpy(folder, "/tmp/trail-config-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
}

static void leave_folder(const char *folder)
{
    char errors[256];

    (void)snprintf(errors, sizeof(errors), "%s/said", folder);
    (void)unlink(errors);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_an_option_that_makes_no_sense_is_named(void **state)
{
    static const struct {
        enum fleet_service which;
        const char *arguments[4];
        const char *expected;
    } cases[] = {
        {FLEET_GATEWAY, {"--port", "tea"}, "--port: \"tea\" is not allowed; allowed: a number"},
        {FLEET_GATEWAY, {"--port", "65536"}, "allowed: a number from 0 to 65535"},
        {FLEET_GATEWAY, {"--port=-1"}, "--port: \"-1\""},
        {FLEET_GATEWAY, {"--port"}, "--port: needs a value"},
        {FLEET_GATEWAY, {"--teapot", "1"}, "no such option: --teapot"},
        {FLEET_GATEWAY, {"tea"}, "no such option: tea"},
        {FLEET_GATEWAY, {"--checkout", "localhost"}, "localhost\" is not allowed"},
        {FLEET_GATEWAY, {"--checkout", "ftp://x"}, "allowed: http://HOST:PORT"},
        {FLEET_GATEWAY, {"--checkout", "http://x/path"}, "without a path"},
        {FLEET_CHECKOUT, {"--payment", "http://"}, "--payment"},
        {FLEET_CHECKOUT, {"--timeout", "1"}, "no such option: --timeout"},
        {FLEET_PAYMENT, {"--provider-timeout-ms", "0"}, "a number from 1 to"},
        {FLEET_WORKER, {"--lease-ms", ""}, "--lease-ms: \"\" is not allowed"},
    };
    char folder[64];

    (void)state;
    enter_folder(folder);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refuses(folder, cases[i].which, cases[i].arguments, NULL, cases[i].expected);
    }
    leave_folder(folder);
}

static void test_a_variable_that_makes_no_sense_is_named(void **state)
{
    static const struct {
        const char *environment[2];
        const char *expected[2];
    } cases[] = {
        {{"CHECKOUT_GATEWAY_PORT=tea"}, {"CHECKOUT_GATEWAY_PORT", "\"tea\""}},
        {{"CHECKOUT_API_URL=tea"}, {"CHECKOUT_API_URL): \"tea\"", "http://HOST:PORT"}},
        {{"TRAIL_LEVEL=loud"}, {"TRAIL_LEVEL", "loud"}},
        {{"TRAIL_OUTPUT=file:/nowhere/at/all/x.jsonl"},
         {"can't open /nowhere/at/all/x.jsonl", "there is no directory"}},
        {{"TRAIL_OUTPUT=file:/proc/x.jsonl"}, {"can't open /proc/x.jsonl", "/proc"}},
        {{"TRAIL_TRUSTED=everyone"}, {"TRAIL_TRUSTED", "everyone"}},
        {{"TRAIL_SLOW_MS=soon"}, {"TRAIL_SLOW_MS", "soon"}},
    };
    static const char *const none[] = {"--port", "0", NULL};
    char folder[64];

    (void)state;
    enter_folder(folder);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const *arguments = i == 0 ? none + 2 : none;
        assert_refuses(folder, FLEET_GATEWAY, arguments, cases[i].environment,
                       cases[i].expected[0]);
        assert_refuses(folder, FLEET_GATEWAY, arguments, cases[i].environment,
                       cases[i].expected[1]);
    }
    leave_folder(folder);
}

static void test_a_folder_that_can_not_be_used_is_named(void **state)
{
    static const struct {
        enum fleet_service which;
        const char *arguments[8];
        const char *expected;
    } cases[] = {
        {FLEET_CHECKOUT, {"--port", "0", "--data", "/nowhere/at/all"}, "/nowhere/at/all"},
        {FLEET_CHECKOUT, {"--port", "0", "--data", "/dev/null"}, "/dev/null is not a folder"},
        {FLEET_CHECKOUT, {"--port", "0", "--data", "/proc"}, "/proc"},
        {FLEET_CHECKOUT,
         {"--port", "0", "--data", ".", "--orders", "sqlite:/nowhere/x.db"},
         "/nowhere/x.db"},
        {FLEET_CHECKOUT, {"--port", "0", "--data", ".", "--orders", "mysql://x"}, "mysql://x"},
        {FLEET_WORKER, {"--port", "0", "--data", "/nowhere/at/all"}, "/nowhere/at/all"},
        {FLEET_WORKER,
         {"--port", "0", "--data", ".", "--outbox", "/nowhere/at/all"},
         "/nowhere/at/all"},
        {FLEET_WORKER, {"--port", "0", "--queue", "sqlite:/dev/null/x"}, "/dev/null/x"},
        {FLEET_PAYMENT, {"--port", "0", "--data", "/dev/null"}, "/dev/null"},
    };
    char folder[64];

    (void)state;
    enter_folder(folder);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refuses(folder, cases[i].which, cases[i].arguments, NULL, cases[i].expected);
    }
    (void)!system("rm -rf data outbox orders.db* queue.db*");
    leave_folder(folder);
}

static void test_no_password_is_shown_in_a_complaint(void **state)
{
    static const struct {
        enum fleet_service which;
        const char *arguments[4];
        const char *expected;
    } cases[] = {
        {FLEET_GATEWAY, {"--checkout", "http://u:s3cret@x/y"}, "\"http://x/y\" is not allowed"},
        {FLEET_GATEWAY, {"--chekout=http://u:s3cret@x"}, "no such option: --chekout;"},
        {FLEET_GATEWAY, {"u:s3cret@x"}, "no such option: u;"},
        {FLEET_GATEWAY, {"http://u:s3cret@x"}, "no such option: http;"},
        {FLEET_GATEWAY, {"s3cret@x"}, "no such option: ;"},
        {FLEET_GATEWAY, {"--port", "http://u:s3cret@x"}, "\"http://x\" is not allowed"},
        {FLEET_CHECKOUT, {"--payment", "ftp://u:s3cret@x"}, "\"ftp://x\" is not allowed"},
        {FLEET_CHECKOUT, {"--payment", "u:s3cret@x"}, "\"x\" is not allowed"},
        {FLEET_CHECKOUT, {"--orders", "mysql://u:s3cret@x"}, "\"mysql://x\"; allowed"},
        {FLEET_WORKER, {"--queue", "amqps://u:s3cret@x"}, "\"amqps://x\"; allowed"},
    };
    char folder[64];

    (void)state;
    enter_folder(folder);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refuses(folder, cases[i].which, cases[i].arguments, NULL, cases[i].expected);
    }
    (void)!system("rm -rf data outbox");
    leave_folder(folder);
}

static void test_a_file_that_is_no_database_is_named(void **state)
{
    static const char *const arguments[] = {"--port", "0", "--data", ".", NULL};
    char folder[64];

    (void)state;
    enter_folder(folder);
    FILE *file = fopen("payments.db", "we");
    assert_non_null(file);
    (void)fputs("this is a shopping list, and no database; it is long enough to be read as one",
                file);
    (void)fclose(file);
    assert_refuses(folder, FLEET_PAYMENT, arguments, NULL, "payments.db");
    assert_int_equal(unlink("payments.db"), 0);
    leave_folder(folder);
}

static void test_a_port_that_is_taken_is_named(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char port[16];
    char expected[64];
    char folder[64];

    (void)state;
    assert_int_equal(bind(taken, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(taken, 1), 0);
    assert_int_equal(getsockname(taken, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(port, sizeof(port), "%u", ntohs(address.sin_port));
    (void)snprintf(expected, sizeof(expected), "can't listen on 127.0.0.1:%s", port);
    enter_folder(folder);
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        const char *const arguments[] = {"--port", port, NULL};
        assert_refuses(folder, (enum fleet_service)which, arguments, NULL, expected);
        assert_refuses(folder, (enum fleet_service)which, arguments, NULL, "in use");
    }
    (void)close(taken);
    (void)!system("rm -rf data outbox");
    leave_folder(folder);
}

static void test_help_lists_every_option_and_its_variable(void **state)
{
    static const char *const arguments[] = {TRAIL_PROGRAMS "/checkout-api", "--help", NULL};
    struct process process;
    int status = -1;

    (void)state;
    assert_true(process_start(&(struct process_options){.argv = arguments}, &process));
    assert_true(process_wait(&process, CHECKOUT_DEADLINE_MS, &status));
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_option_that_makes_no_sense_is_named),
        cmocka_unit_test(test_a_variable_that_makes_no_sense_is_named),
        cmocka_unit_test(test_a_folder_that_can_not_be_used_is_named),
        cmocka_unit_test(test_no_password_is_shown_in_a_complaint),
        cmocka_unit_test(test_a_file_that_is_no_database_is_named),
        cmocka_unit_test(test_a_port_that_is_taken_is_named),
        cmocka_unit_test(test_help_lists_every_option_and_its_variable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
