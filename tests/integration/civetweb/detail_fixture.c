/* What a request of these tests does and says, and what of it is in the log. */
#include "detail_fixture.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

int succeed(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    trail_debug("first", NULL);
    trail_info("second", NULL);
    trail_debug("third", NULL);
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return 200;
}

int be_broken(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    trail_debug("first", NULL);
    trail_info("second", NULL);
    trail_debug("third", NULL);
    mg_send_http_error(conn, 500, "%s", "broken");
    return 500;
}

int be_slow(struct mg_connection *conn, void *cbdata)
{
    poll(NULL, 0, 1100);
    return succeed(conn, cbdata);
}

int ask_for_it(struct mg_connection *conn, void *cbdata)
{
    trail_keep();
    return succeed(conn, cbdata);
}

void ask(const char *path, const char *id, const char *fields)
{
    struct http_response response;
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nX-Request-ID: %s\r\n%s\r\n", path, id,
             fields);
    http_exchange(server.port, request, &response);
    http_response_free(&response);
}

size_t events_of(const char *id, char events[][32], size_t max)
{
    size_t count = 0;

    cJSON_Delete(server_terminal(&server, id));
    for (size_t i = 0; i < trail_memory_size(server.memory); i++) {
        cJSON *line = cJSON_Parse(trail_memory_line(server.memory, i));
        if (strcmp(text_of(line, "requestId"), id) == 0) {
            assert_true(count < max);
            snprintf(events[count++], 32, "%s", text_of(line, "event"));
        }
        cJSON_Delete(line);
    }
    return count;
}

void assert_events(const char *id, const char *expected)
{
    char events[LINES_MAX][32];
    char all[LINES_MAX * 33] = "";
    size_t count = events_of(id, events, LINES_MAX);

    for (size_t i = 0; i < count; i++) {
        strcat(strcat(all, i > 0 ? " " : ""), events[i]);
    }
    assert_string_equal(all, expected);
}
