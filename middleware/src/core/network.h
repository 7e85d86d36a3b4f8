/* IP addresses and lists of networks, for deciding whom to believe. */
#ifndef TRL_CORE_NETWORK_H
#define TRL_CORE_NETWORK_H

#include <trail/base.h>

/* The networks that one list may name. */
#define TRL_NETWORKS_MAX 64

/* IPv6, or IPv4 in its mapped form (RFC 4291, 2.5.5.2): so both are compared alike. */
struct trl_address {
    unsigned char bytes[16];
};

struct trl_network {
    struct trl_address address; /* the bits behind the prefix are 0 */
    unsigned prefix;            /* bits, 0 to 128 */
};

struct trl_networks {
    size_t count;
    struct trl_network items[TRL_NETWORKS_MAX];
};

/* Reads a numeric address; a zone (`%eth0`) is allowed and ignored. TRAIL_ERR_MALFORMED if it is
 * none. */
TRAIL_NODISCARD enum trail_status trl_address_parse(const char *text, size_t size,
                                                    struct trl_address *ret_address);

/* Reads `none`, `all`, or addresses and CIDR networks (RFC 4632, RFC 4291) separated by commas;
 * spaces around them and empty items are skipped. TRAIL_ERR_MALFORMED, TRAIL_ERR_SPACE for more
 * than TRL_NETWORKS_MAX. */
TRAIL_NODISCARD enum trail_status trl_networks_parse(const char *text,
                                                     struct trl_networks *ret_networks);

bool trl_networks_contain(const struct trl_networks *networks, const struct trl_address *address);

#endif
