/* What every engine of the queue must do: on SQLite, or on the URL in TRAIL_TEST_QUEUE. */
#include "unit.h"

#include "control.h"
#include "shared/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <trail/trail.h>
#include <unistd.h>

/* Generous: a broker on a busy machine takes its time, and no test is faster for a shorter one. */
#define WAIT_MS 20000

static char folder[] = "/tmp/trail-queue-XXXXXX";
static char sqlite_url[64];

static const char *url(void)
{
    const char *given = getenv("TRAIL_TEST_QUEUE");

    return given != NULL && *given != '\0' ? given : sqlite_url;
}

static struct queue *open_consumer(void)
{
    char error[512] = "";
    struct queue *queue = NULL;
    enum queue_status status = queue_open(
        &(struct queue_settings){.url = url(), .lease_ms = 300, .busy_ms = 10000, .folder = folder},
        &queue, error, sizeof(error));

    assert_string_equal(error, "");
    assert_int_equal(status, QUEUE_OK);
    return queue;
}

static struct queue *open_producer(void)
{
    char error[512] = "";
    struct queue *queue = NULL;

    assert_int_equal(queue_open(&(struct queue_settings){.url = url(), .busy_ms = 10000}, &queue,
                                error, sizeof(error)),
                     QUEUE_OK);
    return queue;
}

/* Publishes a job of its own ID and returns that. */
static struct trail_envelope publish(struct queue *queue, const char *payload)
{
    struct trail_envelope envelope;

    trail_envelope_init(&envelope, NULL);
    assert_int_equal(queue->ops->publish(queue, &envelope, payload, strlen(payload)), QUEUE_OK);
    return envelope;
}

static struct queue_job *lease(struct queue *queue)
{
    static struct queue_job job;

    assert_int_equal(queue->ops->lease(queue, WAIT_MS, &job), QUEUE_OK);
    return &job;
}

static void assert_empty(struct queue *queue)
{
    static struct queue_job job;

    assert_int_equal(queue->ops->lease(queue, 500, &job), QUEUE_EMPTY);
}

/* Takes away what an earlier test left with the broker, if it failed. */
static int empty_queue(void **state)
{
    static struct queue_job job;
    struct queue *queue = open_consumer();

    (void)state;
    while (queue->ops->lease(queue, 100, &job) == QUEUE_OK) {
        assert_int_equal(queue->ops->acknowledge(queue, &job), QUEUE_OK);
    }
    queue_close(queue);
    return 0;
}

static void test_a_job_comes_with_all_that_was_published(void **state)
{
    struct queue *queue = open_consumer();

    (void)state;
    struct trail_envelope sent = publish(queue, "{\"orderId\":\"1\"}");
    struct queue_job *job = lease(queue);
    assert_string_equal(job->envelope.request_id, sent.request_id);
    assert_string_equal(job->envelope.traceparent, sent.traceparent);
    assert_string_equal(job->envelope.job_id, sent.job_id);
    assert_string_equal(job->envelope.parent_id, sent.parent_id);
    assert_int_equal(job->envelope.enqueued_at_ms, sent.enqueued_at_ms);
    assert_int_equal(job->envelope.attempt, 1);
    assert_int_equal(job->payload_size, strlen("{\"orderId\":\"1\"}"));
    assert_memory_equal(job->payload, "{\"orderId\":\"1\"}", job->payload_size);
    assert_int_equal(queue->ops->acknowledge(queue, job), QUEUE_OK);
    assert_empty(queue);
    queue_close(queue);
}

static void test_a_payload_may_be_empty_or_hold_any_byte(void **state)
{
    struct queue *queue = open_consumer();
    struct trail_envelope envelope;

    (void)state;
    trail_envelope_init(&envelope, NULL);
    assert_int_equal(queue->ops->publish(queue, &envelope, "a\0\xFF", 3), QUEUE_OK);
    struct queue_job *job = lease(queue);
    assert_int_equal(job->payload_size, 3);
    assert_memory_equal(job->payload, "a\0\xFF", 3);
    assert_int_equal(queue->ops->acknowledge(queue, job), QUEUE_OK);
    publish(queue, "");
    job = lease(queue);
    assert_int_equal(job->payload_size, 0);
    assert_int_equal(queue->ops->acknowledge(queue, job), QUEUE_OK);
    queue_close(queue);
}

