/* Sink: lines to a syslog server. */
#include "core/ascii.h"
#include "core/clock.h"
#include "sink/net.h"
#include "sink/network.h"
#include "sink/syslog_format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEND_TIMEOUT_NS UINT64_C(5000000000)

/* What most receivers take of a datagram (RFC 5426, 3.2 asks for 2048 and allows more). */
enum { DATAGRAM_MAX = 8192, FRAME_HEAD_MAX = 16 };

struct syslog_sink {
    struct trl_relay relay;
    struct trl_endpoint endpoint;
    struct trl_syslog_origin origin;
    struct trl_transform form;
    int fd; /* -1: not connected */
    bool stream;
    char body[TRL_TRANSFORM_MAX];
    char message[FRAME_HEAD_MAX + TRL_SYSLOG_MESSAGE_MAX + 1];
};

static void disconnect(struct syslog_sink *sink)
{
    if (sink->fd >= 0) {
        close(sink->fd);
        sink->fd = -1;
    }
}

static bool connected(struct syslog_sink *sink, uint64_t deadline_ns)
{
    if (sink->fd >= 0 && sink->stream && trl_net_is_closed(sink->fd)) {
        disconnect(sink);
    }
    if (sink->fd < 0) {
        sink->fd = trl_net_connect(&sink->relay, &sink->endpoint, deadline_ns);
        if (sink->fd < 0) {
            trl_sink_failed(&sink->relay.sink, "can't connect", errno);
            return false;
        }
        sink->stream = trl_net_is_stream(sink->fd);
    }
    return true;
}

/* The frame of one line: octet counting with TCP, a newline behind it in a unix stream, nothing
 * around a datagram. */
static const char *frame(struct syslog_sink *sink, const struct trl_ring_line *line,
                         size_t *ret_size)
{
    size_t body_size = line->size;
    const char *body = line->text;
    size_t limit = sink->endpoint.kind == TRL_NET_UDP ? DATAGRAM_MAX : TRL_SYSLOG_MESSAGE_MAX;
    char *message = sink->message + FRAME_HEAD_MAX;

    if (sink->form.fn != NULL) {
        size_t formed =
            sink->form.fn(sink->form.arg, line->text, line->size, sink->body, sizeof(sink->body));
        body = formed > 0 ? sink->body : body;
        body_size = formed > 0 ? formed : body_size;
    }
    body_size -= body_size > 0 && body[body_size - 1] == '\n' ? 1 : 0;
    size_t size = trl_syslog_format(&sink->origin, line->level, line->text, line->size, body,
                                    body_size, limit, message);
    if (sink->endpoint.kind == TRL_NET_TCP) {
        char head[FRAME_HEAD_MAX];
        size_t head_size = (size_t)snprintf(head, sizeof(head), "%zu ", size);
        message -= head_size;
        memcpy(message, head, head_size);
        size += head_size;
    } else if (sink->stream) {
        message[size++] = '\n';
    }
    *ret_size = size;
    return message;
}

static size_t deliver(struct trl_relay *relay, const struct trl_ring_line *lines, size_t count)
{
    struct syslog_sink *sink = (struct syslog_sink *)relay;
    uint64_t deadline_ns = trl_clock_monotonic_ns() + SEND_TIMEOUT_NS;

    if (!connected(sink, deadline_ns)) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        size_t size;
        const char *bytes = frame(sink, &lines[i], &size);
        bool more = sink->stream && i + 1 < count;
        if (trl_net_send(relay, sink->fd, bytes, size, more, deadline_ns) == size) {
            continue;
        }
        if (errno == EMSGSIZE) {
            trl_sink_failed(&relay->sink, "a message is too long", errno);
            trl_sink_dropped(&relay->sink, TRAIL_DROP_SINK_ERROR, lines[i].level, 1);
            continue;
        }
        trl_sink_failed(&relay->sink, "can't send", errno);
        disconnect(sink);
        return i;
    }
    return count;
}

static void forked(struct trl_relay *relay)
{
    struct syslog_sink *sink = (struct syslog_sink *)relay;

    disconnect(sink);
    snprintf(sink->origin.process, sizeof(sink->origin.process), "%ld", (long)getpid());
}

static void release(struct trl_relay *relay)
{
    disconnect((struct syslog_sink *)relay);
    trl_relay_fini(relay);
    free(relay);
}

static const struct trl_relay_ops syslog_ops = {
    .thread_name = "trail-syslog",
    .batch_bytes = 65536,
    .pause_max_ms = 1000,
    .deliver = deliver,
    .forked = forked,
    .free = release,
};

/* RFC 5424, 6.2.1. */
static bool parse_facility(const char *name, unsigned *ret_facility)
{
    static const char *const names[] = {
        "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
        "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
        "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (trl_strcasecmp(name, names[i]) == 0) {
            *ret_facility = i;
            return true;
        }
    }
    return false;
}

static enum trail_status parse_address(const char *address, struct trl_endpoint *ret_endpoint,
                                       unsigned *ret_facility)
{
    char text[512];
    enum trl_net_kind kind = TRL_NET_UDP;
    const char *host = text;

    if (strlen(address) >= sizeof(text)) {
        return TRAIL_ERR_MALFORMED;
    }
    strcpy(text, address);
    char *query = strchr(text, '?');
    if (query != NULL) {
        static const char key[] = "facility=";
        *query++ = '\0';
        if (strncmp(query, key, sizeof(key) - 1) != 0 ||
            !parse_facility(query + sizeof(key) - 1, ret_facility)) {
            return TRAIL_ERR_MALFORMED;
        }
    }
    if (*text == '\0') {
        return trl_endpoint_parse_path("/dev/log", ret_endpoint);
    }
    if (*text == '/') {
        return trl_endpoint_parse_path(text, ret_endpoint);
    }
    if (trl_strncasecmp(text, "unix:", 5) == 0) {
        return trl_endpoint_parse_path(text + 5, ret_endpoint);
    }
    if (trl_strncasecmp(text, "tcp://", 6) == 0 || trl_strncasecmp(text, "udp://", 6) == 0) {
        kind = (text[0] | 0x20) == 't' ? TRL_NET_TCP : TRL_NET_UDP;
        host = text + 6;
    }
    enum trail_status status = trl_endpoint_parse_host(host, strlen(host), "514", ret_endpoint);
    if (status == TRAIL_OK) {
        ret_endpoint->kind = kind;
    }
    return status;
}

enum trail_status trl_sink_new_syslog(const struct trl_network_options *options,
                                      struct trl_sink **ret_sink)
{
    struct trl_endpoint endpoint;
    unsigned facility = 1; /* user */
    char name[TRL_SINK_NAME_MAX];

    if (parse_address(options->address, &endpoint, &facility) != TRAIL_OK) {
        snprintf(options->error_text, options->error_size,
                 "the address is none of /PATH, unix:/PATH, udp://HOST:PORT, tcp://HOST:PORT, "
                 "HOST:PORT, with ?facility=NAME or without");
        return TRAIL_ERR_CONFIG;
    }
    struct syslog_sink *sink = calloc(1, sizeof(*sink));
    if (sink == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    snprintf(name, sizeof(name), "syslog:%s", options->address);
    enum trail_status status = trl_relay_init(&sink->relay, &syslog_ops, name, options);
    if (status != TRAIL_OK) {
        free(sink);
        return status;
    }
    sink->endpoint = endpoint;
    sink->form = options->form;
    sink->fd = -1;
    trl_syslog_origin_init(&sink->origin, facility, options->service);
    return trl_relay_open(&sink->relay, options, &sink->endpoint, ret_sink);
}
