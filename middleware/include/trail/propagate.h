/**
 * @file propagate.h
 * Carrying the context out of the process and into it, over any carrier of names and values.
 *
 * An outbound call is begun, its headers are written into a carrier, and it is ended:
 *
 *     struct trail_call call;
 *     trail_call_begin(&(struct trail_call_options){.method = "GET", .url = url}, &call);
 *     (void)trail_call_inject(&call, put_header, request);
 *     ...
 *     trail_call_end(&call, &(struct trail_call_result){.status = 200});
 *
 * <trail/curl.h> and <trail/civetweb.h> do this for their clients.
 */
#ifndef TRAIL_PROPAGATE_H
#define TRAIL_PROPAGATE_H

#include <trail/base.h>
#include <trail/context.h>

TRAIL_BEGIN_DECLS

/**
 * Writes one header into a carrier. Name and value are terminated, contain no CR, LF or NUL, and
 * are borrowed until return. Anything but TRAIL_OK stops the injection and is passed on.
 */
typedef enum trail_status trail_put_fn(void *carrier, const char *name, const char *value);

/**
 * Reads the @p index th value, from 0, that @p carrier has under @p name (in any case, if the
 * carrier's names are so); NULL if there is none. The value is borrowed until the extraction
 * returns; its size goes to @p ret_size: it need not be terminated.
 */
typedef const char *trail_get_fn(void *carrier, const char *name, size_t index, size_t *ret_size);

/** What an outbound call is. All texts are borrowed until the call is ended. */
struct trail_call_options {
    const char *method; /**< as logged; NULL: GET; "": told with the result */
    const char *url;    /**< absolute; target and path are taken from it */
    const char *target; /**< host:port, for what has no URL; beats the URL's */
    const char *path;   /**< without query; beats the URL's */
    unsigned attempt;   /**< from 1; 0 is 1 */
};

/** How it ended. Durations of 0 are unknown and not logged. */
struct trail_call_result {
    int status;             /**< of the response; 0: none came */
    const char *error_code; /**< snake_case, if the call failed: `timeout`, `connection_refused` */
    const char *method;     /**< as logged, in place of the option's; NULL: that one */
    int64_t bytes_in;       /**< body bytes; negative: unknown */
    int64_t bytes_out;
    uint64_t dns_ns; /**< from the start until the name was resolved; and so on */
    uint64_t connect_ns;
    uint64_t tls_ns;
    uint64_t first_byte_ns;
};

/** An outbound call under way. Caller's memory, opaque, about 400 bytes. */
struct trail_call {
    uint64_t opaque_[56];
};

/**
 * Begins an outbound call: a span of its own under the current scope's; logs `outbound_started`.
 * Outside any scope the call has a new trace of its own. Never fails. This request's thread.
 */
TRAIL_API void trail_call_begin(const struct trail_call_options *options,
                                struct trail_call *ret_call);

/**
 * Writes request ID, traceparent, tracestate and the baggage that may go into @p carrier, if
 * TRAIL_PROPAGATE_TO allows the target; else nothing. Before the scope that it was begun in is
 * left.
 *
 * @retval TRAIL_ERR_INVALID an argument is NULL
 * @retval TRAIL_ERR_DENIED  the context may not go to this target; nothing was written
 * @return else what @p put returned
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_call_inject(struct trail_call *call,
                                                              trail_put_fn *put, void *carrier);

/**
 * Whether the context may go where @p url, absolute, leads: for clients that follow redirects by
 * themselves. False for what is no such URL, unless it may go everywhere. Any thread.
 */
TRAIL_API bool trail_may_propagate(const char *url);

/**
 * For adapters: says that a call to @p url was sent without a trail_call. With debug checks on,
 * inside a scope whose context may go there, it is told as `context_not_propagated`, once for each
 * @p where. This request's thread.
 */
TRAIL_API void trail_call_forgotten(const char *url, const char *where);

/** Whether the context may go to the call's target. Any thread. */
TRAIL_API bool trail_call_may_propagate(const struct trail_call *call);

/**
 * Ends the call: logs `outbound_completed` if a status came and no error_code is given, else
 * `outbound_failed`. Once; a second time does nothing. Any thread.
 */
TRAIL_API void trail_call_end(struct trail_call *call, const struct trail_call_result *result);

/**
 * Reads request ID, trace context and baggage from a carrier into a new context, for servers and
 * consumers that have no adapter. What is missing or not valid is made anew. Any thread.
 *
 * @param trusted      whether the sender is believed; if not, IDs are made anew, and what came is
 *                     kept as `clientRequestId` and `clientTraceparent` where it was valid
 * @param ret_context  owned by the caller; released by trail_context_free()
 *
 * @retval TRAIL_ERR_INVALID a pointer is NULL
 * @retval TRAIL_ERR_STATE   no trail is open
 * @retval TRAIL_ERR_NOMEM   no memory
 */
TRAIL_NODISCARD TRAIL_API enum trail_status
trail_extract(trail_get_fn *get, void *carrier, bool trusted, struct trail_context **ret_context);

/**
 * Lines of a request's head, for clients that write it themselves: CivetWeb's, or a plain socket.
 * `text` is caller's memory; `size` begins at 0.
 */
struct trail_header_lines {
    char *text;
    size_t capacity; /**< bytes of text; one is kept for a terminator */
    size_t size;     /**< bytes written */
};

/**
 * A trail_put_fn that appends `Name: value` and CR LF to a struct trail_header_lines. This thread
 * alone.
 *
 * @retval TRAIL_ERR_INVALID an argument is NULL
 * @retval TRAIL_ERR_SPACE   no room; nothing was written of this line
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_put_header_line(void *lines, const char *name,
                                                                  const char *value);

/**
 * Writes the current scope for a child process: TRAIL_REQUEST_ID, TRACEPARENT, TRACESTATE, and as
 * BAGGAGE what may go out; absent where empty. Outside any scope nothing. This request's thread.
 *
 * @retval TRAIL_ERR_INVALID @p put is NULL
 * @return else what @p put returned
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_environment_put(trail_put_fn *put, void *carrier);

/**
 * An environment for execve() or posix_spawn(): @p base with these four in place of any that it
 * has. This request's thread; while no other changes @p base.
 *
 * @param base             copied; ends in NULL; NULL: the process's own environment
 * @param ret_environment  owned by the caller; released by trail_environment_free()
 *
 * @retval TRAIL_ERR_INVALID @p ret_environment is NULL
 * @retval TRAIL_ERR_NOMEM   no memory
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_environment_new(char *const *base,
                                                                  char ***ret_environment);

/** NULL is allowed. Any thread. */
TRAIL_API void trail_environment_free(char **environment);

/**
 * The context that this process was started with, in those four variables; what is missing or not
 * valid is made anew. Setup only, as it reads the environment.
 *
 * @param ret_context  owned by the caller; released by trail_context_free()
 *
 * @retval TRAIL_ERR_INVALID @p ret_context is NULL
 * @retval TRAIL_ERR_STATE   no trail is open
 * @retval TRAIL_ERR_NOMEM   no memory
 */
TRAIL_NODISCARD TRAIL_API enum trail_status
trail_context_from_environment(struct trail_context **ret_context);

TRAIL_END_DECLS

#endif
