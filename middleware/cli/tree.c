/* The nodes of a trail: lines are gathered by span, and each span finds out what it is by the
 * lifecycle events among its lines. tree_link.c puts the nodes below each other. */
#include "tree.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* A timestamp tells a moment that is less than this later. */
#define CLOCK_STEP_US 999

static const struct cli_role roles[] = {
    {"request_started", CLI_REQUEST, false},    {"request_completed", CLI_REQUEST, true},
    {"request_failed", CLI_REQUEST, true},      {"request_aborted", CLI_REQUEST, true},
    {"outbound_started", CLI_CALL, false},      {"outbound_completed", CLI_CALL, true},
    {"outbound_failed", CLI_CALL, true},        {"job_enqueued", CLI_JOB, false},
    {"job_received", CLI_ATTEMPT, false},       {"job_succeeded", CLI_ATTEMPT, true},
    {"job_retry_scheduled", CLI_ATTEMPT, true}, {"job_dead_lettered", CLI_ATTEMPT, true},
};

static const struct cli_role *role_of(const struct cli_event *event)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (cli_event_has(event, CLI_EVENT, roles[i].event)) {
            return &roles[i];
        }
    }
    return NULL;
}

void cli_tree_init(struct cli_tree *ret_tree)
{
    *ret_tree = (struct cli_tree){0};
}

static void keep(void *item)
{
    (void)item;
}

void cli_tree_fini(struct cli_tree *tree)
{
    tdestroy(tree->lines_, keep);
    tdestroy(tree->spans_, keep);
    tdestroy(tree->jobs_, keep);
    for (size_t i = 0; i < tree->node_count; i++) {
        free(tree->nodes[i]->children);
        free(tree->nodes[i]->entries);
        free(tree->nodes[i]);
    }
    for (size_t i = 0; i < tree->entry_count; i++) {
        free((char *)tree->entries[i]->event.line.text);
        free(tree->entries[i]);
    }
    free(tree->root.children);
    free(tree->nodes);
    free(tree->entries);
    *tree = (struct cli_tree){0};
}

static int compare_spans(struct trl_json_span left, struct trl_json_span right)
{
    size_t common = left.size < right.size ? left.size : right.size;
    int order = common > 0 ? memcmp(left.text, right.text, common) : 0;

    return order != 0 ? order : (left.size > right.size) - (left.size < right.size);
}

static int compare_lines(const void *left, const void *right)
{
    return compare_spans(((const struct cli_entry *)left)->event.line,
                         ((const struct cli_entry *)right)->event.line);
}

static int compare_span_keys(const void *left, const void *right)
{
    return compare_spans(((const struct cli_node *)left)->span,
                         ((const struct cli_node *)right)->span);
}

static int compare_job_keys(const void *left, const void *right)
{
    return compare_spans(((const struct cli_node *)left)->first->event.slots[CLI_JOB_ID],
                         ((const struct cli_node *)right)->first->event.slots[CLI_JOB_ID]);
}

static void *insert(void *item, void **set, int (*compare)(const void *, const void *))
{
    void *found = tsearch(item, set, compare);

    if (found == NULL) {
        cli_complain("no memory");
        exit(CLI_ERROR);
    }
    return *(void **)found;
}

void cli_tree_add(struct cli_tree *tree, const struct cli_event *event)
{
    struct cli_entry *entry = cli_new(1, sizeof *entry);
    char *copy = cli_new(event->line.size + 1, 1);

    memcpy(copy, event->line.text, event->line.size);
    cli_event_read(copy, event->line.size, &entry->event);
    struct cli_entry *same = insert(entry, &tree->lines_, compare_lines);
    same->copies++;
    if (same != entry) {
        tree->copies++;
        free(copy);
        free(entry);
        return;
    }
    entry->role = role_of(&entry->event);
    entry->order = tree->entry_count;
    tree->entries = cli_with_room(tree->entries, tree->entry_count, sizeof(void *));
    tree->entries[tree->entry_count++] = entry;
}

struct cli_node *cli_node_new(struct cli_tree *tree, enum cli_kind kind,
                              const struct cli_entry *first)
{
    struct cli_node *node = cli_new(1, sizeof *node);

    node->kind = kind;
    node->first = first;
    node->span = first->event.slots[CLI_SPAN_ID];
    tree->nodes = cli_with_room(tree->nodes, tree->node_count, sizeof(void *));
    tree->nodes[tree->node_count++] = node;
    return node;
}

