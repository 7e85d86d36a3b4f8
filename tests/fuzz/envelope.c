/* The envelope: whatever a store gives back becomes a complete one, which is written and read again
 * without a change. */
#include "fuzz.h"

#include "context/traceparent.h"
#include "core/id.h"
#include "propagate/envelope.h"

#include <string.h>

static struct trail_envelope first;
static struct trail_envelope second;

static void check_complete(const struct trail_envelope *envelope)
{
    struct trl_traceparent parent;

    FUZZ_CHECK(trl_id_reject_reason(envelope->request_id, strlen(envelope->request_id)) == NULL);
    FUZZ_CHECK(trl_id_reject_reason(envelope->job_id, strlen(envelope->job_id)) == NULL);
    FUZZ_CHECK(strlen(envelope->job_id) <= TRAIL_JOB_ID_MAX);
    FUZZ_CHECK(
        trl_traceparent_parse(envelope->traceparent, strlen(envelope->traceparent), &parent));
    FUZZ_CHECK(envelope->attempt >= 1);
    FUZZ_CHECK(envelope->level < TRAIL_LEVEL_OFF);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char json[TRAIL_ENVELOPE_JSON_MAX];
    size_t json_size = 0;

    enum trail_status status = trail_envelope_from_json(&first, (const char *)data, size);
    FUZZ_CHECK((status == TRAIL_OK) == (first.rejected_ == TRL_ENVELOPE_GOOD));
    check_complete(&first);
    FUZZ_CHECK(trail_envelope_to_json(&first, json, sizeof(json), &json_size) == TRAIL_OK);
    FUZZ_CHECK(trail_envelope_from_json(&second, json, json_size) == TRAIL_OK);
    FUZZ_CHECK(strcmp(first.request_id, second.request_id) == 0);
    FUZZ_CHECK(strcmp(first.traceparent, second.traceparent) == 0);
    FUZZ_CHECK(strcmp(first.tracestate, second.tracestate) == 0);
    FUZZ_CHECK(strcmp(first.baggage, second.baggage) == 0);
    FUZZ_CHECK(strcmp(first.job_id, second.job_id) == 0);
    FUZZ_CHECK(strcmp(first.parent_id, second.parent_id) == 0);
    FUZZ_CHECK(first.level == second.level && first.attempt == second.attempt);
    /* 23:59:60 is read as the second after it, and a 31 June as the first of July. */
    FUZZ_CHECK(first.enqueued_at_ms == second.enqueued_at_ms);
    return 0;
}
