/* How text for people looks: colours, columns, durations. */
#ifndef TRL_CLI_STYLE_H
#define TRL_CLI_STYLE_H

#include "options.h"
#include "text.h"

struct cli_style {
    bool color;
    bool ascii;   /* no characters beyond ASCII for the lines of the tree */
    bool full;    /* every field, and nothing cut */
    bool date;    /* the date with every line */
    size_t width; /* columns; 0: not known */
};

/* By the terminal, NO_COLOR, COLUMNS and the options color, width, ascii and full of the command.
 * False, after telling why, if one of them can't be used. */
bool cli_style_choose(const struct cli_args *args, struct cli_style *ret_style);

enum cli_color {
    CLI_PLAIN,
    CLI_BOLD,
    CLI_DIM,
    CLI_RED,
    CLI_GREEN,
    CLI_YELLOW,
    CLI_CYAN,
};

void cli_color_begin(const struct cli_style *style, struct cli_text *text, enum cli_color color);
void cli_color_end(const struct cli_style *style, struct cli_text *text);
void cli_add_colored(const struct cli_style *style, struct cli_text *text, enum cli_color color,
                     const char *string);

/* `0.42 ms`, `52.1 ms`, `1.24 s`, `2 min 05 s`. */
void cli_add_duration(struct cli_text *text, double ms);

#endif
