/* CivetWeb adapter: the one terminal event of a request: aborted beats failed beats completed. */
#include "civetweb/outcome.h"

#include "core/likely.h"

static bool nothing_sent(const struct trl_response *response)
{
    return response->phase < TRL_RESPONSE_HELD;
}

/* Why a request that nobody gave up has failed; NULL: it has not. "" if its status says it all. */
static const char *failure_of(const struct trl_ending *ending)
{
    const struct trl_response *response = ending->response;

    if (response->broken) {
        return "server_stopped";
    }
    if (nothing_sent(response)) {
        if (ending->unseen_status != 0) {
            return ending->unseen_status >= 500 ? "" : NULL;
        }
        return ending->claimed ? "no_response" : NULL;
    }
    if (TRL_UNLIKELY(response->phase == TRL_RESPONSE_OPAQUE)) {
        return "malformed_response";
    }
    if (TRL_UNLIKELY(!trl_response_complete(response))) {
        return "response_incomplete";
    }
    if (TRL_UNLIKELY(ending->error_status >= 500)) {
        return "error_raised";
    }
    if (TRL_UNLIKELY(trl_response_overran(response))) {
        return "response_too_long";
    }
    if (TRL_UNLIKELY(response->chunked && response->chunks.malformed)) {
        return "malformed_response";
    }
    return TRL_UNLIKELY(response->status >= 500) ? "" : NULL;
}

static const char *abort_phase(const struct trl_ending *ending)
{
    if (TRL_UNLIKELY(ending->body_broken)) {
        return "request_body";
    }
    if (TRL_UNLIKELY(ending->response->broken && !ending->stopping)) {
        return ending->response->head_sent ? "response_body" : "response_head";
    }
    return NULL;
}

static enum trail_level completed_level(int status, bool slow)
{
    bool refused = TRL_UNLIKELY(status >= 400) && status != 404 && status != 429;

    return TRL_UNLIKELY(refused || slow) ? TRAIL_LEVEL_WARN : TRAIL_LEVEL_INFO;
}

struct trl_outcome trl_outcome_of(const struct trl_ending *ending)
{
    struct trl_outcome outcome = {.kind = TRL_COMPLETED};
    const char *failure = failure_of(ending);

    outcome.status = TRL_LIKELY(ending->response->head_sent) ? ending->response->status : 0;
    outcome.slow = ending->slow_ns > 0 && ending->duration_ns >= ending->slow_ns && !ending->stream;
    outcome.phase = abort_phase(ending);
    if (TRL_UNLIKELY(outcome.phase != NULL)) {
        outcome.kind = TRL_ABORTED;
        outcome.level = TRAIL_LEVEL_WARN;
    } else if (TRL_UNLIKELY(failure != NULL)) {
        outcome.kind = TRL_FAILED;
        outcome.level = TRAIL_LEVEL_ERROR;
        outcome.error_code = failure[0] != '\0' ? failure : NULL;
    } else {
        outcome.level = completed_level(
            outcome.status > ending->error_status ? outcome.status : ending->error_status,
            outcome.slow);
    }
    return outcome;
}
