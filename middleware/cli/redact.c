/* trail redact: any text, with its secrets replaced. */
#include "commands.h"
#include "input.h"
#include "text.h"
#include "variables.h"

#include "log/redact.h"
#include "setup/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct filter {
    struct trl_redact_stream stream;
    struct cli_text chunk;
    char *out;
    size_t capacity;
};

static void write_line(struct filter *filter, const struct cli_line *line)
{
    cli_text_clear(&filter->chunk);
    cli_text_add(&filter->chunk, line->text, line->size);
    if (line->terminated) {
        cli_text_add(&filter->chunk, "\n", 1);
    }
    size_t bound = trl_redact_bound(filter->chunk.size);
    if (bound > filter->capacity) {
        filter->capacity = bound;
        filter->out = cli_grown(filter->out, bound, 1);
    }
    size_t size = trl_redact_chunk(&filter->stream, filter->chunk.bytes, filter->chunk.size,
                                   filter->out, filter->capacity);
    fwrite(filter->out, 1, size, stdout);
}

static bool redact_file(struct filter *filter, const char *name)
{
    struct cli_file *file = cli_file_open(name);
    struct cli_line line;

    if (file == NULL) {
        return false;
    }
    filter->stream = (struct trl_redact_stream){0};
    while (cli_file_next(file, &line)) {
        write_line(filter, &line);
        if (cli_file_drained(file)) {
            fflush(stdout);
        }
    }
    bool failed = cli_file_failed(file);
    cli_file_close(file);
    return !failed;
}

/* The keys in a variable, to be freed; NULL: none. False, after telling why. */
static bool read_keys(const char *name, char **ret_keys)
{
    struct trl_settings settings = {.blocks = NULL};
    struct trl_list list = {.count = 0};
    char *keys = cli_variable(name);
    bool good =
        keys == NULL || trl_value_read_list(keys, trl_value_is_text, &settings, &list) == TRAIL_OK;

    trl_settings_fini(&settings);
    if (!good) {
        cli_variable_refused(name, keys, "none, or a comma-separated list of keys");
    }
    if (list.count == 0) {
        free(keys);
        keys = NULL;
    }
    *ret_keys = keys;
    return good;
}

static bool configure(void)
{
    char *keys = NULL;
    char *allowed = NULL;
    bool good = read_keys("TRAIL_REDACT", &keys) && read_keys("TRAIL_REDACT_ALLOW", &allowed);

    if (good && trl_redact_configure(keys, allowed) != TRAIL_OK) {
        cli_complain("no memory");
        good = false;
    }
    free(keys);
    free(allowed);
    return good;
}

static enum cli_exit run(const struct cli_args *args)
{
    struct filter filter = {0};
    bool done = true;

    if (!configure()) {
        return CLI_ERROR;
    }
    for (size_t i = 0; i < args->count; i++) {
        done = redact_file(&filter, args->operands[i]) && done;
    }
    if (args->count == 0) {
        done = redact_file(&filter, "-");
    }
    cli_text_fini(&filter.chunk);
    free(filter.out);
    return done ? CLI_DONE : CLI_ERROR;
}

const struct cli_command cli_redact = {
    .name = "redact",
    .operands = "[FILE…]",
    .summary = "any text, with its secrets replaced",
    .description =
        "Copies text, and replaces what is a secret by the key that it stands behind, or by what\n"
        "it looks like: passwords, tokens, cookies, credentials, card numbers, keys of providers,\n"
        "PEM blocks. Everything else stays as it is, byte for byte. TRAIL_REDACT names more keys,\n"
        "TRAIL_REDACT_ALLOW such as stay.\n",
    .run = run,
};
