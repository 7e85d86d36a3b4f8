/* Severities, which syslog and the journal have in common. */
#ifndef TRL_SINK_SEVERITY_H
#define TRL_SINK_SEVERITY_H

#include <trail/base.h>

/* RFC 5424, 6.2.1, by what the line says of itself: a line that was kept, or that a request's own
 * level let pass, goes out under another level than its own. level: of a line that says nothing. */
unsigned trl_severity(const char *line, size_t size, enum trail_level level);

#endif
