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
    const enum trl_schema *schema = arg;
    const struct trl_schema_options options = {.schema = *schema,
                                               .project = trl_config()->cloud_project};

    return trl_schema_line(&options, line, size, out, out_size);
}

/* By trl_schema; the names are those of TRAIL_SCHEMA. */
static const struct {
    enum trl_schema schema;
    char name[8];
} schemas[] = {
    [TRL_SCHEMA_TRAIL] = {TRL_SCHEMA_TRAIL, ""},
    [TRL_SCHEMA_ECS] = {TRL_SCHEMA_ECS, "ecs"},
    [TRL_SCHEMA_OTEL] = {TRL_SCHEMA_OTEL, "otel"},
    [TRL_SCHEMA_GCP] = {TRL_SCHEMA_GCP, "gcp"},
};

struct trl_transform trl_form_of_schema(enum trl_schema schema)
{
    struct trl_transform form = {.arg = &schemas[schema].schema};

    form.fn = schema == TRL_SCHEMA_TRAIL ? NULL : make_schema;
    strcpy(form.name, schemas[schema].name);
    return form;
}

struct trl_transform trl_form_of(enum trl_format format, enum trl_schema schema, int fd)
{
    bool terminal = fd >= 0 && isatty(fd) == 1;

    if (format == TRL_FORMAT_PRETTY || (format == TRL_FORMAT_AUTO && terminal)) {
        return pretty(terminal ? terminal_options(fd) : &plain);
    }
    return trl_form_of_schema(schema);
}

struct trl_transform trl_form_named(const char *name)
{
    if (strcmp(name, "pretty") == 0) {
        return pretty(&plain);
    }
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
        if (strcmp(name, schemas[i].name) == 0) {
            return trl_form_of_schema(schemas[i].schema);
        }
    }
    return trl_form_of_schema(TRL_SCHEMA_TRAIL);
}
