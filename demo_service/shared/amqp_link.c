/* AMQP link: connecting within bounds, publishing with confirms, and errors as sentences. */
#include "shared/amqp_link.h"

#include "shared/clock.h"

#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* Logging in and declaring takes the broker longer than storing one job. */
#define SETUP_MS 5000u

static struct timeval to_timeval(uint64_t ms)
{
    return (struct timeval){.tv_sec = (time_t)(ms / 1000),
                            .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
}

enum queue_status amqp_link_init(struct amqp_link *ret_link, const char *url, unsigned timeout_ms,
                                 char *error, size_t error_size)
{
    struct amqp_connection_info info;
    char *copy = strdup(url);

    if (copy == NULL) {
        (void)snprintf(error, error_size, "no memory");
        return QUEUE_BROKEN;
    }
    if (amqp_parse_url(copy, &info) != AMQP_STATUS_OK || info.ssl) {
        free(copy);
        (void)snprintf(error, error_size,
                       "no such queue; allowed: amqp://USER:PASSWORD@HOST:PORT/VHOST");
        return QUEUE_BROKEN;
    }
    if (info.vhost[0] == '\0') {
        static char standard[] = "/";
        info.vhost = standard; /* by the letter `amqp://host/` names one without a name */
    }
    *ret_link = (struct amqp_link){.url = copy,
                                   .info = info,
                                   .timeout_ms = timeout_ms,
                                   .error = error,
                                   .error_size = error_size};
    return QUEUE_OK;
}

void amqp_link_drop(struct amqp_link *link)
{
    if (link->connection != NULL) {
        (void)amqp_destroy_connection(link->connection);
    }
    link->connection = NULL;
    link->ready = false;
}

void amqp_link_fini(struct amqp_link *link)
{
    struct timeval timeout = to_timeval(link->timeout_ms);

    if (link->connection != NULL) {
        (void)amqp_set_rpc_timeout(link->connection, &timeout);
        (void)amqp_connection_close(link->connection, AMQP_REPLY_SUCCESS);
    }
    amqp_link_drop(link);
    free(link->url);
}

enum queue_status amqp_link_check_status(struct amqp_link *link, const char *doing, int status)
{
    if (status == AMQP_STATUS_OK) {
        return QUEUE_OK;
    }
    (void)snprintf(link->error, link->error_size, "%s at %s:%d: %s", doing, link->info.host,
                   link->info.port, amqp_error_string2(status));
    amqp_link_drop(link);
    return QUEUE_UNAVAILABLE;
}

/* The broker's own words for closing a channel or the connection. */
static enum queue_status refused(struct amqp_link *link, const char *doing, amqp_method_t method)
{
    /* Both methods begin with a code and a text. */
    const amqp_connection_close_t *close = method.decoded;
    unsigned code = 0;

    if (method.id == AMQP_CONNECTION_CLOSE_METHOD || method.id == AMQP_CHANNEL_CLOSE_METHOD) {
        code = close->reply_code;
        (void)snprintf(link->error, link->error_size, "%s at %s:%d: %.*s", doing, link->info.host,
                       link->info.port, (int)close->reply_text.len,
                       (const char *)close->reply_text.bytes);
    }
    amqp_link_drop(link);
    /* 320: the broker is going down; 541 and 506: it has trouble of its own. */
    return code == AMQP_CONNECTION_FORCED || code == AMQP_INTERNAL_ERROR ||
                   code == AMQP_RESOURCE_ERROR
               ? QUEUE_UNAVAILABLE
               : QUEUE_BROKEN;
}

enum queue_status amqp_link_check(struct amqp_link *link, const char *doing, amqp_rpc_reply_t reply)
{
    switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
        return QUEUE_OK;
    case AMQP_RESPONSE_SERVER_EXCEPTION:
        return refused(link, doing, reply.reply);
    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
        return amqp_link_check_status(link, doing, reply.library_error);
    case AMQP_RESPONSE_NONE:
        break;
    }
    return amqp_link_check_status(link, doing, AMQP_STATUS_CONNECTION_CLOSED);
}

enum queue_status amqp_link_check_rpc(struct amqp_link *link, const char *doing)
{
    return amqp_link_check(link, doing, amqp_get_rpc_reply(link->connection));
}

static enum queue_status open_socket(struct amqp_link *link)
{
    struct timeval timeout = to_timeval(SETUP_MS);

    link->connection = amqp_new_connection();
    amqp_socket_t *socket = link->connection != NULL ? amqp_tcp_socket_new(link->connection) : NULL;
    if (socket == NULL) {
        return amqp_link_check_status(link, "connecting", AMQP_STATUS_NO_MEMORY);
    }
    int status = amqp_socket_open_noblock(socket, link->info.host, link->info.port, &timeout);
    (void)amqp_set_handshake_timeout(link->connection, &timeout);
    (void)amqp_set_rpc_timeout(link->connection, &timeout);
    return amqp_link_check_status(link, "connecting", status);
}

