/**
 * @file log.h
 * Writing events, and loggers of one's own.
 *
 *     trail_info("order_created", "Order created",
 *                trail_kv("orderId", order.id), trail_kv("items", order.item_count));
 *
 * The event is a literal in snake_case, past tense, and constant: it is what people search for. The
 * message is for people and may be NULL. Inside a request, or any other scope (see context.h), the
 * line bears the scope's IDs and bound fields. Logging calls return nothing: a log line never fails
 * a request. What had to be dropped is counted, and the count is logged.
 *
 * No argument is evaluated when the level is off. No call allocates heap memory after the first on
 * its thread, takes a lock, or changes errno.
 *
 * Bounds: a line is at most TRAIL_LINE_MAX bytes. A longer one has its values cut on a UTF-8
 * boundary, each cut value ends in `…`, and the line bears `truncated:true`. Of an event's fields
 * the first 1024 are logged.
 *
 * Secrets are replaced by "[redacted]" before a line reaches any buffer: by their key, in any
 * spelling and at any depth of a JSON value, and by what they look like.
 */
#ifndef TRAIL_LOG_H
#define TRAIL_LOG_H

#include <trail/base.h>
#include <trail/field.h>

#ifdef __cplusplus
#include <initializer_list>
#endif

TRAIL_BEGIN_DECLS

/** The longest line, its newline included, in bytes. */
#define TRAIL_LINE_MAX 32768

/** @name The gate
 * A call passes if its level is at or above either of these. Read by trail_enabled(); never write
 * them. The first is the process's threshold, the second that of the scope this thread is in.
 * @{ */
extern TRAIL_API int trail_gate_process_;
extern TRAIL_API __thread int trail_gate_scope_ __attribute__((tls_model("initial-exec")));
/** @} */

/** Bytes that a logger can hold of bound fields, serialised. */
#define TRAIL_LOGGER_BYTES 1024

/**
 * A logger: IDs and bound fields, serialised once. In caller's memory; opaque. It owns nothing, so
 * nothing need be released. After trail_logger_init() it is read only: any thread may log by it.
 */
struct trail_logger {
    uint32_t ids_size_;   /**< bytes of the IDs' part, at the front of bytes_ */
    uint32_t bound_size_; /**< bytes of the bound fields that follow it */
    uint64_t bound_keys_; /**< a filter over the keys that are bound */
    int32_t level_;       /**< a threshold of its own; 0: the process's */
    uint32_t flags_;      /**< TRL_LOGGER_… of the implementation */
    char bytes_[TRAIL_LOGGER_BYTES];
};

/**
 * Makes a child logger: what @p parent has, then @p fields. Of a key that is bound twice the later
 * value stands. Fields that don't fit are left out, are counted, and the logger's lines bear
 * `truncated:true`. Any thread. No allocation.
 *
 * @param ret_logger  caller's memory; complete whatever happens
 * @param parent      copied; NULL: the current scope's logger, or outside any scope the root
 * @param fields      copied; may be NULL if @p count is 0
 */
TRAIL_API void trail_logger_init_fields(struct trail_logger *ret_logger,
                                        const struct trail_logger *parent,
                                        const struct trail_field *fields, size_t count);

/**
 * Gives @p logger a threshold of its own in place of the process's; TRAIL_LEVEL_DEFAULT takes it
 * back. A level below the process's threshold passes only for this logger's own calls. Setup only.
 */
TRAIL_API void trail_logger_set_level(struct trail_logger *logger, enum trail_level level);

/** Whether a call of @p level by @p logger would be written or kept. Any thread. */
TRAIL_API bool trail_logger_enabled(const struct trail_logger *logger, enum trail_level level);

/**
 * Writes one event: what the macros below call, for C++ and bindings. Does not ask the gate, but
 * drops what is below every threshold. Any thread; keeps errno; never fails.
 *
 * @param logger      NULL: the current scope's, or outside any scope the root
 * @param level       TRAIL_LEVEL_DEBUG to TRAIL_LEVEL_FATAL; anything else is logged as an error
 * @param event       borrowed until return; NULL or empty is logged as `unnamed_event`
 * @param event_size  bytes of @p event
 * @param message     borrowed until return; NULL: none
 * @param fields      borrowed until return; may be NULL if @p count is 0
 */
