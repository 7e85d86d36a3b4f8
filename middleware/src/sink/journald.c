/* Sink: events to systemd-journald, by its native protocol. */
#include "core/clock.h"
#include "sink/journald_format.h"
#include "sink/net.h"
#include "sink/network.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define SEND_TIMEOUT_NS UINT64_C(5000000000)
#define DEFAULT_SOCKET  "/run/systemd/journal/socket"

struct journald_sink {
    struct trl_relay relay;
    struct trl_endpoint endpoint;
    int fd; /* -1: not connected */
    char entry[TRL_JOURNALD_ENTRY_MAX];
};

static void disconnect(struct journald_sink *sink)
{
    if (sink->fd >= 0) {
        close(sink->fd);
        sink->fd = -1;
    }
}

static bool send_descriptor(struct journald_sink *sink, int descriptor)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct msghdr message = {.msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};

    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(descriptor));
    return sendmsg(sink->fd, &message, MSG_NOSIGNAL) == 0;
}

/* An entry that no datagram can hold goes as a sealed file in memory, whose descriptor is sent. */
static bool send_large(struct journald_sink *sink, size_t size)
{
    int descriptor = memfd_create("trail-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (descriptor < 0) {
        return false;
    }
    bool sent = write(descriptor, sink->entry, size) == (ssize_t)size &&
                fcntl(descriptor, F_ADD_SEALS,
                      F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0 &&
                send_descriptor(sink, descriptor);
    int saved = errno;
    close(descriptor);
    errno = saved;
    return sent;
}

static bool send_entry(struct journald_sink *sink, size_t size, uint64_t deadline_ns)
{
    if (trl_net_send(&sink->relay, sink->fd, sink->entry, size, false, deadline_ns) == size) {
        return true;
    }
    return (errno == EMSGSIZE || errno == ENOBUFS) && send_large(sink, size);
}

static size_t deliver(struct trl_relay *relay, const struct trl_ring_line *lines, size_t count)
{
    struct journald_sink *sink = (struct journald_sink *)relay;
    uint64_t deadline_ns = trl_clock_monotonic_ns() + SEND_TIMEOUT_NS;

    if (sink->fd < 0) {
        sink->fd = trl_net_connect(relay, &sink->endpoint, deadline_ns);
    }
    if (sink->fd < 0) {
        trl_sink_failed(&relay->sink, "can't connect", errno);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        size_t size =
            trl_journald_format(lines[i].level, lines[i].text, lines[i].size, sink->entry);
        if (size > 0 && !send_entry(sink, size, deadline_ns)) {
            trl_sink_failed(&relay->sink, "can't send", errno);
            disconnect(sink);
            return i;
        }
    }
    return count;
}

static void forked(struct trl_relay *relay)
{
    disconnect((struct journald_sink *)relay);
}

static void release(struct trl_relay *relay)
{
    disconnect((struct journald_sink *)relay);
    trl_relay_fini(relay);
    free(relay);
}

static const struct trl_relay_ops journald_ops = {
    .thread_name = "trail-journald",
    .batch_bytes = 65536,
    .pause_max_ms = 1000,
    .deliver = deliver,
    .forked = forked,
    .free = release,
};

enum trail_status trl_sink_new_journald(const struct trl_network_options *options,
                                        struct trl_sink **ret_sink)
{
    bool named = *options->address != '\0';
    struct trl_endpoint endpoint;
    char name[TRL_SINK_NAME_MAX];

    if (trl_endpoint_parse_path(named ? options->address : DEFAULT_SOCKET, &endpoint) != TRAIL_OK) {
        snprintf(options->error_text, options->error_size,
                 "the address is not the absolute path of a socket");
        return TRAIL_ERR_CONFIG;
    }
    struct journald_sink *sink = calloc(1, sizeof(*sink));
    if (sink == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    snprintf(name, sizeof(name), "journald%s%s", named ? ":" : "", options->address);
    enum trail_status status = trl_relay_init(&sink->relay, &journald_ops, name, options);
    if (status != TRAIL_OK) {
        free(sink);
        return status;
    }
    sink->endpoint = endpoint;
    sink->fd = -1;
    return trl_relay_open(&sink->relay, options, &sink->endpoint, ret_sink);
}
