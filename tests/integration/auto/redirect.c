/* A program that knows nothing of trail, with libtrail-auto.so preloaded: CivetWeb answers on a
 * port that leads to HTTPS before it asks anybody. */
#include "unit.h"

#include "http.h"
#include "tls.h"

#include <civetweb.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct mg_context *server;
static int port;
static char log_path[] = "/tmp/trail-redirect-XXXXXX";

/* The one line of the log that bears this ID, once the server has stopped. */
static cJSON *event_of(const char *id)
{
    FILE *log = fopen(log_path, "r");
    cJSON *found = NULL;
    char line[4096];

    assert_non_null(log);
    while (fgets(line, sizeof(line), log) != NULL) {
        cJSON *event = cJSON_Parse(line);
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(event, "requestId"));
        if (text != NULL && strcmp(text, id) == 0) {
            assert_null(found);
            found = event;
        } else {
            cJSON_Delete(event);
        }
    }
    fclose(log);
    assert_non_null(found);
    return found;
}

static void test_a_redirect_to_https_bears_the_id(void **state)
{
    struct http_client client;
    struct http_response response;
    cJSON *event;

    (void)state;
    http_connect(&client, port);
    http_send(&client, "GET /there?a=b HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: led\r\n\r\n");
    http_receive(&client, false, &response);
    assert_int_equal(response.status / 100, 3);
    assert_non_null(strstr(http_field(&response, "Location"), "/there?a=b"));
    assert_int_equal(http_count(&response, "X-Request-ID"), 1);
    assert_string_equal(http_field(&response, "X-Request-ID"), "led");
    assert_string_equal(http_field(&response, "Connection"), "close");
    assert_true(http_is_closed(&client));
    http_close(&client);
    mg_stop(server);
    event = event_of("led");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(event, "event")),
                        "request_completed");
    assert_int_equal(cJSON_GetObjectItem(event, "status")->valueint, response.status);
    cJSON_Delete(event);
    http_response_free(&response);
}

static int setup(void **state)
{
    const struct mg_callbacks callbacks = {.begin_request = NULL};
    const char *options[] = {"listening_ports",
                             "127.0.0.1:0r,127.0.0.1:0s",
                             "ssl_certificate",
                             tls_certificate(),
                             "num_threads",
                             "2",
                             "enable_keep_alive",
                             "yes",
                             NULL};
    struct mg_server_port listening[2];
    char output[64];
    int fd;

    (void)state;
    fd = mkstemp(log_path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(output, sizeof(output), "file:%s", log_path);
    setenv("TRAIL_OUTPUT", output, 1);
    mg_init_library(MG_FEATURES_SSL);
    server = mg_start(&callbacks, NULL, options);
    assert_non_null(server);
    assert_int_equal(mg_get_server_ports(server, 2, listening), 2);
    port = listening[0].port;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return unlink(log_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_redirect_to_https_bears_the_id),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