TRAIL_API void trail_emit(const struct trail_logger *logger, enum trail_level level,
                          const char *event, size_t event_size, const char *message,
                          const struct trail_field *fields, size_t count);

/** @name Places that log
 * What a call of the macros below remembers of its first line: name, message and keys as they are
 * serialised. In static memory of the caller's, 64 bytes a field and 256; opaque.
 * @{ */
struct trail_site_key_ {
    uint64_t opaque_[8];
};

struct __attribute__((aligned(64))) trail_site_ {
    uint64_t opaque_[24];
};

/**
 * trail_emit(), remembering. @p site: zeroed, with a struct trail_site_key_ for each of the fields
 * and one more behind it, and used by calls with this @p event alone, a literal. @p
 * literal_message: @p message is one, too.
 */
TRAIL_API void trail_emit_at_(struct trail_site_ *site, bool literal_message,
                              const struct trail_logger *logger, enum trail_level level,
                              const char *event, size_t event_size, const char *message,
                              const struct trail_field *fields, size_t count);
/** @} */

/** Whether an event of @p level would be written or kept here, for work that only logging needs. */
static inline bool trail_enabled(enum trail_level level)
{
    return (int)level >= __atomic_load_n(&trail_gate_process_, __ATOMIC_RELAXED) ||
           (int)level >= trail_gate_scope_;
}

/** A message built with printf's directives, at most this many bytes with its terminator: a longer
 * one is cut, ends in `…`, and its line bears `truncated:true`. */
#define TRAIL_MESSAGE_MAX 512

struct trail_message_ {
    char text[TRAIL_MESSAGE_MAX];
};

/** Formats into @p buffer and returns it; a longer message is cut on a UTF-8 boundary, with `…`. */
TRAIL_API const char *trail_message_format_(struct trail_message_ *buffer, const char *format, ...)
    TRAIL_PRINTF(2, 3);

TRAIL_END_DECLS

/**
 * A message with printf's directives, checked by the compiler, evaluated only if the level is on:
 * `trail_warn("disk_low", trail_message("%d %% left", left))`. Lives until the end of the block.
 */
#ifdef __cplusplus
inline trail_message_ &trail_message_buffer_(trail_message_ &&buffer)
{
    return buffer;
}
#define trail_message(...)                                                                         \
    trail_message_format_(&trail_message_buffer_(trail_message_()), __VA_ARGS__)
#else
#define trail_message(...) trail_message_format_(&(struct trail_message_){.text = {0}}, __VA_ARGS__)
#endif

#define TRAIL_FIRST_(first, ...) (first)
#define TRAIL_REST_(first, ...)  __VA_ARGS__
/* Ends each list of fields, so that none is empty; not counted among them. */
#define TRAIL_END_               trail_field_base(NULL, 0, TRAIL_FIELD_NONE)

#ifdef __cplusplus
inline void trail_emit_list_(const trail_logger *logger, trail_level level, const char *event,
                             std::size_t event_size, const char *message,
                             std::initializer_list<trail_field> fields)
{
    trail_emit(logger, level, event, event_size, message, fields.begin(), fields.size() - 1);
}
inline void trail_logger_init_list_(trail_logger *ret_logger, const trail_logger *parent,
                                    std::initializer_list<trail_field> fields)
{
    trail_logger_init_fields(ret_logger, parent, fields.begin(), fields.size() - 1);
}
#define TRAIL_EMIT_(logger, level, event, ...)                                                     \
    trail_emit_list_((logger), (level), TRAIL_KEY_(event), TRAIL_FIRST_(__VA_ARGS__, 0),           \
                     {TRAIL_REST_(__VA_ARGS__, TRAIL_END_)})
#define trail_logger_init(...) TRAIL_LOGGER_INIT_(__VA_ARGS__, TRAIL_END_)
#define TRAIL_LOGGER_INIT_(ret_logger, parent, ...)                                                \
    trail_logger_init_list_((ret_logger), (parent), {__VA_ARGS__})
