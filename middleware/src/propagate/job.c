/* Propagate: the life of a job as events, each under the job's own span. */
#include "context/capture.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/id.h"
#include "log/keep.h"
#include "propagate/envelope.h"
#include "propagate/forgotten.h"
#include "propagate/span.h"

#include <trail/job.h>

#include <stdlib.h>
#include <string.h>

struct work {
    uint64_t started_ns;
    unsigned attempt;
    bool ended;
};

_Static_assert(sizeof(struct work) <= sizeof(((struct trail_job *)0)->opaque_), "it fits");

static struct work *inside(struct trail_job *job)
{
    return (struct work *)(void *)job->opaque_;
}

/* An envelope is the application's memory: what is no ID in it is absent, whoever wrote it. */
static void copy_id(char *to, const char *from, size_t limit)
{
    size_t size = strnlen(from, limit + 1);

    if (size <= limit && trl_id_reject_reason(from, size) == NULL) {
        memcpy(to, from, size);
    }
}

/* Absent where it has no name. */
static struct trail_field queue_field(const char *queue)
{
    return queue[0] != '\0' ? trail_kv("queue", queue) : TRAIL_END_;
}

/* The job's own span, as its envelope carries it. */
static void read_span(struct trl_span *ret_span, const struct trail_envelope *envelope)
{
    struct trl_traceparent parent;

    memset(ret_span, 0, sizeof(*ret_span));
    copy_id(ret_span->request_id, envelope->request_id, TRAIL_REQUEST_ID_MAX);
    copy_id(ret_span->job_id, envelope->job_id, TRAIL_JOB_ID_MAX);
    if (trl_id_is_hex(envelope->parent_id, TRAIL_SPAN_ID_SIZE)) {
        memcpy(ret_span->parent_span_id, envelope->parent_id, TRAIL_SPAN_ID_SIZE);
    }
    if (trl_traceparent_parse(envelope->traceparent,
                              strnlen(envelope->traceparent, sizeof(envelope->traceparent)),
                              &parent)) {
        memcpy(ret_span->trace_id, parent.trace_id, sizeof(ret_span->trace_id));
        memcpy(ret_span->span_id, parent.parent_id, sizeof(ret_span->span_id));
        ret_span->flags = parent.flags;
    }
}

void trail_job_enqueued(const struct trail_envelope *envelope, const char *queue)
{
    const struct trl_context *context = trl_context_current();
    struct trail_logger logger;
    struct trl_span span;

    if (envelope == NULL) {
        return;
    }
    queue = queue != NULL ? queue : "";
    if (context != NULL && strcmp(context->request_id, envelope->request_id) != 0) {
        trl_forgotten_tell("job", (struct trl_text){queue, strlen(queue)});
    }
    if (trail_enabled(TRAIL_LEVEL_INFO)) {
        read_span(&span, envelope);
        trl_span_logger(&logger, &span, context);
        trail_log_info(&logger, "job_enqueued", NULL, queue_field(queue),
                       trail_kv("attempt", envelope->attempt));
    }
}

static void copy_list(char *to, uint32_t *ret_size, const char *from, size_t limit)
{
    size_t size = strnlen(from, limit);

    memcpy(to, from, size);
    to[size] = '\0';
    *ret_size = (uint32_t)size;
}

/* The consumer's context: the envelope's IDs, and for this attempt a span of its own. */
static void make_context(struct trl_context *context, const struct trail_envelope *envelope)
{
    struct trl_span span;

    read_span(&span, envelope);
    trl_context_init_new(context, span.request_id);
    memcpy(context->job_id, span.job_id, sizeof(context->job_id));
    if (span.trace_id[0] != '\0') {
        memcpy(context->trace_id, span.trace_id, sizeof(context->trace_id));
        memcpy(context->parent_span_id, span.span_id, sizeof(context->parent_span_id));
        context->flags = span.flags;
    }
    context->level = envelope->level < TRAIL_LEVEL_OFF ? envelope->level : 0;
    context->trusted = TRL_TRUST_PEER;
    copy_list(context->tracestate, &context->tracestate_size, envelope->tracestate,
              TRL_TRACESTATE_MAX);
    copy_list(context->baggage, &context->baggage_size, envelope->baggage, TRL_BAGGAGE_MAX);
}

