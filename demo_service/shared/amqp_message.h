/* Jobs as AMQP messages: the envelope in headers and properties, the payload as the body. */
#ifndef DEMO_AMQP_MESSAGE_H
#define DEMO_AMQP_MESSAGE_H

#include "shared/queue.h"

#include <amqp.h>

#define AMQP_HEADERS_MAX 16

/* A message's properties and what they point into. Must not move. */
struct amqp_outgoing {
    amqp_basic_properties_t properties;
    amqp_table_entry_t headers[AMQP_HEADERS_MAX];
    char text[TRAIL_TRACESTATE_MAX + TRAIL_BAGGAGE_MAX + 2048];
    size_t text_size;
    char expiration[24];
};

/* The headers of trail_envelope_put(); the request ID as correlation-id, the job ID as message-id.
 * expires_ms: 0: never. envelope is borrowed as long as the message is used. False: the headers do
 * not fit. */
bool amqp_message_write(struct amqp_outgoing *ret_message, const struct trail_envelope *envelope,
                        uint64_t expires_ms);

/* Reads a delivery. Whatever it holds, the job is complete; attempt counts what the headers say and
 * how often the broker has delivered it since. */
void amqp_message_read(const amqp_message_t *message, struct queue_job *ret_job);

#endif
