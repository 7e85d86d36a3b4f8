/* trail log: events from shell scripts and cron jobs, under the ID of whoever called them. */
#include "commands.h"
#include "log_asked.h"

#include "context/traceparent.h"
#include "sink/outputs.h"

#include <trail/propagate.h>
#include <trail/trail.h>

#include <stdlib.h>
#include <string.h>

static void log_asked(const struct cli_log_asked *asked)
{
    if (trail_enabled(asked->level)) {
        trail_emit(NULL, asked->level, asked->event.bytes, asked->event.size,
                   asked->message.size > 0 ? asked->message.bytes : NULL, asked->fields.items,
                   asked->fields.count);
    }
}

static void log_line(struct cli_log_request *request, const struct cli_line *line)
{
    struct cli_log_asked asked;

    if (line->continued || line->size == 0) {
        return;
    }
    cli_log_asked_init(request, &asked);
    const char *why = cli_log_asked_read(request, line, &asked);
    if (why == NULL) {
        log_asked(&asked);
    } else {
        cli_complain("log: standard input, line %zu: %s", line->number, why);
        request->failed = true;
    }
    cli_log_asked_fini(&asked);
}

/* Network outputs drop what their queues have no room for: so many lines are delivered before more
 * are read. */
enum { LINES_UNDER_WAY = 500, BYTES_UNDER_WAY = 1 << 18, DELIVERY_MS = 2000 };

static bool are_delivered(struct cli_log_request *request, struct trail *trail, size_t number)
{
    if (trail_flush_outputs(trail, DELIVERY_MS) == TRAIL_OK) {
        return true;
    }
    cli_complain("log: an output takes nothing: no line behind number %zu was read", number);
    request->failed = true;
    return false;
}

static void log_lines(struct cli_log_request *request, struct trail *trail)
{
    struct cli_file *file = cli_file_open("-");
    struct cli_line line;
    size_t lines = 0;
    size_t bytes = 0;
    bool go_on = true;

    while (go_on && cli_file_next(file, &line)) {
        log_line(request, &line);
        bytes += line.size;
        if (++lines >= LINES_UNDER_WAY || bytes >= BYTES_UNDER_WAY) {
            go_on = are_delivered(request, trail, line.number);
            lines = bytes = 0;
        }
    }
    request->failed |= cli_file_failed(file);
    cli_file_close(file);
}

static void log_one(const struct cli_log_request *request)
{
    struct cli_log_asked asked;

    cli_log_asked_init(request, &asked);
    log_asked(&asked);
    cli_log_asked_fini(&asked);
}

/* Whether the caller's environment names a trace. What is none is foreign, and ignored. */
static bool is_traced(void)
{
    const char *traceparent = getenv("TRACEPARENT");
    struct trl_traceparent parsed;

    if (traceparent == NULL || *traceparent == '\0') {
        return false;
    }
    if (trl_traceparent_parse(traceparent, strlen(traceparent), &parsed)) {
        return true;
    }
    cli_complain("TRACEPARENT: '%.200s' is no trace context, and is ignored", traceparent);
    return false;
}

/* The context to log in; NULL: none. */
static struct trail_context *find_context(const struct cli_log_request *request)
{
    struct trail_context *context = NULL;

    if (!is_traced() && request->request_id == NULL) {
        return NULL;
    }
    if (request->request_id != NULL) {
        setenv("TRAIL_REQUEST_ID", request->request_id, 1);
    }
    return trail_context_from_environment(&context) == TRAIL_OK ? context : NULL;
}

/* What became of the lines, when the outputs are closed. One that failed and took them after all is
 * none of the caller's business. */
static bool lost_any(bool delivered)
{
    struct trail_stats stats;
    unsigned long long dropped = 0;

    trl_outputs_stats(&stats);
    for (int reason = 0; reason < TRAIL_DROP_REASONS_; reason++) {
        for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
            dropped += stats.dropped[reason][level];
        }
    }
    if (dropped > 0) {
        cli_complain("log: an output has failed, and did not get %llu %s", dropped,
                     dropped == 1 ? "event" : "events");
    } else if (!delivered) {
        cli_complain("log: an output has failed; with TRAIL_DELIVERY=async what it did not get "
                     "waits for the next start");
    }
    return dropped > 0 || !delivered;
}

/* All the time that the outputs are given goes by before they are closed. */
static bool close_delivered(struct trail *trail)
{
    bool delivered = trail_flush_outputs(trail, DELIVERY_MS) == TRAIL_OK;

    if (!delivered) {
        trl_outputs_close(0);
    }
    trail_close(trail);
    return delivered;
}

static enum cli_exit log_all(struct cli_log_request *request, bool from_stdin)
{
    struct trail *trail;
    struct trail_scope scope;

    if (trail_open(NULL, &trail) != TRAIL_OK) {
        return CLI_ERROR;
    }
    struct trail_context *context = find_context(request);
    trail_enter(context, &scope);
    if (from_stdin) {
        log_lines(request, trail);
    } else {
        log_one(request);
    }
    trail_leave(&scope);
    trail_context_free(context);
    bool lost = lost_any(close_delivered(trail));
    return request->failed || lost ? CLI_ERROR : CLI_DONE;
}

static enum cli_exit run(const struct cli_args *args)
{
    struct cli_log_request request = {0};
    const char *service = cli_args_value(args, "service");
    enum cli_exit status = CLI_ERROR;

    if (service != NULL) {
        setenv("TRAIL_SERVICE", service, 1);
    }
    if (cli_log_request_parse(args, &request)) {
        status = log_all(&request, cli_args_value(args, "stdin") != NULL);
    }
    free(request.common.items);
    return status;
}

const struct cli_command cli_log = {
    .name = "log",
    .operands = "[EVENT] [KEY=VALUE…|KEY:=JSON…]",
    .summary = "writes an event from a script or a cron job",
    .description =
        "Writes one event, under the ID in TRAIL_REQUEST_ID, or in the trace that TRACEPARENT\n"
        "tells of, if there is one. EVENT is a name in snake_case, past tense:\n"
        "\n"
        "  trail log backup_finished host=db1 files:=1284 --message 'Backup finished'\n"
        "\n"
        "With --stdin each line is a JSON object of fields, and becomes one event; without\n"
        "EVENT each line names its own as \"event\", and \"level\" and \"message\" if it will.\n"
        "Where and how the event is written, the TRAIL_ environment variables tell: TRAIL_OUTPUT,\n"
        "TRAIL_SERVICE, TRAIL_LEVEL …\n",
    .options = {{"level", "LEVEL", "debug, info (default), warn, error or fatal"},
                {"message", "TEXT", "the same for people"},
                {"request-id", "ID", "the ID to log under"},
                {"service", "NAME", "in place of TRAIL_SERVICE"},
                {"stdin", NULL, "one event for each JSON object of fields on standard input"}},
    .run = run,
};
