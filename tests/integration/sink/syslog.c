#include "unit.h"

#include "syslog_server.h"

#include <trail/trail.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000, GLANCE_MS = 300, PARTS = 8 };

static struct syslog_server server;
static bool running;

static int set_up(void **state)
{
    running = syslog_server_start(&server, *(enum syslog_kind *)*state);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (running) {
        syslog_server_stop(&server);
    }
    return 0;
}

#define NEEDS_SERVER()                                                                             \
    do {                                                                                           \
        (void)state;                                                                               \
        if (!running) {                                                                            \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

static struct trail *open_trail(const char *address)
{
    char output[256];
    struct trail *trail = NULL;

    snprintf(output, sizeof(output), "syslog:%s", address);
    assert_int_equal(trail_open(&(struct trail_options){.service = "shop",
                                                        .output = output,
                                                        .ignore_environment = true},
                                &trail),
                     TRAIL_OK);
    return trail;
}

static struct trail *open_tcp(void)
{
    char address[64];

    snprintf(address, sizeof(address), "tcp://127.0.0.1:%d", server.tcp_port);
    return open_trail(address);
}

/* Splits a line of the server's log in place. */
static void split(char *line, char *parts[PARTS])
{
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < PARTS; i++) {
        parts[i] = line;
        line = strchr(line, '|');
        if (i + 1 < PARTS) {
            assert_non_null(line);
            *line++ = '\0';
        }
    }
}

/* The text, without what stands before its first brace: a server may keep the BOM or a space. */
static cJSON *event_of(const char *text)
{
    const char *brace = strchr(text, '{');

    assert_non_null(brace);
    assert_true(brace - text <= 4);
    return cJSON_Parse(brace);
}

/* A datagram may be lost: told again until it is there. */
static char *tell_until_found(const char *text)
{
    static char found[131072];
    const char *line = NULL;

    for (int i = 0; line == NULL && i < PATIENCE_MS / GLANCE_MS; i++) {
        trail_error("order_failed", text, trail_kv("note", "gr\xC3\xBC\xC3\x9F \"dich\""));
        line = syslog_server_find(&server, text, GLANCE_MS);
    }
    assert_non_null(line);
    snprintf(found, sizeof(found), "%s", line);
    return found;
}

static void assert_understood(const char *text)
{
    char *parts[PARTS];
    char process[32];

    split(tell_until_found(text), parts);
    assert_string_equal(parts[0], "11"); /* user, error */
    assert_int_equal(strspn(parts[1], "0123456789-"), 10);
    assert_int_equal(parts[1][10], 'T');
    assert_string_equal(parts[3], "shop");
    snprintf(process, sizeof(process), "%ld", (long)getpid());
    assert_string_equal(parts[4], process);
    assert_string_equal(parts[5], "order_failed");
    assert_non_null(strstr(parts[6], "trail@32473"));
    assert_non_null(strstr(parts[6], "requestId=\"request-1\""));
    cJSON *event = event_of(parts[7]);
    assert_non_null(event);
    assert_string_equal(cJSON_GetObjectItem(event, "message")->valuestring, text);
    assert_string_equal(cJSON_GetObjectItem(event, "note")->valuestring,
                        "gr\xC3\xBC\xC3\x9F \"dich\"");
    cJSON_Delete(event);
}

static void with_request(const char *address, const char *text)
{
    struct trail *trail = open_trail(address);
    struct trail_context *context;
    struct trail_scope scope;

    assert_int_equal(trail_context_new("request-1", &context), TRAIL_OK);
    trail_enter(context, &scope);
    assert_understood(text);
    trail_leave(&scope);
    trail_context_free(context);
    trail_close(trail);
}

static void test_messages_by_udp_are_understood(void **state)
{
    char address[64];

    NEEDS_SERVER();
    snprintf(address, sizeof(address), "udp://127.0.0.1:%d", server.udp_port);
    with_request(address, "by udp");
    with_request(address + strlen("udp://"), "by default");
}

static void test_messages_by_tcp_are_understood(void **state)
{
    char address[64];

    NEEDS_SERVER();
    snprintf(address, sizeof(address), "tcp://localhost:%d", server.tcp_port);
    with_request(address, "by tcp");
}

static void test_messages_by_unix_socket_are_understood(void **state)
{
    char address[160];

    NEEDS_SERVER();
    with_request(server.datagram_path, "by datagram");
    if (server.stream_path[0] != '\0') {
        snprintf(address, sizeof(address), "unix:%s", server.stream_path);
        with_request(address, "by stream");
    }
}

static void test_long_lines_come_whole_by_tcp(void **state)
{
    char text[20001];

    NEEDS_SERVER();
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct trail *trail = open_tcp();
    trail_info("long_line", "a long line", trail_kv("text", text));
    trail_info("short_line", "a short line");
    trail_close(trail);
    const char *line = syslog_server_find(&server, "a long line", PATIENCE_MS);
    assert_non_null(line);
    assert_non_null(strstr(line, text));
    assert_non_null(syslog_server_find(&server, "a short line", PATIENCE_MS));
}

static void test_every_line_comes_by_tcp_once_and_in_order(void **state)
{
    enum { LINES = 5000 };
    char text[64];
    int next = 0;

    NEEDS_SERVER();
    struct trail *trail = open_tcp();
    for (int i = 0; i < LINES; i++) {
        snprintf(text, sizeof(text), "number %d.", i);
        trail_info("counted", text);
    }
    trail_close(trail);
    assert_non_null(syslog_server_find(&server, text, PATIENCE_MS));
    FILE *file = fopen(server.log_path, "r");
    static char line[4096];
    while (fgets(line, sizeof(line), file) != NULL) {
        const char *number = strstr(line, "\"number ");
        assert_non_null(number);
        assert_int_equal(atoi(number + 8), next);
        next++;
    }
    fclose(file);
    assert_int_equal(next, LINES);
}

static void test_lines_wait_for_a_server_that_is_away(void **state)
{
    NEEDS_SERVER();
    struct trail *trail = open_tcp();
    trail_info("before", "before");
    assert_non_null(syslog_server_find(&server, "\"before\"", PATIENCE_MS));
    syslog_server_kill(&server);
    for (int i = 0; i < 100; i++) {
        trail_info("meanwhile", trail_message("meanwhile %d.", i));
    }
    syslog_server_restart(&server);
    for (int i = 0; i < 100; i++) {
        assert_non_null(
            syslog_server_find(&server, trail_message("\"meanwhile %d.\"", i), PATIENCE_MS));
    }
    trail_close(trail);
}

static enum syslog_kind kinds[] = {RSYSLOG, SYSLOG_NG};

#define CASE(name, kind)                                                                           \
    {                                                                                              \
#name " [" #kind "]", name, set_up, tear_down, &kinds[kind]                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_messages_by_udp_are_understood, RSYSLOG),
        CASE(test_messages_by_tcp_are_understood, RSYSLOG),
        CASE(test_messages_by_unix_socket_are_understood, RSYSLOG),
        CASE(test_long_lines_come_whole_by_tcp, RSYSLOG),
        CASE(test_every_line_comes_by_tcp_once_and_in_order, RSYSLOG),
        CASE(test_lines_wait_for_a_server_that_is_away, RSYSLOG),
        CASE(test_messages_by_udp_are_understood, SYSLOG_NG),
        CASE(test_messages_by_tcp_are_understood, SYSLOG_NG),
        CASE(test_messages_by_unix_socket_are_understood, SYSLOG_NG),
        CASE(test_long_lines_come_whole_by_tcp, SYSLOG_NG),
        CASE(test_every_line_comes_by_tcp_once_and_in_order, SYSLOG_NG),
        CASE(test_lines_wait_for_a_server_that_is_away, SYSLOG_NG),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
