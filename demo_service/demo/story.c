/* Story: a trail is whole if each service that the order reached says so, each request has exactly
 * one last event, and every span hangs on another one of the same trail. */
#include "demo/story.h"

#include "demo/events.h"
#include "demo/http.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define EVENTS_MAX 12
#define SPANS_MAX  128
#define SPAN_BYTES 20
#define SHOW_MS    30000
#define POLL_MS    50u

struct story {
    const char *title;
    const char *body;
    int status;
    /* What each service must say, in any order, each as often as it stands here. */
    const char *events[FLEET_SERVICES_][EVENTS_MAX];
};

#define ITEMS        "\"items\":[{\"sku\":\"tea-darjeeling\",\"quantity\":2}]"
#define ORDER(token) "{\"userId\":\"ada\"," ITEMS ",\"payment\":{\"token\":\"" token "\"}}"

static const struct story stories[] = {
    {.title = "an order that succeeds",
     .body = ORDER("tok_visa"),
     .status = 201,
     .events = {[FLEET_GATEWAY] = {"request_completed"},
                [FLEET_CHECKOUT] = {"checkout_started", "inventory_reserved", "order_created",
                                    "job_enqueued", "confirmation_email_enqueued",
                                    "request_completed"},
                [FLEET_PAYMENT] = {"payment_authorized", "request_completed"},
                [FLEET_WORKER] = {"job_received", "email_sent", "job_succeeded"}}},
    {.title = "a payment that is declined",
     .body = ORDER("tok_declined"),
     .status = 402,
     .events = {[FLEET_GATEWAY] = {"request_completed"},
                [FLEET_CHECKOUT] = {"checkout_started", "inventory_reserved", "order_create_failed",
                                    "request_completed"},
                [FLEET_PAYMENT] = {"payment_failed", "request_completed"}}},
    {.title = "a payment provider that does not answer in time",
     .body = ORDER("tok_timeout"),
     .status = 504,
     .events = {[FLEET_GATEWAY] = {"request_failed"},
                [FLEET_CHECKOUT] = {"checkout_started", "inventory_reserved", "order_create_failed",
                                    "request_failed"},
                [FLEET_PAYMENT] = {"payment_failed", "request_failed"}}},
    {.title = "an order that is not valid",
     .body = "{\"userId\":\"ada\",\"items\":[{\"sku\":\"tea-darjeeling\",\"quantity\":0}],"
             "\"payment\":{\"token\":\"tok_visa\"}}",
     .status = 400,
     .events = {[FLEET_GATEWAY] = {"request_completed"},
                [FLEET_CHECKOUT] = {"order_create_failed", "request_completed"}}},
    {.title = "a payment that fails once and is tried again",
     .body = ORDER("tok_flaky"),
     .status = 201,
     .events = {[FLEET_GATEWAY] = {"request_completed"},
                [FLEET_CHECKOUT] = {"checkout_started", "inventory_reserved", "order_created",
                                    "job_enqueued", "confirmation_email_enqueued",
                                    "request_completed"},
                [FLEET_PAYMENT] = {"payment_failed", "request_failed", "payment_authorized",
                                   "request_completed"},
                [FLEET_WORKER] = {"job_received", "email_sent", "job_succeeded"}}},
};
#define STORIES (sizeof(stories) / sizeof(stories[0]))

/* What was found of a story so far. */
struct finding {
    const struct story *story;
    enum fleet_service which;
    const char *request_id;
    unsigned seen[FLEET_SERVICES_][EVENTS_MAX];
    unsigned terminals[FLEET_SERVICES_];
    char spans[SPANS_MAX][SPAN_BYTES];
    char parents[SPANS_MAX][SPAN_BYTES];
    size_t lines;
    char missing[256]; /* "": whole */
};

static bool take(void *context, const cJSON *event)
{
    struct finding *finding = context;
    const char *const *expected = finding->story->events[finding->which];

    if (strcmp(event_text(event, "requestId"), finding->request_id) != 0) {
        return true;
    }
    for (size_t i = 0; i < EVENTS_MAX && expected[i] != NULL; i++) {
        finding->seen[finding->which][i] += event_is(event, expected[i]) ? 1 : 0;
    }
    finding->terminals[finding->which] += event_is_terminal(event) ? 1 : 0;
    if (finding->lines < SPANS_MAX) {
        (void)snprintf(finding->spans[finding->lines], SPAN_BYTES, "%s",
                       event_text(event, "spanId"));
        (void)snprintf(finding->parents[finding->lines], SPAN_BYTES, "%s",
                       event_text(event, "parentSpanId"));
        finding->lines++;
    }
    return true;
}

