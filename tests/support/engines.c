/* The engines under test: emptied before each test, and killed in some. */
#include "engines.h"

#include "unit.h"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *given(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

const char *engines_queue(void)
{
    return given("TRAIL_TEST_QUEUE");
}

const char *engines_orders(void)
{
    return given("TRAIL_TEST_ORDERS");
}

static void reset_orders(const char *url)
{
    PGconn *connection = PQconnectdb(url);
    PGresult *result = PQexec(connection, "SET client_min_messages = warning;"
                                          " DROP TABLE IF EXISTS order_items, orders, stock,"
                                          " outbox");

    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
    PQfinish(connection);
}

static void reset_queue(const char *url)
{
    static const char *const queues[] = {"emails",
                                         "emails.dead",
                                         "emails.retry.250",
                                         "emails.retry.1000",
                                         "emails.retry.4000",
                                         "emails.retry.16000",
                                         "emails.retry.64000"};
    char *copy = strdup(url);
    struct amqp_connection_info info;
    amqp_connection_state_t connection = amqp_new_connection();

    assert_int_equal(amqp_parse_url(copy, &info), AMQP_STATUS_OK);
    assert_int_equal(amqp_socket_open(amqp_tcp_socket_new(connection), info.host, info.port),
                     AMQP_STATUS_OK);
    (void)amqp_login(connection, "/", 0, AMQP_DEFAULT_FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN,
                     info.user, info.password);
    for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
        amqp_channel_t channel = (amqp_channel_t)(i + 1);
        (void)amqp_channel_open(connection, channel);
        /* One that is not there closes its channel; it is empty, too. */
        (void)amqp_queue_delete(connection, channel, amqp_cstring_bytes(queues[i]), false, false);
    }
    (void)amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
    (void)amqp_destroy_connection(connection);
    free(copy);
}

void engines_reset(void)
{
    if (engines_orders() != NULL) {
        reset_orders(engines_orders());
    }
    if (engines_queue() != NULL) {
        reset_queue(engines_queue());
    }
}

static void control(const char *command)
{
    char line[1024];

    (void)snprintf(line, sizeof(line), "sh '%s' %s '%s' >/dev/null", ENGINE_SCRIPT, command,
                   given("TRAIL_TEST_BROKER"));
    assert_int_equal(system(line), 0);
}

bool engines_kill_broker(void)
{
    if (given("TRAIL_TEST_BROKER") == NULL) {
        return false;
    }
    control("kill");
    control("start rabbitmq");
    return true;
}
