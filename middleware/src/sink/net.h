/* Sockets for network outputs: addresses, connecting and sending with a deadline, and giving up at
 * once when the relay is to end. The functions that take a relay are called on its thread. */
#ifndef TRL_SINK_NET_H
#define TRL_SINK_NET_H

#include "sink/relay.h"

#include <sys/un.h>

enum trl_net_kind { TRL_NET_UDP, TRL_NET_TCP, TRL_NET_UNIX };

struct trl_endpoint {
    enum trl_net_kind kind;
    char host[256]; /* a name or a numeric address; "" with TRL_NET_UNIX */
    char port[6];
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* Reads `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`, size bytes. port: where none is given, NULL
 * if one must be. TRAIL_ERR_MALFORMED. */
TRAIL_NODISCARD enum trail_status trl_endpoint_parse_host(const char *text, size_t size,
                                                          const char *port,
                                                          struct trl_endpoint *ret_endpoint);

/* Reads the path of a unix socket. TRAIL_ERR_MALFORMED: no absolute path, or too long. */
TRAIL_NODISCARD enum trail_status trl_endpoint_parse_path(const char *text,
                                                          struct trl_endpoint *ret_endpoint);

/* A non-blocking, connected socket; -1 with errno. A unix socket is tried as datagram, then as
 * stream. */
int trl_net_connect(struct trl_relay *relay, const struct trl_endpoint *endpoint,
                    uint64_t deadline_ns);

/* Whether bytes sent to this socket have no boundaries. */
bool trl_net_is_stream(int fd);

/* Whether the peer has closed a stream, or reset it. What came from it is thrown away. */
bool trl_net_is_closed(int fd);

/* Sends all of it and returns how many bytes the kernel took; fewer than size: errno tells why
 * (ETIMEDOUT, ECANCELED: the relay is to end, or what send() said). more: other bytes follow at
 * once, so that a stream may put them into one segment. */
size_t trl_net_send(struct trl_relay *relay, int fd, const char *bytes, size_t size, bool more,
                    uint64_t deadline_ns);

#endif
