/* trail check: holds every line to what an event must be. */
#include "commands.h"
#include "input.h"
#include "rules.h"

#include <stdio.h>
#include <string.h>

struct tally {
    size_t lines;
    size_t faults;
    bool failed;
};

static void check_line(const struct cli_line *line, struct tally *tally, struct cli_text *fault)
{
    if (line->continued) {
        return;
    }
    cli_text_clear(fault);
    tally->lines++;
    if (line->continues) {
        cli_text_add_string(fault, "the line is far too long");
    } else if (!cli_find_fault(line->text, line->size, fault) && !line->terminated) {
        cli_text_add_string(fault, "no newline at its end");
    }
    if (fault->size > 0) {
        struct cli_text name = {0};

        tally->faults++;
        cli_text_add_safe(&name, line->file, strlen(line->file), false);
        printf("%s:%zu: %s\n", name.bytes, line->number, fault->bytes);
        cli_text_fini(&name);
    }
}

static void check_file(const char *name, struct tally *tally)
{
    struct cli_file *file = cli_file_open(name);
    struct cli_text fault = {0};
    struct cli_line line;

    if (file == NULL) {
        tally->failed = true;
        return;
    }
    while (cli_file_next(file, &line)) {
        check_line(&line, tally, &fault);
    }
    tally->failed |= cli_file_failed(file);
    cli_text_fini(&fault);
    cli_file_close(file);
}

static enum cli_exit run(const struct cli_args *args)
{
    struct tally tally = {0};

    for (size_t i = 0; i < args->count; i++) {
        check_file(args->operands[i], &tally);
    }
    if (args->count == 0) {
        check_file("-", &tally);
    }
    if (cli_args_value(args, "quiet") == NULL) {
        printf("%zu %s, %zu %s not hold\n", tally.lines, tally.lines == 1 ? "line" : "lines",
               tally.faults, tally.faults == 1 ? "does" : "do");
    }
    return tally.failed ? CLI_ERROR : tally.faults > 0 ? CLI_NOTHING : CLI_DONE;
}

const struct cli_command cli_check = {
    .name = "check",
    .operands = "[FILE…]",
    .summary = "holds lines against the schema",
    .description =
        "Checks that every line is an event: one JSON object of at most 32 KiB, UTF-8 without\n"
        "control bytes, its members in their order, no key twice, each value of its form.\n"
        "Each line that is not is told as FILE:LINE: WHY; then the exit status is 1.\n",
    .options = {{"quiet", NULL, "no count at the end"}},
    .run = run,
};