static void gather(struct cli_node *node, struct cli_entry *entry)
{
    node->entries = cli_with_room(node->entries, node->entry_count, sizeof(void *));
    node->entries[node->entry_count++] = entry;
    if (node->parent_span.text == NULL) {
        node->parent_span = entry->event.slots[CLI_PARENT_SPAN_ID];
    }
}

struct cli_node *cli_node_of_job(struct cli_tree *tree, const struct cli_entry *entry)
{
    struct cli_node key = {.first = entry};
    struct cli_node **found = tfind(&key, &tree->jobs_, compare_job_keys);

    if (found != NULL) {
        return *found;
    }
    struct cli_node *node = cli_node_new(tree, CLI_JOB, entry);
    node->span = (struct trl_json_span){0};
    return insert(node, &tree->jobs_, compare_job_keys);
}

/* Whether this line begins an attempt, while the node has seen one begin already: a worker may do
 * all attempts under one span. */
static bool begins_another(const struct cli_node *node, const struct cli_entry *entry)
{
    if (entry->role == NULL || entry->role->kind != CLI_ATTEMPT || entry->role->ends) {
        return false;
    }
    for (size_t i = 0; i < node->entry_count; i++) {
        if (node->entries[i]->role == entry->role) {
            return true;
        }
    }
    return false;
}

struct cli_node *cli_tree_find_span(const struct cli_tree *tree, struct trl_json_span span)
{
    struct cli_node key = {.span = span};
    struct cli_node **found =
        span.text != NULL ? tfind(&key, &tree->spans_, compare_span_keys) : NULL;

    return found != NULL ? *found : NULL;
}

/* The node of a line's span. One span in two services is two nodes: its sender told it, too. */
static struct cli_node *node_of_span(struct cli_tree *tree, const struct cli_entry *entry)
{
    struct cli_node *latest = cli_tree_find_span(tree, entry->event.slots[CLI_SPAN_ID]);
    struct cli_node *node = latest;

    while (node != NULL &&
           !cli_span_equal(cli_node_service(node), entry->event.slots[CLI_SERVICE])) {
        node = node->same_key;
    }
    if (node != NULL && !begins_another(node, entry)) {
        return node;
    }
    /* The latest stands first, so that an attempt's lines go to the attempt that runs. */
    node = cli_node_new(tree, CLI_SPAN, entry);
    node->same_key = latest;
    if (latest != NULL) {
        tdelete(latest, &tree->spans_, compare_span_keys);
    }
    return insert(node, &tree->spans_, compare_span_keys);
}

static void gather_all(struct cli_tree *tree)
{
    for (size_t i = 0; i < tree->entry_count; i++) {
        struct cli_entry *entry = tree->entries[i];
        const struct trl_json_span *slots = entry->event.slots;

        if (entry->role != NULL && entry->role->kind == CLI_JOB && slots[CLI_JOB_ID].text != NULL) {
            gather(cli_node_of_job(tree, entry), entry);
        } else if (slots[CLI_SPAN_ID].text != NULL) {
            gather(node_of_span(tree, entry), entry);
        } else if (slots[CLI_JOB_ID].text != NULL) {
            gather(cli_node_of_job(tree, entry), entry);
        } else {
            gather(cli_node_new(tree, CLI_SPAN, entry), entry);
        }
    }
}

static bool has_role(const struct cli_node *node, enum cli_kind kind)
{
    for (size_t i = 0; i < node->entry_count; i++) {
        if (node->entries[i]->role != NULL && node->entries[i]->role->kind == kind) {
            return true;
        }
    }
    return false;
}

static enum cli_kind kind_of(const struct cli_node *node)
{
    if (node->kind == CLI_JOB || has_role(node, CLI_REQUEST)) {
        return node->kind == CLI_JOB ? CLI_JOB : CLI_REQUEST;
    }
    if (has_role(node, CLI_ATTEMPT)) {
        return CLI_ATTEMPT;
    }
    if (has_role(node, CLI_CALL)) {
        return CLI_CALL;
    }
    if (node->first->event.slots[CLI_JOB_ID].text != NULL &&
        node->first->event.slots[CLI_SPAN_ID].text != NULL) {
        return CLI_ATTEMPT;
    }
    return node->entry_count == 1 ? CLI_LEAF : CLI_SPAN;
}

