/* trail show: finds the lines that bear an ID, in any number of files, and draws their trail. */
#include "commands.h"
#include "draw.h"
#include "input.h"

#include <stdlib.h>
#include <string.h>

/* Request IDs that one ID of a client's own may stand for. */
#define ALIASES_MAX 256

struct search {
    const char *id;
    struct cli_tree tree;
    bool json;
    char *aliases[ALIASES_MAX]; /* request IDs of lines whose clientRequestId is id */
    size_t alias_count;
    bool failed;
};

static bool is_alias(const struct search *search, struct trl_json_span request_id)
{
    for (size_t i = 0; i < search->alias_count; i++) {
        if (cli_span_is(request_id, search->aliases[i])) {
            return true;
        }
    }
    return false;
}

static bool bears_id(struct search *search, const struct cli_event *event)
{
    static const enum cli_slot ids[] = {CLI_REQUEST_ID, CLI_TRACE_ID, CLI_JOB_ID};
    struct trl_json_span request_id = event->slots[CLI_REQUEST_ID];

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        if (cli_event_has(event, ids[i], search->id)) {
            return true;
        }
    }
    if (is_alias(search, request_id)) {
        return true;
    }
    if (!cli_event_has(event, CLI_CLIENT_REQUEST_ID, search->id)) {
        return false;
    }
    if (request_id.text != NULL && search->alias_count < ALIASES_MAX) {
        search->aliases[search->alias_count++] = cli_copy(request_id.text, request_id.size);
    }
    return true;
}

/* Whether the line is worth parsing: most are not, and are passed over at the speed of memory. */
static bool may_bear_id(const struct search *search, const struct cli_line *line)
{
    if (memmem(line->text, line->size, search->id, strlen(search->id)) != NULL) {
        return true;
    }
    for (size_t i = 0; i < search->alias_count; i++) {
        if (memmem(line->text, line->size, search->aliases[i], strlen(search->aliases[i])) !=
            NULL) {
            return true;
        }
    }
    return false;
}

static void search_file(struct search *search, const char *name)
{
    struct cli_file *file = cli_file_open(name);
    char *translated = NULL;
    struct cli_line line;
    struct cli_event event;

    if (file == NULL) {
        search->failed = true;
        return;
    }
    while (cli_file_next(file, &line)) {
        if (line.continued || line.continues || !may_bear_id(search, &line)) {
            continue;
        }
        cli_line_translate(&line, &translated);
        if (cli_event_read(line.text, line.size, &event) && bears_id(search, &event)) {
            cli_tree_add(&search->tree, &event);
        }
    }
    free(translated);
    search->failed |= cli_file_failed(file);
    cli_file_close(file);
}

static void search_all(struct search *search, char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        search_file(search, names[i]);
    }
    if (count == 0) {
        search_file(search, "-");
    }
}

/* What a client calls by its own ID has another one here, which may be told after the first lines
 * that bear it: those are found by reading the files again. */
static void search_aliases(struct search *search, char **names, size_t count)
{
    if (search->alias_count == 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], "-") == 0) {
            return;
        }
    }
    if (count > 0 && !search->failed) {
        cli_tree_fini(&search->tree);
        cli_tree_init(&search->tree);
        search_all(search, names, count);
    }
}

static void print_lines(const struct cli_tree *tree)
{
    for (size_t i = 0; i < tree->entry_count; i++) {
        struct trl_json_span line = tree->entries[i]->event.line;

        fwrite(line.text, 1, line.size, stdout);
        putchar('\n');
    }
}

static enum cli_exit report(struct search *search, const struct cli_style *style)
{
    if (search->tree.entry_count == 0 && search->failed) {
        return CLI_ERROR;
    }
    if (search->tree.entry_count == 0) {
        cli_complain("nothing bears the ID %s", search->id);
        return CLI_NOTHING;
    }
    cli_tree_build(&search->tree);
    if (search->json) {
        print_lines(&search->tree);
    } else {
        cli_draw(style, search->id, &search->tree);
    }
    return search->failed ? CLI_ERROR : CLI_DONE;
}

static enum cli_exit run(const struct cli_args *args)
{
    struct search search = {.json = cli_args_value(args, "json") != NULL};
    struct cli_style style;

    if (args->count == 0 || args->operands[0][0] == '\0') {
        return cli_misused(args->command, "show: which ID?");
    }
    if (!cli_style_choose(args, &style)) {
        return CLI_ERROR;
    }
    search.id = args->operands[0];
    cli_tree_init(&search.tree);
    search_all(&search, args->operands + 1, args->count - 1);
    search_aliases(&search, args->operands + 1, args->count - 1);
    enum cli_exit status = report(&search, &style);
    cli_tree_fini(&search.tree);
    for (size_t i = 0; i < search.alias_count; i++) {
        free(search.aliases[i]);
    }
    return status;
}

const struct cli_command cli_show = {
    .name = "show",
    .operands = "ID [FILE…]",
    .summary = "the story of one request, as a tree",
    .description =
        "Finds every event that bears ID, in all FILEs and of all services, and prints them in\n"
        "order as a tree of requests, calls and jobs. ID is a request ID, a trace ID, a job ID,\n"
        "or the ID that a client gave and that was not believed (clientRequestId).\n"
        "\n"
        "Each row: seconds since the trail began, what happened, and how long it took.\n"
        "A row of a request (SERVICE METHOD PATH STATUS), a call (→), a job (⇒) or an attempt\n"
        "at it stands for the events that are named at its end.\n",
    .options = {{"json", NULL, "the lines as they are, in order, instead of the tree"},
                {"full", NULL, "every field, and no row cut"},
                {"width", "N", "columns; default: the terminal's, else 80"},
                {"color", "WHEN", "auto, always or never; NO_COLOR is heeded"},
                {"ascii", NULL, "draw the tree with ASCII only"}},
    .run = run,
};
