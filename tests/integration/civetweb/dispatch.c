/* A handler that trail runs by itself is run when CivetWeb would run it, and as often. */
#include "fixture.h"

#include "unrouted.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char passwords[] = "/tmp/trail-dispatch-XXXXXX";
static atomic_int runs; /* of handlers */

/* CivetWeb does not release the domains of a server that has stopped. */
const char *__lsan_default_suppressions(void);

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
    return "leak:libcivetweb.so\n";
}

static int answer(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    runs++;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return 200;
}

static int decline(struct mg_connection *conn, void *cbdata)
{
    (void)conn;
    runs++;
    return (int)(intptr_t)cbdata;
}

static const struct handler handlers[] = {
    {"/ok", answer, 0},
    {"/declined", decline, 0},
    {"/refused", decline, -1},
    {"/star/*", answer, 0},
};

static void exchange(int port, const char *request, struct http_response *ret_response,
                     int *ret_runs)
{
    int before = runs;

    http_exchange(port, request, ret_response);
    *ret_runs = runs - before;
}

static void assert_as_plain(int port, int other_port, const char *request, int status)
{
    struct http_response ours;
    struct http_response theirs;
    int our_runs;
    int their_runs;

    exchange(other_port, request, &theirs, &their_runs);
    exchange(port, request, &ours, &our_runs);
    assert_int_equal(theirs.status, status);
    assert_int_equal(ours.status, status);
    assert_string_equal(ours.body, theirs.body);
    assert_int_equal(our_runs, their_runs);
    http_response_free(&ours);
    http_response_free(&theirs);
}

#define PREFLIGHT "Origin: http://a\r\nAccess-Control-Request-Method: PUT\r\n"

