/* WebSockets: the ID on the handshake, the request's logger in all four callbacks, and two events
 * with what went over the wire. */
#include "fixture.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static struct mg_connection *opened;

static int on_connect(const struct mg_connection *conn, void *cbdata)
{
    (void)conn;
    trail_info("seen_connect", NULL);
    return cbdata != NULL;
}

static void on_ready(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    trail_info("seen_ready", NULL);
    opened = conn;
    assert_int_equal(mg_websocket_write(conn, MG_WEBSOCKET_OPCODE_TEXT, "welcome", 7), 7);
}

static int on_data(struct mg_connection *conn, int bits, char *data, size_t size, void *cbdata)
{
    (void)cbdata;
    trail_info("seen_data", NULL);
    if ((bits & 0xF) == MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE) {
        return 0;
    }
    assert_int_equal(mg_websocket_write(conn, MG_WEBSOCKET_OPCODE_TEXT, data, size), size);
    return 1;
}

static void on_close(const struct mg_connection *conn, void *cbdata)
{
    (void)conn;
    (void)cbdata;
    trail_info("seen_close", NULL);
}

static void open_websocket(struct http_client *client, const char *path, const char *id,
                           struct http_response *ret_response)
{
    char request[512];

    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
             "X-Request-ID: %s\r\n\r\n",
             path, id);
    http_connect(client, server.port);
    http_send(client, request);
    http_receive(client, false, ret_response);
}

/* A masked frame; the mask is zero, so that the payload stands as it is. */
static void send_frame(struct http_client *client, int opcode, const char *payload)
{
    char frame[128] = {(char)(0x80 | opcode), (char)(0x80 | strlen(payload))};

    memcpy(frame + 6, payload, strlen(payload));
    http_send_bytes(client, frame, 6 + strlen(payload));
}

static void assert_frame(struct http_client *client, const char *payload)
{
    size_t size = strlen(payload);

    assert_true(http_receive_bytes(client, size + 2) >= size + 2);
    assert_int_equal((unsigned char)client->bytes[0], 0x81);
    assert_int_equal(client->bytes[1], size);
    assert_memory_equal(client->bytes + 2, payload, size);
    client->size -= size + 2;
    memmove(client->bytes, client->bytes + size + 2, client->size);
}

static void assert_under(const char *event, const char *id)
{
    cJSON *line = server_event(&server, event, 0);

    assert_string_equal(text_of(line, "requestId"), id);
    cJSON_Delete(line);
}

static void *write_from_another_thread(void *unused)
{
    assert_int_equal(mg_websocket_write(opened, MG_WEBSOCKET_OPCODE_TEXT, "pushed", 6), 6);
    return unused;
}

