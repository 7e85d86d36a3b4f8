/* Core: what everything else stands on, and what knows nothing of HTTP or of logs. Here: the words
 * for status codes and levels. */
#include "core/ascii.h"

#include <trail/base.h>

const char *trail_status_text(enum trail_status status)
{
    switch (status) {
    case TRAIL_OK:
        return "ok";
    case TRAIL_ERR_INVALID:
        return "invalid argument";
    case TRAIL_ERR_CONFIG:
        return "unusable option or environment variable";
    case TRAIL_ERR_NOMEM:
        return "out of memory";
    case TRAIL_ERR_IO:
        return "system call failed";
    case TRAIL_ERR_MALFORMED:
        return "malformed input";
    case TRAIL_ERR_SPACE:
        return "buffer too small";
    case TRAIL_ERR_STATE:
        return "not possible in this state";
    case TRAIL_ERR_DENIED:
        return "denied by policy";
    case TRAIL_ERR_NOT_FOUND:
        return "not found";
    }
    return "unknown status";
}

static const char *const level_names[] = {"default", "debug", "info", "warn",
                                          "error",   "fatal", "off"};

const char *trail_level_name(enum trail_level level)
{
    if (level < TRAIL_LEVEL_DEFAULT || level > TRAIL_LEVEL_OFF) {
        level = TRAIL_LEVEL_ERROR;
    }
    return level_names[level];
}

enum trail_status trail_level_parse(const char *text, enum trail_level *ret_level)
{
    if (text == NULL || ret_level == NULL) {
        return TRAIL_ERR_INVALID;
    }
    for (int level = TRAIL_LEVEL_DEBUG; level <= TRAIL_LEVEL_OFF; level++) {
        if (trl_strcasecmp(text, level_names[level]) == 0) {
            *ret_level = (enum trail_level)level;
            return TRAIL_OK;
        }
    }
    if (trl_strcasecmp(text, "trace") == 0) {
        *ret_level = TRAIL_LEVEL_DEBUG;
        return TRAIL_OK;
    }
    if (trl_strcasecmp(text, "warning") == 0) {
        *ret_level = TRAIL_LEVEL_WARN;
        return TRAIL_OK;
    }
    return TRAIL_ERR_MALFORMED;
}
