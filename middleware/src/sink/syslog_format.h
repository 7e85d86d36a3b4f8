/* One event as a message of RFC 5424. */
#ifndef TRL_SINK_SYSLOG_FORMAT_H
#define TRL_SINK_SYSLOG_FORMAT_H

#include <trail/log.h>

/* What every message of a process bears; each "-" where it is not known. */
struct trl_syslog_origin {
    unsigned facility;    /* RFC 5424, 6.2.1 */
    char host[256];       /* HOSTNAME */
    char application[49]; /* APP-NAME */
    char process[24];     /* PROCID */
};

/* Room that a message of any line needs: the line itself, and its head. */
#define TRL_SYSLOG_MESSAGE_MAX (2 * TRAIL_LINE_MAX + 2048)

/* Fills in this process, under a service's name. */
void trl_syslog_origin_init(struct trl_syslog_origin *ret_origin, unsigned facility,
                            const char *service);

/* Writes the message of a line. Its head is read from line, which is JSON as trail writes it; its
 * text is body, without a newline: line itself, or line in the names of another schema. A message
 * over limit is cut between two code points, and says so in its structured data. Returns its size,
 * at most limit, which is at least 2048.
 *
 * `<PRI>1 TIMESTAMP HOST APP PID EVENT [trail@32473 requestId="…" …] TEXT`: the text begins with a
 * BOM if it is not ASCII alone (6.4). 32473 is the enterprise number for examples (RFC 5612). */
size_t trl_syslog_format(const struct trl_syslog_origin *origin, enum trail_level level,
                         const char *line, size_t size, const char *body, size_t body_size,
                         size_t limit, char *out);

#endif
