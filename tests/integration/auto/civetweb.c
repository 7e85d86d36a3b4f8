/* CivetWeb's own server, Debian's or another, unmodified, with libtrail-auto.so preloaded: each
 * response bears the request's ID and is on the wire what it is without, and each request has its
 * event. */
#include "unit.h"

#include "http.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEADLINE_MS = 30000 };

static char folder[] = "/tmp/trail-auto-XXXXXX";
static pid_t wrapped;
static pid_t plain;
static int wrapped_port;
static int plain_port;

static const char *program(void)
{
    const char *named = getenv("TRAIL_TEST_CIVETWEB");

    return named != NULL ? named : "/usr/bin/civetweb";
}

static const char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path_of(name), mode);
}

static char *read_log(void)
{
    FILE *file = fopen(path_of("log.jsonl"), "r");
    char *text = calloc(1, 1 << 20);

    assert_non_null(text);
    if (file != NULL) {
        size_t size = fread(text, 1, (1 << 20) - 1, file);
        text[size] = '\0';
        fclose(file);
    }
    return text;
}

static pid_t start_server(bool with_trail, int port)
{
    const char *preload = getenv("TRAIL_TEST_PRELOAD");
    char listen[32];
    pid_t child;

    snprintf(listen, sizeof(listen), "127.0.0.1:%d", port);
    child = fork();
    if (child == 0) {
        char output[300];
        int null = open("/dev/null", O_RDWR);
        dup2(null, 1);
        dup2(null, 2);
        snprintf(output, sizeof(output), "file:%s", path_of("log.jsonl"));
        if (with_trail) {
            setenv("LD_PRELOAD", preload != NULL ? preload : "", 1);
            setenv("TRAIL_OUTPUT", output, 1);
        }
        execl(program(), "civetweb", "-document_root", folder, "-listening_ports", listen,
              "-enable_keep_alive", "yes", "-cgi_interpreter", "/bin/sh", NULL);
        _exit(127);
    }
    for (int waited = 0; !http_is_listening(port); waited++) {
        assert_true(waited < DEADLINE_MS && waitpid(child, NULL, WNOHANG) == 0);
        poll(NULL, 0, 1);
    }
    return child;
}

