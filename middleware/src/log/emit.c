/* Log: where every event enters, and what it may be called with. */
#include "core/counters.h"
#include "core/json.h"
#include "core/likely.h"
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
    enum trail_level taken = trl_gate_outputs();
    return level < taken && taken < TRAIL_LEVEL_OFF ? taken : level;
}

/* NULL: no memory, or the request has ended. */
static __attribute__((noinline)) char *keep_begin(struct trl_log_scope *scope)
{
    struct trl_keep *keep = trl_keep_of(scope);

    return keep != NULL ? trl_keep_begin(keep) : NULL;
}

/* Gets room for the line and makes it there; 0: there is none. */
static inline __attribute__((always_inline)) size_t
make_line(struct trl_log_scope *scope, const struct trail_logger *logger, enum trl_verdict verdict,
          enum trail_level outputs, const struct trl_event *event)
{
    size_t room_size = TRAIL_LINE_MAX;
    char *room = TRL_LIKELY(verdict == TRL_VERDICT_WRITE)
                     ? trl_output_begin_near(outputs, trl_line_least(logger, event), &room_size)
                     : keep_begin(scope);
    size_t size = TRL_LIKELY(room != NULL) ? trl_line_format(room, room_size, logger, event) : 0;

    if (TRL_UNLIKELY(size == 0 && room != NULL)) {
        room = trl_output_begin(outputs);
        size = room != NULL ? trl_line_format(room, TRAIL_LINE_MAX, logger, event) : 0;
    }
    return size;
}

/* Where a line goes is asked for before it is made, and given back after, so that nothing is left
 * to do here once it is on its way. */
static inline __attribute__((always_inline)) void
emit(struct trl_site *site, bool literal_message, const struct trail_logger *logger,
     enum trail_level level, const char *event, size_t event_size, const char *message,
     const struct trail_field *fields, size_t count)
{
    struct trl_log_scope *scope = trl_log_scope_;
    enum trail_level outputs = level;
    size_t size;

    if (TRL_UNLIKELY(level < TRAIL_LEVEL_DEBUG || level > TRAIL_LEVEL_FATAL)) {
        level = TRAIL_LEVEL_ERROR;
    }
    enum trl_verdict verdict = trl_gate_judge(scope, logger, level);
    if (verdict == TRL_VERDICT_DROP) {
        return;
    }
    if (logger == NULL) {
        logger = scope != NULL ? &scope->logger : &root;
    }
    if (TRL_LIKELY(verdict == TRL_VERDICT_WRITE)) {
        trl_count(TRL_COUNT_EVENTS(level));
        outputs = output_level(scope, logger, level);
    }
    { /* what ends here need not be there any more when the line is handed on */
        const struct trl_event call = {
            .level = level,
            .name = event,
            .name_size = event_size,
            .message = message,
            .literal_message = literal_message,
            .site = site,
            .fields = fields,
            .count = TRL_LIKELY(fields != NULL) ? count : 0,
        };
        size = make_line(scope, logger, verdict, outputs, &call);
    }
    if (TRL_UNLIKELY(size == 0)) {
        return;
    }
    if (TRL_LIKELY(verdict == TRL_VERDICT_WRITE)) {
        trl_output_end(outputs, size);
    } else {
        trl_keep_end(scope->keep, size);
    }
}

void trail_emit(const struct trail_logger *logger, enum trail_level level, const char *event,
                size_t event_size, const char *message, const struct trail_field *fields,
                size_t count)
{
    emit(NULL, false, logger, level, event, event_size, message, fields, count);
}

void trail_emit_at_(struct trail_site_ *site, bool literal_message,
                    const struct trail_logger *logger, enum trail_level level, const char *event,
                    size_t event_size, const char *message, const struct trail_field *fields,
                    size_t count)
{
    emit((struct trl_site *)site, literal_message, logger, level, event, event_size, message,
         fields, count);
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
