/* The line of one event, put together from what the process, the logger and the call know. */
#ifndef TRL_LOG_LINE_H
#define TRL_LOG_LINE_H

#include <trail/log.h>

struct trl_site;

/* What a call gives. */
struct trl_event {
    enum trail_level level;
    const char *name;
    size_t name_size;
    const char *message; /* NULL: none */
    bool literal_message;
    struct trl_site *site; /* where it is logged; NULL: nothing is remembered of that */
    const struct trail_field *fields;
    size_t count; /* those after the first TRL_FIELDS_MAX are left out */
};

/* More fields of one event are left out. */
#define TRL_FIELDS_MAX 1024

/* Room that a line must have to be begun: its fields may still not fit. */
size_t trl_line_least(const struct trail_logger *logger, const struct trl_event *event);

/* Writes the line with its newline to out, which has room for room bytes: TRAIL_LINE_MAX, or fewer
 * but at least trl_line_least(). Returns its size; 0: it does not fit, and TRAIL_LINE_MAX bytes are
 * wanted. */
size_t trl_line_format(char *out, size_t room, const struct trail_logger *logger,
                       const struct trl_event *event);

/* trail_logger's flags_. */
#define TRL_LOGGER_TRUNCATED 1u

#endif
