/* A client on a raw socket: what it sends is exactly what it is given, and it keeps exactly what it
 * got. Each wait has a generous deadline, after which the test fails. */
#ifndef TRAIL_TESTS_HTTP_H
#define TRAIL_TESTS_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct ssl_ctx_st;
struct ssl_st;

struct http_client {
    int fd;
    struct ssl_ctx_st *tls_context; /* NULL: plain */
    struct ssl_st *tls;
    char *bytes; /* received and not yet taken */
    size_t size;
    size_t capacity;
};

/* One response, taken apart. Release by http_response_free(). */
struct http_response {
    char *head; /* status line and fields, each line ending in CR LF, terminated */
    char *body; /* as it came, without the chunked framing, terminated */
    size_t body_size;
    int status;
    bool ended_by_close; /* the body had no length of its own */
};

void http_connect(struct http_client *ret_client, int port);
/* Connections to this port are TLS from now on. */
void http_speak_tls(int port);
void http_connect_tls(struct http_client *ret_client, int port);
/* Whether anybody accepts connections there. */
bool http_is_listening(int port);
/* A port that was free a moment ago, for servers that can't tell which one they were given. */
int http_free_port(void);
void http_close(struct http_client *client);
/* Closes with a reset: the server's next write fails. */
void http_reset(struct http_client *client);

void http_send(struct http_client *client, const char *text);
void http_send_bytes(struct http_client *client, const char *bytes, size_t size);
/* No more bytes will come from this side. */
void http_end_sending(struct http_client *client);

/* Reads one response; to_head: its request was a HEAD. An interim one is a response of its own. */
void http_receive(struct http_client *client, bool to_head, struct http_response *ret_response);
/* Whether the server has closed and nothing more came. */
bool http_is_closed(struct http_client *client);
/* Reads until at least size bytes are there, or the end. Returns how many there are. */
size_t http_receive_bytes(struct http_client *client, size_t size);

/* Sends a text to a server on a new connection and reads one response. */
void http_exchange(int port, const char *request, struct http_response *ret_response);

void http_response_free(struct http_response *response);

/* How often a field stands in the head, in any case of letters. */
unsigned http_count(const struct http_response *response, const char *name);
/* The value of its first one, copied into a buffer of the function's own; "" if there is none. */
const char *http_field(const struct http_response *response, const char *name);

#endif
