/* The configuration of the process as plain values: parsed and set by the setup room, read by every
 * room above this one. Texts and lists live as long as the configuration. */
#ifndef TRL_CORE_CONFIG_H
#define TRL_CORE_CONFIG_H

#include "core/id.h"
#include "core/network.h"

#include <trail/base.h>

/* Outputs that one process may have. */
#define TRL_CONFIG_OUTPUTS_MAX 8

/* Names that the request ID may have in a request. */
#define TRL_ID_HEADERS_MAX 4

enum trl_format { TRL_FORMAT_AUTO, TRL_FORMAT_JSON, TRL_FORMAT_PRETTY };
enum trl_schema { TRL_SCHEMA_TRAIL, TRL_SCHEMA_ECS, TRL_SCHEMA_OTEL, TRL_SCHEMA_GCP };
enum trl_delivery { TRL_DELIVERY_SYNC, TRL_DELIVERY_ASYNC };
enum trl_overflow { TRL_OVERFLOW_BLOCK, TRL_OVERFLOW_DROP };
enum trl_client_ip { TRL_CLIENT_IP_FULL, TRL_CLIENT_IP_HASH, TRL_CLIENT_IP_OFF };

enum trl_output_kind {
    TRL_OUTPUT_STDOUT,
    TRL_OUTPUT_STDERR,
    TRL_OUTPUT_FILE,
    TRL_OUTPUT_LINKED_FILE, /* the path may be a symbolic link */
    TRL_OUTPUT_SYSLOG,
    TRL_OUTPUT_JOURNALD,
    TRL_OUTPUT_OTLP,
    TRL_OUTPUT_NULL,
};

struct trl_output_config {
    enum trl_output_kind kind;
    const char *address;    /* what follows the colon; "" if nothing does */
    enum trail_level level; /* its threshold; TRAIL_LEVEL_DEFAULT: the process's */
};

/* Items without spaces around them; none is empty. */
struct trl_list {
    size_t count;
    const char *const *items;
};

/* Where outbound calls carry the context: all, or the default set if it is named, and the list. */
struct trl_reach {
    bool all;
    bool private_names; /* loopback and private literals, localhost, single labels, .internal … */
    struct trl_list hosts;
};

struct trl_config {
    const char *service;
    const char *environment;
    enum trail_level level;
    enum trl_format format; /* AUTO: decided by each output */
    enum trl_schema schema;
    const char *cloud_project; /* Google Cloud's, for the schema gcp; "": not known */
    size_t output_count;
    struct trl_output_config outputs[TRL_CONFIG_OUTPUTS_MAX];
    enum trl_delivery delivery;
    const char *spool_dir; /* "": a directory of the user's own under /dev/shm */
    size_t spool_bytes;
    enum trl_overflow overflow;
    struct trl_networks trusted;
    struct trl_networks admin_trusted;
    struct trl_reach propagate_to;
    struct trl_list propagate_baggage;
    struct trl_list baggage_fields;     /* members of incoming baggage that become bound fields */
    struct trl_list request_id_headers; /* 1 to TRL_ID_HEADERS_MAX; the first is sent */
    enum trl_id_format request_id_format;
    struct trl_list redact;
    struct trl_list redact_allow;
    bool keep_debug;
    enum trl_client_ip client_ip;
    uint64_t slow_ms;    /* 0: off */
    uint64_t stalled_ms; /* 0: off */
    bool cpu_time;       /* terminal events bear cpuMs */
    struct trl_list quiet;
    double sample; /* 0 to 1 */
    bool crash;
    bool debug_checks;
};

extern const struct trl_config *trl_config_current_;
extern unsigned trl_config_generation_;

/* The configuration in force; the documented defaults before trail_open() and after trail_close().
 * Never NULL. Any thread. */
static inline const struct trl_config *trl_config(void)
{
    return __atomic_load_n(&trl_config_current_, __ATOMIC_ACQUIRE);
}

/* Whether trl_config_set() has put a configuration in force: a trail is open. Any thread. */
bool trl_config_is_set(void);

/* Puts config in force, NULL the defaults. Borrowed until the next call. Setup only. */
void trl_config_set(const struct trl_config *config);

/* How often that was called. What is remembered of a configuration holds while this stands: the
 * next one may lie at the same address. Any thread. */
static inline unsigned trl_config_generation(void)
{
    return __atomic_load_n(&trl_config_generation_, __ATOMIC_ACQUIRE);
}

#endif
