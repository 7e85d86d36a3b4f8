/* trail log: events from shell scripts and cron jobs, under the ID of whoever called them. */
#include "commands.h"
#include "condition.h"
#include "input.h"
#include "rules.h"

#include "context/traceparent.h"
#include "core/id.h"
#include "sink/outputs.h"

#include <trail/propagate.h>
#include <trail/trail.h>

#include <stdlib.h>
#include <string.h>

struct fields {
    struct trail_field *items;
    size_t count;
};

struct request {
    const char *event; /* NULL: each line names its own */
    const char *message;
    enum trail_level level;
    const char *request_id; /* NULL: none */
    struct fields common;   /* of the command line */
    bool failed;
};

static void add_field(struct fields *fields, struct trail_field field)
{
    fields->items = cli_with_room(fields->items, fields->count, sizeof *fields->items);
    fields->items[fields->count++] = field;
}

/* KEY=VALUE or KEY:=JSON as a field that borrows from text. False, after telling why. */
static bool parse_field(const struct cli_args *args, const char *text, struct fields *fields)
{
    const char *equals = strchr(text, '=');
    bool json = equals != NULL && equals > text && equals[-1] == ':';

    if (equals == NULL || equals - text == (json ? 1 : 0)) {
        cli_misused(args->command, "log: '%s' is neither KEY=VALUE nor KEY:=JSON", text);
        return false;
    }
    const char *value = equals + 1;
    size_t key_size = (size_t)(equals - text) - (json ? 1 : 0);
    if (!json) {
        add_field(fields, trail_field_string(text, key_size, value));
        return true;
    }
    char *compact = cli_json_compact(value, strlen(value));
    if (compact == NULL) {
        cli_misused(args->command, "log: '%s' holds no JSON after ':='", text);
        return false;
    }
    free(compact);
    add_field(fields, trail_field_json_string(text, key_size, value));
    return true;
}

/* The ID to log under: the option's, else the environment's. False, after telling why. */
static bool choose_request_id(const struct cli_args *args, const char **ret_id)
{
    const char *option = cli_args_value(args, "request-id");
    const char *inherited = getenv("TRAIL_REQUEST_ID");
    const char *id = option != NULL ? option : inherited;
    const char *reason;

    *ret_id = NULL;
    if (id == NULL || (option == NULL && *id == '\0')) {
        return true;
    }
    reason = trl_id_reject_reason(id, strlen(id));
    if (reason != NULL) {
        cli_complain("%s: '%.200s' can't be used (%s): it is 1 to %d bytes of "
                     "A-Z a-z 0-9 . _ ~ : + / = @ -",
                     option != NULL ? "--request-id" : "TRAIL_REQUEST_ID", id, reason,
                     TRAIL_REQUEST_ID_MAX);
        return false;
    }
    *ret_id = id;
    return true;
}

static bool parse_request(const struct cli_args *args, struct request *request)
{
    bool from_stdin = cli_args_value(args, "stdin") != NULL;
    const char *level = cli_args_value(args, "level");
    size_t first = 0;

    if (args->count > 0 && strchr(args->operands[0], '=') == NULL) {
        request->event = args->operands[0];
        first = 1;
    } else if (!from_stdin) {
        cli_misused(args->command, "log: which EVENT?");
        return false;
    }
    if (request->event != NULL && !cli_event_name_holds(request->event)) {
        cli_misused(args->command, "log: EVENT is a name in snake_case, not '%s'", request->event);
        return false;
    }
    request->level = TRAIL_LEVEL_INFO;
    if (level != NULL && (trail_level_parse(level, &request->level) != TRAIL_OK ||
                          request->level == TRAIL_LEVEL_OFF)) {
        cli_misused(args->command, "log: --level is debug, info, warn, error or fatal, not '%s'",
                    level);
        return false;
    }
    for (size_t i = first; i < args->count; i++) {
        if (!parse_field(args, args->operands[i], &request->common)) {
            return false;
        }
    }
    request->message = cli_args_value(args, "message");
    return choose_request_id(args, &request->request_id);
}

/* What one line of standard input asks for. */
struct asked {
    struct fields fields; /* the common ones, then the line's */
    struct cli_text event;
    struct cli_text message;
    enum trail_level level;
    char **plain; /* unescaped keys and strings that the fields borrow */
    size_t plain_count;
};

static struct trl_json_span keep_plain(struct asked *asked, struct trl_json_span escaped)
{
    struct cli_text text = {0};

    cli_event_add_raw(&text, escaped);
    asked->plain = cli_with_room(asked->plain, asked->plain_count, sizeof(char *));
    asked->plain[asked->plain_count++] = text.bytes;
    return (struct trl_json_span){text.bytes, text.size};
}

/* A line that comes without EVENT on the command line leads with what that would have told. True if
 * the member was one of these; a bad value is told in *ret_why. */
