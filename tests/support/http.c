/* A client on a raw socket, for reading the wire. */
#include "unit.h"

#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEADLINE_S = 30 };

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((unsigned short)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

bool http_is_listening(int port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool listening = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(fd);
    return listening;
}

int http_free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* The ports that are spoken to in TLS. */
static bool speaks_tls[65536];

void http_speak_tls(int port)
{
    speaks_tls[port] = true;
}

static void connect_plain(struct http_client *ret_client, int port)
{
    struct sockaddr_in address = loopback(port);
    struct timeval deadline = {.tv_sec = DEADLINE_S};
    int on = 1;

    memset(ret_client, 0, sizeof(*ret_client));
    ret_client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(ret_client->fd >= 0);
    setsockopt(ret_client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(ret_client->fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
    setsockopt(ret_client->fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
    assert_int_equal(connect(ret_client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

void http_connect_tls(struct http_client *ret_client, int port)
{
    connect_plain(ret_client, port);
    ret_client->tls_context = SSL_CTX_new(TLS_client_method());
    assert_non_null(ret_client->tls_context);
    ret_client->tls = SSL_new(ret_client->tls_context);
    assert_non_null(ret_client->tls);
    SSL_set_fd(ret_client->tls, ret_client->fd);
    assert_int_equal(SSL_connect(ret_client->tls), 1);
}

void http_connect(struct http_client *ret_client, int port)
{
    (speaks_tls[port] ? http_connect_tls : connect_plain)(ret_client, port);
}

void http_close(struct http_client *client)
{
    SSL_free(client->tls);
    SSL_CTX_free(client->tls_context);
    close(client->fd);
    free(client->bytes);
    memset(client, 0, sizeof(*client));
    client->fd = -1;
}

void http_reset(struct http_client *client)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    http_close(client);
}

void http_send_bytes(struct http_client *client, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = client->tls != NULL ? SSL_write(client->tls, bytes, (int)size)
                                           : send(client->fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return; /* the server has closed: what it answered can still be read */
        }
        bytes += sent;
        size -= (size_t)sent;
    }
}

void http_send(struct http_client *client, const char *text)
{
    http_send_bytes(client, text, strlen(text));
}

void http_end_sending(struct http_client *client)
{
    shutdown(client->fd, SHUT_WR);
}

/* Reads once; false at the end. */
static bool receive_more(struct http_client *client)
{
    ssize_t got;

    if (client->capacity - client->size < 65536) {
        client->capacity = client->capacity * 2 + 131072;
        client->bytes = realloc(client->bytes, client->capacity);
        assert_non_null(client->bytes);
    }
    if (client->tls != NULL) {
        got = SSL_read(client->tls, client->bytes + client->size,
                       (int)(client->capacity - client->size - 1));
    } else {
        got =
            recv(client->fd, client->bytes + client->size, client->capacity - client->size - 1, 0);
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        fail_msg("no answer within %d s", DEADLINE_S);
    }
    client->size += got > 0 ? (size_t)got : 0;
    client->bytes[client->size] = '\0';
    return got > 0;
}

size_t http_receive_bytes(struct http_client *client, size_t size)
{
    while (client->size < size && receive_more(client)) {}
    return client->size;
}

bool http_is_closed(struct http_client *client)
{
    return client->size == 0 && !receive_more(client);
}

static char *take(struct http_client *client, size_t size)
{
    char *taken = malloc(size + 1);

    assert_non_null(taken);
    if (size > 0) {
        memcpy(taken, client->bytes, size);
        memmove(client->bytes, client->bytes + size, client->size - size);
    }
    taken[size] = '\0';
    client->size -= size;
    if (client->bytes != NULL) {
        client->bytes[client->size] = '\0';
    }
    return taken;
}

/* Reads up to and with a text; returns its end. */
static size_t receive_until(struct http_client *client, size_t from, const char *text)
{
    for (;;) {
        const char *found = client->size > from ? memmem(client->bytes + from, client->size - from,
                                                         text, strlen(text))
                                                : NULL;
        if (found != NULL) {
            return (size_t)(found - client->bytes) + strlen(text);
        }
        if (!receive_more(client)) {
            fail_msg("the connection ended in mid-response: %s",
                     client->bytes != NULL ? client->bytes : "");
        }
    }
}

static void receive_chunked(struct http_client *client, struct http_response *response)
{
    size_t chunk;

    response->body = calloc(1, 1);
    do {
        char *line = take(client, receive_until(client, 0, "\r\n"));
        char *bytes;
        chunk = strtoul(line, NULL, 16);
        free(line);
        assert_true(http_receive_bytes(client, chunk + 2) >= chunk + 2);
        bytes = take(client, chunk + 2);
        assert_string_equal(bytes + chunk, "\r\n");
        response->body = realloc(response->body, response->body_size + chunk + 1);
        assert_non_null(response->body);
        memcpy(response->body + response->body_size, bytes, chunk);
        response->body_size += chunk;
        response->body[response->body_size] = '\0';
        free(bytes);
    } while (chunk > 0);
}

static bool is_bodiless(int status)
{
    return status < 200 || status == 204 || status == 304;
}

void http_receive(struct http_client *client, bool to_head, struct http_response *ret_response)
{
    memset(ret_response, 0, sizeof(*ret_response));
    ret_response->head = take(client, receive_until(client, 0, "\r\n\r\n"));
    assert_int_equal(strncmp(ret_response->head, "HTTP/", 5), 0);
    ret_response->status = (int)strtol(ret_response->head + 9, NULL, 10);
    if (to_head || is_bodiless(ret_response->status)) {
        ret_response->body = calloc(1, 1);
    } else if (strcasecmp(http_field(ret_response, "Transfer-Encoding"), "chunked") == 0) {
        receive_chunked(client, ret_response);
    } else if (http_count(ret_response, "Content-Length") > 0) {
        size_t size = strtoul(http_field(ret_response, "Content-Length"), NULL, 10);
        assert_true(http_receive_bytes(client, size) >= size);
        ret_response->body = take(client, size);
        ret_response->body_size = size;
    } else {
        while (receive_more(client)) {}
        ret_response->body_size = client->size;
        ret_response->body = take(client, client->size);
        ret_response->ended_by_close = true;
    }
}

void http_exchange(int port, const char *request, struct http_response *ret_response)
{
    struct http_client client;

    http_connect(&client, port);
    http_send(&client, request);
    http_receive(&client, strncmp(request, "HEAD ", 5) == 0, ret_response);
    http_close(&client);
}

void http_response_free(struct http_response *response)
{
    free(response->head);
    free(response->body);
    memset(response, 0, sizeof(*response));
}

/* The line after this one, or NULL. */
static const char *next_line(const char *line)
{
    const char *end = strstr(line, "\r\n");

    return end != NULL && end[2] != '\r' && end[2] != '\0' ? end + 2 : NULL;
}

static bool is_field(const char *line, const char *name)
{
    size_t size = strlen(name);

    return strncasecmp(line, name, size) == 0 && line[size] == ':';
}

unsigned http_count(const struct http_response *response, const char *name)
{
    unsigned count = 0;

    for (const char *line = next_line(response->head); line != NULL; line = next_line(line)) {
        count += is_field(line, name);
    }
    return count;
}

const char *http_field(const struct http_response *response, const char *name)
{
    static __thread char value[16384];

    value[0] = '\0';
    for (const char *line = next_line(response->head); line != NULL; line = next_line(line)) {
        if (is_field(line, name)) {
            const char *text = line + strlen(name) + 1;
            text += strspn(text, " ");
            snprintf(value, sizeof(value), "%.*s", (int)strcspn(text, "\r"), text);
            break;
        }
    }
    return value;
}
