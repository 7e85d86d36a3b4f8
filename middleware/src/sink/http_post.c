/* Sink: a POST with a deadline. */
#include "sink/http_post.h"

#include "core/ascii.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A response that is longer is read this far. */
enum { RESPONSE_MAX = 32768, REQUEST_HEAD_MAX = 2048 };

enum trail_status trl_http_url_parse(const char *text, const char *port, const char *path,
                                     struct trl_http_url *ret_url)
{
    struct trl_http_url url;

    if (trl_strncasecmp(text, "http://", 7) != 0) {
        return TRAIL_ERR_MALFORMED;
    }
    text += 7;
    size_t host_size = strcspn(text, "/?#");
    const char *rest = text + host_size;
    if (trl_endpoint_parse_host(text, host_size, port, &url.endpoint) != TRAIL_OK ||
        host_size >= sizeof(url.host)) {
        return TRAIL_ERR_MALFORMED;
    }
    memcpy(url.host, text, host_size);
    url.host[host_size] = '\0';
    rest = *rest == '\0' || strcmp(rest, "/") == 0 ? path : rest;
    for (const char *at = rest; *at != '\0'; at++) {
        if (*at <= ' ' || *at >= 0x7F || *at == '#') {
            return TRAIL_ERR_MALFORMED;
        }
    }
    if (*rest != '/' || strlen(rest) >= sizeof(url.path)) {
        return TRAIL_ERR_MALFORMED;
    }
    strcpy(url.path, rest);
    *ret_url = url;
    return TRAIL_OK;
}

static bool send_request(struct trl_relay *relay, int fd, const struct trl_http_url *url,
                         const char *body, size_t size, uint64_t deadline_ns)
{
    char head[REQUEST_HEAD_MAX];
    int head_size = snprintf(head, sizeof(head),
                             "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: trail/%s\r\n"
                             "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                             "Connection: close\r\n\r\n",
                             url->path, url->host, TRAIL_VERSION, size);

    return trl_net_send(relay, fd, head, (size_t)head_size, true, deadline_ns) ==
               (size_t)head_size &&
           trl_net_send(relay, fd, body, size, false, deadline_ns) == size;
}

/* Reads until the response is whole. A body that is longer than the buffer, or that never ends,
 * takes nothing from the status, which is what counts. */
static enum trail_status receive(struct trl_relay *relay, int fd, uint64_t deadline_ns,
                                 struct trl_http_response *ret_response)
{
    char text[RESPONSE_MAX];
    size_t size = 0;
    enum trail_status status;
    bool at_end = false;

    do {
        int ready = trl_relay_wait(relay, fd, POLLIN, deadline_ns);
        ssize_t got = ready == 1 ? recv(fd, text + size, sizeof(text) - size, 0) : -1;
        if (ready != 1) {
            errno = ready == 0 ? ETIMEDOUT : ECANCELED;
        }
        if (got < 0 && ready == 1 && (errno == EINTR || errno == EAGAIN)) {
            status = TRAIL_ERR_SPACE;
            continue;
        }
        at_end = got <= 0;
        int saved = got == 0 ? ECONNRESET : errno;
        size += got > 0 ? (size_t)got : 0;
        status = trl_http_parse(text, size, got == 0, ret_response);
        errno = saved;
    } while (status == TRAIL_ERR_SPACE && !at_end && size < sizeof(text));
    if (status == TRAIL_ERR_SPACE) {
        return ret_response->status != 0 ? TRAIL_OK : TRAIL_ERR_IO;
    }
    return status;
}

enum trail_status trl_http_post(struct trl_relay *relay, const struct trl_http_url *url,
                                const char *body, size_t size, uint64_t deadline_ns,
                                struct trl_http_response *ret_response)
{
    int fd = trl_net_connect(relay, &url->endpoint, deadline_ns);

    if (fd < 0) {
        return TRAIL_ERR_IO;
    }
    /* A server that refuses may answer before it has read everything: what it said is looked at
     * even where sending failed. */
    bool sent = send_request(relay, fd, url, body, size, deadline_ns);
    int saved = errno;
    enum trail_status status = receive(relay, fd, deadline_ns, ret_response);
    if (status != TRAIL_OK && !sent) {
        errno = saved;
    }
    saved = errno;
    close(fd);
    errno = saved;
    return status;
}
