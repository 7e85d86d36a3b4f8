#include "run.h"

#include <cjson/cJSON.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACEPARENT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static int teardown(void **state)
{
    (void)state;
    clear_variables();
    return 0;
}

/* The event on line number of a run's output; deleted by the caller. */
static cJSON *event_of(const struct run *run, size_t number)
{
    const char *line = run->out;

    while (number > 0 && line != NULL) {
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
        number--;
    }
    assert_non_null(line);
    cJSON *event = cJSON_Parse(line);
    assert_non_null(event);
    return event;
}

static void assert_text(const cJSON *event, const char *key, const char *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, key);

    if (value == NULL) {
        assert_null(item);
    } else {
        assert_non_null(cJSON_GetStringValue(item));
        assert_string_equal(cJSON_GetStringValue(item), value);
    }
}

static void test_an_event_bears_its_fields(void **state)
{
    (void)state;
    struct run run = RUN("", "log", "backup_finished", "host=db1", "files:=1284", "ok:=true",
                         "list:=[1, {\"a\":null}]", "--message", "Backup finished", "--level=warn");
    assert_int_equal(run.status, 0);
    assert_string_equal(run.err, "");
    cJSON *event = event_of(&run, 0);
    assert_text(event, "event", "backup_finished");
    assert_text(event, "level", "warn");
    assert_text(event, "message", "Backup finished");
    assert_text(event, "service", "trail");
    assert_text(event, "host", "db1");
    assert_text(event, "requestId", NULL);
    assert_text(event, "spanId", NULL);
    assert_int_equal(cJSON_GetObjectItem(event, "files")->valueint, 1284);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(event, "ok")));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(event, "list")), 2);
    cJSON_Delete(event);
    struct run check = RUN(run.out, "check", "--quiet");
    assert_run(check, 0, "", "");
    run_free(&run);
}

static void test_an_output_that_takes_nothing_is_told(void **state)
{
    (void)state;
    set_variable("TRAIL_OUTPUT", "syslog:/nonexistent/socket");
    struct run run = RUN("", "log", "backup_finished");
    assert_int_equal(run.status, 2);
    assert_non_null(strstr(run.err, "did not get 1 event\n"));
    run_free(&run);
}

static int listen_here(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return listener;
}

/* A collector that answers each request with the next of these, in a process of its own. */
static pid_t serve(int listener, const char *const *answers, size_t count)
{
    pid_t server = fork();

    for (size_t i = 0; server == 0 && i < count; i++) {
        char request[8192] = "";
        size_t size = 0;
        ssize_t got = 1;
        int fd = accept(listener, NULL, NULL);
        while (got > 0 && strstr(request, "]}]}]}") == NULL) {
            got = read(fd, request + size, sizeof(request) - size - 1);
            size += got > 0 ? (size_t)got : 0;
        }
        if (write(fd, answers[i], strlen(answers[i])) < 0 || close(fd) != 0) {
            _exit(1);
        }
    }
    if (server == 0) {
        _exit(0);
    }
    return server;
}

static void test_an_output_that_took_it_in_the_end_is_no_failure(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"};
    char output[64];
    int port;
    int status = 1;

    (void)state;
    int listener = listen_here(&port);
    pid_t server = serve(listener, answers, sizeof(answers) / sizeof(answers[0]));
    snprintf(output, sizeof(output), "otlp:http://127.0.0.1:%d", port);
    set_variable("TRAIL_OUTPUT", output);
    struct run run = RUN("", "log", "backup_finished");
    assert_int_equal(run.status, 0);
    assert_non_null(strstr(run.err, "the collector answered 503\n"));
    assert_null(strstr(run.err, "has failed"));
    run_free(&run);
    assert_int_equal(waitpid(server, &status, 0), server);
    assert_int_equal(status, 0);
    close(listener);
}

static void test_lines_that_nobody_takes_are_not_read_for_ever(void **state)
{
    static char rows[2000 * 16];
    size_t size = 0;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        size += (size_t)sprintf(rows + size, "{\"row\":%d}\n", i);
    }
    set_variable("TRAIL_OUTPUT", "syslog:/nonexistent/socket");
    struct run run = RUN(rows, "log", "row_read", "--stdin");
    assert_int_equal(run.status, 2);
    assert_non_null(strstr(run.err, "no line behind number 500 was read\n"));
    assert_non_null(strstr(run.err, "did not get 500 events\n"));
    run_free(&run);
}

static void test_it_bears_the_request_id_of_the_environment(void **state)
{
    (void)state;
    set_variable("TRAIL_REQUEST_ID", "req-1");
    struct run run = RUN("", "log", "mail_sent");
    cJSON *event = event_of(&run, 0);
    assert_text(event, "requestId", "req-1");
    cJSON_Delete(event);
    run_free(&run);
}

