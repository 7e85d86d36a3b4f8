/* A connection to RabbitMQ that is made again when it breaks, and publishes with confirms. One
 * thread at a time. */
#ifndef DEMO_AMQP_LINK_H
#define DEMO_AMQP_LINK_H

#include "shared/queue.h"

#include <amqp.h>

/* The one channel of a link. Publications and deliveries have a link each: what waits for a confirm
 * reads away everything else. */
#define AMQP_CHANNEL 1

struct amqp_link {
    char *url; /* what info points into */
    struct amqp_connection_info info;
    unsigned timeout_ms;
    unsigned heartbeat_s;               /* 0: none; a broker that hangs is found by the timeout */
    amqp_connection_state_t connection; /* NULL: none */
    unsigned generation;                /* counts connections: delivery tags belong to one */
    uint64_t published;                 /* on this connection: the tag of the last publication */
    bool ready;                         /* whoever uses the link has set up this connection */
    char *error;                        /* the queue's own; says why the last call failed */
    size_t error_size;
};

/* Reads the URL. QUEUE_BROKEN if it is none. Nothing is connected yet. */
enum queue_status amqp_link_init(struct amqp_link *ret_link, const char *url, unsigned timeout_ms,
                                 char *error, size_t error_size);
void amqp_link_fini(struct amqp_link *link);

/* Connects if there is no connection, and opens the channel. */
enum queue_status amqp_link_connect(struct amqp_link *link);

/* Forgets the connection: what was not acknowledged on it is delivered again by the broker. */
void amqp_link_drop(struct amqp_link *link);

/* Asks the broker to confirm what is published. Once for each connection. */
enum queue_status amqp_link_ask_confirms(struct amqp_link *link);

/* Publishes and waits until the broker has it on disk. The link must be connected, with confirms;
 * it is dropped when it fails. */
enum queue_status amqp_link_publish(struct amqp_link *link, const char *routing_key,
                                    const amqp_basic_properties_t *properties, amqp_bytes_t body);

/* What an RPC or a call of the library came to. Says why in error and drops the link if it failed:
 * QUEUE_BROKEN if the broker refused, else QUEUE_UNAVAILABLE. */
enum queue_status amqp_link_check(struct amqp_link *link, const char *doing,
                                  amqp_rpc_reply_t reply);
enum queue_status amqp_link_check_rpc(struct amqp_link *link, const char *doing);
enum queue_status amqp_link_check_status(struct amqp_link *link, const char *doing, int status);

#endif
