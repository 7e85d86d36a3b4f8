/* Jobs as AMQP messages, without a broker. */
#include "unit.h"

#include "shared/amqp_message.h"

#include <stdlib.h>
#include <string.h>
#include <trail/trail.h>

#define TRACEPARENT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static struct amqp_outgoing outgoing;
static struct queue_job job;

static struct trail_envelope full_envelope(void)
{
    struct trail_envelope envelope;

    trail_envelope_init(&envelope, "job-1");
    strcpy(envelope.request_id, "req-1");
    strcpy(envelope.traceparent, TRACEPARENT);
    strcpy(envelope.tracestate, "vendor=1");
    strcpy(envelope.baggage, "tenant=a");
    envelope.attempt = 3;
    return envelope;
}

/* What arrives of properties and a body. */
static void receive(const amqp_basic_properties_t *properties, const char *body, size_t size)
{
    amqp_message_t message = {.properties = *properties, .body = {size, (void *)(uintptr_t)body}};

    memset(&job, 0x5A, sizeof(job));
    amqp_message_read(&message, &job);
}

static bool is_text(amqp_bytes_t bytes, const char *text)
{
    return bytes.len == strlen(text) && memcmp(bytes.bytes, text, bytes.len) == 0;
}

static void test_an_envelope_comes_back_as_it_was_sent(void **state)
{
    struct trail_envelope sent = full_envelope();

    (void)state;
    assert_true(amqp_message_write(&outgoing, &sent, 0));
    assert_true(is_text(outgoing.properties.correlation_id, "req-1"));
    assert_true(is_text(outgoing.properties.message_id, "job-1"));
    assert_int_equal(outgoing.properties.delivery_mode, AMQP_DELIVERY_PERSISTENT);
    assert_int_equal(outgoing.properties._flags & AMQP_BASIC_EXPIRATION_FLAG, 0);
    receive(&outgoing.properties, "{}", 2);
    assert_string_equal(job.envelope.request_id, "req-1");
    assert_string_equal(job.envelope.traceparent, TRACEPARENT);
    assert_string_equal(job.envelope.tracestate, "vendor=1");
    assert_string_equal(job.envelope.baggage, "tenant=a");
    assert_string_equal(job.envelope.job_id, "job-1");
    assert_string_equal(job.envelope.parent_id, sent.parent_id);
    assert_int_equal(job.envelope.enqueued_at_ms, sent.enqueued_at_ms);
    assert_int_equal(job.envelope.attempt, 3);
    assert_int_equal(job.payload_size, 2);
}

static void test_the_longest_envelope_fits(void **state)
{
    struct trail_envelope sent = full_envelope();

    (void)state;
    memset(sent.request_id, 'r', TRAIL_REQUEST_ID_MAX);
    sent.request_id[TRAIL_REQUEST_ID_MAX] = '\0';
    strcpy(sent.baggage, "k=");
    memset(sent.baggage + 2, 'b', TRAIL_BAGGAGE_MAX - 2);
    sent.baggage[TRAIL_BAGGAGE_MAX] = '\0';
    assert_true(amqp_message_write(&outgoing, &sent, 1));
    receive(&outgoing.properties, NULL, 0);
    assert_string_equal(job.envelope.request_id, sent.request_id);
    assert_string_equal(job.envelope.baggage, sent.baggage);
    assert_int_equal(job.payload_size, 0);
}

static void test_a_wait_is_an_expiration(void **state)
{
    struct trail_envelope sent = full_envelope();

    (void)state;
    assert_true(amqp_message_write(&outgoing, &sent, 60000));
    assert_true(is_text(outgoing.properties.expiration, "60000"));
}

static void test_a_producer_without_trail_is_understood(void **state)
{
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_CORRELATION_ID_FLAG |
                                                    AMQP_BASIC_MESSAGE_ID_FLAG,
                                          .correlation_id = amqp_cstring_bytes("theirs"),
                                          .message_id = amqp_cstring_bytes("m-1")};

    (void)state;
    receive(&properties, "x", 1);
    assert_string_equal(job.envelope.request_id, "theirs");
    assert_string_equal(job.envelope.job_id, "m-1");
    assert_int_equal(job.envelope.attempt, 1);
}

static void test_an_envelope_that_is_bad_or_missing_is_made_anew(void **state)
{
    amqp_basic_properties_t nothing = {0};
    amqp_table_entry_t headers[] = {
        {.key = amqp_cstring_bytes("X-Request-ID"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("a\r\nb: c")}},
        {.key = amqp_cstring_bytes("traceparent"),
         .value = {.kind = AMQP_FIELD_KIND_I32, .value.i32 = 7}},
        {.key = amqp_cstring_bytes("trail-attempt"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("-1")}}};
    amqp_basic_properties_t hostile = {._flags = AMQP_BASIC_HEADERS_FLAG, .headers = {3, headers}};

    (void)state;
    receive(&nothing, NULL, 0);
    assert_int_equal(strlen(job.envelope.request_id), 36);
    assert_int_equal(strlen(job.envelope.traceparent), 55);
    assert_true(job.envelope.job_id[0] != '\0');
    receive(&hostile, NULL, 0);
    assert_int_equal(strlen(job.envelope.request_id), 36);
    assert_int_equal(strlen(job.envelope.traceparent), 55);
    assert_true(job.envelope.attempt >= 1);
}

static void test_redeliveries_count_as_attempts(void **state)
{
    struct trail_envelope sent = full_envelope();
    amqp_table_t *headers = &outgoing.properties.headers;

    (void)state;
    assert_true(amqp_message_write(&outgoing, &sent, 0));
    headers->entries[headers->num_entries++] =
        (amqp_table_entry_t){.key = amqp_cstring_bytes("x-delivery-count"),
                             .value = {.kind = AMQP_FIELD_KIND_I64, .value.i64 = 2}};
    receive(&outgoing.properties, NULL, 0);
    assert_int_equal(job.envelope.attempt, 5);
    headers->entries[headers->num_entries - 1].value.value.i64 = INT64_MIN;
    receive(&outgoing.properties, NULL, 0);
    assert_int_equal(job.envelope.attempt, 3);
}

static void test_a_body_that_is_too_large_is_cut(void **state)
{
    amqp_basic_properties_t properties = {0};
    char *body = calloc(1, 2 * QUEUE_PAYLOAD_MAX);

    (void)state;
    receive(&properties, body, 2 * QUEUE_PAYLOAD_MAX);
    assert_int_equal(job.payload_size, QUEUE_PAYLOAD_MAX);
    free(body);
}

static int open_trail(void **state)
{
    struct trail *trail = NULL;

    assert_int_equal(
        trail_open(&(struct trail_options){.output = "null", .ignore_environment = true}, &trail),
        TRAIL_OK);
    *state = trail;
    return 0;
}

static int close_trail(void **state)
{
    trail_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_envelope_comes_back_as_it_was_sent),
        cmocka_unit_test(test_the_longest_envelope_fits),
        cmocka_unit_test(test_a_wait_is_an_expiration),
        cmocka_unit_test(test_a_producer_without_trail_is_understood),
        cmocka_unit_test(test_an_envelope_that_is_bad_or_missing_is_made_anew),
        cmocka_unit_test(test_redeliveries_count_as_attempts),
        cmocka_unit_test(test_a_body_that_is_too_large_is_cut),
    };

    return cmocka_run_group_tests(tests, open_trail, close_trail);
}