static void test_a_websocket_lives_under_its_request(void **state)
{
    struct http_client client;
    struct http_response response;
    pthread_t thread;
    cJSON *event;

    (void)state;
    open_websocket(&client, "/ws", "ws-1", &response);
    assert_int_equal(response.status, 101);
    assert_int_equal(http_count(&response, "X-Request-ID"), 1);
    assert_string_equal(http_field(&response, "X-Request-ID"), "ws-1");
    assert_string_equal(http_field(&response, "Upgrade"), "websocket");
    assert_string_equal(http_field(&response, "Sec-WebSocket-Accept"),
                        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    http_response_free(&response);
    assert_frame(&client, "welcome");
    send_frame(&client, 1, "hello");
    assert_frame(&client, "hello");
    assert_int_equal(pthread_create(&thread, NULL, write_from_another_thread, NULL), 0);
    pthread_join(thread, NULL);
    assert_frame(&client, "pushed");
    send_frame(&client, 8, "");
    event = server_event(&server, "websocket_closed", 0);
    assert_string_equal(text_of(event, "requestId"), "ws-1");
    assert_string_equal(text_of(event, "route"), "/ws");
    assert_true(number_of(event, "framesIn") >= 1);
    assert_true(number_of(event, "bytesIn") >= 5);
    assert_true(number_of(event, "framesOut") == 3);
    assert_true(number_of(event, "bytesOut") == 18);
    assert_true(number_of(event, "durationMs") > 0);
    cJSON_Delete(event);
    assert_under("websocket_opened", "ws-1");
    assert_under("seen_connect", "ws-1");
    assert_under("seen_ready", "ws-1");
    assert_under("seen_data", "ws-1");
    assert_under("seen_close", "ws-1");
    event = server_terminal(&server, "ws-1");
    assert_string_equal(text_of(event, "event"), "request_completed");
    assert_true(number_of(event, "status") == 101);
    cJSON_Delete(event);
    http_close(&client);
}

static void test_a_handshake_that_civetweb_refuses_bears_the_id(void **state)
{
    struct http_response response;

    (void)state;
    http_exchange(server.port,
                  "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "X-Request-ID: ws-bad\r\n\r\n",
                  &response);
    assert_int_equal(response.status, 400);
    assert_string_equal(http_field(&response, "X-Request-ID"), "ws-bad");
    http_response_free(&response);
    cJSON_Delete(server_terminal(&server, "ws-bad"));
}

static void test_a_key_too_long_for_civetweb_is_an_error_with_the_id(void **state)
{
    struct http_response response;

    (void)state;
    http_exchange(server.port,
                  "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\nX-Request-ID: ws-long\r\nSec-WebSocket-Key: "
                  "0123456789012345678901234567890123456789012345678901234567890123456789\r\n\r\n",
                  &response);
    assert_int_equal(response.status, 500);
    assert_string_equal(http_field(&response, "X-Request-ID"), "ws-long");
    http_response_free(&response);
    cJSON_Delete(server_terminal(&server, "ws-long"));
}

static void test_a_websocket_that_the_handler_refuses_is_not_opened(void **state)
{
    size_t before = trail_memory_count(server.memory, "websocket_opened");
    struct http_client client;
    cJSON *event;

    (void)state;
    http_connect(&client, server.port);
    http_send(&client, "GET /refused HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nX-Request-ID: ws-no\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assert_true(http_is_closed(&client));
    http_close(&client);
    event = server_terminal(&server, "ws-no");
    assert_string_equal(text_of(event, "errorCode"), "no_response");
    assert_int_equal(trail_memory_count(server.memory, "websocket_opened"), before);
    cJSON_Delete(event);
}

/* Refuses nobody, but waits until the client has gone. */
static atomic_bool connecting;
static atomic_bool client_gone;

static int connect_later(const struct mg_connection *conn, void *cbdata)
{
    (void)conn;
    (void)cbdata;
    atomic_store(&connecting, true);
    while (!atomic_load(&client_gone)) {
        poll(NULL, 0, 1);
    }
    return 0;
}

static void test_a_client_that_leaves_before_the_handshake_has_aborted(void **state)
{
    struct http_client client;
    cJSON *event;

    (void)state;
    http_connect(&client, server.port);
    http_send(&client, "GET /later HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nX-Request-ID: ws-gone\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    while (!atomic_load(&connecting)) {
        poll(NULL, 0, 1);
    }
    http_reset(&client);
    atomic_store(&client_gone, true);
    event = server_ended(&server, "ws-gone", "request_aborted", "");
    assert_string_equal(text_of(event, "phase"), "response_head");
    assert_null(cJSON_GetObjectItem(event, "status"));
    cJSON_Delete(event);
}

static void test_the_longest_key_that_civetweb_takes_is_answered_with_the_id(void **state)
{
    struct http_client client;
    struct http_response response;
    cJSON *event;

    (void)state;
    http_connect(&client, server.port);
    http_send(&client, "GET /quiet HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nX-Request-ID: ws-63\r\nSec-WebSocket-Key: "
                       "012345678901234567890123456789012345678901234567890123456789012\r\n\r\n");
    http_receive(&client, false, &response);
    assert_int_equal(response.status, 101);
    assert_string_equal(http_field(&response, "X-Request-ID"), "ws-63");
    http_response_free(&response);
    http_close(&client);
    event = server_ended(&server, "ws-63", "request_completed", "");
    assert_true(number_of(event, "status") == 101);
    cJSON_Delete(event);
}

static struct trail_context *entered;

static int enter_and_stay(struct mg_connection *conn, int bits, char *data, size_t size,
                          void *cbdata)
{
    static struct trail_scope scope;

    (void)conn, (void)bits, (void)data, (void)size, (void)cbdata;
    assert_int_equal(trail_context_new("another", &entered), TRAIL_OK);
    trail_enter(entered, &scope);
    return 0;
}

static void test_a_scope_that_was_not_left_ends_before_the_close(void **state)
{
    size_t before = trail_memory_count(server.memory, "seen_close");
    struct http_client client;
    struct http_response response;
    cJSON *event;

    (void)state;
    open_websocket(&client, "/stays", "ws-scope", &response);
    http_response_free(&response);
    send_frame(&client, 1, "hello");
    event = server_event(&server, "seen_close", before);
    assert_string_equal(text_of(event, "requestId"), "ws-scope");
    cJSON_Delete(event);
    cJSON_Delete(server_terminal(&server, "ws-scope"));
    trail_context_free(entered);
    http_close(&client);
}

static int setup(void **state)
{
    (void)state;
    server_start(&server, &(struct server_options){0});
    mg_set_websocket_handler(server.ctx, "/ws", on_connect, on_ready, on_data, on_close, NULL);
    mg_set_websocket_handler(server.ctx, "/refused", on_connect, on_ready, on_data, on_close,
                             &server);
    mg_set_websocket_handler(server.ctx, "/later", connect_later, NULL, NULL, NULL, NULL);
    mg_set_websocket_handler(server.ctx, "/quiet", NULL, NULL, NULL, on_close, NULL);
    mg_set_websocket_handler(server.ctx, "/stays", NULL, NULL, enter_and_stay, on_close, NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_websocket_lives_under_its_request),
        cmocka_unit_test(test_a_handshake_that_civetweb_refuses_bears_the_id),
        cmocka_unit_test(test_a_key_too_long_for_civetweb_is_an_error_with_the_id),
        cmocka_unit_test(test_a_websocket_that_the_handler_refuses_is_not_opened),
        cmocka_unit_test(test_a_client_that_leaves_before_the_handshake_has_aborted),
        cmocka_unit_test(test_the_longest_key_that_civetweb_takes_is_answered_with_the_id),
        cmocka_unit_test(test_a_scope_that_was_not_left_ends_before_the_close),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
