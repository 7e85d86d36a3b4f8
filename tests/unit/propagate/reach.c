#include "unit.h"

#include "propagate/reach.h"

#include <string.h>

static bool has(const struct trl_reach *reach, const char *host)
{
    return trl_reach_has(reach, (struct trl_text){host, strlen(host)});
}

static const struct trl_reach private_only = {.private_names = true};

static void test_private_names_and_addresses_are_ours(void **state)
{
    static const char *const hosts[] = {"localhost",
                                        "LocalHost",
                                        "api.localhost",
                                        "payment",
                                        "a_b",
                                        "db.internal",
                                        "DB.Internal.",
                                        "x.y.internal",
                                        "p.ns.svc.cluster.local",
                                        "127.0.0.1",
                                        "127.9.9.9",
                                        "10.1.2.3",
                                        "172.16.0.1",
                                        "172.31.255.255",
                                        "192.168.1.1",
                                        "::1",
                                        "fd00::1",
                                        "::ffff:10.0.0.1"};

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        assert_true(has(&private_only, hosts[i]));
    }
}

static void test_public_names_and_addresses_are_not(void **state)
{
    static const char *const hosts[] = {"example.com",
                                        "internal.example.com",
                                        "evilinternal.com",
                                        "svc.cluster.local.evil.com",
                                        "8.8.8.8",
                                        "172.32.0.1",
                                        "172.15.0.1",
                                        "192.169.0.1",
                                        "2001:db8::1",
                                        "::ffff:8.8.8.8",
                                        "169.254.169.254",
                                        "fe80::1",
                                        ".internal",
                                        ".localhost",
                                        "",
                                        ".",
                                        "11.0.0.1"};

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        assert_false(has(&private_only, hosts[i]));
    }
}

/* Resolvers read these as IPv4 addresses: single labels, but nobody's names. */
static void test_numbers_are_no_names(void **state)
{
    static const char *const hosts[] = {"134744072",      "0x08080808", "010.8.8.8", "8.8.8", "0",
                                        "1.internal.0x1", "a..",        "a.-b",      "127.1"};

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        assert_false(has(&private_only, hosts[i]));
    }
}

static void test_a_list_names_hosts_suffixes_addresses_and_networks(void **state)
{
    static const char *const items[] = {"api.example.com",
                                        ".partner.example",
                                        "*.star.example",
                                        "192.0.2.7",
                                        "2001:db8::/32",
                                        "203.0.113.0/24",
                                        "*any"};
    const struct trl_reach reach = {.hosts = {.count = 7, .items = items}};

    (void)state;
    assert_true(has(&reach, "api.example.com"));
    assert_true(has(&reach, "API.example.com."));
    assert_true(has(&reach, "a.partner.example"));
    assert_true(has(&reach, "a.star.example"));
    assert_true(has(&reach, "192.0.2.7"));
    assert_true(has(&reach, "2001:db8:1::1"));
    assert_true(has(&reach, "203.0.113.200"));
    assert_false(has(&reach, "x.api.example.com"));
    assert_false(has(&reach, "partner.example"));
    assert_false(has(&reach, "evilpartner.example"));
    assert_false(has(&reach, "star.example"));
    assert_false(has(&reach, "any"));
    assert_false(has(&reach, "192.0.2.8"));
    assert_false(has(&reach, "localhost"));
    assert_false(has(&reach, "127.0.0.1"));
}

static void test_all_and_none(void **state)
{
    const struct trl_reach all = {.all = true};
    const struct trl_reach none = {.all = false};

    (void)state;
    assert_true(has(&all, "example.com"));
    assert_true(has(&all, ""));
    assert_false(has(&none, "localhost"));
    assert_false(has(&none, "127.0.0.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_private_names_and_addresses_are_ours),
        cmocka_unit_test(test_public_names_and_addresses_are_not),
        cmocka_unit_test(test_numbers_are_no_names),
        cmocka_unit_test(test_a_list_names_hosts_suffixes_addresses_and_networks),
        cmocka_unit_test(test_all_and_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
