/* Sink: sockets with deadlines. */
#include "sink/net.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Reads of what a peer says that is not asked; one that talks on is there. */
enum { LISTENED_TO = 16 };

static bool is_port(const char *text, size_t size)
{
    unsigned number = 0;

    if (size == 0 || size > 5) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        number = number * 10 + (unsigned)(text[i] - '0');
    }
    return number > 0 && number <= 65535;
}

static bool is_host(const char *text, size_t size, bool bracketed)
{
    for (size_t i = 0; i < size; i++) {
        char lower = (char)(text[i] | 0x20);
        if (!(lower >= 'a' && lower <= 'z') && !(text[i] >= '0' && text[i] <= '9') &&
            text[i] != '.' && text[i] != '-' && text[i] != '_' &&
            !(bracketed && (text[i] == ':' || text[i] == '%'))) {
            return false;
        }
    }
    return size > 0;
}

enum trail_status trl_endpoint_parse_host(const char *text, size_t size, const char *port,
                                          struct trl_endpoint *ret_endpoint)
{
    struct trl_endpoint endpoint = {.kind = TRL_NET_TCP};
    bool bracketed = size > 0 && *text == '[';
    const char *host = bracketed ? text + 1 : text;
    const char *end = memchr(text, bracketed ? ']' : ':', size);
    const char *host_end = end != NULL ? end : text + size;
    const char *rest = bracketed && end != NULL ? end + 1 : host_end;
    size_t rest_size = (size_t)(text + size - rest);
    size_t host_size = (size_t)(host_end - host);

    if ((bracketed && end == NULL) || host_size >= sizeof(endpoint.host) ||
        !is_host(host, host_size, bracketed)) {
        return TRAIL_ERR_MALFORMED;
    }
    memcpy(endpoint.host, host, host_size);
    if (rest_size == 0 && port != NULL) {
        strncpy(endpoint.port, port, sizeof(endpoint.port) - 1);
    } else if (rest_size > 1 && *rest == ':' && is_port(rest + 1, rest_size - 1)) {
        memcpy(endpoint.port, rest + 1, rest_size - 1);
    } else {
        return TRAIL_ERR_MALFORMED;
    }
    *ret_endpoint = endpoint;
    return TRAIL_OK;
}

enum trail_status trl_endpoint_parse_path(const char *text, struct trl_endpoint *ret_endpoint)
{
    struct trl_endpoint endpoint = {.kind = TRL_NET_UNIX};

    if (*text != '/' || strlen(text) >= sizeof(endpoint.path)) {
        return TRAIL_ERR_MALFORMED;
    }
    strcpy(endpoint.path, text);
    *ret_endpoint = endpoint;
    return TRAIL_OK;
}

/* Waits for a connection that is under way. Returns 0 or an errno. */
static int await_connection(struct trl_relay *relay, int fd, uint64_t deadline_ns)
{
    int error = 0;
    socklen_t size = sizeof(error);
    int ready = trl_relay_wait(relay, fd, POLLOUT, deadline_ns);

    if (ready <= 0) {
        return ready == 0 ? ETIMEDOUT : ECANCELED;
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

static int connect_address(struct trl_relay *relay, int family, int type,
                           const struct sockaddr *address, socklen_t size, uint64_t deadline_ns)
{
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error = 0;

    if (fd < 0) {
        return -1;
    }
    if (connect(fd, address, size) != 0) {
        error = errno == EINPROGRESS ? await_connection(relay, fd, deadline_ns) : errno;
    }
    if (error != 0) {
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static int connect_unix(struct trl_relay *relay, const char *path, uint64_t deadline_ns)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct sockaddr *general = (const struct sockaddr *)&address;

    memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
    int fd = connect_address(relay, AF_UNIX, SOCK_DGRAM, general, sizeof(address), deadline_ns);
    if (fd < 0 && errno == EPROTOTYPE) {
        fd = connect_address(relay, AF_UNIX, SOCK_STREAM, general, sizeof(address), deadline_ns);
    }
    return fd;
}

int trl_net_connect(struct trl_relay *relay, const struct trl_endpoint *endpoint,
                    uint64_t deadline_ns)
{
    int type = endpoint->kind == TRL_NET_UDP ? SOCK_DGRAM : SOCK_STREAM;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = type};
    struct addrinfo *found = NULL;
    int fd = -1;

    if (endpoint->kind == TRL_NET_UNIX) {
        return connect_unix(relay, endpoint->path, deadline_ns);
    }
    int error = getaddrinfo(endpoint->host, endpoint->port, &hints, &found);
    if (error != 0) {
        errno = error == EAI_SYSTEM ? errno : EADDRNOTAVAIL;
        return -1;
    }
    for (struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next) {
        fd = connect_address(relay, at->ai_family, type, at->ai_addr, at->ai_addrlen, deadline_ns);
    }
    int saved = errno;
    freeaddrinfo(found);
    if (fd >= 0 && type == SOCK_STREAM) {
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* batches are sent whole */
    }
    errno = saved;
    return fd;
}

bool trl_net_is_stream(int fd)
{
    int type = SOCK_DGRAM;
    socklen_t size = sizeof(type);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

bool trl_net_is_closed(int fd)
{
    char nothing[256];
    ssize_t got = 1;

    for (int reads = 0; got > 0 && reads < LISTENED_TO; reads++) {
        do {
            got = recv(fd, nothing, sizeof(nothing), MSG_DONTWAIT);
        } while (got < 0 && errno == EINTR);
    }
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

size_t trl_net_send(struct trl_relay *relay, int fd, const char *bytes, size_t size, bool more,
                    uint64_t deadline_ns)
{
    int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    size_t sent = 0;

    while (sent < size) {
        ssize_t taken = send(fd, bytes + sent, size - sent, flags);
        if (taken >= 0) {
            sent += (size_t)taken;
            continue;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            break;
        }
        int ready = trl_relay_wait(relay, fd, POLLOUT, deadline_ns);
        if (ready <= 0) {
            errno = ready == 0 ? ETIMEDOUT : ECANCELED;
            break;
        }
    }
    return sent;
}
