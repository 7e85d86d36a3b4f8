/* The request ID on the way in: accepted, made, or replaced, and never twice on a response. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UUID       "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
#define OTHER_UUID "3f2504e0-4f89-41d3-9a0c-0305e82c3302"

static void test_of_a_header_that_comes_twice_the_first_is_told(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    http_exchange(server.port,
                  "GET /ok HTTP/1.1\r\nUser: none\r\nuser-AGENT: one\r\nUser-Agent: two\r\n"
                  "X-Request-ID: twice-told\r\n\r\n",
                  &response);
    http_response_free(&response);
    event = server_terminal(&server, "twice-told");
    assert_string_equal(text_of(event, "userAgent"), "one");
    cJSON_Delete(event);
}

static int setup(void **state)
{
    (void)state;
    server_start(&server, &(struct server_options){0});
    mg_set_request_handler(server.ctx, "**", send_ok, NULL);
    return 0;
}

/* Sends a request with these header lines; returns the ID of the response, to be freed. */
static char *ask(const char *lines, size_t size)
{
    static const char head[] = "GET /ids HTTP/1.1\r\nHost: localhost\r\n";
    struct http_client client;
    struct http_response response;
    char *id;

    http_connect(&client, server.port);
    http_send(&client, head);
    http_send_bytes(&client, lines, size);
    http_send(&client, "\r\n");
    http_receive(&client, false, &response);
    http_close(&client);
    assert_int_equal(http_count(&response, "X-Request-ID"), 1);
    id = strdup(http_field(&response, "X-Request-ID"));
    assert_non_null(id);
    http_response_free(&response);
    return id;
}

static void assert_uuid(const char *id)
{
    assert_int_equal(strlen(id), 36);
    assert_int_equal(strspn(id, "0123456789abcdef-"), 36);
}

/* The lines are answered under their own ID. */
static void assert_accepted(const char *lines, const char *expected)
{
    char *id = ask(lines, strlen(lines));
    cJSON *event = server_terminal(&server, expected);

    assert_string_equal(id, expected);
    assert_string_equal(text_of(event, "event"), "request_completed");
    cJSON_Delete(event);
    free(id);
}

/* The lines are answered under a new ID, and the log tells why, but never the value. */
static void assert_replaced(const char *lines, size_t size, const char *reason, double length)
{
    size_t before = trail_memory_count(server.memory, "request_id_rejected");
    char *id = ask(lines, size);
    cJSON *event = server_event(&server, "request_id_rejected", before);

    assert_uuid(id);
    assert_string_equal(text_of(event, "requestId"), id);
    assert_string_equal(text_of(event, "reason"), reason);
    assert_string_equal(text_of(event, "level"), "warn");
    assert_true(number_of(event, "length") == length);
    cJSON_Delete(event);
    free(id);
}

static void test_a_request_without_an_id_gets_one(void **state)
{
    char *id = ask("", 0);
    cJSON *event = server_terminal(&server, id);

    (void)state;
    assert_uuid(id);
    assert_string_equal(text_of(event, "method"), "GET");
    assert_string_equal(text_of(event, "path"), "/ids");
    assert_string_equal(text_of(event, "route"), "**");
    assert_string_equal(text_of(event, "peerIp"), "127.0.0.1");
    assert_true(number_of(event, "status") == 200);
    assert_true(number_of(event, "bytesOut") == 2);
    assert_true(number_of(event, "durationMs") >= 0);
    cJSON_Delete(event);
    free(id);
}

static void test_a_valid_id_of_a_trusted_peer_is_kept(void **state)
{
    char line[200];
    char longest[129];

    (void)state;
    assert_accepted("X-Request-ID: order-1\r\n", "order-1");
    assert_accepted("x-request-id: order-2\r\n", "order-2");
    assert_accepted("X-Request-ID: aZ09._~:+/=@-\r\n", "aZ09._~:+/=@-");
    memset(longest, 'l', 128);
    longest[128] = '\0';
    snprintf(line, sizeof(line), "X-Request-ID: %s\r\n", longest);
    assert_accepted(line, longest);
}