static void stop_server(pid_t server)
{
    int status;

    kill(server, SIGTERM);
    assert_int_equal(waitpid(server, &status, 0), server);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* The event of a request, waited for. */
static cJSON *terminal(const char *id)
{
    for (int waited = 0; waited < DEADLINE_MS; waited++) {
        char *log = read_log();
        char *rest = NULL;
        for (char *line = strtok_r(log, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
            cJSON *event = cJSON_Parse(line);
            const cJSON *found = cJSON_GetObjectItem(event, "requestId");
            if (cJSON_IsString(found) && strcmp(found->valuestring, id) == 0) {
                free(log);
                return event;
            }
            cJSON_Delete(event);
        }
        free(log);
        poll(NULL, 0, 1);
    }
    fail_msg("no event of %s", id);
    return NULL;
}

static const struct {
    const char *method;
    const char *path;
    const char *lines;
    int status; /* 0: 1.15 and 1.16 differ */
} rows[] = {
    {"GET", "/a.txt", "", 200},
    {"HEAD", "/a.txt", "", 200},
    {"GET", "/a.txt", "Range: bytes=2-4\r\n", 206},
    {"GET", "/a.txt", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n", 304},
    {"GET", "/big.txt", "", 200},
    {"GET", "/sub", "", 301},
    {"GET", "/sub/", "", 200},
    {"GET", "/hi.cgi", "", 200},
    {"GET", "/nowhere", "", 404},
    {"PUT", "/new.txt", "Content-Length: 1\r\n", 0},
    {"OPTIONS", "/a.txt", "Origin: http://a\r\nAccess-Control-Request-Method: PUT\r\n", 200},
};

static void ask(int port, size_t row, const char *id, struct http_response *ret_response)
{
    char request[512];

    snprintf(
        request, sizeof(request),
        "%s %s HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: %s\r\nConnection: close\r\n%s\r\n%s",
        rows[row].method, rows[row].path, id, rows[row].lines,
        strcmp(rows[row].method, "PUT") == 0 ? "x" : "");
    http_exchange(port, request, ret_response);
}

static void test_each_response_of_any_kind_bears_the_id(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_response ours;
        struct http_response theirs;
        char id[32];
        cJSON *event;
        snprintf(id, sizeof(id), "auto-%zu", i);
        ask(wrapped_port, i, id, &ours);
        ask(plain_port, i, id, &theirs);
        if (http_count(&ours, "X-Request-ID") != 1) {
            fail_msg("%s %s: %s", rows[i].method, rows[i].path, ours.head);
        }
        assert_string_equal(http_field(&ours, "X-Request-ID"), id);
        assert_int_equal(ours.status, theirs.status);
        assert_true(rows[i].status == 0 || ours.status == rows[i].status);
        assert_int_equal(ours.body_size, theirs.body_size);
        assert_memory_equal(ours.body, theirs.body, ours.body_size);
        event = terminal(id);
        assert_true(cJSON_GetObjectItem(event, "status")->valueint == ours.status);
        assert_string_equal(cJSON_GetObjectItem(event, "event")->valuestring, "request_completed");
        cJSON_Delete(event);
        http_response_free(&ours);
        http_response_free(&theirs);
    }
}

/* CivetWeb closes after what it gives no length, and after a 401, and knows so before the head. */
static void test_what_civetweb_closes_after_says_so(void **state)
{
    static const char *const requests[] = {
        "GET /sub/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PUT /new.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct http_response ours;
        struct http_response theirs;
        http_exchange(wrapped_port, requests[i], &ours);
        http_exchange(plain_port, requests[i], &theirs);
        assert_int_equal(ours.status, theirs.status);
        assert_string_equal(http_field(&theirs, "Connection"), "close");
        assert_string_equal(http_field(&ours, "Connection"), "close");
        http_response_free(&ours);
        http_response_free(&theirs);
    }
}

static void test_a_request_that_never_parsed_is_rejected(void **state)
{
    struct http_response response;
    cJSON *event;

    (void)state;
    http_exchange(wrapped_port, "GARBAGE\r\n\r\n", &response);
    assert_int_equal(response.status, 400);
    assert_int_equal(http_count(&response, "X-Request-ID"), 1);
    event = terminal(http_field(&response, "X-Request-ID"));
    assert_string_equal(cJSON_GetObjectItem(event, "event")->valuestring, "request_rejected");
    cJSON_Delete(event);
    http_response_free(&response);
}

static void test_a_bad_variable_stops_the_start(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 1);
        dup2(null, 2);
        setenv("LD_PRELOAD", getenv("TRAIL_TEST_PRELOAD"), 1);
        setenv("TRAIL_LEVEL", "loud", 1);
        execl(program(), "civetweb", "-listening_ports", "127.0.0.1:0", NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 2);
}

static int setup(void **state)
{
    char *big = malloc(300001);

    (void)state;
    assert_non_null(big);
    if (access(program(), X_OK) != 0 || getenv("TRAIL_TEST_PRELOAD") == NULL) {
        free(big);
        return -1;
    }
    assert_non_null(mkdtemp(folder));
    memset(big, 'b', 300000);
    big[300000] = '\0';
    write_file("a.txt", "0123456789", 0644);
    write_file("big.txt", big, 0644);
    write_file("hi.cgi", "printf 'Content-Type: text/plain\\r\\n\\r\\nhi'", 0755);
    mkdir(path_of("sub"), 0755);
    free(big);
    wrapped_port = http_free_port();
    wrapped = start_server(true, wrapped_port);
    plain_port = http_free_port();
    plain = start_server(false, plain_port);
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {"a.txt", "big.txt", "hi.cgi", "log.jsonl"};

    (void)state;
    stop_server(wrapped);
    stop_server(plain);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        unlink(path_of(names[i]));
    }
    rmdir(path_of("sub"));
    rmdir(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_response_of_any_kind_bears_the_id),
        cmocka_unit_test(test_what_civetweb_closes_after_says_so),
        cmocka_unit_test(test_a_request_that_never_parsed_is_rejected),
        cmocka_unit_test(test_a_bad_variable_stops_the_start),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
