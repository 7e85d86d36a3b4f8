/* What a row of a trail says: of requests, calls and jobs in words, of other lines their fields. */
#include "draw.h"

#include <string.h>

/* A hundred years: what claims to have taken longer has not. */
#define DURATION_MAX_MS 3.2e12

/* Rows that are looked through for the one that a field need not be repeated after. */
#define LOOK_BACK_MAX 64

static void add_gap(struct cli_text *text)
{
    cli_text_add(text, "  ", 2);
}

/* The first of the node's lines that has this member, its end before its start. */
static bool find_member(const struct cli_node *node, const char *name,
                        struct trl_json_member *ret_member)
{
    return (node->end != NULL && cli_event_find(&node->end->event, name, ret_member)) ||
           (node->start != NULL && cli_event_find(&node->start->event, name, ret_member));
}

static bool add_member(const struct cli_style *style, const struct cli_node *node, const char *name,
                       const char *before, enum cli_color color, struct cli_text *text)
{
    struct trl_json_member member;

    if (!find_member(node, name, &member)) {
        return false;
    }
    cli_text_add_string(text, before);
    cli_color_begin(style, text, color);
    cli_event_add_value(text, &member);
    cli_color_end(style, text);
    return true;
}

/* A duration that a line gives; -1 where it gives none, or none that can be. */
static double milliseconds(const struct cli_entry *entry, const char *name)
{
    double ms = entry != NULL ? cli_event_number(&entry->event, name, -1) : -1;

    return ms >= 0 && ms <= DURATION_MAX_MS ? ms : -1;
}

static enum cli_color level_color(enum trail_level level)
{
    return level >= TRAIL_LEVEL_ERROR  ? CLI_RED
           : level == TRAIL_LEVEL_WARN ? CLI_YELLOW
                                       : CLI_PLAIN;
}

static void add_mark(const struct cli_style *style, enum trail_level level, struct cli_text *text)
{
    if (level >= TRAIL_LEVEL_ERROR) {
        cli_add_colored(style, text, CLI_RED, style->ascii ? "x " : "✗ ");
    } else if (level == TRAIL_LEVEL_WARN) {
        cli_add_colored(style, text, CLI_YELLOW, "! ");
    }
}

static void add_service(const struct cli_style *style, const struct cli_node *node,
                        struct cli_text *text)
{
    struct trl_json_span service = cli_node_service(node);

    cli_color_begin(style, text, CLI_CYAN);
    if (service.text != NULL) {
        cli_event_add_span(text, service);
    } else {
        cli_text_add_string(text, "(no service)");
    }
    cli_color_end(style, text);
}

static void add_status(const struct cli_style *style, const struct cli_node *node,
                       struct cli_text *text)
{
    double status = node->end != NULL ? cli_event_number(&node->end->event, "status", 0) : 0;
    enum cli_color color = status >= 500 ? CLI_RED : status >= 400 ? CLI_YELLOW : CLI_GREEN;
    struct trl_json_member slow;

    add_member(style, node, "status", "  ", color, text);
    add_member(style, node, "errorCode", "  ", CLI_RED, text);
    if (find_member(node, "slow", &slow) && slow.type == TRL_JSON_TRUE) {
        add_gap(text);
        cli_add_colored(style, text, CLI_YELLOW, "slow");
    }
    if (node->end == NULL) {
        add_gap(text);
        cli_add_colored(style, text, CLI_YELLOW, "unfinished");
    }
}

static void label_request(const struct cli_style *style, const struct cli_node *node,
                          struct cli_text *text)
{
    add_service(style, node, text);
    add_member(style, node, "method", "  ", CLI_BOLD, text);
    if (!add_member(style, node, "path", " ", CLI_BOLD, text)) {
        add_member(style, node, "route", " ", CLI_BOLD, text);
    }
    add_status(style, node, text);
}

static void label_call(const struct cli_style *style, const struct cli_node *node,
                       struct cli_text *text)
{
    struct trl_json_member attempt;

    cli_add_colored(style, text, CLI_DIM, style->ascii ? "->" : "→");
    add_member(style, node, "method", " ", CLI_PLAIN, text);
    add_member(style, node, "target", " ", CLI_PLAIN, text);
    add_member(style, node, "path", "", CLI_PLAIN, text);
    add_status(style, node, text);
    if (find_member(node, "attempt", &attempt) && !cli_span_is(attempt.value, "1")) {
        add_member(style, node, "attempt", "  attempt ", CLI_PLAIN, text);
    }
}

