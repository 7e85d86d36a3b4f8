/* Options: what a service is told when it starts, checked before it does anything. */
#include "shared/options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct option_spec option_text(const char *name, const char *variable, const char *value,
                               const char *help, const char **text)
{
    return (struct option_spec){
        .name = name, .variable = variable, .value = value, .help = help, .text = text};
}

struct option_spec option_number(const char *name, const char *variable, const char *help,
                                 unsigned *number, unsigned min, unsigned max)
{
    return (struct option_spec){.name = name,
                                .variable = variable,
                                .value = "N",
                                .help = help,
                                .number = number,
                                .min = min,
                                .max = max};
}

struct option_spec option_port(const char *variable, unsigned *port)
{
    return option_number("port", variable, "port to listen on; 0 picks one", port, 0, 65535);
}

static void print_usage(const char *program, const struct option_spec *specs, size_t count)
{
    printf("usage: %s [OPTION…]\n\n", program);
    for (size_t i = 0; i < count; i++) {
        char left[64];
        (void)snprintf(left, sizeof(left), "--%s %s", specs[i].name, specs[i].value);
        printf("  %-24s %s", left, specs[i].help);
        if (specs[i].number != NULL) {
            printf(" (%u)", *specs[i].number);
        } else if (*specs[i].text != NULL) {
            printf(" (%s)", *specs[i].text);
        }
        printf("%s%s\n", specs[i].variable != NULL ? "; $" : "",
               specs[i].variable != NULL ? specs[i].variable : "");
    }
    printf("  %-24s %s\n", "--help", "this");
}

static bool take(const char *program, const struct option_spec *spec, const char *origin,
                 const char *value)
{
    if (spec->text != NULL) {
        if (value[0] == '\0') {
            (void)fprintf(stderr, "%s: %s: empty; allowed: %s\n", program, origin, spec->value);
            return false;
        }
        *spec->text = value;
        return true;
    }
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    bool digits = value[0] >= '0' && value[0] <= '9' && *end == '\0';
    if (!digits || errno != 0 || number < spec->min || number > spec->max) {
        char shown[OPTIONS_SHOWN_BYTES];
        (void)fprintf(stderr, "%s: %s: \"%.64s\" is not allowed; allowed: a number from %u to %u\n",
                      program, origin, options_shown_url(value, shown), spec->min, spec->max);
        return false;
    }
    *spec->number = (unsigned)number;
    return true;
}

static bool read_environment(const char *program, const struct option_spec *specs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = specs[i].variable != NULL ? getenv(specs[i].variable) : NULL;
        if (value != NULL && value[0] != '\0' &&
            !take(program, &specs[i], specs[i].variable, value)) {
            return false;
        }
    }
    return true;
}

static const struct option_spec *find(const struct option_spec *specs, size_t count,
                                      const char *name, size_t name_size)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(specs[i].name) == name_size && memcmp(specs[i].name, name, name_size) == 0) {
            return &specs[i];
        }
    }
    return NULL;
}

static enum options_outcome refuse(const char *program, const char *argument)
{
    size_t size = strcspn(argument, "=:@");

    if (argument[size] == '@') {
        size = 0; /* what stands before it may be a password, or a part of one */
    }
    (void)fprintf(stderr, "%s: no such option: %.*s; --help lists them\n", program,
                  size < 64 ? (int)size : 64, argument);
    return OPTIONS_BAD;
}

enum options_outcome options_read(const char *program, const struct option_spec *specs,
                                  size_t count, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_usage(program, specs, count);
            return OPTIONS_HELP;
        }
    }
    if (!read_environment(program, specs, count)) {
        return OPTIONS_BAD;
    }
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            return refuse(program, argv[i]);
        }
        const char *name = argv[i] + 2;
        size_t name_size = strcspn(name, "=");
        const struct option_spec *spec = find(specs, count, name, name_size);
        if (spec == NULL) {
            return refuse(program, argv[i]);
        }
        const char *value = name[name_size] == '=' ? name + name_size + 1 : argv[++i];
        char origin[80];
        (void)snprintf(origin, sizeof(origin), "--%s", spec->name);
        if (value == NULL) {
            (void)fprintf(stderr, "%s: %s: needs a value: %s\n", program, origin, spec->value);
            return OPTIONS_BAD;
        }
        if (!take(program, spec, origin, value)) {
            return OPTIONS_BAD;
        }
    }
    return OPTIONS_RUN;
}

const char *options_shown_url(const char *url, char ret_text[OPTIONS_SHOWN_BYTES])
{
    size_t name_size = strcspn(url, ":@");
    size_t scheme_size = strncmp(url + name_size, "://", 3) == 0 ? name_size + 3 : 0;
    const char *at = strrchr(url + scheme_size, '@');

    if (at == NULL) {
        (void)snprintf(ret_text, OPTIONS_SHOWN_BYTES, "%s", url);
        return ret_text;
    }
    (void)snprintf(ret_text, OPTIONS_SHOWN_BYTES, "%.*s%s",
                   scheme_size < 16 ? (int)scheme_size : 16, url, at + 1);
    return ret_text;
}
