/**
 * @file base.h
 * Status codes, levels, and the attributes that every public header uses.
 *
 * Words of art in all public comments:
 *   ownership  *owned* (the callee or the object keeps it and releases it), *borrowed until X*
 *              (the caller keeps it alive and unchanged until X), *copied* (nothing is kept).
 *   threads    *any thread*, *setup only* (before threads are started, or after they are joined),
 *              *this request's thread* (the thread that the scope was entered on).
 */
#ifndef TRAIL_BASE_H
#define TRAIL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRAIL_VERSION_MAJOR 0
#define TRAIL_VERSION_MINOR 1
#define TRAIL_VERSION_PATCH 0
#define TRAIL_VERSION       "0.1.0"

#ifdef __cplusplus
#define TRAIL_BEGIN_DECLS extern "C" {
#define TRAIL_END_DECLS   }
#else
#define TRAIL_BEGIN_DECLS
#define TRAIL_END_DECLS
#endif

#define TRAIL_API       __attribute__((visibility("default")))
#define TRAIL_NODISCARD __attribute__((warn_unused_result))
#define TRAIL_PRINTF(format_index, first_argument)                                                 \
    __attribute__((format(printf, format_index, first_argument)))

TRAIL_BEGIN_DECLS

/**
 * What a fallible function returns: 0, or the reason as a negative number. Outputs (`ret_…`) are
 * written on success only. There is no hidden last error.
 */
enum trail_status {
    TRAIL_OK = 0,
    TRAIL_ERR_INVALID = -1,   /**< an argument is NULL, out of range, or not allowed here */
    TRAIL_ERR_CONFIG = -2,    /**< an option or environment variable can't be used as it stands */
    TRAIL_ERR_NOMEM = -3,     /**< no memory */
    TRAIL_ERR_IO = -4,        /**< a system call failed; errno tells */
    TRAIL_ERR_MALFORMED = -5, /**< input does not have the form that its standard demands */
    TRAIL_ERR_SPACE = -6,     /**< the caller's buffer is too small; nothing was written */
    TRAIL_ERR_STATE = -7,     /**< not now: opened twice, not open, already ended */
    TRAIL_ERR_DENIED = -8,    /**< refused by the configured policy */
    TRAIL_ERR_NOT_FOUND = -9, /**< no such thing */
};

/**
 * A constant English phrase for @p status, without a full stop; "unknown status" for any other
 * number. Any thread; never NULL; lives as long as the library.
 */
TRAIL_API const char *trail_status_text(enum trail_status status);

/**
 * What an event means to whoever is on call: debug is for the developer, info is normal, warn was
 * recovered, error is user-visible work that failed, fatal means that the process must stop.
 */
enum trail_level {
    TRAIL_LEVEL_DEFAULT = 0, /**< in options: the documented default, info */
    TRAIL_LEVEL_DEBUG = 1,
    TRAIL_LEVEL_INFO = 2,
    TRAIL_LEVEL_WARN = 3,
    TRAIL_LEVEL_ERROR = 4,
    TRAIL_LEVEL_FATAL = 5,
    TRAIL_LEVEL_OFF = 6, /**< as a threshold only: nothing passes */
};

/** The lower-case name of a level as it stands in events; "default" and "off" for those two. */
TRAIL_API const char *trail_level_name(enum trail_level level);

/**
 * Reads a level: `debug` `info` `warn` `error` `fatal` `off`, also `trace` (debug) and `warning`
 * (warn), in any case. Any thread.
 *
 * @retval TRAIL_ERR_INVALID   @p text or @p ret_level is NULL
 * @retval TRAIL_ERR_MALFORMED @p text is none of these words
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_level_parse(const char *text,
                                                              enum trail_level *ret_level);

TRAIL_END_DECLS

#endif
