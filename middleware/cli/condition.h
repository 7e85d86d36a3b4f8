/* What `trail find` asks of an event. */
#ifndef TRL_CLI_CONDITION_H
#define TRL_CLI_CONDITION_H

#include "event.h"

enum cli_relation { CLI_EQUAL, CLI_DIFFERENT, CLI_SAME_JSON };

struct cli_condition {
    char *key;
    enum cli_relation relation;
    char *value; /* of CLI_SAME_JSON: written anew, without white space */
    bool numeric;
    double number; /* if numeric */
};

/* KEY=VALUE, KEY!=VALUE or KEY:=JSON. False: it is none. Released by cli_conditions_free(). */
bool cli_condition_parse(const char *text, struct cli_condition *ret_condition);

bool cli_condition_holds(const struct cli_condition *condition, const struct cli_event *event);

void cli_conditions_free(struct cli_condition *conditions, size_t count);

/* A JSON text written anew without white space, owned by the caller; NULL if it is none. */
char *cli_json_compact(const char *text, size_t size);

#endif
