/* The environment variables that a command reads by itself: by the rules of trail_open(). */
#ifndef TRL_CLI_VARIABLES_H
#define TRL_CLI_VARIABLES_H

#include "options.h"

/* The value without blanks around it, to be freed; NULL: it is unset, or nothing is left. */
char *cli_variable(const char *name);

/* Tells that a variable has a value that can't be used, and what is allowed. Returns CLI_ERROR. */
enum cli_exit cli_variable_refused(const char *name, const char *value, const char *allowed);

#endif
