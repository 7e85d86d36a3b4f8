/* A misbehaving server: one thread, one connection at a time. */
#include "rogue.h"

#include "unit.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX = 65536, DRIP_MS = 20 };

/* Waits until fd can be used as events say, or the server is stopped, or time is over. */
static bool wait_for(const struct rogue *rogue, int fd, short events, int timeout_ms)
{
    struct pollfd fds[2] = {{.fd = rogue->stop[0], .events = POLLIN}, {.fd = fd, .events = events}};

    return poll(fds, 2, timeout_ms) > 0 && fds[0].revents == 0;
}

static bool is_stopped(const struct rogue *rogue, int timeout_ms)
{
    struct pollfd stop = {.fd = rogue->stop[0], .events = POLLIN};

    return poll(&stop, 1, timeout_ms) > 0;
}

static bool send_all(const struct rogue *rogue, int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = 0;
        if (wait_for(rogue, fd, POLLOUT, -1)) {
            sent = send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* Reads up to the empty line, and keeps it. A body is left unread. */
static bool read_head(struct rogue *rogue, int fd)
{
    char *head = calloc(1, HEAD_MAX);
    size_t size = 0;

    while (size < HEAD_MAX - 1 && strstr(head, "\r\n\r\n") == NULL) {
        ssize_t got =
            wait_for(rogue, fd, POLLIN, -1) ? read(fd, head + size, HEAD_MAX - 1 - size) : 0;
        if (got <= 0) {
            free(head);
            return false;
        }
        size += (size_t)got;
    }
    pthread_mutex_lock(&rogue->mutex);
    if (rogue->count < ROGUE_HEADS_MAX) {
        rogue->heads[rogue->count++] = head;
    } else {
        free(head);
    }
    pthread_mutex_unlock(&rogue->mutex);
    return true;
}

static void reset(int fd)
{
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
}

static void drip(const struct rogue *rogue, int fd)
{
    size_t size = strlen(rogue->text);

    for (size_t i = 0; send_all(rogue, fd, i < size ? rogue->text + i : "x", 1); i++) {
        if (is_stopped(rogue, DRIP_MS)) {
            return;
        }
    }
}

static void flood(const struct rogue *rogue, int fd)
{
    static char block[65536];
    bool going = send_all(rogue, fd, rogue->text, strlen(rogue->text));

    for (size_t sent = 0; going && sent < (size_t)1 << 30; sent += sizeof(block)) {
        going = send_all(rogue, fd, block, sizeof(block));
    }
}

static void serve(struct rogue *rogue, int fd)
{
    if (!read_head(rogue, fd)) {
        return;
    }
    switch (rogue->manner) {
    case ROGUE_ANSWER:
        send_all(rogue, fd, rogue->text, strlen(rogue->text));
        break;
    case ROGUE_HANG:
        (void)wait_for(rogue, fd, POLLIN, -1);
        break;
    case ROGUE_RESET:
        reset(fd);
        break;
    case ROGUE_DRIP:
        drip(rogue, fd);
        break;
    case ROGUE_FLOOD:
        flood(rogue, fd);
        break;
    case ROGUE_CLOSE:
    default:
        break;
    }
}

static void *run(void *arg)
{
    struct rogue *rogue = arg;

    while (wait_for(rogue, rogue->listener, POLLIN, -1)) {
        int fd = accept(rogue->listener, NULL, NULL);
        if (fd >= 0) {
            serve(rogue, fd);
            close(fd);
        }
    }
    return NULL;
}

static void listen_on(struct rogue *rogue)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);

    assert_int_equal(inet_pton(AF_INET, rogue->host, &address.sin_addr), 1);
    rogue->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(rogue->listener >= 0);
    assert_int_equal(bind(rogue->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(rogue->listener, 16), 0);
    assert_int_equal(getsockname(rogue->listener, (struct sockaddr *)&address, &size), 0);
    rogue->port = ntohs(address.sin_port);
}

void rogue_start(struct rogue *ret_rogue, const char *host, enum rogue_manner manner,
                 const char *text)
{
    *ret_rogue = (struct rogue){.host = host, .manner = manner, .text = text};
    pthread_mutex_init(&ret_rogue->mutex, NULL);
    assert_int_equal(pipe(ret_rogue->stop), 0);
    listen_on(ret_rogue);
    assert_int_equal(pthread_create(&ret_rogue->thread, NULL, run, ret_rogue), 0);
}

void rogue_stop(struct rogue *rogue)
{
    assert_int_equal(write(rogue->stop[1], "x", 1), 1);
    pthread_join(rogue->thread, NULL);
    close(rogue->listener);
    close(rogue->stop[0]);
    close(rogue->stop[1]);
    for (size_t i = 0; i < rogue->count; i++) {
        free(rogue->heads[i]);
    }
    pthread_mutex_destroy(&rogue->mutex);
}

size_t rogue_count(struct rogue *rogue)
{
    pthread_mutex_lock(&rogue->mutex);
    size_t count = rogue->count;
    pthread_mutex_unlock(&rogue->mutex);
    return count;
}

const char *rogue_header(struct rogue *rogue, size_t index, const char *name)
{
    static char value[16384];
    const char *found = NULL;
    size_t size = strlen(name);

    pthread_mutex_lock(&rogue->mutex);
    assert_true(index < rogue->count);
    const char *line = rogue->heads[index];
    while ((line = strstr(line, "\r\n")) != NULL) {
        line += 2;
        if (strncasecmp(line, name, size) == 0 && line[size] == ':') {
            assert_null(found);
            found = line + size + 1 + strspn(line + size + 1, " ");
        }
    }
    if (found != NULL) {
        size = strcspn(found, "\r");
        assert_true(size < sizeof(value));
        memcpy(value, found, size);
        value[size] = '\0';
    }
    pthread_mutex_unlock(&rogue->mutex);
    return found != NULL ? value : NULL;
}
