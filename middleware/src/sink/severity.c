/* Sink: severities. */
#include "sink/severity.h"

#include "core/json_read.h"

#include <string.h>

static enum trail_level level_of(const char *line, size_t size, enum trail_level fallback)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;
    bool found = false;

    if (!trl_json_object_begin(&lexer, line, size)) {
        return fallback;
    }
    while (!found && trl_json_object_next(&lexer, &member)) {
        found = member.type == TRL_JSON_STRING && trl_json_key_is(&member, "level");
    }
    for (enum trail_level level = TRAIL_LEVEL_DEBUG; found && level < TRAIL_LEVEL_OFF; level++) {
        const char *name = trail_level_name(level);
        if (member.value.size == strlen(name) &&
            memcmp(member.value.text, name, member.value.size) == 0) {
            return level;
        }
    }
    return fallback;
}

/* Debug 7, informational 6, warning 4, error 3, critical 2. */
unsigned trl_severity(const char *line, size_t size, enum trail_level level)
{
    switch (level_of(line, size, level)) {
    case TRAIL_LEVEL_DEBUG:
        return 7;
    case TRAIL_LEVEL_DEFAULT:
    case TRAIL_LEVEL_INFO:
        return 6;
    case TRAIL_LEVEL_WARN:
        return 4;
    case TRAIL_LEVEL_ERROR:
        return 3;
    case TRAIL_LEVEL_FATAL:
    case TRAIL_LEVEL_OFF:
        break;
    }
    return 2;
}
