/* The commands of trail, one file each. */
#ifndef TRL_CLI_COMMANDS_H
#define TRL_CLI_COMMANDS_H

#include "options.h"

extern const struct cli_command cli_check;
extern const struct cli_command cli_find;
extern const struct cli_command cli_log;
extern const struct cli_command cli_pretty;
extern const struct cli_command cli_recover;
extern const struct cli_command cli_redact;
extern const struct cli_command cli_schema;
extern const struct cli_command cli_show;

#endif
