/* The queues and exchanges of the checkout system on RabbitMQ:
 *
 *     emails            the jobs; what is rejected goes to the exchange emails.dead
 *     emails.dead       dead letters, for an operator
 *     emails.retry.MS   jobs that wait for their next attempt, MS at most, and then go to emails
 */
#ifndef DEMO_AMQP_TOPOLOGY_H
#define DEMO_AMQP_TOPOLOGY_H

#include "shared/amqp_link.h"

#define AMQP_QUEUE_NAME_BYTES 32

/* Declares all of them; those that stand already are left as they are. The link must be connected;
 * QUEUE_BROKEN if the broker refuses, for one stands that is of another kind. */
enum queue_status amqp_topology_declare(struct amqp_link *link);

/* The name of the queue that a job waits in for so long. */
void amqp_topology_retry_queue(uint64_t delay_ms, char ret_name[AMQP_QUEUE_NAME_BYTES]);

#endif
