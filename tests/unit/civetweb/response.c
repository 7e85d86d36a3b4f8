/* What an application sends and what leaves: whole, in two pieces, and one byte at a time. */
#include "unit.h"

#include "civetweb/response.h"

#include <stdio.h>
#include <string.h>

enum { WIRE_MAX = 4 * 1024 * 1024 };

struct wire {
    char bytes[WIRE_MAX];
    size_t size;
    unsigned writes;
    size_t fails_after; /* bytes that still go out; SIZE_MAX: all */
};

static struct wire wire;
static char buffer[TRL_RESPONSE_BUFFER + TRL_RESPONSE_SLACK];
static struct trl_response response;

static int send_to_wire(void *sink, const char *bytes, size_t size)
{
    size_t out = size < wire.fails_after ? size : wire.fails_after;

    (void)sink;
    assert_true(wire.size + out <= WIRE_MAX);
    memcpy(wire.bytes + wire.size, bytes, out);
    wire.size += out;
    wire.writes++;
    if (wire.fails_after != SIZE_MAX) {
        wire.fails_after -= out;
    }
    return out == 0 && size > 0 ? -1 : (int)out;
}

/* What an earlier request has left in the buffer must mean nothing: newlines would end lines. */
static void begin(void)
{
    trl_response_end(&response);
    memset(buffer, '\n', sizeof(buffer));
    trl_response_init(&response, buffer);
    response.send = send_to_wire;
    response.id_name = "X-Request-ID";
    response.id_name_size = 12;
    response.id = "id-1";
    response.id_size = 4;
    trl_response_begin(&response);
    wire.size = 0;
    wire.writes = 0;
    wire.fails_after = SIZE_MAX;
}

static int put(const char *text)
{
    return trl_response_write(&response, text, strlen(text));
}

static void assert_wire(const char *expected)
{
    if (wire.size != strlen(expected) || memcmp(wire.bytes, expected, wire.size) != 0) {
        fail_msg("on the wire:\n%.*s\nexpected:\n%s", (int)wire.size, wire.bytes, expected);
    }
}

struct example {
    const char *sent;
    const char *leaves;
    int status;
    uint64_t body;
};

#define ID "X-Request-ID: id-1\r\n"

static const struct example examples[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
     "HTTP/1.1 200 OK\r\n" ID "Content-Length: 2\r\n\r\nhi", 200, 2},
    {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "HTTP/1.1 200 OK\r\n" ID "\r\nuntil the end", 200, 13},
    {"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n",
     "HTTP/1.0 404 Not Found\r\n" ID "Content-Length: 0\r\n\r\n", 404, 0},
    {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 No Content\r\n" ID "\r\n", 204, 0},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
     "HTTP/1.1 304 Not Modified\r\n" ID "Content-Length: 9\r\n\r\n", 304, 0},
    {"HTTP/1.1 200 OK\r\nX-Request-ID: mine\r\nA: b\r\n\r\n",
     "HTTP/1.1 200 OK\r\n" ID "A: b\r\n\r\n", 200, 0},
    {"HTTP/1.1 200 OK\r\nA: b\r\nx-ReQuEsT-iD : mine\r\nC: d\r\n\r\n",
     "HTTP/1.1 200 OK\r\n" ID "A: b\r\nC: d\r\n\r\n", 200, 0},
    {"HTTP/1.1 200 OK\r\nX-Request-ID: a\r\nX-Request-ID: b\r\n  folded\r\nC: d\r\n\r\nx",
     "HTTP/1.1 200 OK\r\n" ID "C: d\r\n\r\nx", 200, 1},
    {"HTTP/1.1 200 OK\nContent-Length: 1\n\nx", "HTTP/1.1 200 OK\n" ID "Content-Length: 1\n\nx",
     200, 1},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n" ID "Content-Length: 1\r\n\r\nx", 201,
     1},
    {"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n"
     "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
     "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n"
     "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n" ID "\r\n",
     200, 0},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nraw",
     "HTTP/1.1 101 Switching Protocols\r\n" ID "Upgrade: x\r\n\r\nraw", 101, 3},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
     "HTTP/1.1 200 OK\r\n" ID "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 200, 12},
    {"HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200\r\n" ID "\r\n", 200, 0},
    {"<html>no head at all</html>", "<html>no head at all</html>", 0, 27},
    {"HTTP/1.1 OK\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", 0, 15},
    {"HTTQ/1.1 200 OK\r\n\r\n", "HTTQ/1.1 200 OK\r\n\r\n", 0, 19},
    {"\r\n", "\r\n", 0, 2},
    {"HTTP/1.1 200 OK\r\nA: b\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n", 0, 23},
};

static void assert_example(const struct example *example)
{
    assert_int_equal(trl_response_finish(&response), 0);
    assert_wire(example->leaves);
    assert_int_equal(response.status, example->status);
    assert_int_equal(response.body_sent, example->body);
    assert_false(response.broken);
}

