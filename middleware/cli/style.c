/* How text for people looks here: colours, columns, durations. */
#include "style.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MIN 40
#define WIDTH_MAX 1000

static const char *const color_codes[] = {
    [CLI_PLAIN] = "",        [CLI_BOLD] = "\x1b[1m",   [CLI_DIM] = "\x1b[2m",
    [CLI_RED] = "\x1b[31m",  [CLI_GREEN] = "\x1b[32m", [CLI_YELLOW] = "\x1b[33m",
    [CLI_CYAN] = "\x1b[36m",
};

void cli_color_begin(const struct cli_style *style, struct cli_text *text, enum cli_color color)
{
    if (style->color) {
        cli_text_add_string(text, color_codes[color]);
    }
}

void cli_color_end(const struct cli_style *style, struct cli_text *text)
{
    if (style->color) {
        cli_text_add_string(text, "\x1b[0m");
    }
}

void cli_add_colored(const struct cli_style *style, struct cli_text *text, enum cli_color color,
                     const char *string)
{
    cli_color_begin(style, text, color);
    cli_text_add_string(text, string);
    cli_color_end(style, text);
}

void cli_add_duration(struct cli_text *text, double ms)
{
    if (ms < 0.995) {
        cli_text_add_format(text, "%.2f ms", ms);
    } else if (ms < 999.5) {
        cli_text_add_format(text, "%.1f ms", ms);
    } else if (ms < 59995) {
        cli_text_add_format(text, "%.2f s", ms / 1000);
    } else if (ms < 3599500) {
        unsigned seconds = (unsigned)(ms / 1000 + 0.5);
        cli_text_add_format(text, "%u min %02u s", seconds / 60, seconds % 60);
    } else {
        unsigned long minutes = (unsigned long)(ms / 60000 + 0.5);
        cli_text_add_format(text, "%lu h %02lu min", minutes / 60, minutes % 60);
    }
}

/* True, and *ret_set, for always and never; `auto` leaves it. */
static bool choose_color(const char *value, bool *ret_set)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    *ret_set = isatty(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0') &&
               (term == NULL || strcmp(term, "dumb") != 0);
    if (value == NULL || strcmp(value, "auto") == 0) {
        return true;
    }
    *ret_set = strcmp(value, "always") == 0;
    return *ret_set || strcmp(value, "never") == 0;
}

static bool parse_width(const char *text, size_t *ret_width)
{
    char *end;
    unsigned long width = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || width < WIDTH_MIN || width > WIDTH_MAX) {
        return false;
    }
    *ret_width = width;
    return true;
}

/* 0: not known. */
static size_t terminal_width(void)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size = {0};
    size_t width;

    if (columns != NULL && parse_width(columns, &width)) {
        return width;
    }
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_MIN) {
        return size.ws_col;
    }
    return 0;
}

bool cli_style_choose(const struct cli_args *args, struct cli_style *ret_style)
{
    const char *color = cli_args_value(args, "color");
    const char *width = cli_args_value(args, "width");
    struct cli_style style = {
        .ascii = cli_args_value(args, "ascii") != NULL,
        .full = cli_args_value(args, "full") != NULL,
        .date = cli_args_value(args, "date") != NULL,
        .width = terminal_width(),
    };

    if (!choose_color(color, &style.color)) {
        cli_misused(args->command, "%s: --color is auto, always or never, not '%s'",
                    args->command->name, color);
        return false;
    }
    if (width != NULL && !parse_width(width, &style.width)) {
        cli_misused(args->command, "%s: --width is a number from %d to %d, not '%s'",
                    args->command->name, WIDTH_MIN, WIDTH_MAX, width);
        return false;
    }
    *ret_style = style;
    return true;
}
