/* The program that the W3C harness drives, over real sockets: what comes in with POST /test goes
 * out with the call that it asks for. */
#include "unit.h"

#include "http.h"
#include "rogue.h"

#include <cjson/cJSON.h>

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACE       "12345678901234567890123456789012"
#define PARENT      "1234567890123456"
#define TRACEPARENT "traceparent: 00-" TRACE "-" PARENT "-01\r\n"

static pid_t program;
static FILE *program_log;
static int port;
static struct rogue downstream;

static pid_t spawn(const char *const *arguments, int out)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;

    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out, 1), 0);
    assert_int_equal(
        posix_spawn(&pid, CONFORMANCE, &actions, NULL, (char *const *)arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static int start(void **state)
{
    const char *arguments[] = {"conformance", "--port", "0", NULL};
    char line[4096];
    int out[2];

    (void)state;
    assert_int_equal(pipe(out), 0);
    program = spawn(arguments, out[1]);
    close(out[1]);
    program_log = fdopen(out[0], "r");
    assert_non_null(program_log);
    while (port == 0 && fgets(line, sizeof(line), program_log) != NULL) {
        cJSON *event = cJSON_Parse(line);
        if (cJSON_HasObjectItem(event, "port")) {
            port = (int)cJSON_GetNumberValue(cJSON_GetObjectItem(event, "port"));
        }
        cJSON_Delete(event);
    }
    assert_true(port > 0);
    rogue_start(&downstream, "127.0.0.1", ROGUE_ANSWER,
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return 0;
}

static int stop(void **state)
{
    int status;

    (void)state;
    assert_int_equal(kill(program, SIGTERM), 0);
    assert_int_equal(waitpid(program, &status, 0), program);
    assert_int_equal(status, 0);
    (void)fclose(program_log);
    rogue_stop(&downstream);
    return 0;
}

static int post(const char *headers, const char *body)
{
    static char request[8192];
    struct http_response response;

    (void)snprintf(request, sizeof(request),
                   "POST /test HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %zu\r\n"
                   "%s\r\n%s",
                   strlen(body), headers, body);
    http_exchange(port, request, &response);
    int status = response.status;
    assert_int_equal(http_count(&response, "X-Request-ID"), 1);
    http_response_free(&response);
    return status;
}

/* Asks for count calls of the downstream; returns the index of the first. */
static size_t call(const char *headers, unsigned count)
{
    char body[1024] = "[";
    size_t before = rogue_count(&downstream);

    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(body + strlen(body), sizeof(body) - strlen(body),
                       "%s{\"url\":\"http://127.0.0.1:%d/%u\",\"arguments\":[]}", i > 0 ? "," : "",
                       downstream.port, i);
    }
    strcat(body, "]");
    assert_int_equal(post(headers, body), 200);
    assert_int_equal(rogue_count(&downstream), before + count);
    return before;
}

static bool continues(const char *headers)
{
    const char *traceparent = rogue_header(&downstream, call(headers, 1), "traceparent");

    assert_non_null(traceparent);
    assert_int_equal(strlen(traceparent), 55);
    assert_null(strstr(traceparent, PARENT "-"));
    return strncmp(traceparent, "00-" TRACE "-", 36) == 0;
}

/* What the downstream got, without the member in front, which is ours. */
static const char *tracestate(const char *headers)
{
    const char *list = rogue_header(&downstream, call(headers, 1), "tracestate");

    if (list == NULL) {
        return "";
    }
    assert_memory_equal(list, "trail=", 6);
    return list + strlen("trail=0123456789abcdef,");
}

static void test_a_trace_is_continued_or_restarted(void **state)
{
    (void)state;
    assert_true(continues(TRACEPARENT));
    assert_true(continues("TRACEPARENT:   00-" TRACE "-" PARENT "-01  \r\n"));
    assert_true(continues("traceparent: cc-" TRACE "-" PARENT "-01-future\r\n"));
    assert_false(continues(""));
    assert_false(continues("trace-parent: 00-" TRACE "-" PARENT "-01\r\n"));
    assert_false(continues(TRACEPARENT TRACEPARENT));
    assert_false(continues("traceparent: ff-" TRACE "-" PARENT "-01\r\n"));
    assert_false(continues("traceparent: 00-" TRACE "-" PARENT "-01.\r\n"));
}

static void test_tracestate_goes_on_behind_our_member(void **state)
{
    (void)state;
    assert_string_equal(tracestate(TRACEPARENT "tracestate: foo=1,bar=2\r\ntracestate:\r\n"
                                               "TraceState: baz=3\r\n"),
                        "foo=1,bar=2,baz=3");
    assert_string_equal(tracestate(TRACEPARENT), "");
    assert_string_equal(tracestate("tracestate: foo=1\r\n"), "");
    assert_string_equal(tracestate(TRACEPARENT "tracestate: foo=1,@bar=2\r\n"), "");
}

static void test_each_call_has_a_parent_id_of_its_own(void **state)
{
    char parents[3][64];
    size_t first = call(TRACEPARENT, 3);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        strcpy(parents[i], rogue_header(&downstream, first + i, "traceparent"));
        assert_memory_equal(parents[i], "00-" TRACE, 35);
    }
    assert_string_not_equal(parents[0], parents[1]);
    assert_string_not_equal(parents[1], parents[2]);
    assert_string_not_equal(parents[0], parents[2]);
}

static void test_a_body_that_is_no_list_of_calls_is_refused(void **state)
{
    static const char *const bodies[] = {"",
                                         "{}",
                                         "[",
                                         "[1]",
                                         "[{\"url\":1,\"arguments\":[]}]",
                                         "[{\"url\":\"http://127.0.0.1/\"}]",
                                         "null"};
    struct http_response response;
    char nested[1001];

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_int_equal(post("", bodies[i]), 400);
    }
    memset(nested, '[', sizeof(nested) - 1);
    nested[sizeof(nested) - 1] = '\0';
    assert_int_equal(post("", nested), 400);
    http_exchange(port, "GET /test HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", &response);
    assert_int_equal(response.status, 405);
    http_response_free(&response);
}

static void test_unusable_arguments_end_it_with_2(void **state)
{
    static const char *const arguments[][4] = {{"conformance", NULL},
                                               {"conformance", "--port", "99999", NULL},
                                               {"conformance", "--port", "x", NULL},
                                               {"conformance", "--nope", NULL}};
    int status;

    (void)state;
    for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
        pid_t pid = spawn(arguments[i], 1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WEXITSTATUS(status), 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_trace_is_continued_or_restarted),
        cmocka_unit_test(test_tracestate_goes_on_behind_our_member),
        cmocka_unit_test(test_each_call_has_a_parent_id_of_its_own),
        cmocka_unit_test(test_a_body_that_is_no_list_of_calls_is_refused),
        cmocka_unit_test(test_unusable_arguments_end_it_with_2),
    };
    unsetenv("TRAIL_OUTPUT");
    setenv("TRAIL_FORMAT", "json", 1);
    return cmocka_run_group_tests(tests, start, stop);
}
