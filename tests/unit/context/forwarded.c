/* X-Forwarded-For and Forwarded (RFC 7239): the client is the first untrusted hop from the right.
 */
#include "unit.h"

#include "context/forwarded.h"

#include <arpa/inet.h>
#include <string.h>

typedef bool walk_fn(const struct trl_values *, const struct trl_networks *, struct trl_address *);

#define CLIENT(walk, ...)                                                                          \
    client(walk, (const char *const[]){__VA_ARGS__},                                               \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* The client's address as text, "none" if there is none. 10.0.0.0/8 is trusted. */
static const char *client(walk_fn *walk, const char *const *texts, size_t count)
{
    static char text[INET6_ADDRSTRLEN];
    struct trl_text items[TRL_VALUES_MAX];
    struct trl_values values = {.count = (unsigned)count, .item = items};
    struct trl_networks trusted;
    struct trl_address address;

    assert_int_equal(trl_networks_parse("10.0.0.0/8,fd00::/8", &trusted), TRAIL_OK);
    for (size_t i = 0; i < count && i < TRL_VALUES_MAX; i++) {
        values.item[i] = (struct trl_text){texts[i], strlen(texts[i])};
    }
    if (!walk(&values, &trusted, &address)) {
        return "none";
    }
    bool is_ipv4 = address.bytes[10] == 0xFF;
    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, address.bytes + (is_ipv4 ? 12 : 0), text, sizeof(text));
    return text;
}

static void test_the_rightmost_untrusted_address_is_the_client(void **state)
{
    (void)state;
    assert_string_equal(CLIENT(trl_forwarded_for, "192.0.2.1"), "192.0.2.1");
    assert_string_equal(CLIENT(trl_forwarded_for, "6.6.6.6, 192.0.2.1, 10.1.1.1"), "192.0.2.1");
    assert_string_equal(CLIENT(trl_forwarded_for, "6.6.6.6", "192.0.2.1,10.1.1.1", "10.2.2.2"),
                        "192.0.2.1");
    assert_string_equal(CLIENT(trl_forwarded_for, "2001:db8::1,fd00::5"), "2001:db8::1");
}

static void test_where_all_are_trusted_the_leftmost_is_the_client(void **state)
{
    (void)state;
    assert_string_equal(CLIENT(trl_forwarded_for, "10.0.0.1,10.0.0.2"), "10.0.0.1");
}

static void test_what_is_no_address_ends_the_walk(void **state)
{
    (void)state;
    assert_string_equal(CLIENT(trl_forwarded_for, "6.6.6.6, unknown, 10.1.1.1"), "10.1.1.1");
    assert_string_equal(CLIENT(trl_forwarded_for, "6.6.6.6, unknown"), "none");
    assert_string_equal(CLIENT(trl_forwarded_for, "evil<script>, 192.0.2.1"), "192.0.2.1");
    assert_string_equal(CLIENT(trl_forwarded_for, ""), "none");
    assert_string_equal(CLIENT(trl_forwarded_for, ",, ,"), "none");
    assert_string_equal(client(trl_forwarded_for, NULL, 0), "none");
}

static void test_ports_are_passed_over(void **state)
{
    (void)state;
    assert_string_equal(CLIENT(trl_forwarded_for, "192.0.2.1:4711"), "192.0.2.1");
    assert_string_equal(CLIENT(trl_forwarded_for, "[2001:db8::1]"), "2001:db8::1");
    assert_string_equal(CLIENT(trl_forwarded_for, "[2001:db8::1]:80"), "2001:db8::1");
    assert_string_equal(CLIENT(trl_forwarded_for, "192.0.2.1:_hidden"), "192.0.2.1");
}

static void test_nodes_that_are_malformed_are_no_addresses(void **state)
{
    static const char *const nodes[] = {
        "192.0.2.1:",   "192.0.2.1:8a",    "192.0.2.1:a", "192.0.2.1:-1",
        "[2001:db8::1", "[2001:db8::1]x",  "[192.0.2.1]", "[2001::]:",
        "[]",           "[2001:db8::1]:x", "192.0.2",     "192.0.2.1 80",
        "2001:db8::g",  "[2001:db8::zz]",  "999.1.1.1",   "a:1"};

    (void)state;
    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
        assert_string_equal(CLIENT(trl_forwarded_for, nodes[i]), "none");
    }
}