static void test_the_id_is_put_in_once_however_the_bytes_come(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        const struct example *example = &examples[i];
        size_t size = strlen(example->sent);

        begin();
        assert_int_equal(trl_response_write(&response, example->sent, size), size);
        assert_example(example);
        for (size_t cut = 1; cut < size; cut++) {
            begin();
            assert_int_equal(trl_response_write(&response, example->sent, cut), cut);
            assert_int_equal(trl_response_write(&response, example->sent + cut, size - cut),
                             size - cut);
            assert_example(example);
        }
        begin();
        for (size_t at = 0; at < size; at++) {
            assert_int_equal(trl_response_write(&response, example->sent + at, 1), 1);
        }
        assert_example(example);
    }
}

static void test_a_head_that_declares_a_length_leaves_with_its_first_body_bytes(void **state)
{
    (void)state;
    begin();
    put("HTTP/1.1 200 OK\r\n");
    put("Content-Length: 10\r\n\r\n");
    assert_int_equal(wire.writes, 0);
    assert_int_equal(put("hello"), 5);
    assert_int_equal(wire.writes, 1);
    assert_int_equal(put("world"), 5);
    assert_int_equal(wire.writes, 2);
    assert_wire("HTTP/1.1 200 OK\r\n" ID "Content-Length: 10\r\n\r\nhelloworld");
    assert_true(trl_response_complete(&response));
}