static bool check_events(struct finding *finding)
{
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        const char *const *expected = finding->story->events[which];
        unsigned terminals = 0;
        for (size_t i = 0; i < EVENTS_MAX && expected[i] != NULL; i++) {
            terminals += strncmp(expected[i], "request_", 8) == 0 ? 1 : 0;
            if (finding->seen[which][i] != 1) {
                (void)snprintf(
                    finding->missing, sizeof(finding->missing), "%s says %s %u times, and not once",
                    fleet_name((enum fleet_service)which), expected[i], finding->seen[which][i]);
                return false;
            }
        }
        if (finding->terminals[which] != terminals) {
            (void)snprintf(finding->missing, sizeof(finding->missing),
                           "%s has %u last events of requests, and not %u",
                           fleet_name((enum fleet_service)which), finding->terminals[which],
                           terminals);
            return false;
        }
    }
    return true;
}

static bool check_tree(struct finding *finding)
{
    for (size_t i = 0; i < finding->lines; i++) {
        bool found = finding->parents[i][0] == '\0';
        for (size_t j = 0; j < finding->lines && !found; j++) {
            found = strcmp(finding->parents[i], finding->spans[j]) == 0;
        }
        if (!found) {
            (void)snprintf(finding->missing, sizeof(finding->missing),
                           "the span %s, that others hang on, is nowhere", finding->parents[i]);
            return false;
        }
    }
    return true;
}

/* Reads the logs from where they ended before the order was placed. */
static bool is_whole(const struct fleet *fleet, const struct story *story, const char *request_id,
                     const long ends[FLEET_SERVICES_], struct finding *finding)
{
    memset(finding, 0, sizeof(*finding));
    finding->story = story;
    finding->request_id = request_id;
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        char log[FLEET_PATH_MAX];
        finding->which = (enum fleet_service)which;
        fleet_log(fleet, finding->which, log, sizeof(log));
        (void)events_read(log, ends[which], take, finding);
    }
    return check_events(finding) && check_tree(finding);
}

/* Runs `trail show`, which prints to this process's own output. */
static bool show(const struct fleet *fleet, const char *request_id)
{
    char program[FLEET_PATH_MAX];
    char logs[FLEET_SERVICES_][FLEET_PATH_MAX];
    const char *argv[4 + FLEET_SERVICES_] = {program, "show", request_id};
    struct process process;
    int status = 0;

    (void)snprintf(program, sizeof(program), "%s/trail", fleet->settings.programs);
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        fleet_log(fleet, (enum fleet_service)which, logs[which], FLEET_PATH_MAX);
        argv[3 + which] = logs[which];
    }
    (void)fflush(stdout);
    if (!process_start(&(struct process_options){.argv = argv}, &process)) {
        return false;
    }
    bool ended = process_wait(&process, SHOW_MS, &status);
    (void)process_stop(&process, 1000);
    return ended && status == 0;
}

static bool tell(const struct fleet *fleet, const struct story *story, unsigned patience_ms)
{
    static struct finding finding;
    char url[64];
    struct http_answer answer;
    long ends[FLEET_SERVICES_];
    bool whole = false;

    for (int which = 0; which < FLEET_SERVICES_; which++) {
        char log[FLEET_PATH_MAX];
        fleet_log(fleet, (enum fleet_service)which, log, sizeof(log));
        ends[which] = events_end(log);
    }
    fleet_url(fleet, FLEET_GATEWAY, "/orders", url, sizeof(url));
    http_call(&(struct http_request){.url = url,
                                     .headers = {"Content-Type: application/json"},
                                     .body = story->body},
              &answer);
    http_answer_free(&answer);
    printf("\n== %s: %d, %s\n\n", story->title, answer.status, answer.request_id);
    for (unsigned waited_ms = 0; !whole && waited_ms < patience_ms; waited_ms += POLL_MS) {
        whole = is_whole(fleet, story, answer.request_id, ends, &finding);
        if (!whole) {
            (void)poll(NULL, 0, (int)POLL_MS);
        }
    }
    bool shown = show(fleet, answer.request_id);
    if (answer.status != story->status) {
        printf("\n!! answered %d, and not %d\n", answer.status, story->status);
    }
    if (!whole) {
        printf("\n!! not whole: %s\n", finding.missing);
    }
    if (!shown) {
        printf("\n!! trail show %s failed\n", answer.request_id);
    }
    return whole && shown && answer.status == story->status;
}

size_t stories_tell(const struct fleet *fleet, unsigned patience_ms)
{
    size_t broken = 0;

    for (size_t i = 0; i < STORIES; i++) {
        broken += tell(fleet, &stories[i], patience_ms) ? 0 : 1;
    }
    printf("\n%zu of %zu trails are whole\n", STORIES - broken, STORIES);
    return broken;
}
