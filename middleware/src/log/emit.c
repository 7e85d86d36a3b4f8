/* Log: where every event enters, and what it may be called with. */
#include "core/config.h"
#include "core/counters.h"
#include "core/json.h"
#include "core/utf8.h"
#include "log/gate.h"
#include "log/keep.h"
#include "log/line.h"
#include "sink/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct trail_logger root;

/* A line that passes because its request or its logger has a level of its own goes to all outputs
 * that take the process's level. */
static inline enum trail_level output_level(const struct trl_log_scope *scope,
                                            const struct trail_logger *logger,
                                            enum trail_level level)
{
    if (logger->level_ == 0 && (scope == NULL || scope->level == TRAIL_LEVEL_DEFAULT)) {
        return level;
    }
    enum trail_level configured = trl_config()->level;
    return level < configured && configured < TRAIL_LEVEL_OFF ? configured : level;
}

/* Where a line goes is asked for before it is made, and given back after, so that nothing is left
 * to do here once it is on its way. */
void trail_emit(const struct trail_logger *logger, enum trail_level level, const char *event,
                size_t event_size, const char *message, const struct trail_field *fields,
                size_t count)
{
    const struct trl_log_scope *scope = trl_log_scope_;
    enum trail_level outputs = level;
    char *room = NULL;
    size_t room_size = TRAIL_LINE_MAX;
    size_t size;

    if (level < TRAIL_LEVEL_DEBUG || level > TRAIL_LEVEL_FATAL) {
        level = TRAIL_LEVEL_ERROR;
    }
    enum trl_verdict verdict = trl_gate_judge(scope, logger, level);
    if (logger == NULL) {
        logger = scope != NULL ? &scope->logger : &root;
    }
    if (verdict == TRL_VERDICT_WRITE) {
        trl_count(TRL_COUNT_EVENTS(level));
        outputs = output_level(scope, logger, level);
        room = trl_output_begin_near(outputs, &room_size);
    } else if (verdict == TRL_VERDICT_KEEP) {
        room = trl_keep_begin(scope->keep);
    }
    if (room == NULL) {
        return;
    }
    { /* what ends here need not be there any more when the line is handed on */
        const struct trl_event call = {
            .level = level,
            .name = event,
            .name_size = event_size,
            .message = message,
            .fields = fields,
            .count = fields != NULL ? count : 0,
        };
        size = trl_line_format(room, room_size, logger, &call);
        if (__builtin_expect(size == 0, 0)) {
            room = trl_output_begin(outputs);
            size = room != NULL ? trl_line_format(room, TRAIL_LINE_MAX, logger, &call) : 0;
        }
    }
    if (room == NULL) {
        return;
    }
    if (verdict == TRL_VERDICT_WRITE) {
        trl_output_end(outputs, size);
    } else {
        trl_keep_end(scope->keep, size);
    }
}

const char *trail_message_format_(struct trail_message_ *buffer, const char *format, ...)
{
    int saved = errno;
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(buffer->text, sizeof(buffer->text), format, arguments);
    va_end(arguments);
    if (size < 0) {
        buffer->text[0] = '\0';
    } else if ((size_t)size >= sizeof(buffer->text)) {
        size_t cut = trl_utf8_cut(buffer->text, sizeof(buffer->text) - 1,
                                  sizeof(buffer->text) - sizeof(TRL_JSON_CUT_MARK));
        memcpy(buffer->text + cut, TRL_JSON_CUT_MARK, sizeof(TRL_JSON_CUT_MARK));
    }
    errno = saved;
    return buffer->text;
}