static void test_a_payload_that_is_too_large_is_refused(void **state)
{
    struct queue *queue = open_producer();
    char *payload = calloc(1, QUEUE_PAYLOAD_MAX + 1);
    struct trail_envelope envelope;

    (void)state;
    trail_envelope_init(&envelope, NULL);
    assert_int_equal(queue->ops->publish(queue, &envelope, payload, QUEUE_PAYLOAD_MAX + 1),
                     QUEUE_BROKEN);
    assert_string_equal(queue->error, "the job is too large");
    free(payload);
    queue_close(queue);
}

static void test_a_failed_job_comes_back_with_the_next_attempt(void **state)
{
    struct queue *queue = open_consumer();

    (void)state;
    struct trail_envelope sent = publish(queue, "again");
    assert_int_equal(queue->ops->retry(queue, lease(queue), 10, "disk_full"), QUEUE_OK);
    struct queue_job *job = lease(queue);
    assert_string_equal(job->envelope.job_id, sent.job_id);
    assert_string_equal(job->envelope.request_id, sent.request_id);
    assert_int_equal(job->envelope.attempt, 2);
    assert_int_equal(job->payload_size, 5);
    assert_int_equal(queue->ops->retry(queue, job, 300, "disk_full"), QUEUE_OK);
    job = lease(queue);
    assert_int_equal(job->envelope.attempt, 3);
    assert_int_equal(queue->ops->acknowledge(queue, job), QUEUE_OK);
    assert_empty(queue);
    queue_close(queue);
}

static void test_a_dead_lettered_job_never_comes_back(void **state)
{
    struct queue *queue = open_consumer();

    (void)state;
    publish(queue, "poison");
    assert_int_equal(queue->ops->dead_letter(queue, lease(queue), "payload_invalid"), QUEUE_OK);
    assert_empty(queue);
    queue_close(queue);
    queue = open_consumer();
    assert_empty(queue);
    queue_close(queue);
}

static void test_the_job_of_a_worker_that_died_comes_back_with_the_next_attempt(void **state)
{
    struct queue *queue = open_consumer();

    (void)state;
    struct trail_envelope sent = publish(queue, "unfinished");
    assert_int_equal(lease(queue)->envelope.attempt, 1);
    queue_close(queue); /* its lease lapses, or its connection is gone */
    queue = open_consumer();
    struct queue_job *job = lease(queue);
    assert_string_equal(job->envelope.job_id, sent.job_id);
    assert_int_equal(job->envelope.attempt, 2);
    assert_int_equal(queue->ops->acknowledge(queue, job), QUEUE_OK);
    queue_close(queue);
}

static void test_a_job_that_is_published_twice_runs_once(void **state)
{
    struct queue *queue = open_consumer();

    (void)state;
    struct trail_envelope envelope = publish(queue, "once");
    assert_int_equal(queue->ops->publish(queue, &envelope, "once", 4), QUEUE_OK);
    assert_int_equal(queue->ops->acknowledge(queue, lease(queue)), QUEUE_OK);
    assert_empty(queue);
    assert_int_equal(queue->ops->publish(queue, &envelope, "once", 4), QUEUE_OK);
    assert_empty(queue);
    queue_close(queue);
}

static void test_a_producer_and_a_consumer_share_the_queue(void **state)
{
    struct queue *producer = open_producer();
    struct queue *consumer = open_consumer();

    (void)state;
    assert_int_equal(producer->ops->ping(producer), QUEUE_OK);
    for (int i = 0; i < 20; i++) {
        char payload[16];
        snprintf(payload, sizeof(payload), "%d", i);
        publish(producer, payload);
    }
    for (int i = 0; i < 20; i++) {
        assert_int_equal(consumer->ops->acknowledge(consumer, lease(consumer)), QUEUE_OK);
    }
    assert_empty(consumer);
    queue_close(consumer);
    queue_close(producer);
}

