/* trail schema: the JSON Schema of an event (draft 2020-12), from the table that check uses. */
#include "commands.h"
#include "rules.h"

#include <stdio.h>

static const char *const forms[] = {
    [CLI_FORM_TIMESTAMP] =
        "\"type\": \"string\", \"format\": \"date-time\",\n"
        "      \"pattern\": "
        "\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"",
    [CLI_FORM_LEVEL] = "\"enum\": [\"debug\", \"info\", \"warn\", \"error\", \"fatal\"]",
    [CLI_FORM_EVENT] = "\"type\": \"string\", \"pattern\": \"^[a-z][a-z0-9]*(_[a-z0-9]+)*$\"",
    [CLI_FORM_ID] = "\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9._~:+/=@-]{1,128}$\"",
    [CLI_FORM_JOB_ID] = "\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9._~:+/=@-]{1,64}$\"",
    [CLI_FORM_TRACE_ID] = "\"type\": \"string\", \"pattern\": \"^(?!0{32})[0-9a-f]{32}$\"",
    [CLI_FORM_SPAN_ID] = "\"type\": \"string\", \"pattern\": \"^(?!0{16})[0-9a-f]{16}$\"",
    [CLI_FORM_ANY] = NULL,
    [CLI_FORM_STRING] = "\"type\": \"string\"",
    [CLI_FORM_COUNT] = "\"type\": \"integer\", \"minimum\": 0",
    [CLI_FORM_NUMBER] = "\"type\": \"number\", \"minimum\": 0",
    [CLI_FORM_STATUS] = "\"type\": \"integer\", \"minimum\": 100, \"maximum\": 599",
    [CLI_FORM_TRUE] = "\"const\": true",
};

static enum cli_exit run(const struct cli_args *args)
{
    if (args->count > 0) {
        return cli_misused(args->command, "schema: takes no argument");
    }
    fputs("{\n"
          "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
          "  \"title\": \"An event of trail\",\n"
          "  \"description\": \"One line of log, at most 32768 bytes with its newline. No key "
          "stands twice; the first eleven properties lead, in this order.\",\n"
          "  \"type\": \"object\",\n"
          "  \"required\": [",
          stdout);
    const char *comma = "";
    for (size_t i = 0; i < cli_rule_count; i++) {
        if (cli_rules[i].required) {
            printf("%s\"%s\"", comma, cli_rules[i].name);
            comma = ", ";
        }
    }
    fputs("],\n  \"properties\": {\n", stdout);
    for (size_t i = 0; i < cli_rule_count; i++) {
        const struct cli_rule *rule = &cli_rules[i];

        bool last = i + 1 == cli_rule_count;

        printf("    \"%s\": {\n      \"description\": \"%s\"", rule->name, rule->help);
        if (forms[rule->form] != NULL) {
            printf(",\n      %s", forms[rule->form]);
        }
        printf("\n    }%s\n", last ? "" : ",");
    }
    fputs("  },\n  \"additionalProperties\": true\n}\n", stdout);
    return CLI_DONE;
}

const struct cli_command cli_schema = {
    .name = "schema",
    .operands = "",
    .summary = "the JSON Schema of an event",
    .description = "Prints the JSON Schema (draft 2020-12) of an event.\n",
    .run = run,
};
