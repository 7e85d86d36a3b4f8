/* The kinds of network outputs. Each address is checked when the sink is made; whether anybody is
 * there is not, unless it is asked for: lines wait in the output's queue. */
#ifndef TRL_SINK_NETWORK_H
#define TRL_SINK_NETWORK_H

#include "sink/sink.h"

struct trl_network_options {
    const char *address;     /* what follows the colon in TRAIL_OUTPUT; copied */
    const char *service;     /* copied */
    const char *environment; /* copied */
    /* syslog: how a line is put into the names of another schema; fn NULL: not at all. otlp: into
     * those of OpenTelemetry, and must be there. */
    struct trl_transform form;
    const char *queue_dir; /* where the queue is kept, to survive the process; NULL: in memory */
    /* For lines of a dead process, which can wait: an address where nobody is is a failure
     * (TRAIL_ERR_IO), and a full queue is waited for. */
    bool patient;
    char *error_text; /* the reason of a failure, a sentence without a full stop */
    size_t error_size;
};

/* Each returns TRAIL_ERR_CONFIG for an address that makes no sense, TRAIL_ERR_NOMEM or TRAIL_ERR_IO
 * where memory, descriptors or threads can't be had. The sink is owned by the caller until
 * trl_outputs_open() takes it. */

/* RFC 5424 by UDP (RFC 5426), TCP with octet counting (RFC 6587, 3.4.1), or a unix socket. Address:
 * empty (/dev/log), `/PATH`, `unix:/PATH`, `udp://HOST[:PORT]`, `tcp://HOST[:PORT]`, or
 * `HOST[:PORT]` for UDP; the port is 514 by default; `?facility=NAME` may follow (default: user).
 */
TRAIL_NODISCARD enum trail_status trl_sink_new_syslog(const struct trl_network_options *options,
                                                      struct trl_sink **ret_sink);

/* The native protocol of systemd-journald. Address: empty, or the path of its socket. */
TRAIL_NODISCARD enum trail_status trl_sink_new_journald(const struct trl_network_options *options,
                                                        struct trl_sink **ret_sink);

/* OTLP/HTTP with JSON. Address: `http://HOST[:PORT][/PATH]`; by default port 4318 and path
 * /v1/logs. TLS is left to a collector on the same host. */
TRAIL_NODISCARD enum trail_status trl_sink_new_otlp(const struct trl_network_options *options,
                                                    struct trl_sink **ret_sink);

#endif
