/* Peer: what a service may meet on the other side of a call. */
#include "peer.h"

#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLL_MS 20
#define DRIP_MS 100

static void say(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Reads up to the end of the head, and lets the body be. */
static void read_head(struct peer *peer, int fd)
{
    size_t size = 0;
    struct pollfd event = {.fd = fd, .events = POLLIN};

    peer->head[0] = '\0';
    while (!atomic_load(&peer->stopping) && size + 1 < sizeof(peer->head) &&
           strstr(peer->head, "\r\n\r\n") == NULL) {
        if (poll(&event, 1, POLL_MS) <= 0) {
            continue;
        }
        ssize_t count = recv(fd, peer->head + size, sizeof(peer->head) - size - 1, 0);
        if (count <= 0) {
            return;
        }
        size += (size_t)count;
        peer->head[size] = '\0';
    }
}

static int is_open(int fd, int wait_ms)
{
    struct pollfd event = {.fd = fd, .events = POLLRDHUP};

    return poll(&event, 1, wait_ms) == 0;
}

static void reset(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void answer(const struct peer *peer, int fd)
{
    char text[2048];

    (void)snprintf(text, sizeof(text),
                   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                   strlen(peer->answer), peer->answer);
    say(fd, text);
}

static void behave(struct peer *peer, int fd)
{
    char text[4096];

    switch (peer->manner) {
    case PEER_ANSWERS:
        answer(peer, fd);
        return;
    case PEER_RESETS:
        reset(fd);
        return;
    case PEER_BABBLES:
        say(fd, "\x01\x02 this is no HTTP at all\r\n\r\n");
        return;
    case PEER_REDIRECTS:
        (void)snprintf(text, sizeof(text),
                       "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%u/again\r\n"
                       "Content-Length: 0\r\nConnection: close\r\n\r\n",
                       peer->port);
        say(fd, text);
        return;
    case PEER_SILENT:
        while (!atomic_load(&peer->stopping) && is_open(fd, POLL_MS)) {}
        return;
    case PEER_DRIPS:
        say(fd, "HTTP/1.1 200 OK\r\nX-Slow: ");
        while (!atomic_load(&peer->stopping) && is_open(fd, DRIP_MS)) {
            say(fd, "a");
        }
        return;
    case PEER_ENDLESS:
        memset(text, 'x', sizeof(text));
        say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
        while (!atomic_load(&peer->stopping) && send(fd, text, sizeof(text), MSG_NOSIGNAL) > 0) {}
        return;
    }
}

static void *serve(void *context)
{
    struct peer *peer = context;
    struct pollfd event = {.fd = peer->socket, .events = POLLIN};

    while (!atomic_load(&peer->stopping)) {
        if (poll(&event, 1, POLL_MS) <= 0) {
            continue;
        }
        int fd = accept4(peer->socket, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            read_head(peer, fd);
            (void)atomic_fetch_add(&peer->calls, 1);
            behave(peer, fd);
            (void)close(fd);
        }
    }
    return NULL;
}

void peer_start(struct peer *peer, enum peer_manner manner, const char *answer_text)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    memset(peer, 0, sizeof(*peer));
    peer->manner = manner;
    peer->answer = answer_text;
    peer->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(peer->socket >= 0);
    assert_int_equal(bind(peer->socket, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(peer->socket, 16), 0);
    assert_int_equal(getsockname(peer->socket, (struct sockaddr *)&address, &size), 0);
    peer->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&peer->thread, NULL, serve, peer), 0);
}

void peer_stop(struct peer *peer)
{
    atomic_store(&peer->stopping, true);
    (void)pthread_join(peer->thread, NULL);
    (void)close(peer->socket);
}
