/* The generic carrier over the headers of message brokers, each in its own shape: AMQP 0-9-1, NATS,
 * Kafka, Redis streams. What goes in on one side comes out on the other. */
#include "unit.h"

#include "context/context.h"
#include "events.h"

#include <trail/job.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ENTRIES_MAX = 16, VALUE_MAX = 256 };

/* AMQP 0-9-1: a table of headers, whose names are short strings, and beside it the basic properties
 * correlation-id and message-id, by which other clients correlate. */
struct amqp_message {
    char correlation_id[256];
    char message_id[256];
    size_t count;
    char names[ENTRIES_MAX][129];
    char values[ENTRIES_MAX][VALUE_MAX];
};

static enum trail_status amqp_put(void *carrier, const char *name, const char *value)
{
    struct amqp_message *message = carrier;

    if (message->count == ENTRIES_MAX || strlen(name) > 128 || strlen(value) >= VALUE_MAX) {
        return TRAIL_ERR_SPACE;
    }
    if (strcasecmp(name, "X-Request-ID") == 0) {
        strcpy(message->correlation_id, value);
        return TRAIL_OK;
    }
    if (strcmp(name, "trail-job-id") == 0) {
        strcpy(message->message_id, value);
    }
    strcpy(message->names[message->count], name);
    strcpy(message->values[message->count++], value);
    return TRAIL_OK;
}

static const char *amqp_get(void *carrier, const char *name, size_t index, size_t *ret_size)
{
    const struct amqp_message *message = carrier;

    if (strcasecmp(name, "X-Request-ID") == 0) {
        *ret_size = strlen(message->correlation_id);
        return index == 0 && *ret_size > 0 ? message->correlation_id : NULL;
    }
    for (size_t i = 0; i < message->count; i++) {
        if (strcmp(message->names[i], name) == 0 && index-- == 0) {
            *ret_size = strlen(message->values[i]);
            return message->values[i];
        }
    }
    return NULL;
}

/* NATS: a block of header lines behind a version line, as in HTTP. */
static const char *nats_get(void *carrier, const char *name, size_t index, size_t *ret_size)
{
    const char *line = carrier;
    size_t size = strlen(name);

    while ((line = strstr(line, "\r\n")) != NULL) {
        line += 2;
        if (strncasecmp(line, name, size) == 0 && line[size] == ':' && index-- == 0) {
            line += size + 1;
            line += strspn(line, " ");
            *ret_size = strcspn(line, "\r");
            return line;
        }
    }
    return NULL;
}

/* Kafka: an array of keys with values that are bytes: counted, not terminated, in one buffer. */
struct kafka_record {
    size_t count;
    const char *keys[ENTRIES_MAX];
    size_t at[ENTRIES_MAX];
    size_t size[ENTRIES_MAX];
    size_t used;
    char bytes[2048];
};

static enum trail_status kafka_put(void *carrier, const char *name, const char *value)
{
    struct kafka_record *record = carrier;
    size_t size = strlen(value);

    if (record->count == ENTRIES_MAX || size > sizeof(record->bytes) - record->used) {
        return TRAIL_ERR_SPACE;
    }
    memcpy(record->bytes + record->used, value, size);
    record->keys[record->count] = name; /* trail's names are constants */
    record->at[record->count] = record->used;
    record->size[record->count++] = size;
    record->used += size;
    return TRAIL_OK;
}

static const char *kafka_get(void *carrier, const char *name, size_t index, size_t *ret_size)
{
    const struct kafka_record *record = carrier;

    for (size_t i = 0; i < record->count; i++) {
        if (strcmp(record->keys[i], name) == 0 && index-- == 0) {
            *ret_size = record->size[i];
            return record->bytes + record->at[i];
        }
    }
    return NULL;
}

/* Redis streams: XADD takes field and value in turn, as counted strings of its protocol; the names
 * are the application's, in exactly these letters. */
struct redis_entry {
    size_t size;
    char resp[4096];
};

static enum trail_status redis_put(void *carrier, const char *name, const char *value)
{
    struct redis_entry *entry = carrier;
    size_t left = sizeof(entry->resp) - entry->size;
    int size = snprintf(entry->resp + entry->size, left, "$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
                        strlen(name), name, strlen(value), value);

    if (size < 0 || (size_t)size >= left) {
        return TRAIL_ERR_SPACE;
    }
    entry->size += (size_t)size;
    return TRAIL_OK;
}

static const char *redis_next(const char **at, size_t *ret_size)
{
    unsigned long size;
    int head = 0;

    if (sscanf(*at, "$%lu\r\n%n", &size, &head) != 1) {
        return NULL;
    }
    const char *text = *at + head;
    *ret_size = size;
    *at = text + size + 2;
    return text;
}

