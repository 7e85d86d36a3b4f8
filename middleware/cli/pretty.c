/* trail pretty: lines of log for people. What is no event passes through. */
#include "pretty.h"

#include "commands.h"

#include "log/pretty.h"

#include <stdlib.h>

struct printer {
    struct trl_pretty_options options;
    char *out;
    size_t capacity;
};

static void reserve(struct printer *printer, size_t capacity)
{
    if (capacity > printer->capacity) {
        printer->capacity = capacity;
        printer->out = cli_grown(printer->out, capacity, 1);
    }
}

static void print_line(struct printer *printer, const struct cli_line *line)
{
    size_t size = line->size;
    size_t written = 0;

    reserve(printer, trl_pretty_bound(size));
    if (!line->continued && !line->continues) {
        written =
            trl_pretty_line(&printer->options, line->text, size, printer->out, printer->capacity);
    }
    if (written > 0) {
        fwrite(printer->out, 1, written, stdout);
        return;
    }
    if (!line->continues && size > 0 && line->text[size - 1] == '\r') {
        size--;
    }
    written = trl_pretty_passthrough(line->text, size, printer->out, printer->capacity);
    fwrite(printer->out, 1, written, stdout);
    if (!line->continues) {
        putchar('\n');
    }
}

void cli_print_pretty(const struct cli_style *style, const struct cli_line *line)
{
    static struct printer printer;

    printer.options.color = style->color;
    printer.options.width = style->full ? 0 : (unsigned)style->width;
    printer.options.date = style->date;
    print_line(&printer, line);
}

static enum cli_exit run(const struct cli_args *args)
{
    struct cli_style style;
    struct cli_line line;

    if (!cli_style_choose(args, &style)) {
        return CLI_ERROR;
    }
    struct cli_inputs *inputs = cli_inputs_open(args->operands, args->count);
    if (inputs == NULL) {
        return CLI_ERROR;
    }
    while (cli_inputs_next(inputs, &line)) {
        cli_print_pretty(&style, &line);
        if (cli_inputs_drained(inputs)) {
            fflush(stdout);
        }
    }
    bool failed = cli_inputs_failed(inputs);
    cli_inputs_close(inputs);
    return failed ? CLI_ERROR : CLI_DONE;
}

const struct cli_command cli_pretty = {
    .name = "pretty",
    .operands = "[FILE…]",
    .summary = "lines of log for people",
    .description =
        "Reads lines of log and writes them for people. What is no event passes through, but\n"
        "nothing that would control the terminal. Of several FILEs the events are merged by\n"
        "time: 'tail -F log/*.jsonl | trail pretty' follows what is being written.\n",
    .options = {{"date", NULL, "the date before the time"},
                {"full", NULL, "wrap nothing"},
                {"width", "N", "columns; default: the terminal's, else nothing is wrapped"},
                {"color", "WHEN", "auto, always or never; NO_COLOR is heeded"}},
    .run = run,
};