/* RFC 7239, 4: pairs between semicolons, names in any case, values quoted or not. */
static void test_forwarded_is_read_by_its_grammar(void **state)
{
    (void)state;
    assert_string_equal(CLIENT(trl_forwarded, "for=192.0.2.1"), "192.0.2.1");
    assert_string_equal(CLIENT(trl_forwarded, "For=\"[2001:db8:cafe::17]:4711\""),
                        "2001:db8:cafe::17");
    assert_string_equal(
        CLIENT(trl_forwarded,
               "for=6.6.6.6, for=192.0.2.60;proto=http;by=203.0.113.43, for=10.0.0.1"),
        "192.0.2.60");
    assert_string_equal(CLIENT(trl_forwarded, "by=10.0.0.1;for=192.0.2.1 , ,for=10.0.0.1"),
                        "192.0.2.1");
    assert_string_equal(CLIENT(trl_forwarded, "for=192.0.2.1;host=\"a,b;c\"", "for=10.9.9.9"),
                        "192.0.2.1");
    assert_string_equal(CLIENT(trl_forwarded, "for=\"192\\.0.2.1\""), "192.0.2.1");
    assert_string_equal(CLIENT(trl_forwarded, "foo=1;for=192.0.2.1\t,\tfor=10.0.0.1"), "192.0.2.1");
}

static void test_a_hop_without_address_ends_the_walk(void **state)
{
    (void)state;
    assert_string_equal(CLIENT(trl_forwarded, "for=6.6.6.6, by=10.0.0.1, for=10.0.0.2"),
                        "10.0.0.2");
    assert_string_equal(CLIENT(trl_forwarded, "for=6.6.6.6, for=_secret"), "none");
    assert_string_equal(CLIENT(trl_forwarded, "for=6.6.6.6, for=unknown, for=10.0.0.2"),
                        "10.0.0.2");
    assert_string_equal(CLIENT(trl_forwarded, "for=6.6.6.6, for=\"\""), "none");
    assert_string_equal(CLIENT(trl_forwarded, "for=6.6.6.6, for="), "none");
}

static void test_a_malformed_forwarded_names_no_client(void **state)
{
    char long_value[300];
    static const char *const texts[] = {
        "",
        "for",
        "for=6.6.6.6, for=\"192.0.2.1",
        "for=6.6.6.6; =x",
        "for=6.6.6.6 for=192.0.2.1",
        "for=6.6.6.6;for =192.0.2.1",
        "for=6.6.6.6;",
        "for=\"6.6.6.6\\",
        "for=\"6.6.6.6\"x",
        ", ,",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_string_equal(CLIENT(trl_forwarded, texts[i]), "none");
    }
    memset(long_value, '1', sizeof(long_value));
    memcpy(long_value, "for=", 4);
    long_value[sizeof(long_value) - 1] = '\0';
    assert_string_equal(CLIENT(trl_forwarded, long_value), "none");
    assert_string_equal(CLIENT(trl_forwarded, "for=6.6.6.6; =", "for=10.0.0.2"), "10.0.0.2");
}

static void test_more_headers_than_are_kept_name_no_client(void **state)
{
    const char *texts[TRL_VALUES_MAX + 1];

    (void)state;
    for (size_t i = 0; i <= TRL_VALUES_MAX; i++) {
        texts[i] = "for=6.6.6.6";
    }
    assert_string_equal(client(trl_forwarded, texts, TRL_VALUES_MAX), "6.6.6.6");
    assert_string_equal(client(trl_forwarded, texts, TRL_VALUES_MAX + 1), "none");
    assert_string_equal(client(trl_forwarded_for, texts, TRL_VALUES_MAX + 1), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_rightmost_untrusted_address_is_the_client),
        cmocka_unit_test(test_where_all_are_trusted_the_leftmost_is_the_client),
        cmocka_unit_test(test_what_is_no_address_ends_the_walk),
        cmocka_unit_test(test_ports_are_passed_over),
        cmocka_unit_test(test_nodes_that_are_malformed_are_no_addresses),
        cmocka_unit_test(test_forwarded_is_read_by_its_grammar),
        cmocka_unit_test(test_a_hop_without_address_ends_the_walk),
        cmocka_unit_test(test_a_malformed_forwarded_names_no_client),
        cmocka_unit_test(test_more_headers_than_are_kept_name_no_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