#else
#define TRAIL_COUNT_(...)                                                                          \
    (sizeof((const struct trail_field[]){__VA_ARGS__}) / sizeof(struct trail_field))
#define TRAIL_FIELDS_(...) (const struct trail_field[]){__VA_ARGS__}, TRAIL_COUNT_(__VA_ARGS__) - 1u
#define TRAIL_EMIT_(logger, level, event, ...)                                                     \
    TRAIL_EMIT_AT_(TRAIL_JOIN_(trail_place_, __COUNTER__), (logger), (level), event,               \
                   TRAIL_FIRST_(__VA_ARGS__, 0), TRAIL_REST_(__VA_ARGS__, TRAIL_END_))
/* The type tells clang the number of fields where it takes no array of them for a constant. */
#define TRAIL_EMIT_AT_(place, logger, level, event, message, ...)                                  \
    __extension__({                                                                                \
        typedef __typeof__((const struct trail_field[]){__VA_ARGS__}) TRAIL_JOIN_(place, _fields); \
        static struct {                                                                            \
            struct trail_site_ site;                                                               \
            struct trail_site_key_                                                                 \
                keys[sizeof(TRAIL_JOIN_(place, _fields)) / sizeof(struct trail_field)];            \
        } place;                                                                                   \
        trail_emit_at_(&place.site, __builtin_constant_p(message), logger, level,                  \
                       TRAIL_KEY_(event), message, TRAIL_FIELDS_(__VA_ARGS__));                    \
    })
#define TRAIL_JOIN_(left, right)  TRAIL_JOIN2_(left, right)
#define TRAIL_JOIN2_(left, right) left##right
/** trail_logger_init(ret_logger, parent, fields…): trail_logger_init_fields() with trail_kv()s. */
#define trail_logger_init(...)    TRAIL_LOGGER_INIT_(__VA_ARGS__, TRAIL_END_)
#define TRAIL_LOGGER_INIT_(ret_logger, parent, ...)                                                \
    trail_logger_init_fields((ret_logger), (parent), TRAIL_FIELDS_(__VA_ARGS__))
#endif

/* An expression, not a statement: safe as the body of an if, in a ternary, behind a comma. */
#define TRAIL_LOG_(level, ...)                                                                     \
    (trail_enabled(level) ? TRAIL_EMIT_(NULL, (level), __VA_ARGS__) : (void)0)
#define TRAIL_LOG_BY_(logger, level, ...)                                                          \
    (trail_logger_enabled((logger), (level)) ? TRAIL_EMIT_((logger), (level), __VA_ARGS__)         \
                                             : (void)0)

/** @name Events of the current scope: (event, message, fields…) @{ */
#define trail_debug(...) TRAIL_LOG_(TRAIL_LEVEL_DEBUG, __VA_ARGS__)
#define trail_info(...)  TRAIL_LOG_(TRAIL_LEVEL_INFO, __VA_ARGS__)
#define trail_warn(...)  TRAIL_LOG_(TRAIL_LEVEL_WARN, __VA_ARGS__)
#define trail_error(...) TRAIL_LOG_(TRAIL_LEVEL_ERROR, __VA_ARGS__)
#define trail_fatal(...) TRAIL_LOG_(TRAIL_LEVEL_FATAL, __VA_ARGS__)
/** @} */

/** @name Events of a logger: (logger, event, message, fields…) @{ */
#define trail_log_debug(logger, ...) TRAIL_LOG_BY_(logger, TRAIL_LEVEL_DEBUG, __VA_ARGS__)
#define trail_log_info(logger, ...)  TRAIL_LOG_BY_(logger, TRAIL_LEVEL_INFO, __VA_ARGS__)
#define trail_log_warn(logger, ...)  TRAIL_LOG_BY_(logger, TRAIL_LEVEL_WARN, __VA_ARGS__)
#define trail_log_error(logger, ...) TRAIL_LOG_BY_(logger, TRAIL_LEVEL_ERROR, __VA_ARGS__)
#define trail_log_fatal(logger, ...) TRAIL_LOG_BY_(logger, TRAIL_LEVEL_FATAL, __VA_ARGS__)
/** @} */

#endif
