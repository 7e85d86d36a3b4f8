/* trail, the command: finds the command that was asked for and runs it. */
#include "commands.h"
#include "text.h"

#include <trail/base.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* In the order of the help: reading, writing, checking. */
static const struct cli_command *const commands[] = {
    &cli_pretty, &cli_show, &cli_find, &cli_log, &cli_redact, &cli_recover, &cli_check, &cli_schema,
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_usage(FILE *out)
{
    fputs("usage: trail COMMAND [OPTION…] [ARGUMENT…]\n\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    }
    fputs("\n'trail COMMAND --help' tells more; 'trail --version' which trail this is.\n"
          "Without FILE standard input is read. Exit status: 0 done, 1 nothing was found or\n"
          "something did not hold, 2 it could not be done.\n",
          out);
}

static const struct cli_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    cli_complain("there is no command '%s'", name);
    fputs("Try 'trail --help'.\n", stderr);
    return NULL;
}

static enum cli_exit run_command(int argc, char **argv)
{
    const struct cli_command *command = find_command(argv[0]);
    struct cli_args args;
    bool help;

    if (command == NULL || !cli_args_parse(command, argc, argv, &help, &args)) {
        return CLI_ERROR;
    }
    if (help) {
        cli_print_help(command);
        return CLI_DONE;
    }
    return command->run(&args);
}

static enum cli_exit help_on(const char *name)
{
    const struct cli_command *command = find_command(name);

    if (command == NULL) {
        return CLI_ERROR;
    }
    cli_print_help(command);
    return CLI_DONE;
}

static enum cli_exit run(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : NULL;

    if (first == NULL) {
        print_usage(stderr);
        return CLI_ERROR;
    }
    if (strcmp(first, "help") == 0 && argc > 2) {
        return help_on(argv[2]);
    }
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || strcmp(first, "help") == 0) {
        print_usage(stdout);
        return CLI_DONE;
    }
    if (strcmp(first, "--version") == 0) {
        puts("trail " TRAIL_VERSION);
        return CLI_DONE;
    }
    return run_command(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    enum cli_exit status = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cli_complain("standard output: %s", strerror(errno));
        status = CLI_ERROR;
    }
    return (int)status;
}
