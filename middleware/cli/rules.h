/* What an event must be: one table, which `trail schema` prints and `trail check` holds lines to.
 */
#ifndef TRL_CLI_RULES_H
#define TRL_CLI_RULES_H

#include "event.h"

enum cli_form {
    CLI_FORM_TIMESTAMP,
    CLI_FORM_LEVEL,
    CLI_FORM_EVENT,
    CLI_FORM_ID,
    CLI_FORM_JOB_ID,
    CLI_FORM_TRACE_ID,
    CLI_FORM_SPAN_ID,
    CLI_FORM_ANY,
    CLI_FORM_STRING,
    CLI_FORM_COUNT,  /* an integer from 0 */
    CLI_FORM_NUMBER, /* a number from 0 */
    CLI_FORM_STATUS,
    CLI_FORM_TRUE,
};

struct cli_rule {
    const char *name;
    enum cli_form form;
    bool required;
    const char *help;
};

/* The leading members first, in their order. */
extern const struct cli_rule cli_rules[];
extern const size_t cli_rule_count;

/* Whether a value has the form; if not, what it should be is in *ret_wanted. */
bool cli_form_holds(enum cli_form form, const struct trl_json_member *member,
                    const char **ret_wanted);

/* Whether this is a name for an event. */
bool cli_event_name_holds(const char *name);

/* What is wrong with a line, in words; false if nothing is. The line is without its newline. */
bool cli_find_fault(const char *line, size_t size, struct cli_text *ret_fault);

#endif
