/* trail log: reading what is to be logged, from KEY=VALUE and from JSON objects. */
#include "log_asked.h"

#include "condition.h"
#include "rules.h"

#include "core/id.h"

#include <stdlib.h>
#include <string.h>

static void add_field(struct cli_log_fields *fields, struct trail_field field)
{
    fields->items = cli_with_room(fields->items, fields->count, sizeof *fields->items);
    fields->items[fields->count++] = field;
}

/* KEY=VALUE or KEY:=JSON as a field that borrows from text. False, after telling why. */
static bool parse_field(const struct cli_args *args, const char *text,
                        struct cli_log_fields *fields)
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

bool cli_log_request_parse(const struct cli_args *args, struct cli_log_request *request)
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

static struct trl_json_span keep_plain(struct cli_log_asked *asked, struct trl_json_span escaped)
{
    struct cli_text text = {0};

    cli_event_add_raw(&text, escaped);
    asked->plain = cli_with_room(asked->plain, asked->plain_count, sizeof(char *));
    asked->plain[asked->plain_count++] = text.bytes;
    return (struct trl_json_span){text.bytes, text.size};
}

/* A line that comes without EVENT on the command line leads with what that would have told. True if
 * the member was one of these; a bad value is told in *ret_why. */
static bool take_leading(struct cli_log_asked *asked, const struct trl_json_member *member,
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

static void take_field(struct cli_log_asked *asked, const struct trl_json_member *member)
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

const char *cli_log_asked_read(const struct cli_log_request *request, const struct cli_line *line,
                               struct cli_log_asked *asked)
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

void cli_log_asked_init(const struct cli_log_request *request, struct cli_log_asked *ret_asked)
{
    *ret_asked = (struct cli_log_asked){.level = request->level};
    cli_text_add_string(&ret_asked->event, request->event != NULL ? request->event : "");
    cli_text_add_string(&ret_asked->message, request->message != NULL ? request->message : "");
    for (size_t i = 0; i < request->common.count; i++) {
        add_field(&ret_asked->fields, request->common.items[i]);
    }
}

void cli_log_asked_fini(struct cli_log_asked *asked)
{
    for (size_t i = 0; i < asked->plain_count; i++) {
        free(asked->plain[i]);
    }
    free(asked->plain);
    free(asked->fields.items);
    cli_text_fini(&asked->event);
    cli_text_fini(&asked->message);
}