static void test_a_flush_lets_a_complete_head_go(void **state)
{
    (void)state;
    begin();
    put("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    assert_int_equal(trl_response_flush(&response), 0);
    assert_int_equal(wire.writes, 1);
    assert_true(response.head_sent);
    assert_false(trl_response_complete(&response));
    assert_int_equal(trl_response_flush(&response), 0);
    assert_int_equal(wire.writes, 1);
}

static void test_heads_without_a_body_to_wait_for_leave_at_once(void **state)
{
    static const char *const heads[] = {
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        begin();
        put(heads[i]);
        assert_int_equal(wire.writes, 1);
    }
    begin();
    response.head_request = true;
    put("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    assert_int_equal(wire.writes, 1);
    assert_true(trl_response_complete(&response));
    response.head_request = false;
}

static void test_an_event_stream_is_known_by_its_type(void **state)
{
    (void)state;
    begin();
    put("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n");
    assert_true(response.event_stream);
}

static void test_a_field_is_known_in_any_case_and_by_its_whole_name(void **state)
{
    static const struct {
        const char *head;
        bool has_length;
        bool chunked;
    } heads[] = {
        {"HTTP/1.1 200 OK\r\ncONTENT-lENGTH: 2\r\n\r\n", true, false},
        {"HTTP/1.1 200 OK\r\nCONTENT-LENGTH:2\r\n\r\n", true, false},
        {"HTTP/1.1 200 OK\r\nContent\rLength: 2\r\n\r\n", false, false},
        {"HTTP/1.1 200 OK\r\nContent-Lengti: 2\r\n\r\n", false, false},
        {"HTTP/1.1 200 OK\r\nContent-Lengths: 2\r\n\r\n", false, false},
        {"HTTP/1.1 200 OK\r\nC:\r\nCon:\r\nConnection: close\r\nCont: 2\r\n\r\n", false, false},
        {"HTTP/1.1 200 OK\r\nTRANSFER-encodinG: Chunked\r\n\r\n", false, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encodingx: chunked\r\n\r\n", false, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encodins: chunked\r\n\r\n", false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        begin();
        assert_int_equal(put(heads[i].head), (int)strlen(heads[i].head));
        assert_int_equal(response.has_length, heads[i].has_length);
        assert_int_equal(response.chunked, heads[i].chunked);
    }
}

static void test_a_head_larger_than_the_buffer_is_held_whole(void **state)
{
    static char line[40000];
    size_t size;

    (void)state;
    begin();
    memset(line, 'v', sizeof(line) - 1);
    put("HTTP/1.1 200 OK\r\nA: ");
    assert_int_equal(put(line), sizeof(line) - 1);
    put("\r\nX-Request-ID: mine\r\nContent-Length: 1\r\n\r\n");
    assert_int_equal(wire.writes, 0);
    put("x");
    size = strlen("HTTP/1.1 200 OK\r\n" ID "A: ") + sizeof(line) - 1 +
           strlen("\r\nContent-Length: 1\r\n\r\nx");
    assert_int_equal(wire.writes, 1);
    assert_int_equal(wire.size, size);
    assert_int_equal(response.body_sent, 1);
    assert_memory_equal(wire.bytes, "HTTP/1.1 200 OK\r\n" ID "A: vvv", 43);
}

static void test_a_head_larger_than_any_buffer_leaves_with_the_id(void **state)
{
    static char block[100000];

    (void)state;
    begin();
    memset(block, 'v', sizeof(block) - 1);
    put("HTTP/1.1 200 OK\r\nA: ");
    for (int i = 0; i < 20; i++) {
        assert_int_equal(put(block), sizeof(block) - 1);
    }
    assert_int_equal(wire.size, strlen("HTTP/1.1 200 OK\r\n" ID "A: ") + 20 * (sizeof(block) - 1));
    assert_memory_equal(wire.bytes, "HTTP/1.1 200 OK\r\n" ID "A: vvv", 43);
}

static void test_a_body_of_any_size_follows_whole(void **state)
{
    static char body[100000];
    char head[64];

    (void)state;
    memset(body, 'b', sizeof(body));
    for (size_t size = 1; size < sizeof(body); size = size * 3 + 1) {
        begin();
        snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);
        put(head);
        assert_int_equal(trl_response_write(&response, body, size), size);
        assert_true(wire.writes <= 2);
        assert_int_equal(response.body_sent, size);
        assert_true(trl_response_complete(&response));
    }
}

static void test_a_client_that_goes_away_is_noticed_wherever_it_does(void **state)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    size_t head_size = strlen(head) + strlen(ID);

    (void)state;
    for (size_t after = 0; after < head_size + 5; after++) {
        int taken;
        begin();
        wire.fails_after = after;
        assert_int_equal(put(head), strlen(head));
        taken = put("hello");
        assert_true(response.broken);
        assert_int_equal(response.head_sent, after >= head_size);
        assert_int_equal(taken, after > head_size ? (int)(after - head_size) : -1);
        assert_int_equal(response.body_sent, after > head_size ? after - head_size : 0);
    }
}

static void test_a_built_head_has_the_id_and_keeps_its_order(void **state)
{
    (void)state;
    begin();
    assert_true(trl_response_build(&response, "1.1", 201, "Created"));
    assert_true(trl_response_add(&response, "A", 1, "b", 1));
    assert_true(trl_response_add(&response, "x-request-id", 12, "mine", 4));
    assert_true(trl_response_add(&response, "Content-Length", 14, "2", 1));
    assert_int_equal(trl_response_build_end(&response), 0);
    assert_int_equal(wire.writes, 0);
    put("ok");
    assert_int_equal(wire.writes, 1);
    assert_wire("HTTP/1.1 201 Created\r\n" ID "A: b\r\nContent-Length: 2\r\n\r\nok");
    assert_int_equal(response.status, 201);
}

static void test_a_built_interim_head_is_followed_by_another(void **state)
{
    (void)state;
    begin();
    assert_true(trl_response_build(&response, "1.1", 103, "Early Hints"));
    assert_true(trl_response_add(&response, "Link", 4, "</a>", 4));
    assert_int_equal(trl_response_build_end(&response), 0);
    assert_int_equal(wire.writes, 1);
    assert_int_equal(response.status, 0);
    put("HTTP/1.1 200 OK\r\n\r\n");
    assert_wire("HTTP/1.1 103 Early Hints\r\n" ID "Link: </a>\r\n\r\nHTTP/1.1 200 OK\r\n" ID
                "\r\n");
    assert_int_equal(response.status, 200);
}

static void test_bytes_sent_in_place_of_a_built_head_win(void **state)
{
    (void)state;
    begin();
    assert_true(trl_response_build(&response, "1.1", 201, "Created"));
    put("HTTP/1.1 202 Accepted\r\n\r\n");
    assert_wire("HTTP/1.1 202 Accepted\r\n" ID "\r\n");
}

static void test_bytes_can_be_formatted_in_place(void **state)
{
    size_t room = 0;
    char *out;

    (void)state;
    begin();
    for (int i = 0; i < 3; i++) {
        static const char *const parts[] = {"HTTP/1.1 200 OK\r\n", "\r\n", "body"};
        out = trl_response_reserve(&response, 64, &room);
        assert_non_null(out);
        assert_true(room >= 64);
        memcpy(out, parts[i], strlen(parts[i]));
        assert_int_equal(trl_response_commit(&response, strlen(parts[i])), strlen(parts[i]));
    }
    assert_wire("HTTP/1.1 200 OK\r\n" ID "\r\nbody");
    assert_int_equal(response.body_sent, 4);
    assert_null(trl_response_reserve(&response, 8 * TRL_RESPONSE_BUFFER_MAX, &room));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_id_is_put_in_once_however_the_bytes_come),
        cmocka_unit_test(test_a_head_that_declares_a_length_leaves_with_its_first_body_bytes),
        cmocka_unit_test(test_a_flush_lets_a_complete_head_go),
        cmocka_unit_test(test_heads_without_a_body_to_wait_for_leave_at_once),
        cmocka_unit_test(test_an_event_stream_is_known_by_its_type),
        cmocka_unit_test(test_a_field_is_known_in_any_case_and_by_its_whole_name),
        cmocka_unit_test(test_a_head_larger_than_the_buffer_is_held_whole),
        cmocka_unit_test(test_a_head_larger_than_any_buffer_leaves_with_the_id),
        cmocka_unit_test(test_a_body_of_any_size_follows_whole),
        cmocka_unit_test(test_a_client_that_goes_away_is_noticed_wherever_it_does),
        cmocka_unit_test(test_a_built_head_has_the_id_and_keeps_its_order),
        cmocka_unit_test(test_a_built_interim_head_is_followed_by_another),
        cmocka_unit_test(test_bytes_sent_in_place_of_a_built_head_win),
        cmocka_unit_test(test_bytes_can_be_formatted_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
