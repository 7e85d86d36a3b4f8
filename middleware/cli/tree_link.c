/* Who stands below whom in a trail: by parentSpanId and jobId, and where a line has neither, by the
 * work of its service that was under way. What finds no parent stands at the top. */
#include "tree.h"

#include <stdlib.h>

/* How well a node serves as the parent of one that names its span; 0: not at all. */
static int fitness(const struct cli_node *parent, const struct cli_node *child)
{
    bool same_service = cli_span_equal(cli_node_service(parent), cli_node_service(child));
    bool sent_it = child->kind == CLI_REQUEST ? parent->kind == CLI_CALL : same_service;

    if (parent == child) {
        return 0;
    }
    return 1 + (sent_it ? 2 : 0) + (parent->start_us <= child->start_us ? 1 : 0);
}

static struct cli_node *find_parent(const struct cli_tree *tree, const struct cli_node *child)
{
    struct cli_node *node = cli_tree_find_span(tree, child->parent_span);
    struct cli_node *best = NULL;
    int best_fitness = 0;

    for (; node != NULL; node = node->same_key) {
        int own = fitness(node, child);
        if (own > best_fitness) {
            best = node;
            best_fitness = own;
        }
    }
    return best;
}

/* Work that lines without a span can belong to: few nodes of many. */
struct hosts {
    struct cli_node **nodes;
    size_t count;
};

static struct hosts collect_hosts(const struct cli_tree *tree)
{
    struct hosts hosts = {.nodes = cli_new(tree->node_count + 1, sizeof(struct cli_node *))};

    for (size_t i = 0; i < tree->node_count; i++) {
        enum cli_kind kind = tree->nodes[i]->kind;
        if (kind == CLI_REQUEST || kind == CLI_ATTEMPT || kind == CLI_SPAN) {
            hosts.nodes[hosts.count++] = tree->nodes[i];
        }
    }
    return hosts;
}

/* The latest work of the same service under the same request that was under way at this time, or
 * else any such work. */
static struct cli_node *find_host(const struct hosts *hosts, const struct cli_node *loose)
{
    const struct trl_json_span *slots = loose->first->event.slots;
    struct cli_node *host = NULL;
    bool enclosed = false;

    for (size_t i = 0; i < hosts->count; i++) {
        struct cli_node *node = hosts->nodes[i];
        bool encloses = node->start_us <= loose->start_us && loose->start_us <= node->end_us;

        if (slots[CLI_REQUEST_ID].text == NULL || slots[CLI_SERVICE].text == NULL ||
            !cli_span_equal(node->first->event.slots[CLI_REQUEST_ID], slots[CLI_REQUEST_ID]) ||
            !cli_span_equal(cli_node_service(node), slots[CLI_SERVICE])) {
            continue;
        }
        if (host == NULL || (encloses && (!enclosed || node->start_us >= host->start_us))) {
            host = node;
            enclosed = encloses;
        }
    }
    return host;
}

/* A job that only its attempts tell of is where the first of them says. */
static struct cli_node *job_of(struct cli_tree *tree, const struct cli_node *attempt)
{
    struct cli_node *job = cli_node_of_job(tree, attempt->first);

    if (job->entry_count == 0 && job->first == attempt->first) {
        job->start_us = attempt->start_us;
        job->parent_span = attempt->parent_span;
    }
    return job;
}

static void choose_parent(struct cli_tree *tree, struct cli_node *node, const struct hosts *hosts)
{
    if (node->kind == CLI_ATTEMPT && node->first->event.slots[CLI_JOB_ID].text != NULL) {
        node->parent = job_of(tree, node);
        node->parent->end_us =
            node->end_us > node->parent->end_us ? node->end_us : node->parent->end_us;
        return;
    }
    node->parent = find_parent(tree, node);
    node->parent_missing = node->parent == NULL && node->parent_span.text != NULL;
    if (node->parent == NULL && node->kind == CLI_LEAF && node->parent_span.text == NULL) {
        node->parent = find_host(hosts, node);
    }
}

/* Cuts a circle of parents, by which nodes would be reached from nowhere. */
static void cut_circles(struct cli_tree *tree)
{
    /* Each walk marks its way in index; a walk that meets its own mark has gone round. */
    for (size_t i = 0; i < tree->node_count; i++) {
        struct cli_node *node = tree->nodes[i];

        while (node != NULL && node->index == 0) {
            node->index = i + 1;
            if (node->parent != NULL && node->parent->index == i + 1) {
                node->parent = NULL;
                node->parent_missing = true;
            }
            node = node->parent;
        }
    }
}

static void adopt(struct cli_node *parent, struct cli_node *child)
{
    parent->children = cli_with_room(parent->children, parent->child_count, sizeof(void *));
    child->parent = parent;
    parent->children[parent->child_count++] = child;
}

static int compare_siblings(const void *left, const void *right)
{
    const struct cli_node *a = *(const struct cli_node *const *)left;
    const struct cli_node *b = *(const struct cli_node *const *)right;
    const struct cli_entry *a_line = a->end != NULL ? a->end : a->first;
    const struct cli_entry *b_line = b->end != NULL ? b->end : b->first;

    if (a->start_us != b->start_us) {
        return a->start_us < b->start_us ? -1 : 1;
    }
    a_line = a->start != NULL ? a->start : a_line;
    b_line = b->start != NULL ? b->start : b_line;
    return (a_line->order > b_line->order) - (a_line->order < b_line->order);
}

static void order_children(struct cli_node *parent)
{
    if (parent->child_count == 0) {
        return;
    }
    qsort(parent->children, parent->child_count, sizeof(void *), compare_siblings);
    for (size_t i = 0; i < parent->child_count; i++) {
        parent->children[i]->index = i;
    }
}

void cli_tree_link(struct cli_tree *tree)
{
    struct hosts hosts = collect_hosts(tree);

    for (size_t i = 0; i < tree->node_count; i++) { /* grows where attempts make jobs */
        if (tree->nodes[i]->parent == NULL) {
            choose_parent(tree, tree->nodes[i], &hosts);
        }
    }
    free(hosts.nodes);
    cut_circles(tree);
    for (size_t i = 0; i < tree->node_count; i++) {
        struct cli_node *node = tree->nodes[i];
        adopt(node->parent != NULL ? node->parent : &tree->root, node);
    }
    for (size_t i = 0; i < tree->node_count; i++) {
        order_children(tree->nodes[i]);
    }
    order_children(&tree->root);
}
