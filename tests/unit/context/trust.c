#include "unit.h"

#include "context/trust.h"
#include "core/config.h"
#include "events.h"

#include <string.h>

static struct trl_inbound inbound;

static int begin(void **state)
{
    (void)state;
    events_open(&(struct trail_options){.trusted = "127.0.0.0/8,10.0.0.0/8,::1",
                                        .admin_trusted = "10.9.0.0/16"});
    trl_inbound_init(&inbound, trl_inbound_firsts());
    return 0;
}

static int end(void **state)
{
    (void)state;
    events_close();
    return 0;
}

static void offer(const char *name, const char *value)
{
    trl_inbound_header(&inbound, name, value, strlen(value));
}

static const char *client_of(const char *peer)
{
    static char text[TRL_CLIENT_TEXT_SIZE];

    trl_client_address(&inbound, peer, text);
    return text;
}

static void test_peers_are_trusted_by_their_network(void **state)
{
    (void)state;
    assert_int_equal(trl_trust_of("127.0.0.1"), TRL_TRUST_PEER);
    assert_int_equal(trl_trust_of("::1"), TRL_TRUST_PEER);
    assert_int_equal(trl_trust_of("[::1]"), TRL_TRUST_PEER);
    assert_int_equal(trl_trust_of("::ffff:10.0.0.1"), TRL_TRUST_PEER);
    assert_int_equal(trl_trust_of("10.9.1.1"), TRL_TRUST_PEER | TRL_TRUST_ADMIN);
    assert_int_equal(trl_trust_of("192.0.2.1"), TRL_TRUST_NONE);
}

static void test_what_is_no_address_is_not_trusted(void **state)
{
    static const char *const peers[] = {"",      "[",   "[]", "[::1", "localhost", "127.0.0.1:80",
                                        "127.1", "::1x"};

    (void)state;
    for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
        assert_int_equal(trl_trust_of(peers[i]), TRL_TRUST_NONE);
    }
}

static void test_an_untrusted_peer_is_the_client_whatever_it_says(void **state)
{
    (void)state;
    offer("X-Forwarded-For", "6.6.6.6");
    offer("Forwarded", "for=6.6.6.6");
    assert_string_equal(client_of("192.0.2.1"), "192.0.2.1");
}

static void test_a_trusted_proxy_names_the_client(void **state)
{
    (void)state;
    assert_string_equal(client_of("127.0.0.1"), "127.0.0.1");
    offer("X-Forwarded-For", "6.6.6.6, 192.0.2.1, 10.0.0.1");
    assert_string_equal(client_of("127.0.0.1"), "192.0.2.1");
    trl_inbound_init(&inbound, trl_inbound_firsts());
    offer("Forwarded", "for=\"[2001:db8::1]:80\"");
    assert_string_equal(client_of("10.0.0.1"), "2001:db8::1");
}

static void test_headers_that_disagree_are_not_believed(void **state)
{
    (void)state;
    offer("X-Forwarded-For", "192.0.2.1");
    offer("Forwarded", "for=192.0.2.1");
    assert_string_equal(client_of("10.0.0.1"), "192.0.2.1");
    offer("Forwarded", "for=6.6.6.6");
    assert_string_equal(client_of("10.0.0.1"), "10.0.0.1");
}

static void test_a_header_that_names_nobody_leaves_the_peer(void **state)
{
    (void)state;
    offer("X-Forwarded-For", "unknown");
    assert_string_equal(client_of("10.0.0.1"), "10.0.0.1");
    trl_inbound_init(&inbound, trl_inbound_firsts());
    offer("Forwarded", "for=_hidden");
    assert_string_equal(client_of("10.0.0.1"), "10.0.0.1");
}

static const char *logged(enum trl_client_ip mode, const char *address)
{
    static char text[TRL_CLIENT_TEXT_SIZE];
    struct trl_config config = *trl_config();
    const struct trl_config *before = trl_config();

    config.client_ip = mode;
    trl_config_set(&config);
    trl_client_ip_text(address, text);
    trl_config_set(before);
    return text;
}

static void test_an_address_is_logged_as_configured(void **state)
{
    char first[TRL_CLIENT_TEXT_SIZE];

    (void)state;
    assert_string_equal(logged(TRL_CLIENT_IP_FULL, "192.0.2.1"), "192.0.2.1");
    assert_string_equal(logged(TRL_CLIENT_IP_OFF, "192.0.2.1"), "");
    strcpy(first, logged(TRL_CLIENT_IP_HASH, "192.0.2.1"));
    assert_memory_equal(first, "hash:", 5);
    assert_int_equal(strlen(first), 25);
    assert_null(strstr(first, "192."));
    assert_string_equal(logged(TRL_CLIENT_IP_HASH, "192.0.2.1"), first);
    assert_string_not_equal(logged(TRL_CLIENT_IP_HASH, "192.0.2.2"), first);
    assert_string_equal(logged(TRL_CLIENT_IP_HASH, ""), "");
}

/* A dual-stack socket shows in the one form what a proxy notes in the other. */
static void test_a_mapped_address_is_logged_as_the_one_it_maps(void **state)
{
    char plain[TRL_CLIENT_TEXT_SIZE];

    (void)state;
    assert_string_equal(logged(TRL_CLIENT_IP_FULL, "::ffff:192.0.2.1"), "192.0.2.1");
    assert_string_equal(logged(TRL_CLIENT_IP_FULL, "::FFFF:192.0.2.1"), "192.0.2.1");
    strcpy(plain, logged(TRL_CLIENT_IP_HASH, "192.0.2.1"));
    assert_string_equal(logged(TRL_CLIENT_IP_HASH, "::ffff:192.0.2.1"), plain);
    assert_string_equal(logged(TRL_CLIENT_IP_FULL, "::ffff:1:2"), "::ffff:1:2");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_peers_are_trusted_by_their_network),
        TEST(test_what_is_no_address_is_not_trusted),
        TEST(test_an_untrusted_peer_is_the_client_whatever_it_says),
        TEST(test_a_trusted_proxy_names_the_client),
        TEST(test_headers_that_disagree_are_not_believed),
        TEST(test_a_header_that_names_nobody_leaves_the_peer),
        TEST(test_an_address_is_logged_as_configured),
        TEST(test_a_mapped_address_is_logged_as_the_one_it_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
