/* Propagate: the envelope as a JSON object, for any store. */
#include "core/clock.h"
#include "core/json.h"
#include "core/json_read.h"
#include "propagate/envelope.h"

#include <string.h>

static bool write_name(struct trl_json *json, const char *name, bool first)
{
    return trl_json_raw(json, first ? "{\"" : ",\"", 2) && trl_json_raw(json, name, strlen(name)) &&
           TRL_JSON_LITERAL(json, "\":");
}

static bool write_text(struct trl_json *json, const char *name, const char *value, bool first)
{
    if (value[0] == '\0' && !first) {
        return true;
    }
    return write_name(json, name, first) && trl_json_string(json, value, strlen(value));
}

static bool write_time(struct trl_json *json, int64_t wall_ms)
{
    char text[TRL_TIMESTAMP_SIZE];

    if (wall_ms == 0) {
        return true;
    }
    trl_clock_format_ms(wall_ms, text);
    return write_name(json, "enqueuedAt", false) && trl_json_string(json, text, sizeof(text));
}

static bool write_all(struct trl_json *json, const struct trail_envelope *envelope)
{
    const char *level =
        envelope->level != 0 ? trail_level_name((enum trail_level)envelope->level) : "";

    return write_text(json, "requestId", envelope->request_id, true) &&
           write_text(json, "traceparent", envelope->traceparent, false) &&
           write_text(json, "tracestate", envelope->tracestate, false) &&
           write_text(json, "baggage", envelope->baggage, false) &&
           write_text(json, "jobId", envelope->job_id, false) &&
           write_name(json, "attempt", false) && trl_json_uint(json, envelope->attempt) &&
           write_time(json, envelope->enqueued_at_ms) &&
           write_text(json, "parentId", envelope->parent_id, false) &&
           write_text(json, "level", level, false) && TRL_JSON_LITERAL(json, "}");
}

enum trail_status trail_envelope_to_json(const struct trail_envelope *envelope, char *buffer,
                                         size_t capacity, size_t *ret_size)
{
    struct trl_json json;

    if (envelope == NULL || buffer == NULL || ret_size == NULL) {
        return TRAIL_ERR_INVALID;
    }
    if (capacity == 0) {
        return TRAIL_ERR_SPACE;
    }
    trl_json_init(&json, buffer, capacity - 1);
    (void)write_all(&json, envelope);
    if (json.truncated) {
        buffer[0] = '\0';
        return TRAIL_ERR_SPACE;
    }
    *json.at = '\0';
    *ret_size = (size_t)(json.at - buffer);
    return TRAIL_OK;
}

/* What the parts are unescaped into: each one's longest valid form and a byte more, so that what
 * is too long is seen to be so. */
struct unescaped {
    char request_id[TRAIL_REQUEST_ID_MAX + 1];
    char traceparent[TRAIL_TRACEPARENT_BYTES + 64];
    char tracestate[2 * TRAIL_TRACESTATE_MAX];
    char baggage[2 * TRAIL_BAGGAGE_MAX];
    char job_id[TRAIL_JOB_ID_MAX + 1];
    char parent_id[TRAIL_SPAN_ID_SIZE + 1];
    char level[8];
    char enqueued_at[TRL_TIMESTAMP_SIZE + 1];
};

static void take(const struct trl_json_member *member, char *buffer, size_t capacity,
                 struct trl_text *ret_part)
{
    if (member->type == TRL_JSON_STRING) {
        *ret_part = (struct trl_text){buffer, trl_json_unescape(member->value, buffer, capacity)};
    }
}

static void take_member(const struct trl_json_member *member, struct unescaped *buffers,
                        struct trl_envelope_parts *parts)
{
    const struct {
        const char *name;
        char *buffer;
        size_t capacity;
        struct trl_text *part;
    } known[] = {
#define PART(name, field) {name, buffers->field, sizeof(buffers->field), &parts->field}
        PART("requestId", request_id),  PART("traceparent", traceparent),
        PART("tracestate", tracestate), PART("baggage", baggage),
        PART("jobId", job_id),          PART("parentId", parent_id),
        PART("level", level),           PART("enqueuedAt", enqueued_at),
#undef PART
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (trl_json_key_is(member, known[i].name)) {
            take(member, known[i].buffer, known[i].capacity, known[i].part);
        }
    }
    if (member->type == TRL_JSON_NUMBER && trl_json_key_is(member, "attempt")) {
        parts->attempt = (struct trl_text){member->value.text, member->value.size};
    }
}

enum trail_status trail_envelope_from_json(struct trail_envelope *ret_envelope, const char *text,
                                           size_t size)
{
    struct trl_envelope_parts parts = {.request_id = {NULL, 0}};
    struct trl_json_lexer lexer;
    struct trl_json_member member;
    struct unescaped buffers;

    if (ret_envelope == NULL || text == NULL) {
        return TRAIL_ERR_INVALID;
    }
    bool ok = trl_json_object_begin(&lexer, text, size);
    while (ok && trl_json_object_next(&lexer, &member)) {
        take_member(&member, &buffers, &parts);
    }
    if (!ok || !trl_json_object_ok(&lexer)) {
        /* Half an object may have held the one half of a lie: nothing of it is believed. */
        parts = (struct trl_envelope_parts){.request_id = {NULL, 0}};
        (void)!trl_envelope_complete(ret_envelope, &parts);
        ret_envelope->rejected_ = TRL_ENVELOPE_MALFORMED;
        return TRAIL_ERR_MALFORMED;
    }
    return trl_envelope_complete(ret_envelope, &parts);
}
