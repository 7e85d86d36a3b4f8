/* What libtrail-auto needs beyond the public functions: there every byte of a response is seen,
 * also of those that CivetWeb makes by itself. */
#ifndef TRL_CIVETWEB_WHOLE_H
#define TRL_CIVETWEB_WHOLE_H

#define TRAIL_CIVETWEB_NO_ROUTING
#include <trail/civetweb.h>

#include <stdarg.h>

/* Set before the first server starts. */
extern bool trl_whole_program;

int trl_vprintf(struct mg_connection *conn, const char *format, va_list arguments)
    TRAIL_PRINTF(2, 0);
int trl_send_http_error(struct mg_connection *conn, int status, const char *format,
                        va_list arguments) TRAIL_PRINTF(3, 0);

#endif
