/* One server with handlers, and a request to it. */
#include "fixture.h"

#include <stdio.h>

struct server server;
struct mg_context *plain;
int plain_port;

void serve(const struct handler *handlers, size_t count, const struct server_options *options)
{
    server_start(&server, options);
    set_handlers(server.ctx, handlers, count);
}

void set_handlers(struct mg_context *ctx, const struct handler *handlers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mg_set_request_handler(ctx, handlers[i].uri, handlers[i].run, (void *)handlers[i].cbdata);
    }
}

void serve_without_trail(const struct mg_callbacks *callbacks, const char **options)
{
    plain_port = server_start_plain(&plain, callbacks, options);
}

void serve_both(const struct handler *handlers, size_t count)
{
    const char *options[] = {"listening_ports", "127.0.0.1:0", "enable_keep_alive", "yes", NULL};

    serve(handlers, count, &(struct server_options){.callbacks = {.begin_request = NULL}});
    serve_without_trail(NULL, options);
    set_handlers(plain, handlers, count);
}

int stop_serving(void **state)
{
    (void)state;
    if (plain != NULL) {
        mg_stop(plain);
        plain = NULL;
    }
    server_stop(&server);
    return 0;
}

static void ask(int port, const char *path, const char *id, struct http_response *ret_response)
{
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nX-Request-ID: %s\r\n\r\n", path, id);
    http_exchange(port, request, ret_response);
}

void get(const char *path, const char *id, struct http_response *ret_response)
{
    ask(server.port, path, id, ret_response);
}

void get_from(int port, const char *path, const char *id, struct http_response *ret_response)
{
    ask(port, path, id, ret_response);
    assert_int_equal(http_count(ret_response, "X-Request-ID"), 1);
    assert_string_equal(http_field(ret_response, "X-Request-ID"), id);
}

cJSON *leave_in_body(const char *request, const char *id)
{
    struct http_client client;
    cJSON *event;

    http_connect(&client, server.port);
    http_send(&client, request);
    http_end_sending(&client);
    http_receive_bytes(&client, 1000);
    http_close(&client);
    event = server_ended(&server, id, "request_aborted", "");
    assert_string_equal(text_of(event, "phase"), "request_body");
    return event;
}

int send_ok(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return 200;
}
