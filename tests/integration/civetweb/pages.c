/* Errors that are answered by a page of error_pages, or by the application: what is told of them is
 * what was sent. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char pages[] = "/tmp/trail-pages-XXXXXX\0"; /* room for a slash */
static struct server answering;                    /* its application answers errors itself */

static void test_a_page_bears_the_id_and_is_told_as_it_was_sent(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    get_from(server.port, "/nowhere", "page-1", &response);
    assert_string_equal(response.body, "<h1>our own page</h1>");
    event = server_terminal(&server, "page-1");
    assert_true(number_of(event, "status") == response.status);
    assert_true(number_of(event, "bytesOut") == (double)response.body_size);
    cJSON_Delete(event);
    http_response_free(&response);
}

static void test_a_page_of_which_there_is_no_such_range_is_an_error_with_the_id(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    http_exchange(server.port,
                  "GET /nowhere HTTP/1.1\r\nRange: bytes=1000-\r\nX-Request-ID: no-range\r\n\r\n",
                  &response);
    assert_int_equal(response.status, 416);
    assert_int_equal(http_count(&response, "X-Request-ID"), 1);
    assert_string_equal(http_field(&response, "X-Request-ID"), "no-range");
    assert_string_equal(http_field(&response, "Connection"), "close");
    http_response_free(&response);
    event = server_ended(&server, "no-range", "request_completed", "");
    assert_true(number_of(event, "status") == 416);
    cJSON_Delete(event);
}

/* An unparsed request, and how it was answered and told. */
static void assert_told(const struct server *asked, const char *body)
{
    size_t before = trail_memory_count(server.memory, "request_rejected");
    struct http_response response;
    cJSON *event;

    http_exchange(asked->port, "GARBAGE\r\n\r\n", &response);
    assert_string_equal(response.body, body);
    event = server_event(&server, "request_rejected", before);
    assert_string_equal(text_of(event, "reason"), "malformed");
    assert_true(number_of(event, "status") == response.status);
    cJSON_Delete(event);
    http_response_free(&response);
}

static void test_a_rejected_request_has_the_status_that_was_sent(void **state)
{
    (void)state;
    assert_told(&server, "<h1>our own page</h1>");
    assert_told(&answering, "teapot");
}

static void test_a_rejected_request_that_was_not_answered_has_no_status(void **state)
{
    size_t before = trail_memory_count(server.memory, "request_rejected");
    struct http_client client;
    cJSON *event;

    (void)state;
    http_connect(&client, answering.port);
    http_send(&client, "GET / HTTP/3.0\r\n\r\n");
    assert_true(http_is_closed(&client));
    http_close(&client);
    event = server_event(&server, "request_rejected", before);
    assert_string_equal(text_of(event, "reason"), "bad_http_version");
    assert_null(cJSON_GetObjectItem(event, "status"));
    cJSON_Delete(event);
}

static int answer_error(struct mg_connection *conn, int status, const char *message)
{
    (void)message;
    if (status != 505) {
        mg_printf(conn, "HTTP/1.1 418 Teapot\r\nContent-Length: 6\r\n\r\nteapot");
    }
    return 0;
}

static int setup(void **state)
{
    char path[128];
    FILE *file;

    (void)state;
    assert_non_null(mkdtemp(pages));
    snprintf(path, sizeof(path), "%s/error4xx.html", pages);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("<h1>our own page</h1>", file);
    fclose(file);
    strcat(pages, "/");
    server_start(&server, &(struct server_options){.civetweb = {"error_pages", pages}});
    server_start_another(&answering, &server,
                         &(struct server_options){.callbacks = {.http_error = answer_error}});
    return 0;
}

static int teardown(void **state)
{
    char path[128];

    server_stop(&answering);
    stop_serving(state);
    snprintf(path, sizeof(path), "%serror4xx.html", pages);
    unlink(path);
    rmdir(pages);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page_bears_the_id_and_is_told_as_it_was_sent),
        cmocka_unit_test(test_a_page_of_which_there_is_no_such_range_is_an_error_with_the_id),
        cmocka_unit_test(test_a_rejected_request_has_the_status_that_was_sent),
        cmocka_unit_test(test_a_rejected_request_that_was_not_answered_has_no_status),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
