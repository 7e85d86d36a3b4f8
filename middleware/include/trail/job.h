/**
 * @file job.h
 * The envelope that carries the context with a queued job, and the job's life as events.
 *
 *     struct trail_envelope envelope;                          producer
 *     trail_envelope_init(&envelope, NULL);
 *     trail_envelope_to_json(&envelope, text, sizeof text, &size);
 *     ... store text beside the job ...
 *     trail_job_enqueued(&envelope, "emails");
 *
 *     trail_envelope_from_json(&envelope, text, size);         consumer
 *     struct trail_job job;
 *     trail_job_begin(&job, &envelope, "emails");
 *     ... work: every line bears the request's ID and the job's ...
 *     trail_job_end(&job, &(struct trail_job_result){.outcome = TRAIL_JOB_SUCCEEDED});
 */
#ifndef TRAIL_JOB_H
#define TRAIL_JOB_H

#include <trail/base.h>
#include <trail/context.h>
#include <trail/propagate.h>

TRAIL_BEGIN_DECLS

#define TRAIL_JOB_ID_MAX        64
#define TRAIL_TRACESTATE_MAX    2048
#define TRAIL_BAGGAGE_MAX       8192
/** An envelope as JSON is never longer, its terminator included. */
#define TRAIL_ENVELOPE_JSON_MAX (2 * (TRAIL_TRACESTATE_MAX + TRAIL_BAGGAGE_MAX) + 1024)

/** A job's envelope. Caller's memory; holds no pointer, so it may be copied and moved. */
struct trail_envelope {
    char request_id[TRAIL_REQUEST_ID_MAX + 1];
    char traceparent[TRAIL_TRACEPARENT_BYTES];
    char tracestate[TRAIL_TRACESTATE_MAX + 1];
    char baggage[TRAIL_BAGGAGE_MAX + 1];
    char job_id[TRAIL_JOB_ID_MAX + 1];
    char parent_id[TRAIL_SPAN_ID_SIZE + 1]; /**< the span that enqueued the job; "" if none */
    uint8_t level;                          /**< enum trail_level asked for the request; 0: none */
    unsigned attempt;                       /**< from 1; the store counts it up */
    int64_t enqueued_at_ms;                 /**< wall clock, since 1970; 0: unknown */
    uint8_t
        rejected_; /**< why the request ID was made anew, for `envelope_rejected`; 0: it was not */
};

/**
 * An envelope for a new job under the current scope, with a span of its own. Outside any scope the
 * request ID and the trace are new. This request's thread.
 *
 * @param job_id        copied; NULL: a new UUID; one that is not a valid ID of at most
 *                      TRAIL_JOB_ID_MAX bytes is replaced by a new one
 * @param ret_envelope  caller's memory; complete whatever happens
 */
TRAIL_API void trail_envelope_init(struct trail_envelope *ret_envelope, const char *job_id);

/**
 * Writes the envelope as one JSON object: requestId, traceparent, tracestate, baggage, jobId,
 * attempt, enqueuedAt, parentId, level; absent where empty. Any thread.
 *
 * @param ret_size  bytes written, without the terminator
 *
 * @retval TRAIL_ERR_INVALID an argument is NULL
 * @retval TRAIL_ERR_SPACE   @p capacity is too small; TRAIL_ENVELOPE_JSON_MAX always serves
 */
TRAIL_NODISCARD TRAIL_API enum trail_status
trail_envelope_to_json(const struct trail_envelope *envelope, char *buffer, size_t capacity,
                       size_t *ret_size);

/**
 * Reads an envelope. Whatever @p text holds, @p ret_envelope is complete and fit for
 * trail_job_begin(): what is missing or not valid is made anew. Any thread.
 *
 * @retval TRAIL_ERR_INVALID   @p ret_envelope or @p text is NULL
 * @retval TRAIL_ERR_MALFORMED @p text is no JSON object, or its requestId is missing or not valid;
 *                             trail_job_begin() will log `envelope_rejected` and go on
 */
TRAIL_NODISCARD TRAIL_API enum trail_status
trail_envelope_from_json(struct trail_envelope *ret_envelope, const char *text, size_t size);

/**
 * Writes the envelope as headers: X-Request-ID, traceparent, tracestate, baggage, and
 * trail-job-id, trail-attempt, trail-enqueued-at, trail-parent-id, X-Trail-Level; absent where
 * empty. For AMQP, NATS, Kafka, Redis streams. Any thread.
 *
 * @retval TRAIL_ERR_INVALID an argument is NULL
 * @return else what @p put returned
 */
TRAIL_NODISCARD TRAIL_API enum trail_status
trail_envelope_put(const struct trail_envelope *envelope, trail_put_fn *put, void *carrier);

/** Reads what trail_envelope_put() wrote; as trail_envelope_from_json(). Any thread. */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_envelope_get(struct trail_envelope *ret_envelope,
                                                               trail_get_fn *get, void *carrier);

/** Logs `job_enqueued`: call it when the store has the job. This request's thread. */
TRAIL_API void trail_job_enqueued(const struct trail_envelope *envelope, const char *queue);

/** A job at work: a scope. Caller's memory, opaque; must not move until it is ended. */
struct trail_job {
    struct trail_scope scope_;
    struct trail_context *context_;
    uint64_t opaque_[8];
    char queue_[64];
};

/**
 * Enters the job's scope and logs `job_received` with `waitedMs`. Never fails: without memory the
 * job runs in an empty scope. Ended by trail_job_end() on the same thread. Until then lines below
 * the output level are kept (TRAIL_KEEP_DEBUG), as those of a request are.
 *
 * @param envelope  copied
 * @param queue     copied, at most 63 bytes; the name that events bear
 */
TRAIL_API void trail_job_begin(struct trail_job *ret_job, const struct trail_envelope *envelope,
                               const char *queue);

enum trail_job_outcome {
    TRAIL_JOB_SUCCEEDED = 0, /**< `job_succeeded`, info */
    TRAIL_JOB_RETRY,         /**< `job_retry_scheduled`, warn */
    TRAIL_JOB_DEAD_LETTERED, /**< `job_dead_lettered`, error */
};

struct trail_job_result {
    enum trail_job_outcome outcome;
    const char *error_code; /**< snake_case; NULL for success */
    uint64_t delay_ms;      /**< until the next attempt */
};

/**
 * Logs the outcome with `durationMs` and leaves the scope. What was kept is written before it,
 * unless the job succeeded and nobody called trail_keep(). Once; the thread that began it.
 */
TRAIL_API void trail_job_end(struct trail_job *job, const struct trail_job_result *result);

TRAIL_END_DECLS

#endif