/* How the last attempt at a job ended. */
static const struct cli_entry *job_outcome(const struct cli_node *job)
{
    for (size_t i = job->child_count; i > 0; i--) {
        if (job->children[i - 1]->kind == CLI_ATTEMPT) {
            return job->children[i - 1]->end;
        }
    }
    return NULL;
}

static void add_outcome(const struct cli_style *style, const struct cli_entry *end,
                        struct cli_text *text)
{
    add_gap(text);
    if (end == NULL) {
        cli_add_colored(style, text, CLI_YELLOW, "unfinished");
    } else if (cli_event_has(&end->event, CLI_EVENT, "job_succeeded")) {
        cli_add_colored(style, text, CLI_GREEN, "succeeded");
    } else if (cli_event_has(&end->event, CLI_EVENT, "job_dead_lettered")) {
        cli_add_colored(style, text, CLI_RED, "dead-lettered");
    } else {
        double delay_ms = milliseconds(end, "delayMs");

        cli_color_begin(style, text, CLI_YELLOW);
        cli_text_add_string(text, "retry");
        if (delay_ms >= 0) {
            cli_text_add_string(text, " in ");
            cli_add_duration(text, delay_ms);
        }
        cli_color_end(style, text);
    }
}

static void label_job(const struct cli_style *style, const struct cli_node *node,
                      struct cli_text *text)
{
    size_t attempts = 0;
    struct trl_json_member queue;

    for (size_t i = 0; i < node->child_count; i++) {
        attempts += node->children[i]->kind == CLI_ATTEMPT;
    }
    cli_add_colored(style, text, CLI_DIM, style->ascii ? "=> " : "⇒ ");
    cli_add_colored(style, text, CLI_PLAIN, "job");
    if (find_member(node, "queue", &queue) ||
        cli_event_find(&node->first->event, "queue", &queue)) {
        cli_text_add(text, " ", 1);
        cli_color_begin(style, text, CLI_BOLD);
        cli_event_add_value(text, &queue);
        cli_color_end(style, text);
    }
    if (attempts == 0) {
        add_gap(text);
        cli_add_colored(style, text, CLI_YELLOW, "not received");
    } else {
        add_outcome(style, job_outcome(node), text);
    }
    if (attempts > 1) {
        cli_text_add_format(text, " after %zu attempts", attempts);
    }
}

static void label_attempt(const struct cli_style *style, const struct cli_node *node,
                          struct cli_text *text)
{
    double waited_ms = milliseconds(node->start, "waitedMs");

    add_service(style, node, text);
    add_member(style, node, "attempt", "  attempt ", CLI_PLAIN, text);
    add_outcome(style, node->end, text);
    add_member(style, node, "errorCode", "  ", CLI_RED, text);
    if (waited_ms >= 0) {
        cli_text_add_string(text, "  waited ");
        cli_add_duration(text, waited_ms);
    }
}

/* The line that a reader has seen last on the way to this one; NULL: none, or too far back. */
static const struct cli_node *leaf_before(const struct cli_node *node)
{
    size_t looked_at = 0;

    for (; node->parent != NULL; node = node->parent) {
        for (size_t i = node->index; i > 0 && looked_at < LOOK_BACK_MAX; i--, looked_at++) {
            const struct cli_node *sibling = node->parent->children[i - 1];

            if (sibling->kind == CLI_LEAF) {
                return sibling;
            }
        }
    }
    return NULL;
}

/* Whether a row leaves a member out: it stands elsewhere in the tree, or in the row before. */
static bool is_elsewhere(const struct cli_style *style, const struct cli_node *node,
                         const struct trl_json_member *member)
{
    const struct cli_node *before = leaf_before(node);
    struct trl_json_member same;

    if (cli_slot_of(member) < CLI_LEADING ||
        (node->kind == CLI_LEAF && trl_json_key_is(member, "durationMs"))) {
        return true;
    }
    if (style->full || node->kind != CLI_LEAF) {
        return false;
    }
    char key[128];
    size_t size = trl_json_unescape(member->key, key, sizeof key - 1);
    key[size] = '\0';
    return before != NULL && cli_event_find(&before->first->event, key, &same) &&
           cli_span_equal(same.value, member->value);
}

static void add_fields(const struct cli_style *style, const struct cli_node *node,
                       const struct cli_entry *entry, struct cli_text *text)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;

    trl_json_object_begin(&lexer, entry->event.line.text, entry->event.line.size);
    while (trl_json_object_next(&lexer, &member)) {
        if (is_elsewhere(style, node, &member)) {
            continue;
        }
        add_gap(text);
        cli_color_begin(style, text, CLI_DIM);
        cli_event_add_span(text, member.key);
        cli_text_add(text, "=", 1);
        cli_color_end(style, text);
        cli_event_add_value(text, &member);
    }
}

