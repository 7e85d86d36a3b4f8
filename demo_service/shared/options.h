/* Options of the command line, each with an environment variable that stands in for it. */
#ifndef DEMO_OPTIONS_H
#define DEMO_OPTIONS_H

#include <stddef.h>

/* Exactly one of text and number is set. What they point to holds the default before, and what was
 * given after options_read(). */
struct option_spec {
    const char *name;     /* without the dashes */
    const char *variable; /* NULL: none */
    const char *value;    /* what stands for the value in --help: PORT, URL */
    const char *help;
    const char **text;
    unsigned *number;
    unsigned min;
    unsigned max;
};

/* The specs that most options are. */
struct option_spec option_text(const char *name, const char *variable, const char *value,
                               const char *help, const char **text);
struct option_spec option_number(const char *name, const char *variable, const char *help,
                                 unsigned *number, unsigned min, unsigned max);
struct option_spec option_port(const char *variable, unsigned *port);

enum options_outcome {
    OPTIONS_RUN,
    OPTIONS_HELP, /* was asked for and printed: exit 0 */
    OPTIONS_BAD,  /* a message on stderr names option, value and what is allowed: exit 2 */
};

/* Reads --name VALUE and --name=VALUE; the command line beats the environment, an empty variable is
 * unset. */
enum options_outcome options_read(const char *program, const struct option_spec *specs,
                                  size_t count, int argc, char **argv);

#define OPTIONS_SHOWN_BYTES 96

/* A URL as messages may show it: without user and password, and cut where it is long. */
const char *options_shown_url(const char *url, char ret_text[OPTIONS_SHOWN_BYTES]);

#endif
