/* Fields that a handler adds before it leaves the rest of the head to another function, or to
 * CivetWeb: they are sent, as without trail. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct mg_context *plain; /* the same without trail */
static int plain_port;
static char root[] = "/tmp/trail-fields-XXXXXX";
static char file_path[64];

static void add(struct mg_connection *conn, int status)
{
    assert_int_equal(mg_response_header_start(conn, status), 0);
    assert_int_equal(mg_response_header_add(conn, "X-Added", "yes", -1), 0);
}

static int send_http_ok(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    add(conn, 201);
    mg_send_http_ok(conn, "text/plain", 2);
    mg_write(conn, "ok", 2);
    return 201;
}

static int send_file(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    add(conn, 201);
    mg_send_file(conn, file_path);
    return 200;
}

static int send_listing(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    add(conn, 200);
    mg_send_file(conn, root);
    return 200;
}

static int send_error(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    add(conn, 200);
    mg_send_http_error(conn, 503, "%s", "busy");
    return 503;
}

static int challenge(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    add(conn, 401);
    mg_send_digest_access_authentication_request(conn, "here");
    return 401;
}

static int decline(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    add(conn, 200);
    return 0;
}

static int send_json(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    add(conn, 200);
    return trail_send_json(conn, 202, "{}");
}

static const struct handler handlers[] = {
    {"/ok", send_http_ok, 0},     {"/file", send_file, 0},   {"/listing", send_listing, 0},
    {"/error", send_error, 0},    {"/digest", challenge, 0}, {"/a.txt", decline, 0},
    {"/nowhere.txt", decline, 0}, {"/json", send_json, 0},
};

static void ask(int port, const char *path, struct http_response *ret_response)
{
    char request[128];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nX-Request-ID: f%s\r\n\r\n", path, path);
    http_exchange(port, request, ret_response);
    assert_string_equal(http_field(ret_response, "X-Added"), "yes");
    assert_int_equal(http_count(ret_response, "X-Added"), 1);
}

static void test_fields_stand_in_front_of_those_of_civetweb(void **state)
{
    static const char *const paths[] = {"/ok",     "/file",  "/listing",    "/error",
                                        "/digest", "/a.txt", "/nowhere.txt"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct http_response ours;
        struct http_response theirs;
        ask(plain_port, paths[i], &theirs);
        ask(server.port, paths[i], &ours);
        assert_int_equal(ours.status, theirs.status);
        assert_string_equal(ours.body, theirs.body);
        assert_int_equal(http_count(&ours, "X-Request-ID"), 1);
        assert_string_equal(http_field(&ours, "X-Request-ID") + 1, paths[i]);
        assert_int_equal(http_count(&ours, "Content-Type"), http_count(&theirs, "Content-Type"));
        http_response_free(&ours);
        http_response_free(&theirs);
    }
}

static void test_fields_stand_in_front_of_those_of_trail(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    ask(server.port, "/json", &response);
    assert_int_equal(response.status, 202);
    assert_string_equal(response.body, "{}");
    assert_int_equal(http_count(&response, "X-Request-ID"), 1);
    http_response_free(&response);
    event = server_ended(&server, "f/json", "request_completed", "");
    assert_true(number_of(event, "status") == 202);
    cJSON_Delete(event);
}

static int setup(void **state)
{
    const struct mg_callbacks callbacks = {.begin_request = NULL};
    const char *options[] = {
        "listening_ports", "127.0.0.1:0", "document_root", root, "num_threads", "2", NULL};
    struct mg_server_port listening;
    FILE *file;

    (void)state;
    assert_non_null(mkdtemp(root));
    snprintf(file_path, sizeof(file_path), "%s/a.txt", root);
    file = fopen(file_path, "w");
    assert_non_null(file);
    fputs("file", file);
    fclose(file);
    SERVE(handlers, &(struct server_options){.civetweb = {"document_root", root}});
    plain = mg_start(&callbacks, NULL, options);
    assert_non_null(plain);
    assert_int_equal(mg_get_server_ports(plain, 1, &listening), 1);
    plain_port = listening.port;
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        mg_set_request_handler(plain, handlers[i].uri, handlers[i].run, NULL);
    }
    return 0;
}

static int teardown(void **state)
{
    mg_stop(plain);
    stop_serving(state);
    unlink(file_path);
    rmdir(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_stand_in_front_of_those_of_civetweb),
        cmocka_unit_test(test_fields_stand_in_front_of_those_of_trail),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