static const char *redis_get(void *carrier, const char *name, size_t index, size_t *ret_size)
{
    const char *at = ((struct redis_entry *)carrier)->resp;
    const char *field;
    size_t size;

    while ((field = redis_next(&at, &size)) != NULL) {
        const char *value = redis_next(&at, ret_size);
        if (size == strlen(name) && memcmp(field, name, size) == 0 && index-- == 0) {
            return value;
        }
    }
    return NULL;
}

static struct trl_context context;
static struct trl_scope scope;
static struct trail_envelope sent;
static struct trail_envelope received;

static int begin(void **state)
{
    (void)state;
    events_open(&(struct trail_options){.propagate_baggage = "tier"});
    trl_context_init_new(&context, "req-1");
    strcpy(context.tracestate, "foo=1");
    context.tracestate_size = 5;
    strcpy(context.baggage, "tier=gold,userId=u1");
    context.baggage_size = (uint32_t)strlen(context.baggage);
    trl_scope_enter(&scope, &context, NULL);
    trail_envelope_init(&sent, "job-1");
    sent.attempt = 3;
    return 0;
}

static int end(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    events_close();
    return 0;
}

static void assert_arrived(trail_get_fn *get, void *carrier)
{
    assert_int_equal(trail_envelope_get(&received, get, carrier), TRAIL_OK);
    assert_string_equal(received.request_id, "req-1");
    assert_string_equal(received.traceparent, sent.traceparent);
    assert_string_equal(received.tracestate, sent.tracestate);
    assert_string_equal(received.baggage, "tier=gold");
    assert_string_equal(received.job_id, "job-1");
    assert_string_equal(received.parent_id, context.span_id);
    assert_int_equal(received.attempt, 3);
    assert_int_equal(received.enqueued_at_ms, sent.enqueued_at_ms);
}

static void test_amqp_headers_and_properties_carry_it(void **state)
{
    static struct amqp_message message;

    (void)state;
    assert_int_equal(trail_envelope_put(&sent, amqp_put, &message), TRAIL_OK);
    assert_string_equal(message.correlation_id, "req-1");
    assert_string_equal(message.message_id, "job-1");
    assert_arrived(amqp_get, &message);
}

static void test_nats_headers_carry_it(void **state)
{
    char text[4096] = "NATS/1.0\r\n";
    struct trail_header_lines lines = {
        .text = text, .capacity = sizeof(text), .size = strlen(text)};

    (void)state;
    assert_int_equal(trail_envelope_put(&sent, trail_put_header_line, &lines), TRAIL_OK);
    assert_arrived(nats_get, text);
}

static void test_kafka_headers_carry_it(void **state)
{
    static struct kafka_record record;

    (void)state;
    assert_int_equal(trail_envelope_put(&sent, kafka_put, &record), TRAIL_OK);
    assert_arrived(kafka_get, &record);
}

static void test_fields_of_a_redis_stream_carry_it(void **state)
{
    static struct redis_entry entry;

    (void)state;
    assert_int_equal(trail_envelope_put(&sent, redis_put, &entry), TRAIL_OK);
    assert_arrived(redis_get, &entry);
}

/* A message that is no job: the context alone, by trail_call and trail_extract. */
static void test_a_message_without_a_job_carries_the_context(void **state)
{
    static struct kafka_record record;
    struct trail_context *extracted;
    struct trail_scope consumer;
    struct trail_call call;

    (void)state;
    trail_call_begin(&(struct trail_call_options){.method = "PRODUCE",
                                                  .target = "kafka:9092",
                                                  .path = "/orders"},
                     &call);
    assert_int_equal(trail_call_inject(&call, kafka_put, &record), TRAIL_OK);
    trail_call_end(&call, &(struct trail_call_result){.status = 200});
    trl_scope_leave(&scope);
    assert_int_equal(trail_extract(kafka_get, &record, true, &extracted), TRAIL_OK);
    trail_enter(extracted, &consumer);
    assert_string_equal(trail_request_id(), "req-1");
    assert_string_equal(trail_trace_id(), context.trace_id);
    assert_string_equal(trl_context_current()->parent_span_id,
                        event_text(events_one("outbound_completed"), "spanId"));
    trail_leave(&consumer);
    trail_context_free(extracted);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_amqp_headers_and_properties_carry_it),
        TEST(test_nats_headers_carry_it),
        TEST(test_kafka_headers_carry_it),
        TEST(test_fields_of_a_redis_stream_carry_it),
        TEST(test_a_message_without_a_job_carries_the_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
