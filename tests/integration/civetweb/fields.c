/* Fields that a handler adds before it leaves the rest of the head to another function, or to
 * CivetWeb: they are sent, as without trail. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[] = "/tmp/trail-fields-XXXXXX";
static char file_paths[3][64];

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
    mg_send_file(conn, file_paths[0]);
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

static int add_first(struct mg_connection *conn)
{
    if (strcmp(mg_get_request_info(conn)->local_uri, "/b.txt") == 0) {
        add(conn, 200);
    }
    return 0;
}

/* CivetWeb asks once more where the handler returns 0. */
static int allow(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    if (mg_response_header_start(conn, 200) == 0) {
        assert_int_equal(mg_response_header_add(conn, "X-Added", "yes", -1), 0);
    }
    return 1;
}

static int add_more(struct mg_connection *conn, void *cbdata)
{
    assert_int_equal(mg_response_header_add(conn, "X-More", "yes", -1), 0);
    return cbdata != NULL ? trail_send_json(conn, 200, "{}") : 0;
}

static const struct handler handlers[] = {
    {"/ok", send_http_ok, 0},     {"/file", send_file, 0},   {"/listing", send_listing, 0},
    {"/error", send_error, 0},    {"/digest", challenge, 0}, {"/a.txt", decline, 0},
    {"/nowhere.txt", decline, 0}, {"/json", send_json, 0},   {"/c.txt", add_more, 0},
    {"/more", add_more, 1},
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
    static const char *const paths[] = {"/ok",    "/file",        "/listing", "/error", "/digest",
                                        "/a.txt", "/nowhere.txt", "/b.txt",   "/c.txt"};

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
        assert_int_equal(http_count(&ours, "X-More"), http_count(&theirs, "X-More"));
        http_response_free(&ours);
        http_response_free(&theirs);
    }
}

static void test_fields_stand_in_front_of_those_of_trail(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    ask(server.port, "/more", &response);
    assert_int_equal(http_count(&response, "X-More"), 1);
    http_response_free(&response);
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
    const struct mg_callbacks callbacks = {.begin_request = add_first};
    const char *options[] = {
        "listening_ports", "127.0.0.1:0", "document_root", root, "num_threads", "2", NULL};

    (void)state;
    assert_non_null(mkdtemp(root));
    for (int i = 0; i < 3; i++) {
        FILE *file;
        snprintf(file_paths[i], sizeof(file_paths[i]), "%s/%c.txt", root, 'a' + i);
        file = fopen(file_paths[i], "w");
        assert_non_null(file);
        fputs("file", file);
        fclose(file);
    }
    SERVE(handlers,
          &(struct server_options){.civetweb = {"document_root", root}, .callbacks = callbacks});
    mg_set_auth_handler(server.ctx, "/c.txt", allow, NULL);
    mg_set_auth_handler(server.ctx, "/more", allow, NULL);
    serve_without_trail(&callbacks, options);
    SET_HANDLERS(plain, handlers);
    mg_set_auth_handler(plain, "/c.txt", allow, NULL);
    return 0;
}

static int teardown(void **state)
{
    stop_serving(state);
    for (int i = 0; i < 3; i++) {
        unlink(file_paths[i]);
    }
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
