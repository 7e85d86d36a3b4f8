/* AMQP topology: quorum queues throughout, for what is confirmed must outlive the broker. */
#include "shared/amqp_topology.h"

#include <amqp_framing.h>
#include <stdio.h>

#define DEAD_EXCHANGE QUEUE_EMAILS ".dead"
#define DEAD_QUEUE    QUEUE_EMAILS ".dead"

/* A queue expires messages at its head only, so a short wait behind a long one would take as long:
 * waits that are alike share a queue, and none takes more than four times what it should. */
static const unsigned retry_limits_ms[] = {250, 1000, 4000, 16000, 64000};

#define RETRY_QUEUES (sizeof(retry_limits_ms) / sizeof(retry_limits_ms[0]))

static amqp_table_entry_t text_argument(const char *name, const char *value)
{
    return (amqp_table_entry_t){
        .key = amqp_cstring_bytes(name),
        .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes(value)}};
}

/* A durable quorum queue whose dead messages go to exchange under key; NULL: nowhere. */
static enum queue_status declare_queue(struct amqp_link *link, const char *name,
                                       const char *exchange, const char *key)
{
    amqp_table_entry_t entries[5] = {text_argument("x-queue-type", "quorum")};
    amqp_table_t arguments = {1, entries};

    if (exchange != NULL) {
        entries[1] = text_argument("x-dead-letter-exchange", exchange);
        entries[2] = text_argument("x-dead-letter-routing-key", key);
        /* A message leaves this queue once the other has it; what is full refuses new ones. */
        entries[3] = text_argument("x-dead-letter-strategy", "at-least-once");
        entries[4] = text_argument("x-overflow", "reject-publish");
        arguments.num_entries = 5;
    }
    (void)amqp_queue_declare(link->connection, AMQP_CHANNEL, amqp_cstring_bytes(name), false, true,
                             false, false, arguments);
    return amqp_link_check_rpc(link, "declaring a queue");
}

static void name_retry_queue(char name[AMQP_QUEUE_NAME_BYTES], unsigned limit_ms)
{
    (void)snprintf(name, AMQP_QUEUE_NAME_BYTES, QUEUE_EMAILS ".retry.%u", limit_ms);
}

void amqp_topology_retry_queue(uint64_t delay_ms, char ret_name[AMQP_QUEUE_NAME_BYTES])
{
    size_t i = 0;

    while (i + 1 < RETRY_QUEUES && retry_limits_ms[i] < delay_ms) {
        i++;
    }
    name_retry_queue(ret_name, retry_limits_ms[i]);
}

static enum queue_status declare_dead_letters(struct amqp_link *link)
{
    amqp_connection_state_t connection = link->connection;
    enum queue_status status = declare_queue(link, DEAD_QUEUE, NULL, NULL);

    if (status == QUEUE_OK) {
        (void)amqp_exchange_declare(connection, AMQP_CHANNEL, amqp_cstring_bytes(DEAD_EXCHANGE),
                                    amqp_cstring_bytes("fanout"), false, true, false, false,
                                    amqp_empty_table);
        status = amqp_link_check_rpc(link, "declaring an exchange");
    }
    if (status == QUEUE_OK) {
        (void)amqp_queue_bind(connection, AMQP_CHANNEL, amqp_cstring_bytes(DEAD_QUEUE),
                              amqp_cstring_bytes(DEAD_EXCHANGE), amqp_empty_bytes,
                              amqp_empty_table);
        status = amqp_link_check_rpc(link, "binding a queue");
    }
    return status;
}

enum queue_status amqp_topology_declare(struct amqp_link *link)
{
    enum queue_status status = declare_dead_letters(link);

    if (status == QUEUE_OK) {
        status = declare_queue(link, QUEUE_EMAILS, DEAD_EXCHANGE, QUEUE_EMAILS);
    }
    for (size_t i = 0; i < RETRY_QUEUES && status == QUEUE_OK; i++) {
        char name[AMQP_QUEUE_NAME_BYTES];
        name_retry_queue(name, retry_limits_ms[i]);
        status = declare_queue(link, name, "", QUEUE_EMAILS);
    }
    return status;
}
