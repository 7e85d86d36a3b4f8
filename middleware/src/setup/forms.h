/* The form that an output gives its lines. */
#ifndef TRL_SETUP_FORMS_H
#define TRL_SETUP_FORMS_H

#include "core/config.h"
#include "sink/sink.h"

/* The form of a descriptor's lines (-1: a file). With TRL_FORMAT_AUTO a terminal gets lines for
 * people; colours stand on terminals alone, and not where NO_COLOR is set or TERM is dumb. */
struct trl_transform trl_form_of(enum trl_format format, enum trl_schema schema, int fd);

/* The form of a schema; fn is NULL for TRL_SCHEMA_TRAIL. */
struct trl_transform trl_form_of_schema(enum trl_schema schema);

/* The form that trl_transform.name stood for in a process that is dead. */
struct trl_transform trl_form_named(const char *name);

#endif
