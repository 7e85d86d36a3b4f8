/* One event in the native protocol of systemd-journald: `NAME=value` lines, or for a value with a
 * newline the name, a newline, its size as 64 bits little-endian, and its bytes. */
#ifndef TRL_SINK_JOURNALD_FORMAT_H
#define TRL_SINK_JOURNALD_FORMAT_H

#include <trail/log.h>

/* Room that the entry of any line needs. */
#define TRL_JOURNALD_ENTRY_MAX (4 * TRAIL_LINE_MAX)

/* Writes the entry of a line and returns its size; 0 if line is no JSON object. MESSAGE is the
 * message, or the event where there is none; PRIORITY follows the level; SYSLOG_IDENTIFIER is the
 * service; every member stands under its name in upper case: REQUEST_ID, DURATION_MS. */
size_t trl_journald_format(enum trail_level level, const char *line, size_t size,
                           char out[TRL_JOURNALD_ENTRY_MAX]);

#endif
