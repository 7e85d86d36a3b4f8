/* bench_http_floor --port N --threads N [--option NAME=VALUE]...: the least that telling each
 * request can cost, by hand and for `/raw` alone. The handler makes an ID, puts it into its own
 * head, and formats its line into a buffer for each thread, which is written when it is full and
 * lost when the process is killed. Nothing is accepted, redacted, counted, or known of a request
 * that does not get here. */
#include "by_hand.h"

#include <civetweb.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum { BUFFER_SIZE = 65536, LINE_MAX_SIZE = 1024, ID_SIZE = 36, OPTIONS_MAX = 16 };

struct state {
    uint64_t random;
    size_t used;
    char buffer[BUFFER_SIZE];
};

static int sink = -1;
static __thread struct state state;

/* xorshift64, of Marsaglia's "Xorshift RNGs" (2003). */
static uint64_t next_random(void)
{
    while (state.random == 0) {
        if (getrandom(&state.random, sizeof(state.random), 0) < 0) {
            abort();
        }
    }
    state.random ^= state.random << 13;
    state.random ^= state.random >> 7;
    state.random ^= state.random << 17;
    return state.random;
}

static inline char *put_hex(char *at, uint64_t value, int digits)
{
    for (; digits > 0; digits--, value <<= 4) {
        *at++ = "0123456789abcdef"[value >> 60];
    }
    return at;
}

static void make_id(char id[ID_SIZE])
{
    uint64_t first = next_random();

    id = PUT(put_hex(id, first, 8), "-");
    id = PUT(put_hex(id, first << 32, 4), "-4");
    id = PUT(put_hex(id, first << 48, 3), "-8");
    id = PUT(put_hex(id, next_random(), 3), "-");
    put_hex(id, next_random(), 12);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void answer(struct mg_connection *conn, const char *id)
{
    static const char greeting[] = "Hello from trail\n";
    char response[512];
    char *at = PUT(response, "HTTP/1.1 200 OK\r\nX-Request-ID: ");

    at = put(at, id, ID_SIZE);
    at = PUT(at, "\r\nContent-Type: text/plain\r\nContent-Length: ");
    at = put_natural(at, sizeof(greeting) - 1);
    at = PUT(PUT(at, "\r\nConnection: keep-alive\r\n\r\n"), greeting);
    mg_write(conn, response, (size_t)(at - response));
}

static void flush(void)
{
    if (write(sink, state.buffer, state.used) != (ssize_t)state.used) {
        abort();
    }
    state.used = 0;
}

static void tell(const struct mg_request_info *request, const char *id, uint64_t took_ns)
{
    if (state.used > BUFFER_SIZE - LINE_MAX_SIZE) {
        flush();
    }
    char *at = PUT(state.buffer + state.used, "{\"timestamp\":\"");
    at = put_time(at);
    at = PUT(at, "\",\"level\":\"info\",\"service\":\"hello\",\"environment\":\"development\","
                 "\"event\":\"request_completed\",\"requestId\":\"");
    at = PUT(put(at, id, ID_SIZE), "\",\"traceId\":\"");
    at = put_hex(put_hex(at, next_random(), 16), next_random(), 16);
    at = put_hex(PUT(at, "\",\"spanId\":\""), next_random(), 16);
    at = put_text(PUT(at, "\",\"method\":\""), request->request_method);
    at = put_text(PUT(at, "\",\"path\":\""), request->local_uri);
    at = PUT(at, "\",\"route\":\"/raw\",\"status\":200,\"durationMs\":");
    at = put_decimal(at, (double)took_ns / 1e6);
    at = PUT(at, ",\"bytesIn\":0,\"bytesOut\":17,\"peerIp\":\"");
    at = put_text(at, request->remote_addr);
    at = put_text(PUT(at, "\",\"clientIp\":\""), request->remote_addr);
    state.used = (size_t)(PUT(at, "\"}\n") - state.buffer);
}

static int send_raw(struct mg_connection *conn, void *unused)
{
    char id[ID_SIZE];
    uint64_t begun_ns = now_ns();

    (void)unused;
    make_id(id);
    answer(conn, id);
    tell(mg_get_request_info(conn), id, now_ns() - begun_ns);
    return 200;
}

static const char *option_of(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], name) == 0) {
            return argv[i + 1];
        }
    }
    fprintf(stderr, "bench_http_floor: needs %s\n", name);
    exit(2);
}

static struct mg_context *start(int argc, char **argv)
{
    static char address[32];
    const char *options[2 * OPTIONS_MAX] = {"listening_ports",   address,
                                            "num_threads",       option_of(argc, argv, "--threads"),
                                            "enable_keep_alive", "yes"};
    size_t count = 6;

    snprintf(address, sizeof(address), "127.0.0.1:%s", option_of(argc, argv, "--port"));
    for (int i = 1; i + 1 < argc && count + 2 < 2 * OPTIONS_MAX; i += 2) {
        char *equals = strchr(argv[i + 1], '=');
        if (strcmp(argv[i], "--option") == 0 && equals != NULL) {
            *equals = '\0';
            options[count++] = argv[i + 1];
            options[count++] = equals + 1;
        }
    }
    return mg_start(NULL, NULL, options);
}

int main(int argc, char **argv)
{
    const char *output = getenv("TRAIL_OUTPUT");
    struct mg_server_port port;
    sigset_t ends;
    int signal_number;

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    if (output == NULL || strncmp(output, "file:", 5) != 0 ||
        (sink = open(output + 5, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)) < 0) {
        fputs("bench_http_floor: needs TRAIL_OUTPUT=file:PATH\n", stderr);
        return 2;
    }
    struct mg_context *context = start(argc, argv);
    if (context == NULL || mg_get_server_ports(context, 1, &port) != 1) {
        fputs("bench_http_floor: can't listen\n", stderr);
        return 2;
    }
    mg_set_request_handler(context, "/raw", send_raw, NULL);
    fprintf(stderr, "listening on http://127.0.0.1:%d\n", port.port);
    sigwait(&ends, &signal_number);
    mg_stop(context);
    close(sink);
    return 0;
}