static void test_who_answers_is_the_same(void **state)
{
    static const struct {
        const char *request;
        int status;
    } rows[] = {
        {"GET /ok HTTP/1.1\r\n\r\n", 200},
        {"GET /ok HTTP/1.0\r\n\r\n", 200},
        {"GET /ok?a=/declined HTTP/1.1\r\n\r\n", 200},
        {"GET /%6fk HTTP/1.1\r\n\r\n", 200},
        {"GET /declined/../ok HTTP/1.1\r\n\r\n", 200},
        {"GET //ok HTTP/1.1\r\n\r\n", 200},
        {"GET /ok/ HTTP/1.1\r\n\r\n", 200},
        {"GET /ok/below HTTP/1.1\r\n\r\n", 200},
        {"GET /okay HTTP/1.1\r\n\r\n", 200}, /* a pattern is a prefix, in any case */
        {"GET /OK HTTP/1.1\r\n\r\n", 200},
        {"GET / HTTP/1.1\r\n\r\n", 404},
        {"GET /star/x HTTP/1.1\r\n\r\n", 200},
        {"GET /star/* HTTP/1.1\r\n\r\n", 200},
        {"GET /declined HTTP/1.1\r\n\r\n", 404},
        {"GET /refused HTTP/1.1\r\n\r\n", 404},
        {"DELETE /ok HTTP/1.1\r\n\r\n", 200},
        {"PUT /ok HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 200},
        {"POST /declined HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 404},
        {"OPTIONS /ok HTTP/1.1\r\n\r\n", 200},
        {"OPTIONS /ok HTTP/1.1\r\n" PREFLIGHT "\r\n", 200},
        {"GET /ok HTTP/1.1\r\n" PREFLIGHT "\r\n", 200},
        {"GET /ok HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", 200},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int again = 0; again < 2; again++) { /* CivetWeb itself leads the first one */
            assert_as_plain(server.port, plain_port, rows[i].request, rows[i].status);
        }
    }
}

/* Handlers are not asked for it. */
static void test_a_handshake_is_no_request(void **state)
{
    static const char handshake[] =
        "GET /ok HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    struct http_client client;
    struct http_response response;
    int before = runs;

    (void)state;
    http_connect(&client, server.port);
    http_send(&client, handshake);
    http_receive(&client, true, &response);
    assert_int_equal(response.status, 404);
    assert_int_equal(runs, before);
    http_response_free(&response);
    http_close(&client);
}

static void test_a_body_that_is_not_read_is_no_request(void **state)
{
    struct http_client client;
    struct http_response response;

    (void)state;
    http_connect(&client, server.port);
    for (int i = 0; i < 2; i++) {
        http_send(&client,
                  "POST /ok HTTP/1.1\r\nContent-Length: 24\r\n\r\nGET /nowhere HTTP/1.1\r\n\r");
        http_receive(&client, false, &response);
        assert_int_equal(response.status, 200);
        http_response_free(&response);
    }
    http_close(&client);
}

/* Starts a server of either kind with one more option, and holds that both answer so. */
static void assert_guards(const char *option, const char *value, int status)
{
    const char *options[] = {"listening_ports", "127.0.0.1:0", option, value, NULL};
    struct server ours;
    struct mg_context *theirs;

    server_start_another(&ours, &server, &(struct server_options){.civetweb = {option, value}});
    int port = server_start_plain(&theirs, NULL, options);
    mg_set_request_handler(ours.ctx, "/ok", answer, NULL);
    unrouted_set_request_handler(theirs, "/ok", answer, NULL);
    for (int again = 0; again < 2; again++) {
        assert_as_plain(ours.port, port, "GET /ok HTTP/1.1\r\n\r\n", status);
    }
    server_stop(&ours);
    mg_stop(theirs);
}

static void test_options_that_ask_for_passwords_hold(void **state)
{
    char protect[128];

    (void)state;
    snprintf(protect, sizeof(protect), "/ok=%s", passwords);
    assert_guards("protect_uri", protect, 401);
    assert_guards("global_auth_file", passwords, 401);
    assert_guards("authentication_domain", "localhost", 200);
}

static int refuse(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    return 0;
}

static int ask_another(const struct server *another, const char *path)
{
    struct http_response response;
    char request[128];

    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\nHost: second.example\r\nX-Request-ID: x\r\n\r\n", path);
    http_exchange(another->port, request, &response);
    int status = response.status;
    http_response_free(&response);
    return status;
}

/* Whoever registers it, for whatever path, it is asked from then on. */
static void test_authorization_is_asked_for_at_once(void **state)
{
    (void)state;
    for (int routed = 0; routed < 2; routed++) {
        struct server another;
        server_start_another(&another, &server,
                             &(struct server_options){.callbacks = {.begin_request = NULL}});
        mg_set_request_handler(another.ctx, "/a/b", answer, NULL);
        assert_int_equal(ask_another(&another, "/a/b"), 200);
        assert_int_equal(ask_another(&another, "/a/b"), 200);
        if (routed) {
            mg_set_auth_handler(another.ctx, "/a", refuse, NULL);
        } else {
            unrouted_set_auth_handler(another.ctx, "/a", refuse);
        }
        assert_int_equal(ask_another(&another, "/a/b"), 403);
        server_stop(&another);
    }
}

static int (*trails_begin)(struct mg_connection *conn);
static atomic_bool checks;

/* Chains what it found, as trail does. */
static int begin_around_trail(struct mg_connection *conn)
{
    int result = trails_begin(conn);

    if (result == 0 && checks) {
        (void)refuse(conn, NULL);
        result = 403;
    }
    return result;
}

static void test_a_callback_around_trails_is_heard(void **state)
{
    const char *options[] = {"listening_ports", "127.0.0.1:0", NULL};
    struct mg_callbacks callbacks = {.begin_request = NULL};
    struct mg_server_port port;
    struct server around;

    (void)state;
    trail_civetweb_install(server.trail, &callbacks);
    trails_begin = callbacks.begin_request;
    callbacks.begin_request = begin_around_trail;
    around.ctx = mg_start(&callbacks, NULL, options);
    assert_non_null(around.ctx);
    assert_int_equal(mg_get_server_ports(around.ctx, 1, &port), 1);
    around.port = port.port;
    mg_set_request_handler(around.ctx, "/ok", answer, NULL);
    assert_int_equal(ask_another(&around, "/ok"), 200);
    assert_int_equal(ask_another(&around, "/ok"), 200);
    checks = true;
    assert_int_equal(ask_another(&around, "/ok"), 403);
    mg_stop(around.ctx);
}

static void test_a_domain_has_its_own_handlers(void **state)
{
    const char *domain[] = {"authentication_domain", "second.example", NULL};

    (void)state;
    for (int routed = 0; routed < 2; routed++) {
        struct server another;
        server_start_another(
            &another, &server,
            &(struct server_options){.civetweb = {"authentication_domain", "first.example"}});
        mg_set_request_handler(another.ctx, "/ok", answer, NULL);
        assert_int_equal(ask_another(&another, "/ok"), 200);
        assert_int_equal(ask_another(&another, "/ok"), 200);
        if (routed) {
            assert_true(mg_start_domain(another.ctx, domain) >= 0);
        } else {
            assert_true(unrouted_start_domain(another.ctx, domain) >= 0);
        }
        assert_int_equal(ask_another(&another, "/ok"), 404);
        server_stop(&another);
    }
}

static int setup(void **state)
{
    int fd = mkstemp(passwords);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a:b:c\n", 6), 6);
    close(fd);
    SERVE_BOTH(handlers);
    return 0;
}

static int teardown(void **state)
{
    unlink(passwords);
    return stop_serving(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_answers_is_the_same),
        cmocka_unit_test(test_a_handshake_is_no_request),
        cmocka_unit_test(test_a_body_that_is_not_read_is_no_request),
        cmocka_unit_test(test_options_that_ask_for_passwords_hold),
        cmocka_unit_test(test_authorization_is_asked_for_at_once),
        cmocka_unit_test(test_a_callback_around_trails_is_heard),
        cmocka_unit_test(test_a_domain_has_its_own_handlers),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
