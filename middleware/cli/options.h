/* What stands on the command line, by the tables that the help is printed from, too. */
#ifndef TRL_CLI_OPTIONS_H
#define TRL_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Options that one command may have, `--help` not counted. */
#define CLI_OPTIONS_MAX 12

/* The exit status of every command. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_NOTHING = 1, /* nothing was found, or something did not hold */
    CLI_ERROR = 2,   /* the command line, a file or the environment can't be used as it stands */
};

struct cli_option {
    const char *name;  /* without dashes */
    const char *value; /* what stands for its value in the help; NULL: it takes none */
    const char *help;
};

struct cli_args;

struct cli_command {
    const char *name;
    const char *operands;    /* as they stand in the usage */
    const char *summary;     /* one line */
    const char *description; /* paragraphs, ready to print */
    struct cli_option options[CLI_OPTIONS_MAX + 1];
    enum cli_exit (*run)(const struct cli_args *args);
};

/* The parsed command line of one command. Texts are the process's own arguments. */
struct cli_args {
    const struct cli_command *command;
    const char *values[CLI_OPTIONS_MAX]; /* "" for an option without value; NULL: not given */
    char **operands;
    size_t count;
};

/* Reads argv, whose first element is the command's name; reorders it. False, after telling why on
 * stderr, if it can't be used. Sets *ret_help if the help was asked for. */
bool cli_args_parse(const struct cli_command *command, int argc, char **argv, bool *ret_help,
                    struct cli_args *ret_args);

/* The value of an option of this command; NULL if it was not given. */
const char *cli_args_value(const struct cli_args *args, const char *name);

/* The help of one command, on stdout. */
void cli_print_help(const struct cli_command *command);

/* `trail: what`, on stderr, safe for terminals, with a newline. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a command line that can't be used, with the way to the help. Returns CLI_ERROR. */
enum cli_exit cli_misused(const struct cli_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
