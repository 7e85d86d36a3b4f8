/* RFC 3986, 3: where a URL leads; what is doubtful is refused. */
#include "unit.h"

#include "propagate/url.h"

#include <string.h>

static struct trl_url parts;

static void assert_split(const char *url, const char *host, unsigned port, const char *path)
{
    assert_true(trl_url_split(url, &parts));
    assert_true(trl_text_equals(parts.host, host));
    assert_int_equal(parts.port, port);
    assert_true(trl_text_equals(parts.path, path));
}

static void test_a_url_has_host_port_and_path(void **state)
{
    (void)state;
    assert_split("http://api.internal:8081/orders/1?x=1#f", "api.internal", 8081, "/orders/1");
    assert_split("https://example.com", "example.com", 443, "/");
    assert_split("HTTP://example.com/a", "example.com", 80, "/a");
    assert_split("ws://h/", "h", 80, "/");
    assert_split("wss://h/", "h", 443, "/");
    assert_split("h2+unix.x-y://h/", "h", 0, "/");
    assert_split("http://h?x", "h", 80, "/");
    assert_split("http://h#x", "h", 80, "/");
    assert_split("http://h:/", "h", 80, "/");
    assert_split("http://h:65535/", "h", 65535, "/");
    assert_split("http://a_b-c.1/", "a_b-c.1", 80, "/");
}

static void test_an_ipv6_address_loses_its_brackets(void **state)
{
    (void)state;
    assert_split("http://[::1]/a", "::1", 80, "/a");
    assert_split("http://[2001:db8::1]:8080/", "2001:db8::1", 8080, "/");
}

static void test_the_user_is_no_part_of_the_host(void **state)
{
    (void)state;
    assert_split("http://user:secret@h:81/", "h", 81, "/");
    assert_split("http://localhost@evil.example/", "evil.example", 80, "/");
    assert_split("http://a@b@evil.example/", "evil.example", 80, "/");
    assert_split("http://localhost:80@evil.example", "evil.example", 80, "/");
}

static void test_what_is_doubtful_is_refused(void **state)
{
    static const char *const urls[] = {
        "",
        "localhost",
        "localhost/a",
        "//localhost/",
        "http:localhost",
        "http:/localhost",
        "://localhost",
        "1http://localhost",
        "ht tp://localhost",
        "a_b://localhost",
        "http://a~b/",
        "http://",
        "http:///a",
        "http://:80/",
        "http://user@/",
        "http://h:x/",
        "http://h:-1/",
        "http://h:65536/",
        "http://h:100000/",
        "http://h:80:80/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[localhost]/",
        "http://[]/",
        "http://evil.example\\@localhost/",
        "http://local host/",
        "http://localhost%00.evil.example/",
        "http://l\xc3\xb6-host/",
        "http://local\thost/",
        "http://local\r\nhost/",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        assert_false(trl_url_split(urls[i], &parts));
    }
}

static void test_a_target_is_host_and_port(void **state)
{
    (void)state;
    assert_true(trl_target_split("db.internal:5432", &parts));
    assert_true(trl_text_equals(parts.host, "db.internal"));
    assert_int_equal(parts.port, 5432);
    assert_true(trl_target_split("[::1]:5672", &parts));
    assert_true(trl_text_equals(parts.host, "::1"));
    assert_true(trl_target_split("queue", &parts));
    assert_int_equal(parts.port, 0);
    assert_false(trl_target_split("", &parts));
    assert_false(trl_target_split("a/b", &parts));
    assert_false(trl_target_split("a:b", &parts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_url_has_host_port_and_path),
        cmocka_unit_test(test_an_ipv6_address_loses_its_brackets),
        cmocka_unit_test(test_the_user_is_no_part_of_the_host),
        cmocka_unit_test(test_what_is_doubtful_is_refused),
        cmocka_unit_test(test_a_target_is_host_and_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
