/* The facts of a line under the field names of other ecosystems. */
#ifndef TRL_LOG_SCHEMA_H
#define TRL_LOG_SCHEMA_H

#include "core/config.h"

#include <stddef.h>

struct trl_schema_options {
    enum trl_schema schema;
    const char *project; /* Google Cloud's, for the names of traces; NULL: the trace ID alone */
};

/* Writes a line of log (with or without its newline) in another schema, as one line of JSON of at
 * most TRAIL_LINE_MAX bytes with its newline; returns its size. Fields that don't fit are left out,
 * which is told by `truncated`. Returns 0 if line is no JSON object, or for TRL_SCHEMA_TRAIL, or if
 * capacity is smaller than TRAIL_LINE_MAX: the line then goes out as it is. The same line gives the
 * same bytes. Any thread.
 *
 * ecs   Elastic Common Schema 8.11, in the form that the ECS loggers share: @timestamp, log.level,
 *       message and ecs.version on top, everything else nested. Fields that ECS has no name for
 *       stand under `trail`.
 * otel  The JSON form of OpenTelemetry's log data model, with the names of its semantic conventions
 *       in Attributes.
 * gcp   What Google Cloud's logging agents understand in structured lines; other fields keep their
 *       names. */
size_t trl_schema_line(const struct trl_schema_options *options, const char *line, size_t size,
                       char *out, size_t capacity);

/* Reads a line that trl_schema_line() has written in another schema back into trail's, without a
 * newline; returns its size. Durations come back to the microsecond. Returns 0 if it is no such
 * line, or does not fit. Any thread. */
size_t trl_schema_read(const char *line, size_t size, char *out, size_t capacity);

#endif