/* Whether the message only says the event's name again: `Order created` for order_created. */
static bool repeats(const struct cli_event *event)
{
    struct trl_json_span name = event->slots[CLI_EVENT];
    struct trl_json_span message = event->slots[CLI_MESSAGE];
    size_t size = message.size;

    if (size > 0 && message.text[size - 1] == '.') {
        size--;
    }
    if (name.text == NULL || name.size != size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        char want = name.text[i] == '_' ? ' ' : name.text[i];
        char have = message.text[i];

        if (want != (have >= 'A' && have <= 'Z' ? have - 'A' + 'a' : have)) {
            return false;
        }
    }
    return true;
}

static void label_leaf(const struct cli_style *style, const struct cli_node *node,
                       struct cli_text *text)
{
    const struct cli_event *event = &node->first->event;
    bool apart = node->parent == NULL || node->parent->first == NULL ||
                 !cli_span_equal(cli_node_service(node), cli_node_service(node->parent));

    if (apart) {
        add_service(style, node, text);
        add_gap(text);
    }
    cli_color_begin(style, text, level_color(event->level));
    if (event->slots[CLI_EVENT].text != NULL) {
        cli_event_add_span(text, event->slots[CLI_EVENT]);
    } else if (event->slots[CLI_MESSAGE].text == NULL) {
        cli_text_add_string(text, "(no event)");
    }
    cli_color_end(style, text);
    if (event->slots[CLI_MESSAGE].size > 0 && (style->full || !repeats(event))) {
        if (event->slots[CLI_EVENT].text != NULL) {
            add_gap(text);
        }
        cli_event_add_span(text, event->slots[CLI_MESSAGE]);
    }
    add_fields(style, node, node->first, text);
}

static void label_span(const struct cli_style *style, const struct cli_node *node,
                       struct cli_text *text)
{
    add_service(style, node, text);
    cli_color_begin(style, text, CLI_DIM);
    cli_text_add_string(text, "  span ");
    cli_event_add_span(text, node->span);
    cli_color_end(style, text);
}

/* The names of the events that a node's row stands for, to search for; with all they said. */
static void add_lifecycle(const struct cli_style *style, const struct cli_node *node,
                          struct cli_text *text)
{
    const struct cli_entry *lines[] = {node->start, node->end};

    for (size_t i = 0; i < 2; i++) {
        if (lines[i] == NULL) {
            continue;
        }
        add_gap(text);
        cli_color_begin(style, text, CLI_DIM);
        cli_event_add_span(text, lines[i]->event.slots[CLI_EVENT]);
        cli_color_end(style, text);
        if (style->full) {
            add_fields(style, node, lines[i], text);
        }
    }
}

static unsigned copies_of(const struct cli_node *node)
{
    unsigned start = node->start != NULL ? node->start->copies : 1;
    unsigned end = node->end != NULL ? node->end->copies : 1;

    return start > end ? start : end;
}

void cli_label(const struct cli_style *style, const struct cli_node *node, struct cli_text *text)
{
    static void (*const labels[])(const struct cli_style *, const struct cli_node *,
                                  struct cli_text *) = {
        [CLI_REQUEST] = label_request, [CLI_CALL] = label_call, [CLI_JOB] = label_job,
        [CLI_ATTEMPT] = label_attempt, [CLI_SPAN] = label_span, [CLI_LEAF] = label_leaf,
    };
    enum trail_level level = node->end != NULL ? node->end->event.level : TRAIL_LEVEL_DEFAULT;

    add_mark(style, level, text);
    labels[node->kind](style, node, text);
    if (copies_of(node) > 1) {
        cli_text_add_format(text, style->ascii ? "  x%u" : "  ×%u", copies_of(node));
    }
    if (node->parent_missing) {
        add_gap(text);
        cli_color_begin(style, text, CLI_DIM);
        cli_text_add_string(text, "parent ");
        if (style->full) {
            cli_event_add_span(text, node->parent_span);
            cli_text_add(text, " ", 1);
        }
        cli_text_add_string(text, "not here");
        cli_color_end(style, text);
    }
    if (node->kind != CLI_LEAF) {
        add_lifecycle(style, node, text);
    }
}

double cli_node_ms(const struct cli_node *node)
{
    if (node->kind == CLI_JOB) {
        return job_outcome(node) != NULL ? (double)(node->end_us - node->start_us) / 1000 : -1;
    }
    return milliseconds(node->end, "durationMs");
}