static void test_the_header_is_known_in_every_spelling(void **state)
{
    (void)state;
    assert_accepted("X-Request-ID:spelling-1\r\n", "spelling-1");
    assert_accepted("X-Request-ID:  spelling-2 \r\n", "spelling-2");
    assert_accepted("X-Request-ID : spelling-3\r\n", "spelling-3");
    assert_accepted("X-REQUEST-id: spelling-4\r\n", "spelling-4");
    assert_accepted("X-Request-I: no\r\nX-Request-IDs:no\r\nX-Bequest-ID: no\r\n"
                    "X-Request-ID: spelling-5\r\nX-Request-IE: no\r\n",
                    "spelling-5");
}

/* The line behind it ends where a UUID would. */
static void test_a_short_id_is_not_taken_for_a_longer_one(void **state)
{
    (void)state;
    assert_accepted("X-Request-ID: abc\r\nA: 0123456789012345678901234567\r\n", "abc");
    assert_accepted("X-Request-ID: " UUID "\r\n", UUID);
    assert_accepted("X-Request-ID: " UUID "x\r\n", UUID "x");
}

/* Nor do others of that length pass that have one byte of another kind. */
static void test_ids_of_a_uuids_length_are_looked_at_like_any(void **state)
{
    static const char *const accepted[] = {"3f2504e0_4f89_41d3_9a0c_0305e82c3301",
                                           "3f2504e0-4f89-41d3-9a0c-0305e82c330~",
                                           "=f2504e0-4f89-41d3-9a0c-0305e82c3301"};
    static const char *const rejected[] = {"3f2504e0-4f89-41d3 9a0c-0305e82c3301",
                                           "3f2504e0-4f89-41d3-9a0c-0305e82c33\"1",
                                           ",f2504e0-4f89-41d3-9a0c-0305e82c3301"};
    char line[64];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        snprintf(line, sizeof(line), "X-Request-ID: %s\r\n", accepted[i]);
        assert_accepted(line, accepted[i]);
        snprintf(line, sizeof(line), "X-Request-ID: %s\r\n", rejected[i]);
        assert_replaced(line, strlen(line), "bad_character", 36);
    }
}

static void test_an_id_that_stands_twice_with_one_value_is_kept(void **state)
{
    (void)state;
    assert_accepted("X-Request-ID: " OTHER_UUID "\r\nX-Request-ID: " OTHER_UUID "\r\n", OTHER_UUID);
    assert_accepted("X-Request-ID: twice\r\nx-request-ID: twice\r\n", "twice");
}

