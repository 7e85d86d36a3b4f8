/* Events as log records of the OpenTelemetry protocol, in its JSON form (OTLP 1.5, JSON Protobuf
 * encoding: 64-bit integers are strings, IDs are hexadecimal). */
#ifndef TRL_SINK_OTLP_FORMAT_H
#define TRL_SINK_OTLP_FORMAT_H

#include "sink/text.h"

#include <trail/log.h>

/* What stands around the records of a request: the resource, and what came before and after. */
void trl_otlp_begin(struct trl_grown_text *text, const char *service, const char *environment);
void trl_otlp_end(struct trl_grown_text *text);

/* Adds the record of a line in the JSON form of OpenTelemetry's log data model (schema otel), with
 * a comma before it unless it is the first. False: line is no JSON object, and nothing was added.
 */
bool trl_otlp_add(struct trl_grown_text *text, bool first, const char *line, size_t size);

/* How many records a response of success refuses: `partialSuccess.rejectedLogRecords`. */
unsigned long trl_otlp_rejected(const char *body, size_t size);

#endif
