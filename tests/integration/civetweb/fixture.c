/* One server with handlers, and a request to it. */
#include "fixture.h"

#include <stdio.h>

struct server server;

void serve(const struct handler *handlers, size_t count, const struct server_options *options)
{
    server_start(&server, options);
    for (size_t i = 0; i < count; i++) {
        mg_set_request_handler(server.ctx, handlers[i].uri, handlers[i].run,
                               (void *)handlers[i].cbdata);
    }
}

int stop_serving(void **state)
{
    (void)state;
    server_stop(&server);
    return 0;
}

void get(const char *path, const char *id, struct http_response *ret_response)
{
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nX-Request-ID: %s\r\n\r\n", path, id);
    http_exchange(server.port, request, ret_response);
}

void get_from(int port, const char *path, const char *id, struct http_response *ret_response)
{
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nX-Request-ID: %s\r\n\r\n", path, id);
    http_exchange(port, request, ret_response);
    assert_int_equal(http_count(ret_response, "X-Request-ID"), 1);
    assert_string_equal(http_field(ret_response, "X-Request-ID"), id);
}

int send_ok(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return 200;
}
