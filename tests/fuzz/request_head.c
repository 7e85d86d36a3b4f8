/* Request heads through CivetWeb and the adapter: whatever comes, the first final response bears
 * exactly one valid request ID. */
#include "fuzz.h"

#include <trail/civetweb.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address;

static int answer(struct mg_connection *conn, void *cbdata)
{
    char body[256];

    (void)cbdata;
    while (mg_read(conn, body, sizeof(body)) > 0) {}
    return trail_send_json(conn, 200, "{}");
}

static void start(void)
{
    static struct mg_callbacks callbacks;
    const char *options[] = {"listening_ports",    "127.0.0.1:0", "num_threads", "1",
                             "request_timeout_ms", "1000",        NULL};
    struct mg_server_port port;
    struct mg_context *ctx;
    struct trail *trail;

    FUZZ_CHECK(
        trail_open(&(struct trail_options){.output = "file:/dev/null", .ignore_environment = true},
                   &trail) == TRAIL_OK);
    trail_civetweb_install(trail, &callbacks);
    ctx = mg_start(&callbacks, NULL, options);
    FUZZ_CHECK(ctx != NULL);
    mg_set_request_handler(ctx, "**", answer, NULL);
    FUZZ_CHECK(mg_get_server_ports(ctx, 1, &port) == 1);
    address = (struct sockaddr_in){.sin_family = AF_INET,
                                   .sin_port = htons((unsigned short)port.port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* A port of one's own is held for a while after each exchange: at thousands of them a second, all
 * may be taken for a moment. A call that the fuzzer's timer has interrupted is made again. */
static void connect_to_server(int fd)
{
    enum { PAUSE_MS = 10, PAUSES_MAX = 500 };
    const struct sockaddr *to = (const struct sockaddr *)&address;

    for (int pauses = 0; connect(fd, to, sizeof(address)) != 0 && errno != EISCONN; pauses++) {
        if ((errno != EADDRNOTAVAIL && errno != EINTR && errno != EALREADY) ||
            pauses == PAUSES_MAX) {
            perror("connect");
            abort();
        }
        (void)poll(NULL, 0, PAUSE_MS);
    }
}

static size_t exchange(const uint8_t *data, size_t size, char *out, size_t capacity)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t received = 0;
    ssize_t got = 1;

    FUZZ_CHECK(fd >= 0);
    connect_to_server(fd);
    (void)TEMP_FAILURE_RETRY(send(fd, data, size, MSG_NOSIGNAL));
    shutdown(fd, SHUT_WR);
    while (received < capacity - 1 && got > 0) {
        got = TEMP_FAILURE_RETRY(recv(fd, out + received, capacity - 1 - received, 0));
        received += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    out[received] = '\0';
    return received;
}

static unsigned count_ids(const char *head, const char *end)
{
    unsigned count = 0;

    for (const char *line = strstr(head, "\r\n"); line != NULL && line < end;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, "X-Request-ID: ", 14) == 0) {
            size_t size = strcspn(line + 16, "\r\n");
            FUZZ_CHECK(size >= 1 && size <= TRAIL_REQUEST_ID_MAX);
            count++;
        }
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char out[65536];
    const char *end;

    if (address.sin_port == 0) {
        start();
    }
    if (size == 0 || size > 20000 || exchange(data, size, out, sizeof(out)) == 0) {
        return 0;
    }
    end = strstr(out, "\r\n\r\n");
    FUZZ_CHECK(end != NULL);
    FUZZ_CHECK(count_ids(out, end) == 1);
    return 0;
}
