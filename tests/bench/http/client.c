/* bench_http_client PORT PATH COUNT [CONNECTIONS [HEADER-LINE]]: sends exactly COUNT requests, one
 * outstanding on each keep-alive connection in turn, so that what a server does for each of them
 * can be counted. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, RESPONSE_MAX = 65536 };

static int open_connection(unsigned short port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror("bench_http_client: connect");
        exit(1);
    }
    return fd;
}

/* Whether the response is complete; its length must be declared. */
static bool is_complete(const char *bytes, size_t size)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    const char *length = end != NULL ? strcasestr(bytes, "\r\nContent-Length:") : NULL;

    return length != NULL && length < end &&
           size >= (size_t)(end + 4 - bytes) + strtoul(length + 17, NULL, 10);
}

static void exchange(int fd, const char *request)
{
    static char bytes[RESPONSE_MAX];
    size_t size = 0;

    if (write(fd, request, strlen(request)) < 0) {
        perror("bench_http_client: write");
        exit(1);
    }
    do {
        ssize_t got = read(fd, bytes + size, sizeof(bytes) - 1 - size);
        if (got <= 0) {
            fprintf(stderr, "bench_http_client: the server has closed\n");
            exit(1);
        }
        size += (size_t)got;
        bytes[size] = '\0';
    } while (!is_complete(bytes, size));
}

int main(int argc, char **argv)
{
    int fds[CONNECTIONS_MAX];
    char request[1024];
    unsigned long connections;

    if (argc < 4) {
        fprintf(stderr, "usage: bench_http_client PORT PATH COUNT [CONNECTIONS [HEADER-LINE]]\n");
        return 2;
    }
    connections = argc > 4 ? strtoul(argv[4], NULL, 10) : 1;
    connections = connections < 1 ? 1 : connections;
    connections = connections > CONNECTIONS_MAX ? CONNECTIONS_MAX : connections;
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s\r\n", argv[2],
             argc > 5 ? argv[5] : "", argc > 5 ? "\r\n" : "");
    for (unsigned long i = 0; i < connections; i++) {
        fds[i] = open_connection((unsigned short)strtoul(argv[1], NULL, 10));
    }
    for (unsigned long i = 0, count = strtoul(argv[3], NULL, 10); i < count; i++) {
        exchange(fds[i % connections], request);
    }
    return 0;
}