static void test_the_option_beats_the_environment(void **state)
{
    (void)state;
    set_variable("TRAIL_REQUEST_ID", "req-1");
    set_variable("TRAIL_REQUEST_ID_HEADER", "X-Correlation-ID");
    struct run run = RUN("", "log", "mail_sent", "--request-id", "req-2");
    cJSON *event = event_of(&run, 0);
    assert_text(event, "requestId", "req-2");
    cJSON_Delete(event);
    run_free(&run);
}

static void test_it_continues_the_trace_of_the_environment(void **state)
{
    (void)state;
    set_variable("TRACEPARENT", TRACEPARENT);
    struct run run = RUN("", "log", "mail_sent");
    cJSON *event = event_of(&run, 0);
    assert_text(event, "traceId", "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_text(event, "parentSpanId", "00f067aa0ba902b7");
    cJSON_Delete(event);
    run_free(&run);
}

static void test_a_trace_that_is_none_is_ignored_with_a_warning(void **state)
{
    (void)state;
    set_variable("TRACEPARENT", "00-xyz");
    struct run run = RUN("", "log", "mail_sent");
    assert_int_equal(run.status, 0);
    assert_string_equal(run.err,
                        "trail: TRACEPARENT: '00-xyz' is no trace context, and is ignored\n");
    cJSON *event = event_of(&run, 0);
    assert_text(event, "traceId", NULL);
    assert_text(event, "requestId", NULL);
    cJSON_Delete(event);
    run_free(&run);
}

static void test_a_bad_request_id_is_refused(void **state)
{
    static const char wanted[] = "it is 1 to 128 bytes of A-Z a-z 0-9 . _ ~ : + / = @ -\n";
    char expected[512];

    (void)state;
    set_variable("TRAIL_REQUEST_ID", "a b\n");
    snprintf(expected, sizeof expected,
             "trail: TRAIL_REQUEST_ID: 'a b\\x0a' can't be used (bad_character): %s", wanted);
    assert_run(RUN("", "log", "mail_sent"), 2, "", expected);
    snprintf(expected, sizeof expected, "trail: --request-id: '' can't be used (empty): %s",
             wanted);
    assert_run(RUN("", "log", "mail_sent", "--request-id="), 2, "", expected);
}

static void test_each_line_of_standard_input_is_an_event(void **state)
{
    (void)state;
    struct run run = RUN("{\"a\":1}\r\n{\"event\":\"x\",\"a\":\"two\\n\"}", "log", "row_read",
                         "table=users", "--stdin");
    assert_int_equal(run.status, 0);
    cJSON *first = event_of(&run, 0);
    cJSON *second = event_of(&run, 1);
    assert_text(first, "event", "row_read");
    assert_text(first, "table", "users");
    assert_int_equal(cJSON_GetObjectItem(first, "a")->valueint, 1);
    assert_text(second, "event", "row_read");
    assert_text(second, "field.event", "x");
    assert_text(second, "a", "two\n");
    cJSON_Delete(first);
    cJSON_Delete(second);
    run_free(&run);
}

static void test_a_line_may_name_its_own_event(void **state)
{
    (void)state;
    struct run run = RUN("{\"event\":\"row_read\",\"level\":\"error\",\"message\":\"m\",\"a\":1}\n",
                         "log", "--stdin");
    assert_int_equal(run.status, 0);
    cJSON *event = event_of(&run, 0);
    assert_text(event, "event", "row_read");
    assert_text(event, "level", "error");
    assert_text(event, "message", "m");
    cJSON_Delete(event);
    run_free(&run);
}

static void test_a_bad_line_is_told_and_the_rest_goes_on(void **state)
{
    (void)state;
    struct run run =
        RUN("{\"a\":1}\nnot json\n[1]\n{\"a\":\n{\"a\":2}\n", "log", "row_read", "--stdin");
    assert_int_equal(run.status, 2);
    assert_string_equal(run.err, "trail: log: standard input, line 2: it is no JSON object\n"
                                 "trail: log: standard input, line 3: it is no JSON object\n"
                                 "trail: log: standard input, line 4: it is no JSON object\n");
    cJSON *second = event_of(&run, 1);
    assert_int_equal(cJSON_GetObjectItem(second, "a")->valueint, 2);
    cJSON_Delete(second);
    run_free(&run);
}

static void test_a_line_without_a_usable_event_is_told(void **state)
{
    (void)state;
    assert_run(RUN("{\"a\":1}\n{\"event\":\"Bad Name\"}\n{\"event\":1}\n"
                   "{\"event\":\"e\",\"level\":\"loud\"}\n{\"event\":\"e\",\"message\":1}\n"
                   "{\"event\":\"e\\u0000E\"}\n",
                   "log", "--stdin"),
               2, "",
               "trail: log: standard input, line 1: it names no event, nor does the command line\n"
               "trail: log: standard input, line 2: its event is no name in snake_case\n"
               "trail: log: standard input, line 3: its event is no name in snake_case\n"
               "trail: log: standard input, line 4: its level is none\n"
               "trail: log: standard input, line 5: its message is no string\n"
               "trail: log: standard input, line 6: its event is no name in snake_case\n");
}

static void test_a_line_of_megabytes_is_refused_once(void **state)
{
    size_t size = 3 << 20;
    char *text = malloc(size);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    struct run run = run_trail((const char *const[]){"log", "e", "--stdin", NULL}, text, size);
    assert_run(run, 2, "", "trail: log: standard input, line 1: it is far too long\n");
    free(text);
}

static void test_a_secret_is_not_logged(void **state)
{
    (void)state;
    struct run run = RUN("", "log", "login_failed", "password=hunter2");
    cJSON *event = event_of(&run, 0);
    assert_text(event, "password", "[redacted]");
    cJSON_Delete(event);
    run_free(&run);
}

static void test_a_level_that_is_off_writes_nothing(void **state)
{
    (void)state;
    assert_run(RUN("", "log", "noise_made", "--level=debug"), 0, "", "");
}

static void test_the_service_can_be_named(void **state)
{
    (void)state;
    struct run run = RUN("", "log", "backup_finished", "--service=backup");
    cJSON *event = event_of(&run, 0);
    assert_text(event, "service", "backup");
    cJSON_Delete(event);
    run_free(&run);
}

static void test_a_wrong_command_line_is_an_error(void **state)
{
    (void)state;
    assert_run(RUN("", "log"), 2, "", "trail: log: which EVENT?\nTry 'trail log --help'.\n");
    assert_run(RUN("", "log", "a=b"), 2, "", "trail: log: which EVENT?\nTry 'trail log --help'.\n");
    assert_run(RUN("", "log", "Order Created"), 2, "",
               "trail: log: EVENT is a name in snake_case, not 'Order Created'\n"
               "Try 'trail log --help'.\n");
    assert_run(RUN("", "log", "e", "field"), 2, "",
               "trail: log: 'field' is neither KEY=VALUE nor KEY:=JSON\nTry 'trail log --help'.\n");
    assert_run(RUN("", "log", "e", "=v"), 2, "",
               "trail: log: '=v' is neither KEY=VALUE nor KEY:=JSON\nTry 'trail log --help'.\n");
    assert_run(RUN("", "log", "e", "k:={"), 2, "",
               "trail: log: 'k:={' holds no JSON after ':='\nTry 'trail log --help'.\n");
    assert_run(RUN("", "log", "e", "--level=off"), 2, "",
               "trail: log: --level is debug, info, warn, error or fatal, not 'off'\n"
               "Try 'trail log --help'.\n");
}

static void test_an_environment_that_makes_no_sense_exits_2(void **state)
{
    (void)state;
    set_variable("TRAIL_OUTPUT", "file:/nonexistent/dir/x.jsonl");
    struct run run = RUN("", "log", "e");
    assert_int_equal(run.status, 2);
    assert_string_equal(run.out, "");
    assert_non_null(strstr(run.err, "/nonexistent/dir/x.jsonl"));
    run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_bears_its_fields),
        cmocka_unit_test_teardown(test_an_output_that_takes_nothing_is_told, teardown),
        cmocka_unit_test_teardown(test_an_output_that_took_it_in_the_end_is_no_failure, teardown),
        cmocka_unit_test_teardown(test_lines_that_nobody_takes_are_not_read_for_ever, teardown),
        cmocka_unit_test_teardown(test_it_bears_the_request_id_of_the_environment, teardown),
        cmocka_unit_test_teardown(test_the_option_beats_the_environment, teardown),
        cmocka_unit_test_teardown(test_it_continues_the_trace_of_the_environment, teardown),
        cmocka_unit_test_teardown(test_a_trace_that_is_none_is_ignored_with_a_warning, teardown),
        cmocka_unit_test_teardown(test_a_bad_request_id_is_refused, teardown),
        cmocka_unit_test(test_each_line_of_standard_input_is_an_event),
        cmocka_unit_test(test_a_line_may_name_its_own_event),
        cmocka_unit_test(test_a_bad_line_is_told_and_the_rest_goes_on),
        cmocka_unit_test(test_a_line_without_a_usable_event_is_told),
        cmocka_unit_test(test_a_line_of_megabytes_is_refused_once),
        cmocka_unit_test(test_a_secret_is_not_logged),
        cmocka_unit_test(test_a_level_that_is_off_writes_nothing),
        cmocka_unit_test(test_the_service_can_be_named),
        cmocka_unit_test(test_a_wrong_command_line_is_an_error),
        cmocka_unit_test_teardown(test_an_environment_that_makes_no_sense_exits_2, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