static void tell_received(const struct trail_job *job, const struct trail_envelope *envelope)
{
    int64_t waited_ms = trl_clock_wall_ms() - envelope->enqueued_at_ms;
    bool known = envelope->enqueued_at_ms > 0 && waited_ms >= 0;

    if (envelope->rejected_ != TRL_ENVELOPE_GOOD) {
        trail_warn("envelope_rejected", "The job's envelope was replaced",
                   trail_kv("reason", trl_envelope_reason(envelope->rejected_)),
                   queue_field(job->queue_));
    }
    trail_info("job_received", NULL, queue_field(job->queue_),
               trail_kv("attempt", envelope->attempt),
               known ? trail_duration_ns("waitedMs", (uint64_t)waited_ms * 1000000u) : TRAIL_END_);
}

/* What is below the level is kept until it is known how the job ends. */
static void enter(struct trail_job *job, const struct trail_context *context)
{
    struct trl_scope *scope = trl_scope_inside(&job->scope_);

    trail_enter(context, &job->scope_);
    if (scope->context != NULL && trl_config()->keep_debug) {
        scope->log.keeps = true;
        trl_log_scope_changed();
    }
}

void trail_job_begin(struct trail_job *ret_job, const struct trail_envelope *envelope,
                     const char *queue)
{
    static const struct trail_envelope none = {.rejected_ = TRL_ENVELOPE_MALFORMED, .attempt = 1};
    struct work *work = inside(ret_job);
    struct trail_context *context = malloc(sizeof(*context));

    if (envelope == NULL) {
        envelope = &none;
    }
    size_t queue_size = queue != NULL ? strnlen(queue, sizeof(ret_job->queue_) - 1) : 0;
    memcpy(ret_job->queue_, queue != NULL ? queue : "", queue_size);
    ret_job->queue_[queue_size] = '\0';
    work->started_ns = trl_clock_monotonic_ns();
    work->attempt = envelope->attempt;
    work->ended = false;
    if (context != NULL) {
        context->keep = NULL;
        make_context(&context->base, envelope);
        trl_context_bind(context, NULL, 0);
    }
    ret_job->context_ = context;
    enter(ret_job, context);
    tell_received(ret_job, envelope);
}

/* Detail below the level comes first, if the job is worth it. */
static void release_detail(struct trl_scope *scope, enum trail_job_outcome outcome)
{
    enum trail_level level = outcome == TRAIL_JOB_DEAD_LETTERED ? TRAIL_LEVEL_ERROR
                             : outcome == TRAIL_JOB_RETRY       ? TRAIL_LEVEL_WARN
                                                                : TRAIL_LEVEL_INFO;
    bool asked = scope->keep_asked || trl_keep_is_asked(scope->log.keep);

    if (level == TRAIL_LEVEL_INFO && !asked) {
        return;
    }
    scope->log.sampled_out = false;
    if (trl_keep_is_wanted(level, asked)) {
        trl_keep_write(scope->log.keep, level);
    }
}

static void tell_outcome(const struct trail_job *job, const struct work *work,
                         const struct trail_job_result *result)
{
    const struct trail_field queue = queue_field(job->queue_);
    const struct trail_field attempt = trail_kv("attempt", work->attempt);
    const struct trail_field duration =
        trail_duration_ns("durationMs", trl_clock_monotonic_ns() - work->started_ns);
    const struct trail_field error =
        result->error_code != NULL ? trail_kv("errorCode", result->error_code) : TRAIL_END_;

    switch (result->outcome) {
    case TRAIL_JOB_RETRY:
        trail_warn("job_retry_scheduled", NULL, queue, attempt, duration, error,
                   trail_kv("delayMs", result->delay_ms));
        break;
    case TRAIL_JOB_DEAD_LETTERED:
        trail_error("job_dead_lettered", NULL, queue, attempt, duration, error);
        break;
    case TRAIL_JOB_SUCCEEDED:
    default:
        trail_info("job_succeeded", NULL, queue, attempt, duration);
        break;
    }
}

void trail_job_end(struct trail_job *job, const struct trail_job_result *result)
{
    static const struct trail_job_result succeeded = {.outcome = TRAIL_JOB_SUCCEEDED};
    struct work *work = job != NULL ? inside(job) : NULL;

    if (work == NULL || work->ended) {
        return;
    }
    struct trl_scope *scope = trl_scope_inside(&job->scope_);
    bool keeps = scope->context != NULL && scope->log.keeps;
    result = result != NULL ? result : &succeeded;
    work->ended = true;
    trl_scope_restore(scope);
    if (keeps) {
        release_detail(scope, result->outcome);
    }
    tell_outcome(job, work, result);
    trail_leave(&job->scope_);
    trl_keep_give_back(keeps ? scope->log.keep : NULL);
    trail_context_free(job->context_);
    job->context_ = NULL;
}
