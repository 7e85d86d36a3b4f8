/* Core: IP networks. An IPv4 address is held as the IPv6 address that maps it, since a dual-stack
 * socket shows the same peer in either form. */
#include "core/network.h"

#include "core/ascii.h"

#include <arpa/inet.h>
#include <string.h>

enum { ADDRESS_TEXT_MAX = 64 };

static const struct trl_address mapped_prefix = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}};

static bool parse_address(const char *text, struct trl_address *ret_address, bool *ret_is_ipv4)
{
    struct trl_address address = mapped_prefix;

    *ret_is_ipv4 = inet_pton(AF_INET, text, address.bytes + 12) == 1;
    if (!*ret_is_ipv4 && inet_pton(AF_INET6, text, address.bytes) != 1) {
        return false;
    }
    *ret_address = address;
    return true;
}

enum trail_status trl_address_parse(const char *text, size_t size, struct trl_address *ret_address)
{
    char copy[ADDRESS_TEXT_MAX];
    const char *zone = memchr(text, '%', size);
    bool is_ipv4;

    if (zone != NULL) {
        size = (size_t)(zone - text);
    }
    if (size >= sizeof(copy) || memchr(text, '\0', size) != NULL) {
        return TRAIL_ERR_MALFORMED;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    return parse_address(copy, ret_address, &is_ipv4) ? TRAIL_OK : TRAIL_ERR_MALFORMED;
}

/* Digits only, at most three: no sign, no space, nothing that wraps. */
static bool parse_prefix(const char *text, unsigned limit, unsigned *ret_prefix)
{
    size_t size = strlen(text);
    unsigned prefix = 0;

    if (size == 0 || size > 3 || strspn(text, "0123456789") != size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        prefix = prefix * 10 + (unsigned)(text[i] - '0');
    }
    *ret_prefix = prefix;
    return prefix <= limit;
}

static void clear_host_bits(struct trl_network *network)
{
    unsigned whole = network->prefix / 8;

    if (whole < sizeof(network->address.bytes)) {
        network->address.bytes[whole] &= (unsigned char)(0xFF00u >> (network->prefix % 8));
        memset(network->address.bytes + whole + 1, 0, sizeof(network->address.bytes) - whole - 1);
    }
}

static bool parse_network(const char *text, size_t size, struct trl_network *ret_network)
{
    char copy[ADDRESS_TEXT_MAX];
    struct trl_network network = {.prefix = 128};
    bool is_ipv4;

    if (size >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    char *slash = strchr(copy, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    if (!parse_address(copy, &network.address, &is_ipv4)) {
        return false;
    }
    if (slash != NULL) {
        if (!parse_prefix(slash + 1, is_ipv4 ? 32 : 128, &network.prefix)) {
            return false;
        }
        network.prefix += is_ipv4 ? 96 : 0;
    }
    clear_host_bits(&network);
    *ret_network = network;
    return true;
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static enum trail_status add_item(struct trl_networks *networks, const char *text, size_t size)
{
    while (size > 0 && is_blank(*text)) {
        text++;
        size--;
    }
    while (size > 0 && is_blank(text[size - 1])) {
        size--;
    }
    if (size == 0) {
        return TRAIL_OK;
    }
    if (networks->count == TRL_NETWORKS_MAX) {
        return TRAIL_ERR_SPACE;
    }
    if (!parse_network(text, size, &networks->items[networks->count])) {
        return TRAIL_ERR_MALFORMED;
    }
    networks->count++;
    return TRAIL_OK;
}

enum trail_status trl_networks_parse(const char *text, struct trl_networks *ret_networks)
{
    struct trl_networks networks = {.count = 0};

    if (trl_strcasecmp(text, "all") == 0) {
        networks.count = 1; /* ::/0 holds the mapped IPv4 addresses, too */
    } else if (trl_strcasecmp(text, "none") != 0) {
        for (;;) {
            size_t size = strcspn(text, ",");
            enum trail_status status = add_item(&networks, text, size);
            if (status != TRAIL_OK) {
                return status;
            }
            if (text[size] == '\0') {
                break;
            }
            text += size + 1;
        }
    }
    *ret_networks = networks;
    return TRAIL_OK;
}

static bool matches(const struct trl_network *network, const struct trl_address *address)
{
    unsigned whole = network->prefix / 8;
    unsigned rest = network->prefix % 8;

    if (memcmp(network->address.bytes, address->bytes, whole) != 0) {
        return false;
    }
    return rest == 0 || ((network->address.bytes[whole] ^ address->bytes[whole]) &
                         (0xFF00u >> rest) & 0xFFu) == 0;
}

bool trl_networks_contain(const struct trl_networks *networks, const struct trl_address *address)
{
    for (size_t i = 0; i < networks->count; i++) {
        if (matches(&networks->items[i], address)) {
            return true;
        }
    }
    return false;
}
