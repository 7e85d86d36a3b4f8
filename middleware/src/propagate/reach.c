/* Propagate: whether a host is one of ours. What looks like a number but is no address as
 * inet_pton() reads it (`2130706433`, `0x7f.1`) is nobody's: resolvers take it for an address all
 * the same. */
#include "propagate/reach.h"

#include "core/ascii.h"
#include "core/network.h"

#include <pthread.h>
#include <string.h>

/* RFC 1122 loopback, RFC 1918, RFC 4291 loopback, RFC 4193. Link-local addresses are left out: the
 * metadata services of clouds live there. */
static const char private_text[] =
    "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,::1/128,fc00::/7";

static struct trl_networks private_networks;

static void read_private_networks(void)
{
    (void)!trl_networks_parse(private_text, &private_networks);
}

static bool is_private_address(const struct trl_address *address)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, read_private_networks);
    return trl_networks_contain(&private_networks, address);
}

static bool ends_in(struct trl_text name, const char *suffix)
{
    size_t size = strlen(suffix);

    return name.size > size && trl_strncasecmp(name.text + name.size - size, suffix, size) == 0;
}

static bool is_name(struct trl_text name, const char *other)
{
    return strlen(other) == name.size && trl_strncasecmp(name.text, other, name.size) == 0;
}

/* Whether resolvers may take it for an IPv4 address in some other notation. */
static bool is_numeric(struct trl_text name)
{
    const char *dot = memrchr(name.text, '.', name.size);
    const char *last = dot != NULL ? dot + 1 : name.text;

    return last == name.text + name.size || (*last >= '0' && *last <= '9');
}

static bool is_private_name(struct trl_text name)
{
    if (name.size == 0 || is_numeric(name)) {
        return false;
    }
    return memchr(name.text, '.', name.size) == NULL || ends_in(name, ".localhost") ||
           ends_in(name, ".internal") || ends_in(name, ".svc.cluster.local");
}

/* An item of the list: `name`, `.suffix`, `*.suffix`. */
static bool item_has_name(const char *item, struct trl_text name)
{
    if (item[0] == '*' && item[1] == '.') {
        item++;
    }
    return item[0] == '.' ? ends_in(name, item) : is_name(name, item);
}

static bool item_has_address(const char *item, const struct trl_address *address)
{
    struct trl_networks networks;

    return trl_networks_parse(item, &networks) == TRAIL_OK &&
           trl_networks_contain(&networks, address);
}

static bool list_has(const struct trl_list *hosts, struct trl_text name,
                     const struct trl_address *address)
{
    for (size_t i = 0; i < hosts->count; i++) {
        if (address != NULL ? item_has_address(hosts->items[i], address)
                            : item_has_name(hosts->items[i], name)) {
            return true;
        }
    }
    return false;
}

bool trl_reach_has(const struct trl_reach *reach, struct trl_text host)
{
    struct trl_address address;

    if (reach->all) {
        return true;
    }
    if (trl_address_parse(host.text, host.size, &address) == TRAIL_OK) {
        return (reach->private_names && is_private_address(&address)) ||
               list_has(&reach->hosts, host, &address);
    }
    if (host.size > 0 && host.text[host.size - 1] == '.') {
        host.size--; /* the root's label: `db.internal.` is `db.internal` */
    }
    return (reach->private_names && is_private_name(host)) || list_has(&reach->hosts, host, NULL);
}
