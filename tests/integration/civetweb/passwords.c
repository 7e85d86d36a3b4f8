/* A file of passwords in the root directory, which CivetWeb asks for in front of handlers. */
#include "fixture.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 300 };

static char passwords[] = "/tmp/trail-passwords-XXXXXX";
static atomic_bool guarded; /* the file seems to stand in the root directory */
static atomic_int looks;    /* for it */

static const char *shown(const char *path)
{
    bool is_passwords = strcmp(path, "/.htpasswd") == 0;

    looks += is_passwords;
    return is_passwords && guarded ? passwords : path;
}

/* In place of libc's, for CivetWeb. */
__attribute__((visibility("default"))) int stat(const char *restrict path,
                                                struct stat *restrict ret_status)
{
    return fstatat(AT_FDCWD, shown(path), ret_status, 0);
}

__attribute__((visibility("default"))) int stat64(const char *restrict path,
                                                  struct stat64 *restrict ret_status)
{
    return fstatat64(AT_FDCWD, shown(path), ret_status, 0);
}

__attribute__((visibility("default"))) FILE *fopen64(const char *restrict path,
                                                     const char *restrict mode)
{
    return fopen(shown(path), mode);
}

static void ask_many(int port)
{
    struct http_client client;
    struct http_response response;

    http_connect(&client, port);
    for (int i = 0; i < MANY; i++) {
        http_send(&client, "GET /ok HTTP/1.1\r\n\r\n");
        http_receive(&client, false, &response);
        assert_int_equal(response.status, 200);
        http_response_free(&response);
    }
    http_close(&client);
}

static void test_passwords_are_looked_for_once_a_second(void **state)
{
    int before = looks;

    (void)state;
    ask_many(server.port);
    assert_true(looks - before < MANY / 2);
    before = looks;
    ask_many(plain_port);
    assert_true(looks - before >= MANY);
}

static void wait_for_status(const char *request, int status)
{
    for (int got = 0; got != status;) {
        struct http_response response;
        http_exchange(server.port, request, &response);
        got = response.status;
        http_response_free(&response);
    }
}

static void test_passwords_that_come_and_go_are_noticed(void **state)
{
    (void)state;
    guarded = true;
    wait_for_status("GET /ok HTTP/1.1\r\n\r\n", 401);
    for (int i = 0; i < 10; i++) {
        struct http_response response;
        http_exchange(server.port, "GET /ok HTTP/1.1\r\n\r\n", &response);
        assert_int_equal(response.status, 401);
        http_response_free(&response);
    }
    guarded = false;
    wait_for_status("GET /ok HTTP/1.1\r\n\r\n", 200);
}

/* With the password of `b`, as a response of 401 has asked for it. */
static void authorize(const struct http_response *asked, char *ret_request, size_t size)
{
    const char *nonce = strstr(http_field(asked, "WWW-Authenticate"), "nonce=\"");
    char secret[33];
    char what[33];
    char response[33];
    char value[64] = "";

    assert_non_null(nonce);
    assert_int_equal(sscanf(nonce, "nonce=\"%63[^\"]", value), 1);
    mg_md5(secret, "b:mydomain.com:c", NULL);
    mg_md5(what, "GET:/ok", NULL);
    mg_md5(response, secret, ":", value, ":1:d:auth:", what, NULL);
    snprintf(ret_request, size,
             "GET /ok HTTP/1.1\r\nAuthorization: Digest username=\"b\", realm=\"mydomain.com\", "
             "nonce=\"%s\", uri=\"/ok\", qop=auth, nc=1, cnonce=\"d\", response=\"%s\"\r\n\r\n",
             value, response);
}

/* What the file includes may be missing; it guards all the same. */
static void test_who_has_a_password_lets_nobody_else_in(void **state)
{
    struct http_response response;
    char request[512];

    (void)state;
    guarded = true;
    wait_for_status("GET /ok HTTP/1.1\r\n\r\n", 401);
    http_exchange(server.port, "GET /ok HTTP/1.1\r\n\r\n", &response);
    authorize(&response, request, sizeof(request));
    http_response_free(&response);
    http_exchange(server.port, request, &response);
    assert_int_equal(response.status, 200);
    http_response_free(&response);
    http_exchange(server.port, "GET /ok HTTP/1.1\r\n\r\n", &response);
    assert_int_equal(response.status, 401);
    http_response_free(&response);
    guarded = false;
    wait_for_status("GET /ok HTTP/1.1\r\n\r\n", 200);
}

static int setup(void **state)
{
    static const struct handler handlers[] = {{"/ok", send_ok, 0}};
    int fd = mkstemp(passwords);
    char secret[33];

    (void)state;
    assert_true(fd >= 0);
    mg_md5(secret, "b:mydomain.com:c", NULL);
    dprintf(fd, ":include=/nowhere\nb:mydomain.com:%s\n", secret);
    close(fd);
    SERVE_BOTH(handlers);
    return 0;
}

static int teardown(void **state)
{
    unlink(passwords);
    return stop_serving(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passwords_are_looked_for_once_a_second),
        cmocka_unit_test(test_passwords_that_come_and_go_are_noticed),
        cmocka_unit_test(test_who_has_a_password_lets_nobody_else_in),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
