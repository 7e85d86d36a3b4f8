#include "envelope_fixture.h"

#include "core/id.h"
#include "events.h"
#include "unit.h"

#include <string.h>

struct trl_context context;
struct trl_scope scope;
struct trail_envelope envelope;
struct trail_envelope read_back;
struct carrier carrier;
char json[TRAIL_ENVELOPE_JSON_MAX];

int envelope_begin(void **state)
{
    (void)state;
    events_open(&(struct trail_options){.propagate_baggage = "all",
                                        .request_id_header = "X-Request-ID,X-Correlation-ID"});
    trl_context_init_new(&context, "req-1");
    strcpy(context.tracestate, "foo=a\"b\\c");
    context.tracestate_size = (uint32_t)strlen(context.tracestate);
    strcpy(context.baggage, "tier=gold;p=1");
    context.baggage_size = (uint32_t)strlen(context.baggage);
    context.level = TRAIL_LEVEL_DEBUG;
    trl_scope_enter(&scope, &context, NULL);
    return 0;
}

int envelope_end(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    carrier_clear(&carrier);
    events_close();
    return 0;
}

enum trail_status read_json(const char *text)
{
    memset(&read_back, 0x5A, sizeof(read_back));
    return trail_envelope_from_json(&read_back, text, strlen(text));
}

void assert_same_envelopes(void)
{
    assert_string_equal(read_back.request_id, envelope.request_id);
    assert_string_equal(read_back.traceparent, envelope.traceparent);
    assert_string_equal(read_back.tracestate, envelope.tracestate);
    assert_string_equal(read_back.baggage, envelope.baggage);
    assert_string_equal(read_back.job_id, envelope.job_id);
    assert_string_equal(read_back.parent_id, envelope.parent_id);
    assert_int_equal(read_back.level, envelope.level);
    assert_int_equal(read_back.attempt, envelope.attempt);
    assert_int_equal(read_back.enqueued_at_ms, envelope.enqueued_at_ms);
    assert_int_equal(read_back.rejected_, 0);
}

void assert_complete(void)
{
    struct trl_traceparent parent;

    assert_null(trl_id_reject_reason(read_back.request_id, strlen(read_back.request_id)));
    assert_null(trl_id_reject_reason(read_back.job_id, strlen(read_back.job_id)));
    assert_true(
        trl_traceparent_parse(read_back.traceparent, strlen(read_back.traceparent), &parent));
    assert_true(read_back.attempt >= 1);
}
