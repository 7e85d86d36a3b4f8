/* AMQP messages: the generic carrier of trail over a table of headers. */
#include "shared/amqp_message.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* RabbitMQ's own count of the deliveries of a message that went back to a quorum queue. */
#define DELIVERY_COUNT "x-delivery-count"

static const char *keep(struct amqp_outgoing *message, const char *text)
{
    size_t size = strlen(text) + 1;
    char *kept = message->text + message->text_size;

    if (size > sizeof(message->text) - message->text_size) {
        return NULL;
    }
    memcpy(kept, text, size);
    message->text_size += size;
    return kept;
}

static enum trail_status put_header(void *carrier, const char *name, const char *value)
{
    struct amqp_outgoing *message = carrier;
    amqp_table_t *headers = &message->properties.headers;
    const char *kept_name = keep(message, name);
    const char *kept_value = keep(message, value);

    if (kept_name == NULL || kept_value == NULL || headers->num_entries == AMQP_HEADERS_MAX) {
        return TRAIL_ERR_SPACE;
    }
    headers->entries[headers->num_entries++] = (amqp_table_entry_t){
        .key = amqp_cstring_bytes(kept_name),
        .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes(kept_value)}};
    return TRAIL_OK;
}

bool amqp_message_write(struct amqp_outgoing *ret_message, const struct trail_envelope *envelope,
                        uint64_t expires_ms)
{
    amqp_basic_properties_t *properties = &ret_message->properties;

    ret_message->text_size = 0;
    *properties = (amqp_basic_properties_t){
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
                  AMQP_BASIC_CORRELATION_ID_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                  AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_HEADERS_FLAG,
        .content_type = amqp_cstring_bytes("application/json"),
        .delivery_mode = AMQP_DELIVERY_PERSISTENT,
        .correlation_id = amqp_cstring_bytes(envelope->request_id),
        .message_id = amqp_cstring_bytes(envelope->job_id),
        .timestamp = (uint64_t)time(NULL),
        .headers = {0, ret_message->headers}};
    if (expires_ms > 0) {
        (void)snprintf(ret_message->expiration, sizeof(ret_message->expiration), "%llu",
                       (unsigned long long)expires_ms);
        properties->_flags |= AMQP_BASIC_EXPIRATION_FLAG;
        properties->expiration = amqp_cstring_bytes(ret_message->expiration);
    }
    return trail_envelope_put(envelope, put_header, ret_message) == TRAIL_OK;
}

static bool is_named(amqp_bytes_t key, const char *name)
{
    return key.len == strlen(name) && strncasecmp(key.bytes, name, key.len) == 0;
}

static const amqp_field_value_t *find_header(const amqp_basic_properties_t *properties,
                                             const char *name)
{
    bool present = (properties->_flags & AMQP_BASIC_HEADERS_FLAG) != 0;

    for (int i = 0; present && i < properties->headers.num_entries; i++) {
        if (is_named(properties->headers.entries[i].key, name)) {
            return &properties->headers.entries[i].value;
        }
    }
    return NULL;
}

/* What a producer without trail sets in place of a header. */
static amqp_bytes_t find_property(const amqp_basic_properties_t *properties, const char *name)
{
    if (strcasecmp(name, "X-Request-ID") == 0 &&
        (properties->_flags & AMQP_BASIC_CORRELATION_ID_FLAG) != 0) {
        return properties->correlation_id;
    }
    if (strcasecmp(name, "trail-job-id") == 0 &&
        (properties->_flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0) {
        return properties->message_id;
    }
    return amqp_empty_bytes;
}

static const char *get_header(void *carrier, const char *name, size_t index, size_t *ret_size)
{
    const amqp_basic_properties_t *properties = carrier;
    const amqp_field_value_t *value = find_header(properties, name);
    amqp_bytes_t text = find_property(properties, name);

    if (value != NULL &&
        (value->kind == AMQP_FIELD_KIND_UTF8 || value->kind == AMQP_FIELD_KIND_BYTES)) {
        text = value->value.bytes;
    }
    if (index > 0 || text.len == 0) {
        return NULL;
    }
    *ret_size = text.len;
    return text.bytes;
}

static unsigned redeliveries(const amqp_basic_properties_t *properties)
{
    const amqp_field_value_t *value = find_header(properties, DELIVERY_COUNT);
    int64_t count = 0;

    if (value != NULL) {
        switch (value->kind) {
        case AMQP_FIELD_KIND_I64:
            count = value->value.i64;
            break;
        case AMQP_FIELD_KIND_I32:
            count = value->value.i32;
            break;
        case AMQP_FIELD_KIND_I16:
            count = value->value.i16;
            break;
        default:
            break;
        }
    }
    return count > 0 && count < 1000000 ? (unsigned)count : 0;
}

void amqp_message_read(const amqp_message_t *message, struct queue_job *ret_job)
{
    size_t size = message->body.len < QUEUE_PAYLOAD_MAX ? message->body.len : QUEUE_PAYLOAD_MAX;
    amqp_basic_properties_t properties = message->properties;

    /* Whatever it says, the envelope is fit for trail_job_begin(), which tells what was wrong. */
    (void)!trail_envelope_get(&ret_job->envelope, get_header, &properties);
    ret_job->envelope.attempt += redeliveries(&properties);
    ret_job->payload_size = size;
    if (size > 0) {
        memcpy(ret_job->payload, message->body.bytes, size);
    }
}