static void test_a_bad_id_is_replaced_and_never_logged(void **state)
{
    static const struct {
        const char *lines;
        const char *reason;
        double length;
    } rows[] = {
        {"X-Request-ID: \r\n", "empty", 0},
        {"X-Request-ID: a b\r\n", "bad_character", 3},
        {"X-Request-ID: a%0ab\r\n", "bad_character", 5},
        {"X-Request-ID: \"quoted\"\r\n", "bad_character", 8},
        {"X-Request-ID: \xC3\xA4\r\n", "bad_character", 2},
        {"X-Request-ID: a\r\nX-Request-ID: b\r\n", "duplicated", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_replaced(rows[i].lines, strlen(rows[i].lines), rows[i].reason, rows[i].length);
    }
}

static void test_of_uuids_that_differ_none_is_kept(void **state)
{
    static const struct {
        const char *lines;
        double length;
    } rows[] = {
        {"X-Request-ID: " UUID "\r\nX-Request-ID: " OTHER_UUID "\r\n", 36},
        {"X-Request-ID: " UUID "\r\nX-Request-ID: b\r\n", 36},
        {"X-Request-ID: b\r\nX-Request-ID: " UUID "\r\n", 1},
        {"X-Request-ID: " UUID "\r\n " UUID "\r\n", 36},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_replaced(rows[i].lines, strlen(rows[i].lines), "duplicated", rows[i].length);
    }
}

static void test_an_id_that_is_folded_is_replaced(void **state)
{
    (void)state;
    assert_replaced("X-Request-ID: folded\r\n evil\r\n", 29, "duplicated", 6);
    assert_replaced("X-Request-ID: folded\r\n folded\r\n", 31, "duplicated", 6);
}

static void test_an_id_that_is_too_long_is_replaced(void **state)
{
    static const size_t sizes[] = {129, 8000};
    char *line = malloc(9000);

    (void)state;
    assert_non_null(line);
    for (size_t i = 0; i < 2; i++) {
        int size = snprintf(line, 9000, "X-Request-ID: %0*d\r\n", (int)sizes[i], 7);
        assert_replaced(line, (size_t)size, "too_long", (double)sizes[i]);
    }
    free(line);
}

static void test_an_id_beyond_the_64th_header_is_found(void **state)
{
    char lines[8192];
    size_t size = 0;

    (void)state;
    for (int i = 0; i < 80; i++) {
        size += (size_t)snprintf(lines + size, sizeof(lines) - size, "X-Filler-%d: %d\r\n", i, i);
    }
    strcpy(lines + size, "X-Request-ID: far-away\r\n");
    assert_accepted(lines, "far-away");
    strcpy(lines + size, "X-Request-ID: one\r\nX-Request-ID: other\r\n");
    assert_replaced(lines, strlen(lines), "duplicated", 3);
}

/* A head that CivetWeb takes although its last line alone ends in LF: behind its 64 lines comes the
 * body, up to the last byte of CivetWeb's buffer. */
static void test_no_body_is_read_as_header_lines(void **state)
{
    enum { BUFFER_SIZE = 16384, BODY_SIZE = 15000 };
    static const char lead[] = "POST / HTTP/1.1\r\nContent-Length: 15000\r\n";
    static const char body[] = "\n\nX-Request-ID: in-the-body\r\n";
    static char request[BUFFER_SIZE];
    size_t size = sizeof(lead) - 1;
    struct http_client client;
    struct http_response response;

    (void)state;
    memset(request, 'a', BUFFER_SIZE);
    memcpy(request, lead, size);
    for (int i = 0; i < 62; i++, size += 5) {
        memcpy(request + size, "A:a\r\n", 5);
    }
    memcpy(request + size, "Z:", 2);
    memcpy(request + BUFFER_SIZE - BODY_SIZE - 2, body, sizeof(body) - 1);
    http_connect(&client, server.port);
    http_send_bytes(&client, request, BUFFER_SIZE);
    http_receive(&client, false, &response);
    assert_uuid(http_field(&response, "X-Request-ID"));
    http_response_free(&response);
    http_close(&client);
}

/* CR, LF, NUL, ESC and the like: CivetWeb refuses most; whatever it does, the answer has one ID,
 * and nothing of theirs is in the log. */
static void test_raw_control_bytes_never_come_through(void **state)
{
    static const char *const lines[] = {
        "X-Request-ID: evil\rX-Evil: 1\r\n", "X-Request-ID: evil\nX-Evil: 1\r\n",
        "X-Request-ID: evil\033[31m\r\n",    "X-Request-ID: evil\x01\r\n",
        "X-Request-ID: evil\tx\r\n",         "X-Request-ID: evil\x7f\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char *id = ask(lines[i], strlen(lines[i]));
        assert_null(strpbrk(id, "\r\n\033\001\t\x7f"));
        if (strncmp(id, "evil", 4) == 0) {
            assert_string_equal(id, "evil"); /* a bare LF ends a line, as CivetWeb reads it */
        }
        free(id);
    }
    {
        char *id = ask("X-Request-ID: evil\0more\r\n", 25);
        assert_null(strstr(id, "evil"));
        free(id);
    }
    for (size_t i = 0; i < trail_memory_size(server.memory); i++) {
        const char *line = trail_memory_line(server.memory, i);
        assert_int_equal(strcspn(line, "\r\n\033\001\t\x7f"), strlen(line));
    }
}

static void test_an_untrusted_peer_gets_an_id_of_ours(void **state)
{
    static const char *const theirs[] = {"theirs", UUID};
    struct server strict;
    struct http_response response;
    char request[128];
    cJSON *event;

    (void)state;
    server_stop(&server);
    server_start(&strict, &(struct server_options){.trail = {.trusted = "none"}});
    mg_set_request_handler(strict.ctx, "**", send_ok, NULL);
    for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
        snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nX-Request-ID: %s\r\n\r\n", theirs[i]);
        http_exchange(strict.port, request, &response);
        assert_uuid(http_field(&response, "X-Request-ID"));
        assert_string_not_equal(http_field(&response, "X-Request-ID"), theirs[i]);
        event = server_terminal(&strict, http_field(&response, "X-Request-ID"));
        assert_string_equal(text_of(event, "clientRequestId"), theirs[i]);
        cJSON_Delete(event);
        http_response_free(&response);
    }
    assert_int_equal(trail_memory_count(strict.memory, "request_id_rejected"), 0);
    server_stop(&strict);
    setup(state);
}

