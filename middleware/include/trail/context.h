/**
 * @file context.h
 * The scope that a thread works in: its IDs, its bound fields, and how it is handed to others.
 *
 * A request that the CivetWeb adapter serves is a scope; so is a job between trail_job_begin() and
 * trail_job_end(), and any work between trail_enter() and trail_leave(). Scopes of one thread nest.
 * Outside any scope every function here does nothing, says nothing, and returns its empty value.
 */
#ifndef TRAIL_CONTEXT_H
#define TRAIL_CONTEXT_H

#include <trail/base.h>
#include <trail/field.h>
#include <trail/log.h>

TRAIL_BEGIN_DECLS

/** The longest request ID that is accepted, in bytes, without a terminator. */
#define TRAIL_REQUEST_ID_MAX    128
/** A trace ID is 32 and a span ID 16 lower-case hexadecimal digits (W3C Trace Context 2, 3.2.2). */
#define TRAIL_TRACE_ID_SIZE     32
#define TRAIL_SPAN_ID_SIZE      16
/** `00-TRACE-SPAN-FLAGS` with its terminator. */
#define TRAIL_TRACEPARENT_BYTES 56

/**
 * The request ID of the current scope; "" outside any. Borrowed until the scope is left. This
 * request's thread.
 */
TRAIL_API const char *trail_request_id(void);

/** The trace ID of the current scope; "" outside any. Borrowed until the scope is left. */
TRAIL_API const char *trail_trace_id(void);

/** The span ID of the current scope; "" outside any. Borrowed until the scope is left. */
TRAIL_API const char *trail_span_id(void);

/**
 * Binds @p fields to the current scope: they stand in each of its later lines, the terminal one of
 * a request included. Of a key that is bound twice the later value stands. What does not fit into
 * TRAIL_LOGGER_BYTES is left out, and the lines bear `truncated:true`. This request's thread.
 *
 * @param fields  copied; may be NULL if @p count is 0
 */
TRAIL_API void trail_bind_fields(const struct trail_field *fields, size_t count);

/**
 * Asks that what was logged below the output level in this request is written after all, although
 * the request may succeed. This request's thread, or one that works for it under a captured
 * context.
 */
TRAIL_API void trail_keep(void);

/** A copy of a scope, to be entered elsewhere: IDs, trace context, baggage, level, bound fields. */
struct trail_context;

/** A scope entered by hand. Caller's memory, opaque; must not move until it is left. */
struct trail_scope {
    void *opaque_[6];
    struct trail_logger logger_;
};

/**
 * Copies the current scope, for another thread or for after the request has ended. This request's
 * thread.
 *
 * Until the request ends, lines below the output level that are logged under the context are kept
 * with the request's own (TRAIL_KEEP_DEBUG), in the order in which they came: 64 KiB from all such
 * threads together, of which the latest stay. Keeping one takes a lock that these threads share;
 * the request's own thread never takes it for a line. Once the request has ended, such lines are
 * below the level, and no more.
 *
 * @param ret_context  owned by the caller; released by trail_context_free()
 *
 * @retval TRAIL_ERR_INVALID   @p ret_context is NULL
 * @retval TRAIL_ERR_NOT_FOUND outside any scope
 * @retval TRAIL_ERR_NOMEM     no memory
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_capture(struct trail_context **ret_context);

/**
 * A context for work that no request has caused: start-up, a timer, a cron job. Any thread.
 *
 * @param request_id   copied; NULL: a new one. One that is not valid is replaced by a new one
 * @param ret_context  owned by the caller; released by trail_context_free()
 *
 * @retval TRAIL_ERR_INVALID @p ret_context is NULL
 * @retval TRAIL_ERR_STATE   no trail is open
 * @retval TRAIL_ERR_NOMEM   no memory
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_context_new(const char *request_id,
                                                              struct trail_context **ret_context);

/** Releases a context that no thread is in any more; NULL is allowed. Any thread. */
TRAIL_API void trail_context_free(struct trail_context *context);

/**
 * Makes @p context the current scope of this thread, until trail_leave(). Any thread; several at
 * once may be in one context. What is bound inside is the scope's own. With NULL, or when no
 * trail is open, the scope is empty and must be left all the same.
 *
 * @param context    borrowed until the scope is left
 * @param ret_scope  caller's memory
 */
TRAIL_API void trail_enter(const struct trail_context *context, struct trail_scope *ret_scope);

/**
 * Leaves @p scope and restores what was current before it. The thread that entered it. Scopes are
 * left in reverse order; with debug checks on (see trail_options) one that was forgotten is told
 * as `scope_not_left`, and is left with the outer one.
 */
TRAIL_API void trail_leave(struct trail_scope *scope);

TRAIL_END_DECLS

#ifdef __cplusplus
inline void trail_bind_list_(std::initializer_list<trail_field> fields)
{
    trail_bind_fields(fields.begin(), fields.size());
}
#define trail_bind(...) trail_bind_list_({__VA_ARGS__})
#else
/** trail_bind(fields…): trail_bind_fields() with trail_kv()s. */
#define trail_bind(...) trail_bind_fields(TRAIL_FIELDS_(__VA_ARGS__, TRAIL_END_))
#endif

#endif
