/* A trail on the terminal: a heading, and a row for each node with the time since the trail began,
 * the lines of the tree, what it is, and how long it took. */
#include "draw.h"

#include "core/clock.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH_DEFAULT 80

/* Levels of the tree whose lines fit into half of the narrowest row; deeper ones are shifted out.
 */
#define LEVELS_MAX(style) ((style)->width / 4)

struct ruler {
    const char *root_branch;
    const char *root_leaf;
    const char *inner_branch;
    const char *inner_leaf;
    const char *last_branch;
    const char *last_leaf;
    const char *passing;
    const char *shifted;
    const char *cut;
    const char *dot;
};

static const struct ruler lines = {"┬ ",   "─ ", "├─┬ ", "├── ", "└─┬ ",
                                   "└── ", "│ ", "⋯ ",   "…",    " · "};
static const struct ruler ascii_lines = {"+ ",   "- ", "|-+ ", "|-- ", "`-+ ",
                                         "`-- ", "| ", "~ ",   "...",  ", "};

static const struct ruler *ruler_of(const struct cli_style *style)
{
    return style->ascii ? &ascii_lines : &lines;
}

static bool has_next(const struct cli_node *node)
{
    return node->parent != NULL && node->index + 1 < node->parent->child_count;
}

/* The root has no row, and what stands right below it no line to a parent. */
static bool is_top(const struct cli_node *node)
{
    return node->parent == NULL || node->parent->parent == NULL;
}

static void add_passing(const struct cli_style *style, const struct cli_node *node,
                        struct cli_text *text)
{
    const struct ruler *ruler = ruler_of(style);
    const struct cli_node *chain[250];
    size_t levels = 0;

    for (node = node->parent; !is_top(node); node = node->parent) {
        if (levels == LEVELS_MAX(style) || levels == sizeof chain / sizeof chain[0]) {
            cli_text_add_string(text, ruler->shifted);
            break;
        }
        chain[levels++] = node;
    }
    while (levels > 0) {
        cli_text_add_string(text, has_next(chain[--levels]) ? ruler->passing : "  ");
    }
}

static void add_lines(const struct cli_style *style, const struct cli_node *node,
                      struct cli_text *text)
{
    const struct ruler *ruler = ruler_of(style);
    bool branch = node->child_count > 0;

    cli_color_begin(style, text, CLI_DIM);
    if (is_top(node)) {
        cli_text_add_string(text, branch ? ruler->root_branch : ruler->root_leaf);
    } else {
        add_passing(style, node, text);
        cli_text_add_string(text, has_next(node)
                                      ? (branch ? ruler->inner_branch : ruler->inner_leaf)
                                      : (branch ? ruler->last_branch : ruler->last_leaf));
    }
    cli_color_end(style, text);
}

/* Prints left, cut where it must be, and right at the right edge. */
static void print_row(const struct cli_style *style, struct cli_text *left,
                      const struct cli_text *right)
{
    const char *cut = ruler_of(style)->cut;
    size_t right_width = right->size > 0 ? cli_text_width(right->bytes, right->size) + 2 : 0;
    size_t room = style->width > right_width ? style->width - right_width : 0;
    size_t width = cli_text_width(left->bytes, left->size);

    if (width > room && !style->full) {
        size_t cut_width = cli_text_width(cut, strlen(cut));

        left->size = cli_text_fit(left->bytes, left->size, room > cut_width ? room - cut_width : 0);
        cli_color_end(style, left);
        cli_text_add_string(left, cut);
        width = cli_text_width(left->bytes, left->size);
    }
    fwrite(left->bytes, 1, left->size, stdout);
    if (right->size > 0) {
        printf("%*s%s", (int)(room > width ? room - width + 2 : 2), "", right->bytes);
    }
    putchar('\n');
}

/* Clocks that tell milliseconds put a child a moment before its parent at times. Here a parent
 * begins no later than its children as far as that may be, and else they no earlier than it. */
