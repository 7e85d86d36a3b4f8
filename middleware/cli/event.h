/* One line of log as the commands see it: its known members found, nothing copied. */
#ifndef TRL_CLI_EVENT_H
#define TRL_CLI_EVENT_H

#include "core/json_read.h"
#include "text.h"

#include <trail/base.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The members that lead an event, in the order that they must stand in; and one more ID. */
enum cli_slot {
    CLI_TIMESTAMP,
    CLI_LEVEL,
    CLI_SERVICE,
    CLI_ENVIRONMENT,
    CLI_EVENT,
    CLI_REQUEST_ID,
    CLI_TRACE_ID,
    CLI_SPAN_ID,
    CLI_PARENT_SPAN_ID,
    CLI_JOB_ID,
    CLI_MESSAGE,
    CLI_LEADING, /* how many these are */
    CLI_CLIENT_REQUEST_ID = CLI_LEADING,
    CLI_SLOTS
};

#define CLI_TIME_UNKNOWN INT64_MIN

struct cli_event {
    struct trl_json_span line;
    struct trl_json_span slots[CLI_SLOTS]; /* strings, escaped; text is NULL where there is none */
    enum trail_level level;                /* DEFAULT: none that is known */
    int64_t time_us;                       /* since 1970, or CLI_TIME_UNKNOWN */
};

/* The name of the member that a slot is for. */
const char *cli_slot_name(enum cli_slot slot);

/* The slot of a member; CLI_SLOTS if it has none. */
enum cli_slot cli_slot_of(const struct trl_json_member *member);

/* Reads a line. False if it is no JSON object. Spans are borrowed from line. */
bool cli_event_read(const char *line, size_t size, struct cli_event *ret_event);

/* Whether the line has the form of an event: an `event` or a `message`. */
bool cli_event_is(const struct cli_event *event);

/* Whether a slot holds just this text. */
bool cli_event_has(const struct cli_event *event, enum cli_slot slot, const char *text);

/* RFC 3339 (section 5.6) in any zone, as microseconds since 1970; CLI_TIME_UNKNOWN if it is none.
 */
int64_t cli_time_parse(const char *text, size_t size);

/* A member of the event that is no slot. False: there is none. */
bool cli_event_find(const struct cli_event *event, const char *name,
                    struct trl_json_member *ret_member);

/* A number that a member holds; fallback where it holds none. */
double cli_event_number(const struct cli_event *event, const char *name, double fallback);

/* Adds a member's value, strings without quotes and unescaped, safe for terminals. */
void cli_event_add_value(struct cli_text *text, const struct trl_json_member *member);

/* Adds what stands between a string's quotes, unescaped, safe for terminals. */
void cli_event_add_span(struct cli_text *text, struct trl_json_span span);

/* Adds what stands between a string's quotes, unescaped, as it is. */
void cli_event_add_raw(struct cli_text *text, struct trl_json_span span);

bool cli_span_equal(struct trl_json_span left, struct trl_json_span right);
bool cli_span_is(struct trl_json_span span, const char *text);

#endif
