/* Forms, which CivetWeb reads by itself: what came of them, and those that are cut short. */
#include "fixture.h"

#include <stdio.h>

static int want_field(const char *key, const char *name, char *path, size_t size, void *cbdata)
{
    (void)key;
    (void)name;
    (void)path;
    (void)size;
    (void)cbdata;
    return MG_FORM_FIELD_STORAGE_GET;
}

static int take_field(const char *key, const char *value, size_t size, void *cbdata)
{
    (void)key;
    (void)value;
    (void)size;
    (void)cbdata;
    return MG_FORM_FIELD_HANDLE_GET;
}

static int read_form(struct mg_connection *conn, void *cbdata)
{
    struct mg_form_data_handler form = {.field_found = want_field, .field_get = take_field};
    char piece[10];

    if (mg_handle_form_request(conn, &form) < 0) {
        mg_send_http_error(conn, 400, "%s", "no form");
        return 400;
    }
    (void)mg_read(conn, piece, sizeof(piece)); /* nothing is left, or nothing comes */
    return send_ok(conn, cbdata);
}

/* Its fields may have been enough. */
static int read_some_form(struct mg_connection *conn, void *cbdata)
{
    struct mg_form_data_handler form = {.field_found = want_field, .field_get = take_field};

    (void)mg_handle_form_request(conn, &form);
    return send_ok(conn, cbdata);
}

/* Three fields and the beginning of a fourth, of which no more comes. */
static void assert_leaving_a_form_is_told(const char *path, const char *type, const char *body,
                                          const char *id)
{
    char request[512];
    cJSON *event;

    snprintf(request, sizeof(request),
             "POST %s HTTP/1.1\r\nX-Request-ID: %s\r\nContent-Type: %s\r\n"
             "Content-Length: 1000\r\n\r\n%s",
             path, id, type, body);
    event = leave_in_body(request, id);
    assert_null(cJSON_GetObjectItem(event, "bytesIn")); /* CivetWeb's own reads were not seen */
    cJSON_Delete(event);
}

static void test_a_client_that_leaves_in_mid_form_has_aborted(void **state)
{
    static const char urlencoded[] = "application/x-www-form-urlencoded";
    static const char multipart[] = "multipart/form-data; boundary=between";
    static const char part[] = "--between\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n123";

    (void)state;
    assert_leaving_a_form_is_told("/form", urlencoded, "a=1&b=2&c=", "form-1");
    assert_leaving_a_form_is_told("/form", urlencoded, "a=1&b=2&", "form-2");
    assert_leaving_a_form_is_told("/form", multipart, part, "form-3");
    assert_leaving_a_form_is_told("/some-form", urlencoded, "a=1&b=2&c=", "form-4");
    assert_leaving_a_form_is_told("/some-form", multipart, part, "form-5");
}

static void test_a_form_that_came_is_no_reason_to_doubt(void **state)
{
    static const struct {
        const char *request;
        const char *id;
        int status;
        double bytes; /* -1: not known */
    } rows[] = {
        {"POST /form HTTP/1.1\r\nX-Request-ID: came-1\r\nContent-Length: 7\r\n\r\na=1&b=2",
         "came-1", 200, 7},
        {"POST /form HTTP/1.1\r\nX-Request-ID: came-2\r\nTransfer-Encoding: chunked\r\n\r\n"
         "7\r\na=1&b=2\r\n0\r\n\r\n",
         "came-2", 200, -1},
        {"POST /form HTTP/1.1\r\nX-Request-ID: came-3\r\nContent-Length: 4\r\n"
         "Content-Type: multipart/form-data; boundary=between\r\n\r\n--y\n",
         "came-3", 400, 4},
        {"POST /form HTTP/1.1\r\nX-Request-ID: came-4\r\nContent-Length: 4\r\n"
         "Content-Type: text/plain\r\n\r\nnone",
         "came-4", 400, -1},
        {"GET /form?a=1 HTTP/1.1\r\nX-Request-ID: came-5\r\n\r\n", "came-5", 200, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_response response;
        cJSON *event;
        http_exchange(server.port, rows[i].request, &response);
        assert_int_equal(response.status, rows[i].status);
        event = server_ended(&server, rows[i].id, "request_completed", "");
        assert_true(number_of(event, "bytesIn") == rows[i].bytes);
        cJSON_Delete(event);
        http_response_free(&response);
    }
}

static const struct handler handlers[] = {
    {"/form", read_form, 0},
    {"/some-form", read_some_form, 0},
};

static int setup(void **state)
{
    (void)state;
    SERVE(handlers, &(struct server_options){0});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_client_that_leaves_in_mid_form_has_aborted),
        cmocka_unit_test(test_a_form_that_came_is_no_reason_to_doubt),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
