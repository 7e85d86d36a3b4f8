/* Static files as responses, with the fields and conditions of CivetWeb's own. */
#ifndef TRL_CIVETWEB_FILES_H
#define TRL_CIVETWEB_FILES_H

#include "civetweb/exchange.h"

struct trl_file {
    const char *path;
    const char *mime_type;  /* NULL: by the path's end */
    const char *more_lines; /* header lines; NULL: none */
    bool unconditional;     /* never 304: it is the page of an error */
};

/* Sends a regular file; false if it can't be opened, and nothing was sent. */
bool trl_file_send(struct trl_exchange *exchange, const struct trl_file *file);

#endif
