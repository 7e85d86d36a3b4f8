/* A program that knows nothing of trail, with libtrail-auto.so preloaded: each domain of its server
 * answers as its own options say, and a connection that it gives up is closed. */
#include "unit.h"

#include "http.h"

#include <civetweb.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>

/* Debian's 1.15 has it; where CivetWeb has not, it is the preloaded library's. */
void mg_disable_keep_alive(struct mg_connection *conn) __attribute__((weak));

static struct mg_context *server;
static int port;

static void copy_a_file(void)
{
    FILE *from = tmpfile();
    FILE *to = tmpfile();

    fputs("more than the response", from);
    fflush(from);
    rewind(from);
    assert_int_equal(sendfile(fileno(to), fileno(from), NULL, 22), 22);
    fclose(from);
    fclose(to);
}

/* Handlers serve the server's own domain alone; this callback serves all. */
static int answer(struct mg_connection *conn)
{
    const char *path = mg_get_request_info(conn)->local_uri;

    if (strcmp(path, "/closing") == 0) {
        mg_disable_keep_alive(conn);
    } else if (strcmp(path, "/here") != 0 && strcmp(path, "/copying") != 0) {
        return 0;
    }
    mg_send_http_ok(conn, "text/plain", 2);
    if (strcmp(path, "/copying") == 0) {
        copy_a_file();
    }
    mg_write(conn, "ok", 2);
    return 200;
}

static int add_and_decline(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    assert_int_equal(mg_response_header_start(conn, 200), 0);
    assert_int_equal(mg_response_header_add(conn, "X-Added", "yes", -1), 0);
    return 0;
}

static void assert_answers(const char *host, const char *path, const char *site,
                           const char *connection)
{
    struct http_response response;
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host);
    http_exchange(port, request, &response);
    assert_int_equal(http_count(&response, "X-Request-ID"), 1);
    assert_string_equal(http_field(&response, "X-Site"), site);
    assert_string_equal(http_field(&response, "Connection"), connection);
    http_response_free(&response);
}

static void test_each_domain_answers_by_its_own_options(void **state)
{
    (void)state;
    assert_answers("first.example", "/here", "first", "keep-alive");
    assert_answers("second.example", "/here", "second", "close");
    assert_answers("third.example", "/here", "third", "close");
}

static void test_a_connection_is_closed_by_debians_name_as_well(void **state)
{
    (void)state;
    assert_answers("first.example", "/closing", "first", "close");
}

static void test_fields_go_on_to_the_file_that_civetweb_sends(void **state)
{
    struct http_response response;

    (void)state;
    http_exchange(port, "GET /passwd HTTP/1.1\r\nHost: first.example\r\n\r\n", &response);
    assert_int_equal(response.status, 200);
    assert_int_equal(http_count(&response, "X-Added"), 1);
    assert_int_equal(http_count(&response, "X-Request-ID"), 1);
    assert_non_null(strstr(response.body, "root:"));
    http_response_free(&response);
}

static void test_each_domain_refuses_by_its_own_options(void **state)
{
    (void)state;
    assert_answers("first.example", "/nowhere", "first", "close");
    assert_answers("second.example", "/nowhere", "second", "close");
    assert_answers("third.example", "/nowhere", "third", "close");
}

static void test_a_file_that_the_program_copies_is_no_part_of_the_response(void **state)
{
    static const char request[] = "GET /copying HTTP/1.1\r\nHost: first.example\r\n\r\n";
    struct http_client client;

    (void)state;
    http_connect(&client, port);
    for (int i = 0; i < 2; i++) {
        struct http_response response;
        http_send(&client, request);
        http_receive(&client, false, &response);
        assert_string_equal(response.body, "ok");
        http_response_free(&response);
    }
    http_close(&client);
}

static int setup(void **state)
{
    const struct mg_callbacks callbacks = {.begin_request = answer};
    const char *first[] = {"listening_ports",
                           "127.0.0.1:0",
                           "num_threads",
                           "2",
                           "enable_keep_alive",
                           "yes",
                           "authentication_domain",
                           "first.example",
                           "additional_header",
                           "X-Site: first",
                           "document_root",
                           "/etc",
                           NULL};
    const char *second[] = {"authentication_domain",
                            "second.example",
                            "additional_header",
                            "X-Site: second",
                            "enable_keep_alive",
                            "no",
                            NULL};
    const char *third[] = {"authentication_domain",
                           "third.example",
                           "additional_header",
                           "X-Site: third",
                           "enable_keep_alive",
                           "no",
                           NULL};
    struct mg_error_data error = {0};
    struct mg_server_port listening;

    (void)state;
    server = mg_start(&callbacks, NULL, first);
    assert_non_null(server);
    assert_int_equal(mg_get_server_ports(server, 1, &listening), 1);
    port = listening.port;
    mg_set_request_handler(server, "/passwd", add_and_decline, NULL);
    assert_true(mg_start_domain(server, second) > 0);
    assert_true(mg_start_domain2(server, third, &error) > 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mg_stop(server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_domain_answers_by_its_own_options),
        cmocka_unit_test(test_a_connection_is_closed_by_debians_name_as_well),
        cmocka_unit_test(test_a_file_that_the_program_copies_is_no_part_of_the_response),
        cmocka_unit_test(test_fields_go_on_to_the_file_that_civetweb_sends),
        cmocka_unit_test(test_each_domain_refuses_by_its_own_options),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