static bool take_leading(struct asked *asked, const struct trl_json_member *member,
                         const char **ret_why)
{
    bool string = member->type == TRL_JSON_STRING;

    if (trl_json_key_is(member, "event")) {
        cli_text_clear(&asked->event);
        cli_event_add_raw(&asked->event, member->value);
        bool whole = strlen(asked->event.bytes) == asked->event.size; /* no \u0000 in it */
        *ret_why = string && whole && cli_event_name_holds(asked->event.bytes)
                       ? *ret_why
                       : "its event is no name in snake_case";
    } else if (trl_json_key_is(member, "message")) {
        cli_text_clear(&asked->message);
        cli_event_add_raw(&asked->message, member->value);
        *ret_why = string ? *ret_why : "its message is no string";
    } else if (trl_json_key_is(member, "level")) {
        struct cli_text level = {0};

        cli_event_add_raw(&level, member->value);
        if (!string || trail_level_parse(level.bytes, &asked->level) != TRAIL_OK ||
            asked->level == TRAIL_LEVEL_OFF) {
            *ret_why = "its level is none";
        }
        cli_text_fini(&level);
    } else {
        return false;
    }
    return true;
}

static void take_field(struct asked *asked, const struct trl_json_member *member)
{
    struct trl_json_span key = keep_plain(asked, member->key);

    if (member->type == TRL_JSON_STRING) {
        struct trl_json_span value = keep_plain(asked, member->value);

        add_field(&asked->fields, trail_field_text(key.text, key.size, value.text, value.size));
    } else {
        add_field(&asked->fields,
                  trail_field_json(key.text, key.size, member->value.text, member->value.size));
    }
}

/* NULL, or why the line can't be used. */
static const char *read_asked(const struct request *request, const struct cli_line *line,
                              struct asked *asked)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;
    const char *why = NULL;

    if (line->continues || !trl_json_object_begin(&lexer, line->text, line->size)) {
        return line->continues ? "it is far too long" : "it is no JSON object";
    }
    while (trl_json_object_next(&lexer, &member)) {
        if (request->event != NULL || !take_leading(asked, &member, &why)) {
            take_field(asked, &member);
        }
    }
    if (!trl_json_object_ok(&lexer)) {
        return "it is no JSON object";
    }
    return why == NULL && asked->event.size == 0 ? "it names no event, nor does the command line"
                                                 : why;
}

static void asked_init(const struct request *request, struct asked *ret_asked)
{
    *ret_asked = (struct asked){.level = request->level};
    cli_text_add_string(&ret_asked->event, request->event != NULL ? request->event : "");
    cli_text_add_string(&ret_asked->message, request->message != NULL ? request->message : "");
    for (size_t i = 0; i < request->common.count; i++) {
        add_field(&ret_asked->fields, request->common.items[i]);
    }
}

static void asked_fini(struct asked *asked)
{
    for (size_t i = 0; i < asked->plain_count; i++) {
        free(asked->plain[i]);
    }
    free(asked->plain);
    free(asked->fields.items);
    cli_text_fini(&asked->event);
    cli_text_fini(&asked->message);
}

static void log_asked(const struct asked *asked)
{
    if (trail_enabled(asked->level)) {
        trail_emit(NULL, asked->level, asked->event.bytes, asked->event.size,
                   asked->message.size > 0 ? asked->message.bytes : NULL, asked->fields.items,
                   asked->fields.count);
    }
}

static void log_line(struct request *request, const struct cli_line *line)
{
    struct asked asked;

    if (line->continued || line->size == 0) {
        return;
    }
    asked_init(request, &asked);
    const char *why = read_asked(request, line, &asked);
    if (why == NULL) {
        log_asked(&asked);
    } else {
        cli_complain("log: standard input, line %zu: %s", line->number, why);
        request->failed = true;
    }
    asked_fini(&asked);
}

/* Network outputs drop what their queues have no room for: so many lines are delivered before more
 * are read. */
enum { LINES_UNDER_WAY = 500, BYTES_UNDER_WAY = 1 << 18, DELIVERY_MS = 2000 };

static bool are_delivered(struct request *request, struct trail *trail, size_t number)
{
    if (trail_flush_outputs(trail, DELIVERY_MS) == TRAIL_OK) {
        return true;
    }
    cli_complain("log: an output takes nothing: no line behind number %zu was read", number);
    request->failed = true;
    return false;
}

static void log_lines(struct request *request, struct trail *trail)
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

static void log_one(const struct request *request)
{
    struct asked asked;

    asked_init(request, &asked);
    log_asked(&asked);
    asked_fini(&asked);
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
static struct trail_context *find_context(const struct request *request)
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

static enum cli_exit log_all(struct request *request, bool from_stdin)
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
    struct request request = {0};
    const char *service = cli_args_value(args, "service");
    enum cli_exit status = CLI_ERROR;

    if (service != NULL) {
        setenv("TRAIL_SERVICE", service, 1);
    }
    if (parse_request(args, &request)) {
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
