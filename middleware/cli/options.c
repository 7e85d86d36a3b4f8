/* The command line: one table for each command, which the help is printed from and the arguments
 * are read by. */
#include "options.h"

#include "text.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What getopt_long returns for the option at index 0; above every character. */
#define FIRST_OPTION 256

static void __attribute__((format(printf, 1, 0))) complain(const char *format, va_list list)
{
    char message[1024];
    struct cli_text text = {0};

    vsnprintf(message, sizeof message, format, list);
    cli_text_add_safe(&text, message, strlen(message), false);
    fflush(stdout);
    fprintf(stderr, "trail: %s\n", text.bytes);
    cli_text_fini(&text);
}

void cli_complain(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    complain(format, list);
    va_end(list);
}

enum cli_exit cli_misused(const struct cli_command *command, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    complain(format, list);
    va_end(list);
    fprintf(stderr, "Try 'trail %s --help'.\n", command->name);
    return CLI_ERROR;
}

static size_t option_count(const struct cli_command *command)
{
    size_t count = 0;

    while (count < CLI_OPTIONS_MAX && command->options[count].name != NULL) {
        count++;
    }
    return count;
}

static void fill_long_options(const struct cli_command *command, struct option *ret_options)
{
    size_t count = option_count(command);

    for (size_t i = 0; i < count; i++) {
        const struct cli_option *option = &command->options[i];

        ret_options[i] = (struct option){
            .name = option->name,
            .has_arg = option->value != NULL ? required_argument : no_argument,
            .val = FIRST_OPTION + (int)i,
        };
    }
    ret_options[count] = (struct option){.name = "help", .has_arg = no_argument, .val = 'h'};
}

static bool explain_failure(const struct cli_command *command, int problem, char **argv)
{
    const char *argument = argv[optind - 1];

    if (problem == ':') {
        cli_misused(command, "%s: option '%s' needs a value", command->name, argument);
    } else if (optopt >= FIRST_OPTION) {
        cli_misused(command, "%s: option '--%s' takes no value", command->name,
                    command->options[optopt - FIRST_OPTION].name);
    } else if (optopt != 0) { /* one letter of perhaps several */
        cli_misused(command, "%s: there is no option '-%c'", command->name, optopt);
    } else {
        cli_misused(command, "%s: there is no option '%s'", command->name, argument);
    }
    return false;
}

bool cli_args_parse(const struct cli_command *command, int argc, char **argv, bool *ret_help,
                    struct cli_args *ret_args)
{
    struct option long_options[CLI_OPTIONS_MAX + 2] = {0};
    struct cli_args args = {.command = command};
    int found;

    fill_long_options(command, long_options);
    *ret_help = false;
    optind = 0;
    while ((found = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
        if (found == 'h') {
            *ret_help = true;
        } else if (found >= FIRST_OPTION) {
            args.values[found - FIRST_OPTION] = optarg != NULL ? optarg : "";
        } else {
            return explain_failure(command, found, argv);
        }
    }
    args.operands = argv + optind;
    args.count = (size_t)(argc - optind);
    *ret_args = args;
    return true;
}

const char *cli_args_value(const struct cli_args *args, const char *name)
{
    const struct cli_option *options = args->command->options;

    for (size_t i = 0; i < CLI_OPTIONS_MAX && options[i].name != NULL; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return args->values[i];
        }
    }
    return NULL;
}

void cli_print_help(const struct cli_command *command)
{
    size_t count = option_count(command);

    printf("usage: trail %s%s%s%s\n\n%s\n%s", command->name, count > 0 ? " [OPTION…]" : "",
           command->operands[0] != '\0' ? " " : "", command->operands, command->description,
           "\nOptions:\n");
    for (size_t i = 0; i < count; i++) {
        const struct cli_option *option = &command->options[i];
        char left[40];

        snprintf(left, sizeof left, "--%s%s%s", option->name, option->value != NULL ? "=" : "",
                 option->value != NULL ? option->value : "");
        printf("  %-20s %s\n", left, option->help);
    }
    printf("  %-20s %s\n", "-h, --help", "this");
}
