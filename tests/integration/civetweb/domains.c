/* A server of several domains: each answers as its own options say, as without trail. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

/* CivetWeb does not release the domains of a server that has stopped. */
const char *__lsan_default_suppressions(void);

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
    return "leak:libcivetweb.so\n";
}

/* Handlers serve the server's own domain alone; this callback serves all. */
static int answer(struct mg_connection *conn)
{
    if (strcmp(mg_get_request_info(conn)->local_uri, "/json") == 0) {
        return trail_send_json(conn, 200, "{}");
    }
    if (strcmp(mg_get_request_info(conn)->local_uri, "/here") != 0) {
        return 0;
    }
    mg_send_http_ok(conn, "text/plain", 2);
    mg_write(conn, "ok", 2);
    return 200;
}

static void ask(int port, const char *host, const char *path, struct http_response *ret_response)
{
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\nOrigin: http://a\r\n\r\n",
             path, host);
    http_exchange(port, request, ret_response);
}

static void assert_same_field(const struct http_response *ours, const struct http_response *theirs,
                              const char *name)
{
    char expected[256];

    assert_int_equal(http_count(ours, name), http_count(theirs, name));
    snprintf(expected, sizeof(expected), "%s", http_field(theirs, name));
    assert_string_equal(http_field(ours, name), expected);
}

static void assert_same(const char *host, const char *path, const char *site)
{
    struct http_response ours;
    struct http_response theirs;

    ask(server.port, host, path, &ours);
    ask(plain_port, host, path, &theirs);
    assert_int_equal(ours.status, theirs.status);
    assert_string_equal(ours.body, theirs.body);
    assert_int_equal(http_count(&ours, "X-Request-ID"), 1);
    assert_string_equal(http_field(&ours, "X-Site"), site);
    assert_same_field(&ours, &theirs, "X-Site");
    assert_same_field(&ours, &theirs, "Connection");
    assert_same_field(&ours, &theirs, "Strict-Transport-Security");
    assert_same_field(&ours, &theirs, "Access-Control-Allow-Origin");
    http_response_free(&ours);
    http_response_free(&theirs);
}

static void test_each_domain_answers_by_its_own_options(void **state)
{
    static const char *const paths[] = {"/here", "/nowhere"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_same("first.example", paths[i], "first");
        assert_same("second.example", paths[i], "second");
        assert_same("SECOND.example:8080", paths[i], "second");
        assert_same("third.example", paths[i], "first");
    }
}

static void test_responses_of_trails_own_have_their_domains_fields(void **state)
{
    static const char *const hosts[] = {"first.example", "second.example"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct http_response own;
        struct http_response other;
        ask(server.port, hosts[i], "/json", &own);
        ask(server.port, hosts[i], "/here", &other);
        assert_int_equal(http_count(&own, "X-Site"), 1);
        assert_same_field(&own, &other, "X-Site");
        assert_same_field(&own, &other, "Strict-Transport-Security");
        assert_same_field(&own, &other, "Access-Control-Allow-Origin");
        http_response_free(&own);
        http_response_free(&other);
    }
}

/* There CivetWeb answers as the domain that the thread has served before, whichever that was. */
static void test_any_other_name_is_of_the_servers_own_domain(void **state)
{
    static const char *const hosts[] = {"unknown.example", "[::1]:80", "second.example.org", ""};

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct http_response response;
        ask(server.port, hosts[i], "/here", &response);
        assert_string_equal(http_field(&response, "X-Site"), "first");
        http_response_free(&response);
    }
}

static void test_a_domain_that_civetweb_refuses_changes_nothing(void **state)
{
    const char *options[] = {"authentication_domain", "second.example", "additional_header",
                             "X-Site: taken", NULL};
    const char *nameless[] = {"no_such_option", "1", NULL};

    (void)state;
    assert_true(mg_start_domain(server.ctx, options) < 0);
    assert_true(mg_start_domain(server.ctx, nameless) < 0);
    assert_same("second.example", "/here", "second");
}

static void add_domains(struct mg_context *ctx)
{
    const char *second[] = {"authentication_domain",
                            "second.example",
                            "additional_header",
                            "X-Site: second",
                            "enable_keep_alive",
                            "no",
                            "strict_transport_security_max_age",
                            "60",
                            "access_control_allow_origin",
                            "http://second",
                            NULL};
    const char *third[] = {"authentication_domain", "third.example", NULL};

    assert_true(mg_start_domain(ctx, second) >= 0);
    assert_true(mg_start_domain(ctx, third) >= 0);
}

static int setup(void **state)
{
    const struct mg_callbacks callbacks = {.begin_request = answer};
    const char *options[] = {"listening_ports",
                             "127.0.0.1:0",
                             "num_threads",
                             "2",
                             "enable_keep_alive",
                             "yes",
                             "authentication_domain",
                             "first.example",
                             "additional_header",
                             "X-Site: first",
                             NULL};

    (void)state;
    server_start(&server,
                 &(struct server_options){.civetweb = {"authentication_domain", "first.example",
                                                       "additional_header", "X-Site: first"},
                                          .callbacks = callbacks});
    serve_without_trail(&callbacks, options);
    add_domains(server.ctx);
    add_domains(plain);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_domain_answers_by_its_own_options),
        cmocka_unit_test(test_responses_of_trails_own_have_their_domains_fields),
        cmocka_unit_test(test_any_other_name_is_of_the_servers_own_domain),
        cmocka_unit_test(test_a_domain_that_civetweb_refuses_changes_nothing),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