static void decide_starts(struct cli_node *const *nodes, size_t count)
{
    for (size_t i = count; i > 0; i--) { /* children before their parents */
        struct cli_node *node = nodes[i - 1];

        node->shown_us = node->start_us;
        for (size_t j = 0; j < node->child_count; j++) {
            int64_t child_us = node->children[j]->shown_us;
            node->shown_us = child_us < node->shown_us ? child_us : node->shown_us;
        }
        if (node->shown_us < node->start_us - node->slack_us) {
            node->shown_us = node->start_us - node->slack_us;
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct cli_node *node = nodes[i];
        int64_t bound_us = is_top(node) ? node->shown_us : node->parent->shown_us;

        if (node->shown_us < bound_us && bound_us - node->shown_us <= 1000) {
            node->shown_us = bound_us;
        }
    }
}

static void draw_node(const struct cli_style *style, const struct cli_node *node, int64_t begin_us,
                      int time_width)
{
    struct cli_text left = {0};
    struct cli_text right = {0};
    double ms = cli_node_ms(node);

    cli_color_begin(style, &left, CLI_DIM);
    cli_text_add_format(&left, "%*.3f ", time_width,
                        (double)((node->shown_us - begin_us) / 1000) / 1000);
    cli_color_end(style, &left);
    add_lines(style, node, &left);
    cli_label(style, node, &left);
    if (ms >= 0) {
        cli_add_duration(&right, ms);
    }
    print_row(style, &left, &right);
    cli_text_fini(&left);
    cli_text_fini(&right);
}

/* When the trail began, in whole milliseconds as timestamps tell them, and when it ended. */
static void find_bounds(const struct cli_tree *tree, int64_t *ret_begin_us, int64_t *ret_end_us)
{
    *ret_begin_us = INT64_MAX;
    *ret_end_us = INT64_MIN;
    for (size_t i = 0; i < tree->node_count; i++) {
        const struct cli_node *node = tree->nodes[i];

        *ret_begin_us = node->shown_us < *ret_begin_us ? node->shown_us : *ret_begin_us;
        *ret_end_us = node->end_us > *ret_end_us ? node->end_us : *ret_end_us;
    }
    *ret_begin_us -= ((*ret_begin_us % 1000) + 1000) % 1000;
}

/* Counts the different texts in a slot, and adds those that are not id to text. */
static size_t count_values(const struct cli_tree *tree, enum cli_slot slot, const char *id,
                           struct cli_text *ret_names)
{
    enum { NAMES_MAX = 64, SHOWN_MAX = 3 };
    struct trl_json_span seen[NAMES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < tree->entry_count && count < NAMES_MAX; i++) {
        struct trl_json_span value = tree->entries[i]->event.slots[slot];
        size_t at = 0;

        while (at < count && !cli_span_equal(seen[at], value)) {
            at++;
        }
        if (value.text == NULL || at < count) {
            continue;
        }
        seen[count++] = value;
        if (ret_names != NULL && count <= SHOWN_MAX && !cli_span_is(value, id)) {
            cli_text_add_string(ret_names, ret_names->size > 0 ? " " : "");
            cli_event_add_span(ret_names, value);
        }
    }
    if (ret_names != NULL && count > SHOWN_MAX) {
        cli_text_add_format(ret_names, " and %zu more", count - SHOWN_MAX);
    }
    return count;
}

static void print_names(const struct cli_style *style, const struct cli_tree *tree,
                        enum cli_slot slot, const char *label, const char *id)
{
    struct cli_text names = {0};
    struct cli_text row = {0};

    count_values(tree, slot, id, &names);
    if (names.size > 0) {
        cli_add_colored(style, &row, CLI_DIM, label);
        cli_text_add_format(&row, " %s\n", names.bytes);
        fwrite(row.bytes, 1, row.size, stdout);
    }
    cli_text_fini(&names);
    cli_text_fini(&row);
}

static void add_count(struct cli_text *text, const char *dot, size_t count, const char *what)
{
    cli_text_add_format(text, "%s%zu %s%s", dot, count, what, count == 1 ? "" : "s");
}

static void print_heading(const struct cli_style *style, const char *id,
                          const struct cli_tree *tree, int64_t begin_us, int64_t end_us)
{
    const char *dot = ruler_of(style)->dot;
    struct cli_text row = {0};
    char time[TRL_TIMESTAMP_SIZE];

    cli_add_colored(style, &row, CLI_DIM, "trail");
    cli_text_add(&row, " ", 1);
    cli_color_begin(style, &row, CLI_BOLD);
    cli_text_add_safe(&row, id, strlen(id), false);
    cli_color_end(style, &row);
    cli_text_add(&row, "\n", 1);
    fwrite(row.bytes, 1, row.size, stdout);
    print_names(style, tree, CLI_REQUEST_ID, "request", id);
    print_names(style, tree, CLI_TRACE_ID, "trace", id);

    cli_text_clear(&row);
    trl_clock_format_ms(begin_us / 1000, time);
    cli_text_add_format(&row, "%.10s %.12s UTC", time, time + 11);
    add_count(&row, dot, count_values(tree, CLI_SERVICE, id, NULL), "service");
    add_count(&row, dot, tree->entry_count, "event");
    if (tree->copies > 0) {
        cli_text_add_format(&row, "%s%zu repeated", dot, tree->copies);
    }
    cli_text_add_string(&row, dot);
    cli_add_duration(&row, (double)(end_us - begin_us) / 1000);
    printf("%s\n\n", row.bytes);
    cli_text_fini(&row);
}

void cli_draw(const struct cli_style *here, const char *id, const struct cli_tree *tree)
{
    struct cli_style sized = *here;
    const struct cli_style *style = &sized;
    int64_t begin_us;
    int64_t end_us;

    struct cli_node **rows = cli_new(tree->node_count, sizeof(struct cli_node *));
    size_t count = 0;

    sized.width = here->width != 0 ? here->width : WIDTH_DEFAULT;
    for (struct cli_node *node = cli_tree_next(&tree->root); node != NULL;
         node = cli_tree_next(node)) {
        rows[count++] = node;
    }
    decide_starts(rows, count);
    find_bounds(tree, &begin_us, &end_us);
    int time_width = snprintf(NULL, 0, "%6.3f", (double)(end_us - begin_us) / 1e6);
    print_heading(style, id, tree, begin_us, end_us);
    for (size_t i = 0; i < count; i++) {
        draw_node(style, rows[i], begin_us, time_width);
    }
    free(rows);
}
