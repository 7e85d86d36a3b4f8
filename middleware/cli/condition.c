/* What `trail find` asks of an event: fields compared as text, or as JSON values. */
#include "condition.h"

#include "core/json.h"

#include <stdlib.h>
#include <string.h>

/* What the writer keeps back to close brackets with, and more. */
#define CLOSING_ROOM 1024

char *cli_json_compact(const char *text, size_t size)
{
    size_t capacity = TRL_JSON_EXPANSION_MAX * size + CLOSING_ROOM;
    char *compact = cli_new(capacity + 1, 1);
    struct trl_json json;

    trl_json_init(&json, compact, capacity);
    if (trl_json_value(&json, text, size, NULL) != TRL_JSON_WRITTEN) {
        free(compact);
        return NULL;
    }
    *json.at = '\0';
    return compact;
}

/* A number as JSON has it, and nothing else. */
static bool parse_number(const char *text, double *ret_number)
{
    struct trl_json_lexer lexer;
    struct trl_json_span span;
    char *end;

    trl_json_lexer_init(&lexer, text, strlen(text));
    if (trl_json_next(&lexer, &span) != TRL_JSON_NUMBER ||
        trl_json_next(&lexer, &span) != TRL_JSON_END) {
        return false;
    }
    *ret_number = strtod(text, &end);
    return true;
}

bool cli_condition_parse(const char *text, struct cli_condition *ret_condition)
{
    const char *equals = strchr(text, '=');
    struct cli_condition condition = {.relation = CLI_EQUAL};

    if (equals == NULL) {
        return false;
    }
    size_t key_size = (size_t)(equals - text);
    if (key_size > 0 && equals[-1] == '!') {
        condition.relation = CLI_DIFFERENT;
        key_size--;
    } else if (key_size > 0 && equals[-1] == ':') {
        condition.relation = CLI_SAME_JSON;
        key_size--;
    }
    if (key_size == 0) {
        return false;
    }
    const char *value = equals + 1;
    condition.value = condition.relation == CLI_SAME_JSON ? cli_json_compact(value, strlen(value))
                                                          : cli_copy(value, strlen(value));
    if (condition.value == NULL) {
        return false;
    }
    condition.key = cli_copy(text, key_size);
    condition.numeric = parse_number(condition.value, &condition.number);
    *ret_condition = condition;
    return true;
}

void cli_conditions_free(struct cli_condition *conditions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(conditions[i].key);
        free(conditions[i].value);
    }
    free(conditions);
}

/* The member that a path names: as a key that may hold full stops, else object by object. */
static bool find_path(struct trl_json_span object, const char *path,
                      struct trl_json_member *ret_member)
{
    if (trl_json_find(object.text, object.size, path, ret_member)) {
        return true;
    }
    for (const char *dot = strchr(path, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        char *head = cli_copy(path, (size_t)(dot - path));
        bool found = trl_json_find(object.text, object.size, head, ret_member) &&
                     ret_member->type == TRL_JSON_OBJECT_BEGIN;

        free(head);
        if (found && find_path(ret_member->value, dot + 1, ret_member)) {
            return true;
        }
    }
    return false;
}

static bool same_number(const struct cli_condition *condition, const struct trl_json_member *member)
{
    char text[64];

    if (!condition->numeric || member->type != TRL_JSON_NUMBER ||
        member->value.size >= sizeof text) {
        return false;
    }
    memcpy(text, member->value.text, member->value.size);
    text[member->value.size] = '\0';
    return strtod(text, NULL) == condition->number;
}

static bool same_text(const struct cli_condition *condition, const struct trl_json_member *member)
{
    struct cli_text text = {0};

    if (member->type != TRL_JSON_STRING) {
        return cli_span_is(member->value, condition->value) || same_number(condition, member);
    }
    cli_event_add_raw(&text, member->value);
    bool same = text.size == strlen(condition->value) &&
                memcmp(text.bytes, condition->value, text.size) == 0;
    cli_text_fini(&text);
    return same;
}

static bool same_json(const struct cli_condition *condition, const struct trl_json_member *member)
{
    bool string = member->type == TRL_JSON_STRING;
    /* The span of a string leaves out its quotes. */
    char *compact = cli_json_compact(member->value.text - (string ? 1 : 0),
                                     member->value.size + (string ? 2 : 0));
    bool same = compact != NULL && strcmp(compact, condition->value) == 0;

    free(compact);
    return same || same_number(condition, member);
}

bool cli_condition_holds(const struct cli_condition *condition, const struct cli_event *event)
{
    struct trl_json_member member;

    if (!find_path(event->line, condition->key, &member)) {
        return condition->relation == CLI_DIFFERENT;
    }
    if (condition->relation == CLI_SAME_JSON) {
        return same_json(condition, &member);
    }
    return same_text(condition, &member) == (condition->relation == CLI_EQUAL);
}
