/* Hops out of the process that no adapter makes: a child process, and CivetWeb's own client. */
#include "unit.h"

#include "context/context.h"
#include "events.h"
#include "rogue.h"

#include <trail/civetweb.h>

#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct trl_context context;
static struct trl_scope scope;

static int begin(void **state)
{
    (void)state;
    events_open(&(struct trail_options){.propagate_baggage = "tier"});
    trl_context_init_new(&context, "req-1");
    strcpy(context.baggage, "tier=gold,userId=u1");
    context.baggage_size = (uint32_t)strlen(context.baggage);
    trl_scope_enter(&scope, &context, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    events_close();
    return 0;
}

/* Runs a shell with the context in its environment; its output is terminated. */
static void run_shell(const char *script, char *output, size_t capacity)
{
    const char *arguments[] = {"sh", "-c", script, NULL};
    posix_spawn_file_actions_t actions;
    char **environment;
    int out[2];
    pid_t child;
    size_t size = 0;
    ssize_t got;
    int status;

    assert_int_equal(trail_environment_new(NULL, &environment), TRAIL_OK);
    assert_int_equal(pipe(out), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out[1], 1), 0);
    assert_int_equal(posix_spawn_file_actions_addclose(&actions, out[0]), 0);
    assert_int_equal(
        posix_spawn(&child, "/bin/sh", &actions, NULL, (char *const *)arguments, environment), 0);
    close(out[1]);
    while (size < capacity - 1 && (got = read(out[0], output + size, capacity - 1 - size)) > 0) {
        size += (size_t)got;
    }
    output[size] = '\0';
    close(out[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    posix_spawn_file_actions_destroy(&actions);
    trail_environment_free(environment);
}

static void test_a_child_process_knows_the_request(void **state)
{
    char output[512];
    char expected[512];

    (void)state;
    run_shell("printf '%s %s %s' \"$TRAIL_REQUEST_ID\" \"$TRACEPARENT\" \"$BAGGAGE\"", output,
              sizeof(output));
    (void)snprintf(expected, sizeof(expected), "req-1 00-%s-%s-03 tier=gold", context.trace_id,
                   context.span_id);
    assert_string_equal(output, expected);
}

static void test_civetwebs_client_carries_the_context(void **state)
{
    struct rogue server;
    struct trail_call call;
    char lines[4096] = "";
    char error[128] = "";
    struct trail_header_lines head = {.text = lines, .capacity = sizeof(lines)};
    char url[64];

    (void)state;
    rogue_start(&server, "127.0.0.1", ROGUE_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/stock", server.port);
    trail_call_begin(&(struct trail_call_options){.url = url}, &call);
    assert_int_equal(trail_call_inject(&call, trail_put_header_line, &head), TRAIL_OK);
    struct mg_connection *conn =
        mg_connect_client("127.0.0.1", server.port, 0, error, sizeof(error));
    assert_non_null(conn);
    assert_true(mg_printf(conn, "GET /stock HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n", lines) > 0);
    assert_true(mg_get_response(conn, error, sizeof(error), 10000) >= 0);
    int status = mg_get_response_info(conn)->status_code;
    mg_close_connection(conn);
    trail_call_end(&call, &(struct trail_call_result){.status = status});
    const cJSON *event = events_one("outbound_completed");
    assert_int_equal((int)event_number(event, "status"), 200);
    assert_string_equal(rogue_header(&server, 0, "X-Request-ID"), "req-1");
    assert_non_null(strstr(rogue_header(&server, 0, "traceparent"), event_text(event, "spanId")));
    assert_string_equal(rogue_header(&server, 0, "baggage"), "tier=gold");
    rogue_stop(&server);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_child_process_knows_the_request),
        TEST(test_civetwebs_client_carries_the_context),
    };
    mg_init_library(0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mg_exit_library();
    return failed;
}
