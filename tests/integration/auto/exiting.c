/* A program that knows nothing of trail, with libtrail-auto.so preloaded: it exits in mid-request,
 * without stopping its server. */
#include "unit.h"

#include "http.h"

#include <civetweb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEADLINE_MS = 30000 };

static atomic_bool entered;
static atomic_bool may_answer;
static atomic_bool answered;

static void wait_for(const atomic_bool *flag)
{
    for (int waited = 0; !atomic_load(flag) && waited < DEADLINE_MS; waited++) {
        poll(NULL, 0, 1);
    }
}

static int answer_late(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    atomic_store(&entered, true);
    wait_for(&may_answer);
    mg_send_http_ok(conn, "text/plain", 2);
    mg_write(conn, "ok", 2);
    atomic_store(&answered, true);
    return 200;
}

/* Registered before the library was opened, and so called after it was closed. */
static void let_it_answer(void)
{
    atomic_store(&may_answer, true);
    wait_for(&answered);
}

static void serve_and_exit(int told)
{
    const char *options[] = {"listening_ports", "127.0.0.1:0", "num_threads", "1", NULL};
    const struct mg_callbacks callbacks = {.begin_request = NULL};
    struct mg_server_port listening;
    struct mg_context *server;

    atexit(let_it_answer);
    setenv("TRAIL_REQUEST_ID_HEADER", "X-Correlation-ID", 1);
    server = mg_start(&callbacks, NULL, options);
    if (server == NULL || mg_get_server_ports(server, 1, &listening) != 1) {
        _exit(3);
    }
    mg_set_request_handler(server, "/late", answer_late, NULL);
    if (write(told, &listening.port, sizeof(listening.port)) < 0) {
        _exit(4);
    }
    wait_for(&entered);
    exit(0);
}

static void test_a_request_in_flight_is_answered_while_the_program_exits(void **state)
{
    struct http_client client;
    struct http_response response;
    int ends[2];
    int port;
    int status;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        serve_and_exit(ends[1]);
    }
    assert_int_equal(read(ends[0], &port, sizeof(port)), sizeof(port));
    http_connect(&client, port);
    http_send(&client, "GET /late HTTP/1.1\r\nX-Correlation-ID: late\r\n\r\n");
    http_receive(&client, false, &response);
    assert_int_equal(response.status, 200);
    assert_string_equal(http_field(&response, "X-Correlation-ID"), "late");
    http_response_free(&response);
    http_close(&client);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_in_flight_is_answered_while_the_program_exits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