/* The line that tells this end of the node: of several the first. */
static const struct cli_entry *find_end(const struct cli_node *node, bool ends)
{
    for (size_t i = 0; i < node->entry_count; i++) {
        const struct cli_role *role = node->entries[i]->role;

        if (role != NULL && role->kind == node->kind && role->ends == ends) {
            return node->entries[i];
        }
    }
    return NULL;
}

/* When a span began whose start was not logged. Timestamps are cut to the millisecond, so this is
 * the latest moment that it can have been: then no line stands on the wrong side of it. */
static void estimate_start(struct cli_node *node)
{
    double duration_us = 1000 * cli_event_number(&node->end->event, "durationMs", 0);
    int64_t end_us = node->end->event.time_us;

    if (!(duration_us >= 0) || duration_us > (double)INT32_MAX * 1e6) {
        duration_us = 0;
    }
    int64_t earliest_us = end_us - (int64_t)duration_us;
    node->start_us = earliest_us + CLOCK_STEP_US < end_us ? earliest_us + CLOCK_STEP_US : end_us;
    node->slack_us = node->start_us - earliest_us;
}

static void set_times(struct cli_node *node)
{
    const struct cli_entry *last = node->entries[node->entry_count - 1];
    int64_t first_us = node->entries[0]->event.time_us;

    node->start_us = first_us;
    if (node->start == NULL && node->end != NULL) {
        estimate_start(node);
    }
    if (first_us < node->start_us) {
        node->slack_us -=
            node->slack_us < node->start_us - first_us ? node->slack_us : node->start_us - first_us;
        node->start_us = first_us;
    }
    node->end_us = node->end != NULL ? node->end->event.time_us : last->event.time_us;
}

/* Gives every line of the node that is neither its start nor its end a leaf of its own. */
static void spread(struct cli_tree *tree, struct cli_node *node)
{
    node->start = find_end(node, false);
    node->end = find_end(node, true);
    set_times(node);
    for (size_t i = 0; i < node->entry_count; i++) {
        const struct cli_entry *entry = node->entries[i];

        if (entry != node->start && entry != node->end) {
            struct cli_node *leaf = cli_node_new(tree, CLI_LEAF, entry);
            leaf->end = entry;
            leaf->parent = node;
            leaf->start_us = leaf->end_us = entry->event.time_us;
        }
    }
}

static int compare_times(const void *left, const void *right)
{
    const struct cli_entry *a = *(const struct cli_entry *const *)left;
    const struct cli_entry *b = *(const struct cli_entry *const *)right;

    if (a->event.time_us != b->event.time_us) {
        return a->event.time_us < b->event.time_us ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

/* A line without a time stands with the one that came before it. */
static void fill_times(struct cli_tree *tree)
{
    int64_t time_us = 0;

    for (size_t i = tree->entry_count; i > 0; i--) {
        int64_t own = tree->entries[i - 1]->event.time_us;
        time_us = own != CLI_TIME_UNKNOWN ? own : time_us;
    }
    for (size_t i = 0; i < tree->entry_count; i++) {
        struct cli_event *event = &tree->entries[i]->event;

        if (event->time_us == CLI_TIME_UNKNOWN) {
            event->time_us = time_us;
        }
        time_us = event->time_us;
    }
}

void cli_tree_build(struct cli_tree *tree)
{
    if (tree->entry_count == 0) {
        return;
    }
    fill_times(tree);
    qsort(tree->entries, tree->entry_count, sizeof(void *), compare_times);
    gather_all(tree);
    size_t gathered = tree->node_count;
    for (size_t i = 0; i < gathered; i++) {
        struct cli_node *node = tree->nodes[i];

        node->kind = kind_of(node);
        if (node->kind == CLI_LEAF) {
            node->end = node->first;
            node->start_us = node->end_us = node->first->event.time_us;
        } else {
            spread(tree, node);
        }
    }
    cli_tree_link(tree);
}

struct cli_node *cli_tree_next(const struct cli_node *node)
{
    if (node->child_count > 0) {
        return node->children[0];
    }
    while (node->parent != NULL && node->index + 1 == node->parent->child_count) {
        node = node->parent;
    }
    return node->parent != NULL ? node->parent->children[node->index + 1] : NULL;
}

struct trl_json_span cli_node_service(const struct cli_node *node)
{
    return node->first != NULL ? node->first->event.slots[CLI_SERVICE] : (struct trl_json_span){0};
}
