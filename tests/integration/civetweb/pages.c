/* Errors that are answered by a page of error_pages. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char pages[] = "/tmp/trail-pages-XXXXXX\0"; /* room for a slash */

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
    return 0;
}

static int teardown(void **state)
{
    char path[128];

    stop_serving(state);
    snprintf(path, sizeof(path), "%serror4xx.html", pages);
    unlink(path);
    rmdir(pages);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page_of_which_there_is_no_such_range_is_an_error_with_the_id),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
