/* trail find: the events whose fields have these values. */
#include "commands.h"

#include "condition.h"
#include "pretty.h"
#include "variables.h"

#include "core/ascii.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct filter {
    struct cli_condition *conditions;
    size_t count;
    enum trail_level level; /* this and above */
    int64_t since_us;
    int64_t until_us;
};

static bool passes(const struct filter *filter, const struct cli_event *event)
{
    bool dated = event->time_us != CLI_TIME_UNKNOWN;

    if (event->level < filter->level ||
        (filter->since_us != INT64_MIN && (!dated || event->time_us < filter->since_us)) ||
        (filter->until_us != INT64_MAX && (!dated || event->time_us >= filter->until_us))) {
        return false;
    }
    for (size_t i = 0; i < filter->count; i++) {
        if (!cli_condition_holds(&filter->conditions[i], event)) {
            return false;
        }
    }
    return true;
}

static bool parse_time(const struct cli_args *args, const char *name, int64_t *time_us)
{
    const char *value = cli_args_value(args, name);

    if (value == NULL) {
        return true;
    }
    *time_us = cli_time_parse(value, strlen(value));
    if (*time_us == CLI_TIME_UNKNOWN) {
        cli_misused(args->command, "find: --%s is a time like 2026-01-31T23:59:59Z, not '%s'", name,
                    value);
        return false;
    }
    return true;
}

static bool parse_filter(const struct cli_args *args, struct filter *ret_filter)
{
    struct filter filter = {.since_us = INT64_MIN, .until_us = INT64_MAX};
    const char *level = cli_args_value(args, "level");

    if (level != NULL &&
        (trail_level_parse(level, &filter.level) != TRAIL_OK || filter.level == TRAIL_LEVEL_OFF)) {
        cli_misused(args->command, "find: --level is debug, info, warn, error or fatal, not '%s'",
                    level);
        return false;
    }
    if (!parse_time(args, "since", &filter.since_us) ||
        !parse_time(args, "until", &filter.until_us)) {
        return false;
    }
    filter.conditions = cli_new(args->count + 1, sizeof *filter.conditions);
    while (filter.count < args->count && strchr(args->operands[filter.count], '=') != NULL) {
        const char *text = args->operands[filter.count];

        if (!cli_condition_parse(text, &filter.conditions[filter.count])) {
            cli_misused(args->command, "find: '%s' is none of KEY=VALUE, KEY!=VALUE, KEY:=JSON",
                        text);
            cli_conditions_free(filter.conditions, filter.count);
            return false;
        }
        filter.count++;
    }
    *ret_filter = filter;
    return true;
}

/* True, and *ret_pretty set, for a format. */
static bool parse_format(const char *format, bool *ret_pretty)
{
    *ret_pretty = trl_strcasecmp(format, "pretty") == 0 ||
                  (trl_strcasecmp(format, "auto") == 0 && isatty(STDOUT_FILENO));
    return *ret_pretty || trl_strcasecmp(format, "json") == 0 ||
           trl_strcasecmp(format, "auto") == 0;
}

/* By the option, TRAIL_FORMAT, or the terminal. False, after telling why. */
static bool choose_format(const struct cli_args *args, bool *ret_pretty)
{
    const char *format = cli_args_value(args, "format");

    if (format != NULL) {
        if (!parse_format(format, ret_pretty)) {
            cli_misused(args->command, "find: the format is auto, json or pretty, not '%s'",
                        format);
            return false;
        }
        return true;
    }
    char *inherited = cli_variable("TRAIL_FORMAT");
    bool known = parse_format(inherited != NULL ? inherited : "auto", ret_pretty);
    if (!known) {
        cli_variable_refused("TRAIL_FORMAT", inherited, "auto, json, pretty");
    }
    free(inherited);
    return known;
}

static void print_line(const struct cli_style *style, bool pretty, const struct cli_line *line)
{
    if (pretty) {
        cli_print_pretty(style, line);
    } else {
        fwrite(line->text, 1, line->size, stdout);
        putchar('\n');
    }
}

static enum cli_exit search(const struct cli_args *args, const struct filter *filter,
                            const struct cli_style *style, bool pretty)
{
    struct cli_inputs *inputs =
        cli_inputs_open(args->operands + filter->count, args->count - filter->count);
    bool found = false;
    struct cli_line line;
    struct cli_event event;

    if (inputs == NULL) {
        return CLI_ERROR;
    }
    while (cli_inputs_next(inputs, &line)) {
        if (!line.continued && !line.continues && cli_event_read(line.text, line.size, &event) &&
            passes(filter, &event)) {
            print_line(style, pretty, &line);
            found = true;
        }
        if (cli_inputs_drained(inputs)) {
            fflush(stdout);
        }
    }
    bool failed = cli_inputs_failed(inputs);
    cli_inputs_close(inputs);
    return failed ? CLI_ERROR : found ? CLI_DONE : CLI_NOTHING;
}

static enum cli_exit run(const struct cli_args *args)
{
    struct filter filter;
    struct cli_style style;
    bool pretty;

    if (!cli_style_choose(args, &style) || !choose_format(args, &pretty) ||
        !parse_filter(args, &filter)) {
        return CLI_ERROR;
    }
    enum cli_exit status;
    if (filter.count == 0 && filter.level == TRAIL_LEVEL_DEFAULT && filter.since_us == INT64_MIN &&
        filter.until_us == INT64_MAX) {
        status = cli_misused(args->command, "find: find what? KEY=VALUE is missing");
    } else {
        status = search(args, &filter, &style, pretty);
    }
    cli_conditions_free(filter.conditions, filter.count);
    return status;
}

const struct cli_command cli_find = {
    .name = "find",
    .operands = "KEY=VALUE… [FILE…]",
    .summary = "the events whose fields have these values",
    .description =
        "Prints the events that meet every condition; of several FILEs merged by time.\n"
        "\n"
        "  KEY=VALUE   the field, as text, is VALUE: event=order_created status=201\n"
        "  KEY!=VALUE  it is something else, or absent\n"
        "  KEY:=JSON   it is this JSON value, and of this type: slow:=true 'items:=[1,2]'\n"
        "\n"
        "KEY may reach into objects: user.id=u_17.\n",
    .options = {{"level", "LEVEL", "this level and those above"},
                {"since", "TIME", "at this time or later: 2026-01-31T23:59:59Z"},
                {"until", "TIME", "before this time"},
                {"format", "FORMAT", "json, pretty, or auto: pretty on a terminal"},
                {"date", NULL, "pretty with the date before the time"},
                {"width", "N", "columns for pretty; default: the terminal's"},
                {"color", "WHEN", "auto, always or never; NO_COLOR is heeded"}},
    .run = run,
};
