#include "unit.h"

#include "core/network.h"

#include <stdio.h>
#include <string.h>

static bool contains(const char *list, const char *text)
{
    struct trl_networks networks;
    struct trl_address address;

    assert_int_equal(trl_networks_parse(list, &networks), TRAIL_OK);
    assert_int_equal(trl_address_parse(text, strlen(text), &address), TRAIL_OK);
    return trl_networks_contain(&networks, &address);
}

static void test_an_address_is_found_in_its_network_alone(void **state)
{
    (void)state;
    assert_true(contains("127.0.0.0/8,::1", "127.255.0.3"));
    assert_true(contains("127.0.0.0/8,::1", "::1"));
    assert_false(contains("127.0.0.0/8,::1", "128.0.0.1"));
    assert_false(contains("127.0.0.0/8,::1", "::2"));
    assert_true(contains("10.0.0.0/9", "10.127.255.255"));
    assert_false(contains("10.0.0.0/9", "10.128.0.0"));
    assert_true(contains("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(contains("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(contains("192.0.2.1", "192.0.2.1"));
    assert_false(contains("192.0.2.1", "192.0.2.0"));
    assert_true(contains("192.0.2.77/24", "192.0.2.1")); /* host bits don't count */
}

static void test_a_mapped_address_is_its_ipv4_address(void **state)
{
    (void)state;
    assert_true(contains("127.0.0.0/8", "::ffff:127.0.0.1"));
    assert_true(contains("::ffff:10.0.0.0/104", "10.9.8.7"));
    assert_false(contains("0.0.0.0/0", "2001:db8::1"));
    assert_true(contains("0.0.0.0/0", "8.8.8.8"));
    assert_true(contains("::/0", "8.8.8.8"));
    assert_false(contains("::/96", "8.8.8.8"));
}

static void test_all_and_none_are_words(void **state)
{
    (void)state;
    assert_true(contains("all", "8.8.8.8"));
    assert_true(contains("ALL", "2001:db8::1"));
    assert_false(contains("None", "127.0.0.1"));
    assert_false(contains("", "127.0.0.1"));
}

static void test_a_zone_is_ignored(void **state)
{
    (void)state;
    assert_true(contains("fe80::/10", "fe80::1%eth0"));
}

static void test_spaces_and_empty_items_are_skipped(void **state)
{
    (void)state;
    assert_true(contains(" 10.0.0.0/8 ,, ::1 ,", "::1"));
}

static void test_what_is_no_network_is_refused(void **state)
{
    static const char *const lists[] = {
        "10.0.0.0/33",       "::1/129",       "10.0.0.0/",   "10.0.0.0/-1",  "10.0.0.0/+8",
        "10.0.0.0/ 8",       "10.0.0.0/0008", "10.0.0",      "10.0.0.0/8/8", "localhost",
        "all,10.0.0.0/8",    "none,::1",      "[::1]",       "300.0.0.1",    "10.0.0.0/4294967304",
        "10.0.0.1;10.0.0.2", "\xff\xfe",      "10.0.0.0 /8", "1.2.3.4:80",   "fe80::1%eth0",
    };
    struct trl_networks networks = {.count = 7};

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        assert_int_equal(trl_networks_parse(lists[i], &networks), TRAIL_ERR_MALFORMED);
        assert_int_equal(networks.count, 7);
    }
}

static void test_a_list_has_a_bound(void **state)
{
    char text[2 * 16 * (TRL_NETWORKS_MAX + 1)] = "";
    struct trl_networks networks;
    char *end = text;

    (void)state;
    for (int i = 0; i < TRL_NETWORKS_MAX; i++) {
        end += sprintf(end, "10.0.0.%d,", i);
    }
    assert_int_equal(trl_networks_parse(text, &networks), TRAIL_OK);
    assert_int_equal(networks.count, TRL_NETWORKS_MAX);
    strcat(text, "::1");
    assert_int_equal(trl_networks_parse(text, &networks), TRAIL_ERR_SPACE);
}

static void test_what_is_no_address_is_refused(void **state)
{
    static const char *const texts[] = {"", "1.2.3", "::g", "1.2.3.4 ", "localhost", "%eth0"};
    static char huge[10000];
    struct trl_address address;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(trl_address_parse(texts[i], strlen(texts[i]), &address),
                         TRAIL_ERR_MALFORMED);
    }
    memset(huge, '1', sizeof(huge));
    assert_int_equal(trl_address_parse(huge, sizeof(huge), &address), TRAIL_ERR_MALFORMED);
    assert_int_equal(trl_address_parse("1.2.3.4\0x", 9, &address), TRAIL_ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_address_is_found_in_its_network_alone),
        cmocka_unit_test(test_a_mapped_address_is_its_ipv4_address),
        cmocka_unit_test(test_all_and_none_are_words),
        cmocka_unit_test(test_a_zone_is_ignored),
        cmocka_unit_test(test_spaces_and_empty_items_are_skipped),
        cmocka_unit_test(test_what_is_no_network_is_refused),
        cmocka_unit_test(test_a_list_has_a_bound),
        cmocka_unit_test(test_what_is_no_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
