/* Setup: which form lines take on their way out. */
#include "setup/forms.h"

#include "log/pretty.h"
#include "log/schema.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_MIN = 40 };

static const struct trl_pretty_options plain;

static size_t make_pretty(const void *arg, const char *line, size_t size, char *out,
                          size_t out_size)
{
    return trl_pretty_line(arg, line, size, out, out_size);
}

static bool wants_color(void)
{
    const char *refused = getenv("NO_COLOR"); /* https://no-color.org */
    const char *terminal = getenv("TERM");

    return (refused == NULL || *refused == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

static unsigned columns_of(int fd)
{
    struct winsize window;

    return ioctl(fd, TIOCGWINSZ, &window) == 0 && window.ws_col >= COLUMNS_MIN ? window.ws_col : 0;
}

/* Of stdout and stderr there is one each, so their options may stand here. */
static const struct trl_pretty_options *terminal_options(int fd)
{
    static struct trl_pretty_options options[2];
    struct trl_pretty_options *own = &options[fd == STDERR_FILENO ? 1 : 0];

    *own = (struct trl_pretty_options){.color = wants_color(), .width = columns_of(fd)};
    return own;
}

static struct trl_transform pretty(const struct trl_pretty_options *options)
{
    return (struct trl_transform){.fn = make_pretty, .arg = options, .name = "pretty"};
}

static size_t make_schema(const void *arg, const char *line, size_t size, char *out,
                          size_t out_size)
{
    return trl_schema_line(arg, line, size, out, out_size);
}

static struct {
    const char *name;
    struct trl_schema_options options;
} schemas[] = {
    {"ecs", {.schema = TRL_SCHEMA_ECS}},
    {"otel", {.schema = TRL_SCHEMA_OTEL}},
    {"gcp", {.schema = TRL_SCHEMA_GCP}},
};

enum { SCHEMAS = sizeof(schemas) / sizeof(schemas[0]) };

static struct trl_transform in_schema(size_t index)
{
    struct trl_transform transform = {.fn = make_schema, .arg = &schemas[index].options};

    schemas[index].options.project = getenv("GOOGLE_CLOUD_PROJECT"); /* as Cloud Run sets it */
    strcpy(transform.name, schemas[index].name);
    return transform;
}

struct trl_transform form_of(enum trl_format format, enum trl_schema schema, int fd)
{
    bool terminal = fd >= 0 && isatty(fd) == 1;

    if (format == TRL_FORMAT_PRETTY || (format == TRL_FORMAT_AUTO && terminal)) {
        return pretty(terminal ? terminal_options(fd) : &plain);
    }
    for (size_t i = 0; i < SCHEMAS; i++) {
        if (schemas[i].options.schema == schema) {
            return in_schema(i);
        }
    }
    return (struct trl_transform){.fn = NULL};
}

struct trl_transform form_named(const char *name)
{
    if (strcmp(name, "pretty") == 0) {
        return pretty(&plain);
    }
    for (size_t i = 0; i < SCHEMAS; i++) {
        if (strcmp(name, schemas[i].name) == 0) {
            return in_schema(i);
        }
    }
    return (struct trl_transform){.fn = NULL};
}