/* Logs in under the program's own name, which the broker's operator sees. */
static enum queue_status log_in(struct amqp_link *link)
{
    amqp_table_entry_t entry = {
        .key = amqp_cstring_bytes("connection_name"),
        .value = {.kind = AMQP_FIELD_KIND_UTF8,
                  .value.bytes = amqp_cstring_bytes(program_invocation_short_name)}};
    amqp_table_t properties = {1, &entry};

    return amqp_link_check(
        link, "logging in",
        amqp_login_with_properties(link->connection, link->info.vhost, 0, AMQP_DEFAULT_FRAME_SIZE,
                                   (int)link->heartbeat_s, &properties, AMQP_SASL_METHOD_PLAIN,
                                   link->info.user, link->info.password));
}

enum queue_status amqp_link_ask_confirms(struct amqp_link *link)
{
    (void)amqp_confirm_select(link->connection, AMQP_CHANNEL);
    return amqp_link_check_rpc(link, "asking for confirms");
}

enum queue_status amqp_link_connect(struct amqp_link *link)
{
    if (link->connection != NULL) {
        return QUEUE_OK;
    }
    enum queue_status status = open_socket(link);
    if (status == QUEUE_OK) {
        status = log_in(link);
    }
    if (status == QUEUE_OK) {
        (void)amqp_channel_open(link->connection, AMQP_CHANNEL);
        status = amqp_link_check_rpc(link, "opening a channel");
    }
    if (status == QUEUE_OK) {
        link->generation++;
        link->published = 0;
    }
    return status;
}

/* Reads away a publication that found no queue and comes back with its body. */
static enum queue_status take_back(struct amqp_link *link)
{
    amqp_message_t message;
    enum queue_status status = amqp_link_check(
        link, "publishing", amqp_read_message(link->connection, AMQP_CHANNEL, &message, 0));

    if (status == QUEUE_OK) {
        amqp_destroy_message(&message);
        (void)snprintf(link->error, link->error_size, "the queue is gone from the broker");
        amqp_link_drop(link);
    }
    return QUEUE_UNAVAILABLE;
}

/* True when the frame tells what became of the publication. */
static bool is_verdict(struct amqp_link *link, const amqp_frame_t *frame,
                       enum queue_status *ret_status)
{
    if (frame->frame_type != AMQP_FRAME_METHOD) {
        return false;
    }
    switch (frame->payload.method.id) {
    case AMQP_BASIC_ACK_METHOD: {
        const amqp_basic_ack_t *ack = frame->payload.method.decoded;
        *ret_status = QUEUE_OK;
        return ack->delivery_tag >= link->published;
    }
    case AMQP_BASIC_NACK_METHOD:
        (void)snprintf(link->error, link->error_size, "the broker could not store the job");
        *ret_status = QUEUE_UNAVAILABLE;
        return true;
    case AMQP_BASIC_RETURN_METHOD:
        *ret_status = take_back(link);
        return true;
    case AMQP_CHANNEL_CLOSE_METHOD:
    case AMQP_CONNECTION_CLOSE_METHOD:
        (void)refused(link, "publishing", frame->payload.method);
        *ret_status = QUEUE_UNAVAILABLE;
        return true;
    default:
        return false;
    }
}

static enum queue_status await_confirm(struct amqp_link *link)
{
    uint64_t deadline_ns = clock_now_ns() + (uint64_t)link->timeout_ms * 1000000u;
    enum queue_status verdict = QUEUE_OK;
    amqp_frame_t frame;

    for (;;) {
        uint64_t now_ns = clock_now_ns();
        struct timeval left =
            to_timeval(now_ns < deadline_ns ? (deadline_ns - now_ns) / 1000000u : 0);
        int status = amqp_simple_wait_frame_noblock(link->connection, &frame, &left);
        if (status != AMQP_STATUS_OK) {
            return amqp_link_check_status(link, "waiting for the confirm", status);
        }
        if (is_verdict(link, &frame, &verdict)) {
            return verdict;
        }
    }
}

enum queue_status amqp_link_publish(struct amqp_link *link, const char *routing_key,
                                    const amqp_basic_properties_t *properties, amqp_bytes_t body)
{
    amqp_maybe_release_buffers(link->connection);
    int code = amqp_basic_publish(link->connection, AMQP_CHANNEL, amqp_empty_bytes,
                                  amqp_cstring_bytes(routing_key), true, false, properties, body);
    enum queue_status status = amqp_link_check_status(link, "publishing", code);
    if (status == QUEUE_OK) {
        link->published++;
        status = await_confirm(link);
    }
    return status;
}