static void test_paths_with_encoded_controls_stay_one_line(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    http_exchange(server.port, "GET /a%0ab%1bc%22?q=%0a HTTP/1.1\r\nX-Request-ID: encoded\r\n\r\n",
                  &response);
    http_response_free(&response);
    event = server_terminal(&server, "encoded");
    assert_string_equal(text_of(event, "path"), "/a\nb\033c\"");
    assert_string_equal(text_of(event, "query"), "q=%0a");
    cJSON_Delete(event);
}

static void test_forwarded_addresses_of_a_trusted_peer_are_believed(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    http_exchange(server.port,
                  "GET / HTTP/1.1\r\nX-Request-ID: forwarded\r\n"
                  "X-Forwarded-For: 198.51.100.7, 203.0.113.9, 127.0.0.1\r\n\r\n",
                  &response);
    http_response_free(&response);
    event = server_terminal(&server, "forwarded");
    assert_string_equal(text_of(event, "clientIp"), "203.0.113.9");
    assert_string_equal(text_of(event, "peerIp"), "127.0.0.1");
    cJSON_Delete(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_without_an_id_gets_one),
        cmocka_unit_test(test_a_valid_id_of_a_trusted_peer_is_kept),
        cmocka_unit_test(test_the_header_is_known_in_every_spelling),
        cmocka_unit_test(test_a_short_id_is_not_taken_for_a_longer_one),
        cmocka_unit_test(test_ids_of_a_uuids_length_are_looked_at_like_any),
        cmocka_unit_test(test_of_uuids_that_differ_none_is_kept),
        cmocka_unit_test(test_an_id_that_stands_twice_with_one_value_is_kept),
        cmocka_unit_test(test_a_bad_id_is_replaced_and_never_logged),
        cmocka_unit_test(test_an_id_that_is_folded_is_replaced),
        cmocka_unit_test(test_an_id_that_is_too_long_is_replaced),
        cmocka_unit_test(test_an_id_beyond_the_64th_header_is_found),
        cmocka_unit_test(test_no_body_is_read_as_header_lines),
        cmocka_unit_test(test_raw_control_bytes_never_come_through),
        cmocka_unit_test(test_paths_with_encoded_controls_stay_one_line),
        cmocka_unit_test(test_forwarded_addresses_of_a_trusted_peer_are_believed),
        cmocka_unit_test(test_an_untrusted_peer_gets_an_id_of_ours),
        cmocka_unit_test(test_of_a_header_that_comes_twice_the_first_is_told),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
