/* Lines for people, as several commands print them. */
#ifndef TRL_CLI_PRETTY_H
#define TRL_CLI_PRETTY_H

#include "input.h"
#include "style.h"

/* Prints a line, or a piece of one; what is no event passes through. */
void cli_print_pretty(const struct cli_style *style, const struct cli_line *line);

#endif
