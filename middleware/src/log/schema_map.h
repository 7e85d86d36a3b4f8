/* The tables that schema.c works by. */
#ifndef TRL_LOG_SCHEMA_MAP_H
#define TRL_LOG_SCHEMA_MAP_H

#include <stddef.h>

#define TRL_SCHEMA_PATH_MAX 4

/* How a value is written under its new name. A value of another type than the conversion's stays
 * under its own name. */
enum trl_schema_kind {
    TRL_KIND_TEXT,    /* a string, as it is */
    TRL_KIND_STANDIN, /* the same, where the line has no member named text */
    TRL_KIND_NUMBER,  /* a number, as it is */
    TRL_KIND_FIXED,   /* not from the line: text is the JSON */
    TRL_KIND_LEVEL,   /* text lists five JSON values by level, debug to fatal, comma separated */
    TRL_KIND_MS_AS_NS,
    TRL_KIND_MS_AS_DURATION, /* "0.123s" */
    TRL_KIND_TIME_AS_NS,     /* a string of nanoseconds since 1970 */
    TRL_KIND_COUNT_TEXT,     /* a whole number as a string: 64 bits in the JSON of protobuf */
    TRL_KIND_IP,             /* a string that is an IP address */
    TRL_KIND_HOST,           /* of host:port */
    TRL_KIND_PORT,
    TRL_KIND_TRACE, /* projects/PROJECT/traces/ID */
};

struct trl_schema_entry {
    const char *source; /* the line's name; NULL for TRL_KIND_FIXED */
    enum trl_schema_kind kind;
    const char *path[TRL_SCHEMA_PATH_MAX + 1]; /* objects, then the name */
    const char *text;
};

struct trl_schema_map {
    const struct trl_schema_entry *entries; /* those in one object stand together */
    size_t count;
    const char *rest;    /* the object for what no entry takes; NULL: the line itself */
    const char *guarded; /* an object that is only written if the line has guard; NULL: none */
    const char *guard;
};

extern const struct trl_schema_map trl_schema_ecs;
extern const struct trl_schema_map trl_schema_otel;
extern const struct trl_schema_map trl_schema_gcp;

#endif
