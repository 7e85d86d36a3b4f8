/* The trail of one ID as a tree: requests, the calls and jobs that they caused, and every other
 * line in its place. Nothing that was added is left out of it. */
#ifndef TRL_CLI_TREE_H
#define TRL_CLI_TREE_H

#include "event.h"
#include "options.h"

enum cli_kind {
    CLI_REQUEST, /* a span with request_… lines */
    CLI_CALL,    /* a span with outbound_… lines */
    CLI_JOB,     /* what was enqueued under one jobId; its attempts are below it */
    CLI_ATTEMPT, /* a span that works on a job */
    CLI_SPAN,    /* any other span with several lines */
    CLI_LEAF,    /* one line */
};

/* Which end of which kind of span a line tells. */
struct cli_role {
    const char *event;
    enum cli_kind kind;
    bool ends;
};

/* One line of the trail. */
struct cli_entry {
    struct cli_event event;      /* its spans point into a copy that the tree owns */
    const struct cli_role *role; /* NULL: an application's own event */
    size_t order;                /* of arrival */
    unsigned copies;             /* how often just this line came */
};

struct cli_node {
    enum cli_kind kind;
    const struct cli_entry *first; /* any line of it; of a job without its own, of an attempt */
    const struct cli_entry *start; /* the line that tells its start; NULL: none came */
    const struct cli_entry *end;   /* the line that tells its end; of a leaf, the line */
    int64_t start_us;
    int64_t slack_us; /* so much earlier it may have begun: only its end was logged */
    int64_t shown_us; /* the start that the drawing has decided on */
    int64_t end_us;
    struct trl_json_span span;
    struct trl_json_span parent_span;
    bool parent_missing; /* it names a parent that is in none of the lines */
    struct cli_node *parent;
    size_t index;               /* among its siblings */
    struct cli_node **children; /* in order of time */
    size_t child_count;
    struct cli_node *same_key;  /* the next node of the same span */
    struct cli_entry **entries; /* while the tree is built */
    size_t entry_count;
};

struct cli_tree {
    struct cli_entry **entries; /* in order of time, once built */
    size_t entry_count;
    size_t copies; /* lines that had come before */
    struct cli_node **nodes;
    size_t node_count;
    struct cli_node root; /* its children have no parent; no line of its own */
    void *lines_;
    void *spans_;
    void *jobs_;
};

void cli_tree_init(struct cli_tree *ret_tree);
void cli_tree_fini(struct cli_tree *tree);

/* Adds a line, copied. A time that is not known is taken from the line before it. */
void cli_tree_add(struct cli_tree *tree, const struct cli_event *event);

/* Makes the nodes of the lines. Once, when all are there. */
void cli_tree_build(struct cli_tree *tree);

/* The node after this one, parents before their children; NULL after the last. */
struct cli_node *cli_tree_next(const struct cli_node *node);

/* For the two halves of the building. */
struct cli_node *cli_node_new(struct cli_tree *tree, enum cli_kind kind,
                              const struct cli_entry *first);
struct cli_node *cli_node_of_job(struct cli_tree *tree, const struct cli_entry *entry);
void cli_tree_link(struct cli_tree *tree);

/* The latest node of a span, with the others behind same_key; NULL: none. */
struct cli_node *cli_tree_find_span(const struct cli_tree *tree, struct trl_json_span span);

/* The service of a node; empty for the root and for a job that only its attempts tell of. */
struct trl_json_span cli_node_service(const struct cli_node *node);

#endif