static void test_an_address_that_can_t_be_used_is_told(void **state)
{
    char error[512] = "";
    struct queue *queue = NULL;

    (void)state;
    assert_int_equal(
        queue_open(&(struct queue_settings){.url = "redis://x"}, &queue, error, sizeof(error)),
        QUEUE_BROKEN);
    assert_string_equal(error,
                        "no such queue: \"redis://x\"; allowed: sqlite:PATH, amqp://HOST:PORT");
    assert_int_equal(queue_open(&(struct queue_settings){.url = "amqp://h:port", .busy_ms = 100},
                                &queue, error, sizeof(error)),
                     QUEUE_BROKEN);
    assert_int_equal(
        queue_open(&(struct queue_settings){.url = "amqp://127.0.0.1:1", .busy_ms = 100}, &queue,
                   error, sizeof(error)),
        QUEUE_UNAVAILABLE);
    assert_non_null(strstr(error, "connecting at 127.0.0.1:1"));
    assert_null(queue);
}

static void test_a_broker_that_is_killed_loses_nothing(void **state)
{
    static struct queue_job job;

    (void)state;
    if (!engine_can_be_controlled()) {
        skip();
    }
    struct queue *producer = open_producer();
    struct queue *consumer = open_consumer();
    struct trail_envelope sent = publish(producer, "before");
    struct trail_envelope unsent;
    struct queue_job *leased = lease(consumer);
    engine_control("kill");
    trail_envelope_init(&unsent, NULL);
    assert_int_equal(producer->ops->publish(producer, &unsent, "during", 6), QUEUE_UNAVAILABLE);
    assert_int_equal(consumer->ops->lease(consumer, 100, &job), QUEUE_UNAVAILABLE);
    assert_int_equal(consumer->ops->retry(consumer, leased, 1, "x"), QUEUE_LOST);
    engine_control("start rabbitmq");
    leased = lease(consumer);
    assert_string_equal(leased->envelope.job_id, sent.job_id);
    assert_int_equal(leased->envelope.attempt, 2);
    assert_int_equal(consumer->ops->acknowledge(consumer, leased), QUEUE_OK);
    struct trail_envelope after = publish(producer, "after");
    leased = lease(consumer);
    assert_string_equal(leased->envelope.job_id, after.job_id);
    assert_int_equal(consumer->ops->acknowledge(consumer, leased), QUEUE_OK);
    assert_empty(consumer);
    queue_close(consumer);
    queue_close(producer);
}

static int open_all(void **state)
{
    struct trail *trail = NULL;

    assert_non_null(mkdtemp(folder));
    snprintf(sqlite_url, sizeof(sqlite_url), "sqlite:%s/queue.db", folder);
    assert_int_equal(
        trail_open(&(struct trail_options){.output = "null", .ignore_environment = true}, &trail),
        TRAIL_OK);
    *state = trail;
    return 0;
}

static int close_all(void **state)
{
    char command[128];

    trail_close(*state);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_job_comes_with_all_that_was_published, empty_queue),
        cmocka_unit_test_setup(test_a_payload_may_be_empty_or_hold_any_byte, empty_queue),
        cmocka_unit_test_setup(test_a_payload_that_is_too_large_is_refused, empty_queue),
        cmocka_unit_test_setup(test_a_failed_job_comes_back_with_the_next_attempt, empty_queue),
        cmocka_unit_test_setup(test_a_dead_lettered_job_never_comes_back, empty_queue),
        cmocka_unit_test_setup(test_the_job_of_a_worker_that_died_comes_back_with_the_next_attempt,
                               empty_queue),
        cmocka_unit_test_setup(test_a_job_that_is_published_twice_runs_once, empty_queue),
        cmocka_unit_test_setup(test_a_producer_and_a_consumer_share_the_queue, empty_queue),
        cmocka_unit_test_setup(test_an_address_that_can_t_be_used_is_told, empty_queue),
        cmocka_unit_test_setup(test_a_broker_that_is_killed_loses_nothing, empty_queue),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
