/* Many connections at once: no ID ever appears on another's line or response. */
#include "fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS = 64 };

static unsigned requests = 50; /* on each connection */

static int answer(struct mg_connection *conn, void *cbdata)
{
    const char *own = mg_get_header(conn, "X-Own");

    (void)cbdata;
    trail_bind(trail_kv("bound", own));
    trail_info("worked", NULL, trail_kv("own", own));
    if (own[strlen(own) - 1] % 2 == 0) {
        mg_send_http_ok(conn, "text/plain", (long long)strlen(own));
        mg_write(conn, own, strlen(own));
    } else {
        mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(own), own);
    }
    return 200;
}

static void *ask_many(void *number)
{
    struct http_client client;

    http_connect(&client, server.port);
    for (unsigned i = 0; i < requests; i++) {
        struct http_response response;
        char request[256];
        char id[32];
        snprintf(id, sizeof(id), "c%zu-%u", (size_t)number, i);
        snprintf(request, sizeof(request),
                 "GET /own HTTP/1.1\r\nX-Request-ID: %s\r\nX-Own: %s\r\n\r\n", id, id);
        http_send(&client, request);
        http_receive(&client, false, &response);
        assert_string_equal(http_field(&response, "X-Request-ID"), id);
        assert_string_equal(response.body, id);
        http_response_free(&response);
    }
    http_close(&client);
    return NULL;
}

static void test_no_id_appears_on_anothers_line_or_response(void **state)
{
    pthread_t threads[CONNECTIONS];
    size_t all = (size_t)requests * CONNECTIONS;

    (void)state;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_many, (void *)i), 0);
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        pthread_join(threads[i], NULL);
    }
    server_wait(&server, "request_completed", all);
    assert_int_equal(trail_memory_count(server.memory, "request_completed"), all);
    assert_int_equal(trail_memory_count(server.memory, "worked"), all);
    for (size_t i = 0; i < trail_memory_size(server.memory); i++) {
        cJSON *line = cJSON_Parse(trail_memory_line(server.memory, i));
        const char *event = text_of(line, "event");
        if (strcmp(event, "worked") == 0) {
            assert_string_equal(text_of(line, "own"), text_of(line, "requestId"));
        }
        if (strcmp(event, "request_completed") == 0 || strcmp(event, "worked") == 0) {
            assert_string_equal(text_of(line, "bound"), text_of(line, "requestId"));
        }
        cJSON_Delete(line);
    }
}

static int setup(void **state)
{
    (void)state;
    if (getenv("TRAIL_TEST_LONG") != NULL) {
        requests = 1600;
    }
    server_start(&server, &(struct server_options){
                              .civetweb = {"num_threads", "64", "keep_alive_timeout_ms", "30000"}});
    mg_set_request_handler(server.ctx, "/own", answer, NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_id_appears_on_anothers_line_or_response),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
