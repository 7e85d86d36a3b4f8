/* What `trail log` is asked to log: by its command line, and by each line of standard input. */
#ifndef TRL_CLI_LOG_ASKED_H
#define TRL_CLI_LOG_ASKED_H

#include "input.h"
#include "options.h"
#include "text.h"

#include <trail/log.h>

struct cli_log_fields {
    struct trail_field *items;
    size_t count;
};

/* The command line. */
struct cli_log_request {
    const char *event; /* NULL: each line names its own */
    const char *message;
    enum trail_level level;
    const char *request_id;       /* NULL: none */
    struct cli_log_fields common; /* of the command line */
    bool failed;
};

/* False, after telling why. The common fields are the caller's to free, and borrow from args. */
bool cli_log_request_parse(const struct cli_args *args, struct cli_log_request *request);

/* What one line of standard input asks for, beyond the request. */
struct cli_log_asked {
    struct cli_log_fields fields; /* the common ones, then the line's */
    struct cli_text event;
    struct cli_text message;
    enum trail_level level;
    char **plain; /* unescaped keys and strings that the fields borrow */
    size_t plain_count;
};

/* What the request asks for alone. Released by cli_log_asked_fini(). */
void cli_log_asked_init(const struct cli_log_request *request, struct cli_log_asked *ret_asked);
void cli_log_asked_fini(struct cli_log_asked *asked);

/* Adds what the line, a JSON object, asks for. NULL, or why the line can't be used. */
const char *cli_log_asked_read(const struct cli_log_request *request, const struct cli_line *line,
                               struct cli_log_asked *asked);

#endif
