/**
 * @file trail.h
 * Opening and closing the library; its options, counters, and what can be changed while it runs.
 *
 *     struct trail *trail;
 *     if (trail_open(&(struct trail_options){.service = "checkout-api"}, &trail) != TRAIL_OK)
 *         return 2;
 *     ...
 *     trail_close(trail);
 */
#ifndef TRAIL_TRAIL_H
#define TRAIL_TRAIL_H

#include <trail/base.h>
#include <trail/context.h>
#include <trail/field.h>
#include <trail/log.h>

TRAIL_BEGIN_DECLS

/** The opened library: one at a time in a process. */
struct trail;

/** Lines kept in memory, for an application's own tests; see memory.h. */
struct trail_memory;

/**
 * All zero is the documented default. Each text has the form of the environment variable that
 * is named beside it, which overrides it when it is set and not empty. Borrowed until trail_open()
 * returns.
 */
struct trail_options {
    const char *service;           /**< TRAIL_SERVICE, else OTEL_SERVICE_NAME: program's name */
    const char *environment;       /**< TRAIL_ENVIRONMENT: development */
    const char *level;             /**< TRAIL_LEVEL, else LOG_LEVEL: info */
    const char *format;            /**< TRAIL_FORMAT: auto */
    const char *schema;            /**< TRAIL_SCHEMA: trail */
    const char *output;            /**< TRAIL_OUTPUT: stdout */
    const char *delivery;          /**< TRAIL_DELIVERY: sync */
    const char *spool_dir;         /**< TRAIL_SPOOL_DIR: a directory of the user's in /dev/shm */
    const char *spool_bytes;       /**< TRAIL_SPOOL_BYTES: 16 MiB */
    const char *overflow;          /**< TRAIL_OVERFLOW: block */
    const char *trusted;           /**< TRAIL_TRUSTED: 127.0.0.0/8,::1 */
    const char *admin_trusted;     /**< TRAIL_ADMIN_TRUSTED: none */
    const char *propagate_to;      /**< TRAIL_PROPAGATE_TO: private and single-label names */
    const char *propagate_baggage; /**< TRAIL_PROPAGATE_BAGGAGE: none */
    const char *baggage_fields;    /**< TRAIL_BAGGAGE_FIELDS: none */
    const char *request_id_header; /**< TRAIL_REQUEST_ID_HEADER: X-Request-ID */
    const char *request_id_format; /**< TRAIL_REQUEST_ID_FORMAT: uuid4 */
    const char *redact;            /**< TRAIL_REDACT: none beyond the built-in keys */
    const char *redact_allow;      /**< TRAIL_REDACT_ALLOW: none */
    const char *keep_debug;        /**< TRAIL_KEEP_DEBUG: on */
    const char *client_ip;         /**< TRAIL_CLIENT_IP: full */
    const char *slow_ms;           /**< TRAIL_SLOW_MS: 1000 */
    const char *stalled_ms;        /**< TRAIL_STALLED_MS: 10000 */
    const char *cpu_time;          /**< TRAIL_CPU_TIME: off */
    const char *quiet;             /**< TRAIL_QUIET: /healthz,/readyz,/metrics */
    const char *sample;            /**< TRAIL_SAMPLE: 1 */
    const char *crash;             /**< TRAIL_CRASH: off */
    bool ignore_environment;       /**< read no environment variable: for tests */
    bool debug_checks;             /**< tell forgotten scopes and hops; TRAIL_LEVEL=debug, too */
    struct trail_memory *memory;   /**< write here as well; borrowed until trail_close() */
    char *error_text;              /**< caller's buffer for the reason of a failure, or NULL */
    size_t error_size;             /**< bytes of error_text */
};

/**
 * Opens the library: reads options and environment, opens the outputs. Setup only.
 *
 * A value that can't be used fails the call: one line on stderr, and in `error_text` if there is
 * one, names the variable or option, the value, and what is allowed. Programs then exit with 2.
 * An unusable LOG_LEVEL or OTEL_SERVICE_NAME is ignored with one warning on stderr. Nothing stays
 * half opened.
 *
 * @param options    borrowed until return; NULL: all defaults
 * @param ret_trail  owned by the caller; released by trail_close()
 *
 * @retval TRAIL_ERR_INVALID @p ret_trail is NULL
 * @retval TRAIL_ERR_STATE   a trail is open already: there is one a process
 * @retval TRAIL_ERR_CONFIG  an option or variable can't be used as it stands
 * @retval TRAIL_ERR_IO      an output can't be opened
 * @retval TRAIL_ERR_NOMEM   no memory
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_open(const struct trail_options *options,
                                                       struct trail **ret_trail);

/**
 * Writes what is pending, closes the outputs, and releases @p trail; NULL is allowed. Setup only:
 * servers are stopped and threads joined before. Calls that log afterwards do nothing.
 */
TRAIL_API void trail_close(struct trail *trail);

/**
 * Closes and opens the file outputs again: call it after a log was renamed (SIGHUP). A file that
 * can't be opened keeps the old descriptor. Any thread; not from a signal handler.
 *
 * @retval TRAIL_ERR_INVALID @p trail is NULL
 * @retval TRAIL_ERR_IO      an output could not be opened; the others were
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_reopen(struct trail *trail);

/**
 * Returns when every event that was accepted before the call has been handed to its outputs, or
 * has been dropped and counted. Any thread.
 *
 * @retval TRAIL_ERR_INVALID @p trail is NULL
 * @retval TRAIL_ERR_IO      an output did not take them within @p timeout_ms
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_flush_outputs(struct trail *trail,
                                                                unsigned timeout_ms);

/** Changes the threshold of the process at once, for all threads. Any thread. */
TRAIL_API void trail_set_level(struct trail *trail, enum trail_level level);

/** Why an event that was accepted did not reach an output. */
enum trail_drop_reason {
    TRAIL_DROP_SINK_ERROR, /**< the output refused it: full, read only, closed */
    TRAIL_DROP_OVERFLOW,   /**< the spool or the output's queue was full */
    TRAIL_DROP_LIMIT,      /**< the kind of event is limited in rate */
    TRAIL_DROP_REASONS_
};

/** Counters since trail_open(). Readable while every output is dead. */
struct trail_stats {
    uint64_t accepted; /**< events that passed the thresholds */
    uint64_t written;  /**< events that an output has taken */
    uint64_t dropped[TRAIL_DROP_REASONS_][TRAIL_LEVEL_OFF]; /**< by reason, by level */
    uint64_t redacted;          /**< values that were replaced by "[redacted]" */
    uint64_t truncated;         /**< lines that were cut */
    uint64_t rejected_ids;      /**< incoming request IDs that were replaced */
    uint64_t sink_errors;       /**< failed system calls of outputs */
    uint64_t spool_depth_bytes; /**< bytes accepted and not yet delivered */
    uint64_t spool_lag_ns;      /**< age of the oldest of them */
};

/**
 * Copies the counters. Any thread.
 *
 * @retval TRAIL_ERR_INVALID an argument is NULL
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_get_stats(const struct trail *trail,
                                                            struct trail_stats *ret_stats);

TRAIL_END_DECLS

#endif
