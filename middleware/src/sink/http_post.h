/* One POST over HTTP/1.1 (RFC 9112), as much of it as a collector of logs needs: no TLS, no
 * redirects, a connection for each request. It gives up at the deadline, and when the relay is to
 * end. */
#ifndef TRL_SINK_HTTP_POST_H
#define TRL_SINK_HTTP_POST_H

#include "sink/net.h"

struct trl_http_url {
    struct trl_endpoint endpoint;
    char host[300];  /* for the Host field */
    char path[1024]; /* with query */
};

/* Reads `http://HOST[:PORT][/PATH]`. port and path: where none is given. TRAIL_ERR_MALFORMED. */
TRAIL_NODISCARD enum trail_status trl_http_url_parse(const char *text, const char *port,
                                                     const char *path,
                                                     struct trl_http_url *ret_url);

#define TRL_HTTP_BODY_MAX 4096

struct trl_http_response {
    int status;              /* 200 to 599 */
    uint64_t retry_after_ms; /* 0: not said */
    size_t body_size;
    char body[TRL_HTTP_BODY_MAX]; /* the beginning of it */
};

/* Sends body as application/json. TRAIL_ERR_IO: no whole response came, errno tells why.
 * TRAIL_ERR_MALFORMED: what came is no HTTP. */
TRAIL_NODISCARD enum trail_status trl_http_post(struct trl_relay *relay,
                                                const struct trl_http_url *url, const char *body,
                                                size_t size, uint64_t deadline_ns,
                                                struct trl_http_response *ret_response);

/* Reads what a server said, size bytes so far; at_end: nothing will follow. TRAIL_OK: a final
 * response is whole. TRAIL_ERR_SPACE: more is needed. TRAIL_ERR_MALFORMED. */
TRAIL_NODISCARD enum trail_status trl_http_parse(const char *text, size_t size, bool at_end,
                                                 struct trl_http_response *ret_response);

#endif
