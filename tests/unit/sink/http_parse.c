#include "unit.h"

#include "core/clock.h"
#include "sink/http_post.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct trl_http_response response;

/* Parses a copy that ends where the text ends, so that reading on is seen. */
static enum trail_status parse(const char *text, size_t size, bool at_end)
{
    char *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, text, size);
    enum trail_status status = trl_http_parse(copy, size, at_end, &response);
    free(copy);
    return status;
}

static enum trail_status parse_text(const char *text, bool at_end)
{
    return parse(text, strlen(text), at_end);
}

/* Whatever is cut off is not yet a response, and the whole is one. */
static void assert_whole_only_at_its_end(const char *text, int status, const char *body)
{
    size_t size = strlen(text);

    for (size_t cut = 0; cut < size; cut++) {
        assert_int_equal(parse(text, cut, false), TRAIL_ERR_SPACE);
    }
    assert_int_equal(parse(text, size, false), TRAIL_OK);
    assert_int_equal(response.status, status);
    assert_int_equal(response.body_size, strlen(body));
    assert_memory_equal(response.body, body, response.body_size);
}

static void test_a_response_is_read_as_it_comes(void **state)
{
    (void)state;
    assert_whole_only_at_its_end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "{}");
    assert_whole_only_at_its_end("HTTP/1.0 503 \r\ncontent-length:0\r\n\r\n", 503, "");
    assert_whole_only_at_its_end("HTTP/1.1 204 No Content\n\n", 204, "");
    assert_whole_only_at_its_end("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\n"
                                 "Content-Length: 0\r\n\r\n",
                                 202, "");
    assert_whole_only_at_its_end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n",
                                 200, "abc0123456789");
}

static void test_a_chunk_of_the_largest_size_is_waited_for(void **state)
{
    (void)state;
    assert_int_equal(parse_text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "ffffffff\r\nab\r\n",
                                false),
                     TRAIL_ERR_SPACE);
    assert_int_equal(response.body_size, 0);
}

static void test_a_body_without_a_length_ends_with_the_connection(void **state)
{
    (void)state;
    assert_int_equal(parse_text("HTTP/1.1 200 OK\r\n\r\nabc", false), TRAIL_ERR_SPACE);
    assert_int_equal(response.status, 200);
    assert_int_equal(parse_text("HTTP/1.1 200 OK\r\n\r\nabc", true), TRAIL_OK);
    assert_int_equal(response.body_size, 3);
}

static void test_what_is_no_http_is_refused(void **state)
{
    static const char *const texts[] = {
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 20\r\n\r\n",
        "HTTP/1.1 999 X\r\n\r\n",
        "HTTP/1.1 abc X\r\n\r\n",
        "\r\n\r\n\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 -20 OK\r\n\r\n",
        "GARBAGE",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(parse_text(texts[i], true), TRAIL_ERR_MALFORMED);
    }
}

static void test_a_long_body_is_kept_as_far_as_there_is_room(void **state)
{
    static char text[20000] = "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n";

    (void)state;
    size_t size = strlen(text);
    memset(text + size, 'b', 10000);
    assert_int_equal(parse(text, size + 10000, false), TRAIL_OK);
    assert_int_equal(response.body_size, TRL_HTTP_BODY_MAX);
}

static void test_a_date_is_read_in_a_locale_with_other_names(void **state)
{
    (void)state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
        skip();
    }
    parse_text("HTTP/1.1 503 X\r\nRetry-After: Sun, 03 May 2093 08:49:37 GMT\r\n"
               "Content-Length: 0\r\n\r\n",
               false);
    assert_int_equal(response.retry_after_ms, 60000);
    setlocale(LC_ALL, "C");
}

static void test_retry_after_is_seconds_or_a_date(void **state)
{
    char text[256];
    char date[64];
    struct tm civil;
    time_t later = (time_t)(trl_clock_wall_ms() / 1000) + 30;

    (void)state;
    assert_int_equal(
        parse_text("HTTP/1.1 429 X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", false),
        TRAIL_OK);
    assert_int_equal(response.retry_after_ms, 7000);
    parse_text("HTTP/1.1 503 X\r\nretry-after:  99999999 \r\nContent-Length: 0\r\n\r\n", false);
    assert_int_equal(response.retry_after_ms, 60000);
    parse_text("HTTP/1.1 503 X\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n", false);
    assert_int_equal(response.retry_after_ms, 0);
    gmtime_r(&later, &civil);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &civil);
    snprintf(text, sizeof(text), "HTTP/1.1 503 X\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n",
             date);
    parse_text(text, false);
    assert_true(response.retry_after_ms > 20000 && response.retry_after_ms <= 30000);
    parse_text("HTTP/1.1 503 X\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
               "Content-Length: 0\r\n\r\n",
               false);
    assert_int_equal(response.retry_after_ms, 0);
}

static void test_a_url_has_a_default_port_and_path(void **state)
{
    struct trl_http_url url;

    (void)state;
    assert_int_equal(trl_http_url_parse("http://collector", "4318", "/v1/logs", &url), TRAIL_OK);
    assert_string_equal(url.endpoint.host, "collector");
    assert_string_equal(url.endpoint.port, "4318");
    assert_string_equal(url.path, "/v1/logs");
    assert_int_equal(trl_http_url_parse("HTTP://[::1]:80/a/b?c=d", "4318", "/v1/logs", &url),
                     TRAIL_OK);
    assert_string_equal(url.endpoint.host, "::1");
    assert_string_equal(url.endpoint.port, "80");
    assert_string_equal(url.host, "[::1]:80");
    assert_string_equal(url.path, "/a/b?c=d");
}

static void test_urls_that_make_no_sense_are_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "http://",
                                        "https://x",
                                        "ftp://x",
                                        "http://x:0",
                                        "http://x:65536",
                                        "http://x:",
                                        "http://[::1",
                                        "http://me@host/",
                                        "http://x/a b",
                                        "http://x/a\r\nb",
                                        "http://x/#a",
                                        "http://x y",
                                        "http://:80/",
                                        "x:80"};
    struct trl_http_url url;
    char huge[4000] = "http://x/";

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(trl_http_url_parse(texts[i], "80", "/", &url), TRAIL_ERR_MALFORMED);
    }
    memset(huge + 9, 'a', sizeof(huge) - 10);
    assert_int_equal(trl_http_url_parse(huge, "80", "/", &url), TRAIL_ERR_MALFORMED);
    memset(huge + 7, 'a', sizeof(huge) - 8);
    assert_int_equal(trl_http_url_parse(huge, "80", "/", &url), TRAIL_ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_response_is_read_as_it_comes),
        cmocka_unit_test(test_a_chunk_of_the_largest_size_is_waited_for),
        cmocka_unit_test(test_a_body_without_a_length_ends_with_the_connection),
        cmocka_unit_test(test_what_is_no_http_is_refused),
        cmocka_unit_test(test_a_long_body_is_kept_as_far_as_there_is_room),
        cmocka_unit_test(test_retry_after_is_seconds_or_a_date),
        cmocka_unit_test(test_a_date_is_read_in_a_locale_with_other_names),
        cmocka_unit_test(test_a_url_has_a_default_port_and_path),
        cmocka_unit_test(test_urls_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
