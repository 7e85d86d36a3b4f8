/* What CivetWeb sends by itself, when no handler was there or none was asked. */
#include "fixture.h"

#include "tls.h"

#include <stdio.h>

static void test_civetwebs_own_errors_bear_the_id(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    http_exchange(server.port, "GET /nowhere HTTP/1.1\r\nX-Request-ID: none\r\n\r\n", &response);
    assert_int_equal(response.status, 404);
    assert_string_equal(response.body, "Error 404: Not Found\nNot Found");
    assert_int_equal(http_count(&response, "X-Request-ID"), 1);
    assert_string_equal(http_field(&response, "Connection"), "close");
    event = server_terminal(&server, "none");
    assert_string_equal(text_of(event, "level"), "info");
    assert_true(number_of(event, "status") == 404);
    cJSON_Delete(event);
    http_response_free(&response);
}

static bool errs_at_close;

/* Too late for anybody to see: CivetWeb is done with the request. */
static void on_close(const struct mg_connection *conn)
{
    if (errs_at_close) {
        mg_send_http_error((struct mg_connection *)(uintptr_t)conn, 500, "%s", "too late");
    }
    errs_at_close = false;
}

static void ask_once(int port, bool tls, int status_class, const char *id)
{
    struct http_client client;
    struct http_response response;
    char request[128];

    snprintf(request, sizeof(request),
             "GET /x HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: %s\r\nConnection: close\r\n\r\n",
             id);
    (tls ? http_connect_tls : http_connect)(&client, port);
    http_send(&client, request);
    http_receive(&client, false, &response);
    http_close(&client);
    assert_int_equal(response.status / 100, status_class);
    http_response_free(&response);
}

static void test_a_redirect_is_told_whatever_was_told_before(void **state)
{
    struct server redirecting;

    (void)state;
    if (server.tls_port == 0) {
        skip();
    }
    server_start_another(
        &redirecting, &server,
        &(struct server_options){
            .civetweb = {"listening_ports", "127.0.0.1:0r,127.0.0.1:0s", "num_threads", "1"},
            .certificate = tls_certificate(),
            .callbacks = {.connection_close = on_close},
        });
    errs_at_close = true;
    ask_once(redirecting.tls_port, true, 4, "before-1");
    server_wait(&server, "request_rejected", 1);
    ask_once(redirecting.tls_port, true, 4, "before-2");
    ask_once(redirecting.port, false, 3, "redirected");
    cJSON_Delete(server_ended(&server, "redirected", "request_completed", ""));
    server_stop(&redirecting);
}

static int setup(void **state)
{
    (void)state;
    server_start(&server, &(struct server_options){.certificate = tls_certificate()});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_civetwebs_own_errors_bear_the_id),
        cmocka_unit_test(test_a_redirect_is_told_whatever_was_told_before),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
