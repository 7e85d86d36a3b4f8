/* How values are written under their new names. */
#ifndef TRL_LOG_SCHEMA_VALUE_H
#define TRL_LOG_SCHEMA_VALUE_H

#include "core/json.h"
#include "core/json_read.h"
#include "log/schema_map.h"

/* Writes the value of source as entry says. False: it is not of that type, or does not fit. */
bool trl_schema_put_value(struct trl_json *json, const struct trl_schema_entry *entry,
                          const struct trl_json_member *source, const char *project);

#endif
