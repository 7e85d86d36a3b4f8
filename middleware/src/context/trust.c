/* Context: whom to believe, who the client is, and how much of its address is logged. */
#include "context/trust.h"

#include "context/forwarded.h"
#include "core/ascii.h"
#include "core/config.h"
#include "core/entropy.h"
#include "core/hex.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <uuid/uuid.h>

static bool parse_peer(const char *peer, struct trl_address *ret_address)
{
    size_t size = strlen(peer);

    if (size >= 2 && peer[0] == '[' && peer[size - 1] == ']') {
        peer++;
        size -= 2;
    }
    return trl_address_parse(peer, size, ret_address) == TRAIL_OK;
}

enum trl_trust trl_trust_of(const char *peer)
{
    const struct trl_config *config = trl_config();
    struct trl_address address;
    unsigned trust = TRL_TRUST_NONE;

    if (parse_peer(peer, &address)) {
        trust |= trl_networks_contain(&config->trusted, &address) ? TRL_TRUST_PEER : 0u;
        trust |= trl_networks_contain(&config->admin_trusted, &address) ? TRL_TRUST_ADMIN : 0u;
    }
    return (enum trl_trust)trust;
}

static void format_address(const struct trl_address *address, char ret_text[TRL_CLIENT_TEXT_SIZE])
{
    static const unsigned char mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    bool is_ipv4 = memcmp(address->bytes, mapped, sizeof(mapped)) == 0;

    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, address->bytes + (is_ipv4 ? sizeof(mapped) : 0),
              ret_text, TRL_CLIENT_TEXT_SIZE);
}

static bool find_client(const struct trl_inbound *inbound, const struct trl_networks *trusted,
                        struct trl_address *ret_client)
{
    struct trl_address other;
    bool has_x = inbound->x_forwarded_for.count > 0;
    bool has_standard = inbound->forwarded.count > 0;

    if (has_x && !trl_forwarded_for(&inbound->x_forwarded_for, trusted, ret_client)) {
        return false;
    }
    if (!has_standard) {
        return has_x;
    }
    if (!trl_forwarded(&inbound->forwarded, trusted, has_x ? &other : ret_client)) {
        return false;
    }
    return !has_x || memcmp(&other, ret_client, sizeof(other)) == 0;
}

void trl_client_address(const struct trl_inbound *inbound, const char *peer,
                        char ret_client[TRL_CLIENT_TEXT_SIZE])
{
    const struct trl_config *config = trl_config();
    struct trl_address client;
    size_t size = strnlen(peer, TRL_CLIENT_TEXT_SIZE - 1);

    bool forwarded = inbound->x_forwarded_for.count > 0 || inbound->forwarded.count > 0;
    if (forwarded && (trl_trust_of(peer) & TRL_TRUST_PEER) != 0 &&
        find_client(inbound, &config->trusted, &client)) {
        format_address(&client, ret_client);
        return;
    }
    memcpy(ret_client, peer, size);
    ret_client[size] = '\0';
}

static uuid_t hash_key;

static void draw_hash_key(void)
{
    trl_entropy(hash_key, sizeof(hash_key));
}

/* A name-based UUID (RFC 9562, 5.5) in a namespace that nobody knows: equal addresses of one run
 * stay equal, and trying all addresses tells nothing without the key. */
static void hash_address(const char *address, char ret_text[TRL_CLIENT_TEXT_SIZE])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char digits[32];
    uuid_t uuid;

    pthread_once(&once, draw_hash_key);
    uuid_generate_sha1(uuid, hash_key, address, strlen(address));
    trl_hex_8(uuid, digits);
    trl_hex_8(uuid + 8, digits + 16);
    memcpy(ret_text, "hash:", 5);
    memcpy(ret_text + 5, digits + 20, 12);
    memcpy(ret_text + 17, digits, 8);
    ret_text[25] = '\0';
}

/* The IPv4 address in an IPv6 address that maps one (RFC 4291, 2.5.5.2); any other as it is. */
static const char *unmapped(const char *address)
{
    static const char prefix[] = "::ffff:";
    size_t size = sizeof(prefix) - 1;

    return trl_strncasecmp(address, prefix, size) == 0 && strchr(address + size, '.') != NULL
               ? address + size
               : address;
}

void trl_client_ip_text(const char *address, char ret_text[TRL_CLIENT_TEXT_SIZE])
{
    enum trl_client_ip mode = trl_config()->client_ip;

    address = unmapped(address);
    size_t size = strnlen(address, TRL_CLIENT_TEXT_SIZE - 1);

    ret_text[0] = '\0';
    if (mode == TRL_CLIENT_IP_HASH && size > 0) {
        hash_address(address, ret_text);
    } else if (mode == TRL_CLIENT_IP_FULL) {
        memcpy(ret_text, address, size);
        ret_text[size] = '\0';
    }
}
