/* Setup: the table of all options and variables, and the one loop that reads them. */
#include "setup/settings.h"

#include "core/ascii.h"
#include "setup/values.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 128 };

struct variable;
typedef enum trail_status reader(const struct variable *variable, const char *text,
                                 struct trl_settings *settings);

struct variable {
    const char *name;
    const char *foreign; /* asked next; what it holds is ignored if it can't be used */
    const char *option;
    size_t option_offset;
    reader *read;
    size_t target; /* offset in struct trl_config */
    const void *detail;
    const char *allowed;
};

struct bounds {
    uint64_t minimum;
    uint64_t maximum;
};

static void *target_of(const struct variable *variable, struct trl_settings *settings)
{
    return (char *)&settings->config + variable->target;
}

static enum trail_status read_name(const struct variable *variable, const char *text,
                                   struct trl_settings *settings)
{
    const char **target = target_of(variable, settings);

    if (strlen(text) > NAME_MAX_BYTES || !trl_value_is_text(text)) {
        return TRAIL_ERR_MALFORMED;
    }
    *target = trl_settings_copy(settings, text, strlen(text));
    return *target != NULL ? TRAIL_OK : TRAIL_ERR_NOMEM;
}

static enum trail_status read_directory(const struct variable *variable, const char *text,
                                        struct trl_settings *settings)
{
    const char **target = target_of(variable, settings);

    if (*text != '/' || !trl_value_is_text(text)) {
        return TRAIL_ERR_MALFORMED;
    }
    *target = trl_settings_copy(settings, text, strlen(text));
    return *target != NULL ? TRAIL_OK : TRAIL_ERR_NOMEM;
}

static enum trail_status read_level(const struct variable *variable, const char *text,
                                    struct trl_settings *settings)
{
    return trail_level_parse(text, (enum trail_level *)target_of(variable, settings));
}

static enum trail_status read_enum(const struct variable *variable, const char *text,
                                   struct trl_settings *settings)
{
    return trl_value_read_word(text, variable->detail, (int *)target_of(variable, settings));
}

static enum trail_status read_switch(const struct variable *variable, const char *text,
                                     struct trl_settings *settings)
{
    static const struct trl_value_word words[] = {{"on", 1}, {"off", 0}, {NULL, 0}};
    int on;
    enum trail_status status = trl_value_read_word(text, words, &on);

    if (status == TRAIL_OK) {
        *(bool *)target_of(variable, settings) = on == 1;
    }
    return status;
}

static enum trail_status read_number(const struct variable *variable, const char *text,
                                     struct trl_settings *settings)
{
    const struct bounds *bounds = variable->detail;

    return trl_value_read_number(text, bounds->minimum, bounds->maximum,
                                 target_of(variable, settings));
}

static enum trail_status read_size(const struct variable *variable, const char *text,
                                   struct trl_settings *settings)
{
    const struct bounds *bounds = variable->detail;
    uint64_t size;
    enum trail_status status = trl_value_read_size(text, bounds->minimum, bounds->maximum, &size);

    if (status == TRAIL_OK) {
        *(size_t *)target_of(variable, settings) = (size_t)size;
    }
    return status;
}

static enum trail_status read_share(const struct variable *variable, const char *text,
                                    struct trl_settings *settings)
{
    return trl_value_read_share(text, target_of(variable, settings));
}

static enum trail_status read_list(const struct variable *variable, const char *text,
                                   struct trl_settings *settings)
{
    trl_value_item_check *const *check = variable->detail;

    return trl_value_read_list(text, *check, settings, target_of(variable, settings));
}

/* At least one header must be left: responses bear the first. Of each request all are read. */
static enum trail_status read_headers(const struct variable *variable, const char *text,
                                      struct trl_settings *settings)
{
    struct trl_list list;
    enum trail_status status = trl_value_read_list(text, trl_value_is_id_header, settings, &list);

    if (status == TRAIL_OK && (list.count == 0 || list.count > TRL_ID_HEADERS_MAX)) {
        return TRAIL_ERR_MALFORMED;
    }
    if (status == TRAIL_OK) {
        *(struct trl_list *)target_of(variable, settings) = list;
    }
    return status;
}

static enum trail_status read_networks(const struct variable *variable, const char *text,
                                       struct trl_settings *settings)
{
    return trl_networks_parse(text, target_of(variable, settings));
}

/* `private` in the list stands for the default set. */
static enum trail_status read_reach(const struct variable *variable, const char *text,
                                    struct trl_settings *settings)
{
    struct trl_reach reach = {.all = trl_strcasecmp(text, "all") == 0};
    enum trail_status status = TRAIL_OK;

    if (!reach.all) {
        status = trl_value_read_list(text, trl_value_is_host, settings, &reach.hosts);
    }
    for (size_t i = 0; status == TRAIL_OK && i < reach.hosts.count; i++) {
        reach.private_names =
            reach.private_names || trl_strcasecmp(reach.hosts.items[i], "private") == 0;
    }
    if (status == TRAIL_OK) {
        *(struct trl_reach *)target_of(variable, settings) = reach;
    }
    return status;
}

static enum trail_status read_outputs(const struct variable *variable, const char *text,
                                      struct trl_settings *settings)
{
    (void)variable;
    return trl_value_read_outputs(text, settings);
}

/* clang-format off */
static const struct trl_value_word formats[] = {{"auto", TRL_FORMAT_AUTO}, {"json", TRL_FORMAT_JSON},
                                            {"pretty", TRL_FORMAT_PRETTY}, {NULL, 0}};
static const struct trl_value_word schemas[] = {{"trail", TRL_SCHEMA_TRAIL}, {"ecs", TRL_SCHEMA_ECS},
                                            {"otel", TRL_SCHEMA_OTEL}, {"gcp", TRL_SCHEMA_GCP},
                                            {NULL, 0}};
static const struct trl_value_word deliveries[] = {{"sync", TRL_DELIVERY_SYNC},
                                               {"async", TRL_DELIVERY_ASYNC}, {NULL, 0}};
static const struct trl_value_word overflows[] = {{"block", TRL_OVERFLOW_BLOCK},
                                              {"drop", TRL_OVERFLOW_DROP}, {NULL, 0}};
static const struct trl_value_word id_formats[] = {{"uuid4", TRL_ID_UUID4}, {"uuid7", TRL_ID_UUID7},
                                               {NULL, 0}};
static const struct trl_value_word client_ips[] = {{"full", TRL_CLIENT_IP_FULL},
                                               {"hash", TRL_CLIENT_IP_HASH},
                                               {"off", TRL_CLIENT_IP_OFF}, {NULL, 0}};
static const struct bounds a_day_ms = {0, 86400000};
static const struct bounds spool_bounds = {(uint64_t)1 << 20, (uint64_t)64 << 30};
static trl_value_item_check *const header_names = trl_value_is_header_name;
static trl_value_item_check *const paths = trl_value_is_path;
static trl_value_item_check *const texts = trl_value_is_text;

#define LEVELS   "debug, info, warn, error, fatal, off"
#define NETWORKS "none, all, or a comma-separated list of addresses and CIDR networks"
#define KEYS     "none, or a comma-separated list of keys"
#define MEMBERS  "none, all, or a comma-separated list of keys"
#define OPTION(name) #name, offsetof(struct trail_options, name)
#define TARGET(name) offsetof(struct trl_config, name)

static const struct variable variables[] = {
    {"TRAIL_SERVICE", "OTEL_SERVICE_NAME", OPTION(service), read_name, TARGET(service), NULL,
     "1 to 128 bytes of UTF-8 without control characters"},
    {"TRAIL_ENVIRONMENT", NULL, OPTION(environment), read_name, TARGET(environment), NULL,
     "1 to 128 bytes of UTF-8 without control characters"},
    {"TRAIL_LEVEL", "LOG_LEVEL", OPTION(level), read_level, TARGET(level), NULL, LEVELS},
    {"TRAIL_FORMAT", NULL, OPTION(format), read_enum, TARGET(format), formats,
     "auto, json, pretty"},
    {"TRAIL_SCHEMA", NULL, OPTION(schema), read_enum, TARGET(schema), schemas,
     "trail, ecs, otel, gcp"},
    {"TRAIL_OUTPUT", NULL, OPTION(output), read_outputs, TARGET(outputs), NULL,
     "a comma-separated list of up to 8 different outputs: stdout, stderr, file:PATH, "
     "linked-file:PATH, syslog:ADDRESS, journald, otlp:URL, null, each with @LEVEL if it has its "
     "own"},
    {"TRAIL_DELIVERY", NULL, OPTION(delivery), read_enum, TARGET(delivery), deliveries,
     "sync, async"},
    {"TRAIL_SPOOL_DIR", NULL, OPTION(spool_dir), read_directory, TARGET(spool_dir), NULL,
     "an absolute path"},
    {"TRAIL_SPOOL_BYTES", NULL, OPTION(spool_bytes), read_size, TARGET(spool_bytes), &spool_bounds,
     "1MiB to 64GiB, as 16777216, 16MiB, 1GiB"},
    {"TRAIL_OVERFLOW", NULL, OPTION(overflow), read_enum, TARGET(overflow), overflows,
     "block, drop"},
    {"TRAIL_TRUSTED", NULL, OPTION(trusted), read_networks, TARGET(trusted), NULL, NETWORKS},
    {"TRAIL_ADMIN_TRUSTED", NULL, OPTION(admin_trusted), read_networks, TARGET(admin_trusted), NULL,
     NETWORKS},
    {"TRAIL_PROPAGATE_TO", NULL, OPTION(propagate_to), read_reach, TARGET(propagate_to), NULL,
     "none, all, or a comma-separated list of host names, .suffixes, addresses, CIDR networks, and "
     "the word private"},
    {"TRAIL_PROPAGATE_BAGGAGE", NULL, OPTION(propagate_baggage), read_list,
     TARGET(propagate_baggage), &header_names, MEMBERS},
    {"TRAIL_BAGGAGE_FIELDS", NULL, OPTION(baggage_fields), read_list, TARGET(baggage_fields),
     &header_names, MEMBERS},
    {"TRAIL_CRASH", NULL, OPTION(crash), read_switch, TARGET(crash), NULL, "on, off"},
    {"TRAIL_REQUEST_ID_HEADER", NULL, OPTION(request_id_header), read_headers,
     TARGET(request_id_headers), NULL, "a comma-separated list of 1 to 4 header names that HTTP and tracing have no other use for"},
    {"TRAIL_REQUEST_ID_FORMAT", NULL, OPTION(request_id_format), read_enum,
     TARGET(request_id_format), id_formats, "uuid4, uuid7"},
    {"TRAIL_REDACT", NULL, OPTION(redact), read_list, TARGET(redact), &texts, KEYS},
    {"TRAIL_REDACT_ALLOW", NULL, OPTION(redact_allow), read_list, TARGET(redact_allow), &texts,
     KEYS},
    {"TRAIL_KEEP_DEBUG", NULL, OPTION(keep_debug), read_switch, TARGET(keep_debug), NULL,
     "on, off"},
    {"TRAIL_CLIENT_IP", NULL, OPTION(client_ip), read_enum, TARGET(client_ip), client_ips,
     "full, hash, off"},
    {"TRAIL_SLOW_MS", NULL, OPTION(slow_ms), read_number, TARGET(slow_ms), &a_day_ms,
     "0 to 86400000 milliseconds; 0 switches it off"},
    {"TRAIL_STALLED_MS", NULL, OPTION(stalled_ms), read_number, TARGET(stalled_ms), &a_day_ms,
     "0 to 86400000 milliseconds; 0 switches it off"},
    {"TRAIL_CPU_TIME", NULL, OPTION(cpu_time), read_switch, TARGET(cpu_time), NULL, "on, off"},
    {"TRAIL_QUIET", NULL, OPTION(quiet), read_list, TARGET(quiet), &paths,
     "none, or a comma-separated list of paths that begin with a slash"},
    {"TRAIL_SAMPLE", NULL, OPTION(sample), read_share, TARGET(sample), NULL,
     "a decimal number from 0 to 1, as 0.25"},
};
/* clang-format on */

/* A copy without blanks around it; NULL in *ret_text if nothing is left. */
static enum trail_status trimmed(const char *text, struct trl_settings *settings,
                                 const char **ret_text)
{
    *ret_text = NULL;
    if (text == NULL) {
        return TRAIL_OK;
    }
    text += strspn(text, " \t\r\n");
    size_t size = strlen(text);
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL) {
        size--;
    }
    if (size == 0) {
        return TRAIL_OK;
    }
    *ret_text = trl_settings_copy(settings, text, size);
    return *ret_text != NULL ? TRAIL_OK : TRAIL_ERR_NOMEM;
}

/* Reads one value if there is one. */
static enum trail_status read_value(const struct variable *variable, const char *name,
                                    const char *text, struct trl_settings *settings,
                                    struct trl_problem *ret_problem, bool *ret_set)
{
    const char *value;
    enum trail_status status = trimmed(text, settings, &value);

    *ret_set = value != NULL;
    if (status != TRAIL_OK || value == NULL) {
        return status;
    }
    status = variable->read(variable, value, settings);
    if (status == TRAIL_OK && variable->read == read_outputs) {
        settings->output_source = trl_settings_copy(settings, name, strlen(name));
        status = settings->output_source != NULL ? TRAIL_OK : TRAIL_ERR_NOMEM;
    }
    if (status != TRAIL_OK && status != TRAIL_ERR_NOMEM) {
        trl_problem_describe(ret_problem, name, value, variable->allowed);
        status = TRAIL_ERR_CONFIG;
    }
    return status;
}

/* The variable, else the foreign one if it can be used, else the option. */
static enum trail_status read_variable(const struct variable *variable,
                                       const struct trail_options *options,
                                       struct trl_settings *settings,
                                       struct trl_problem *ret_problem)
{
    bool set = false;
    enum trail_status status;
    char name[64];

    if (!options->ignore_environment) {
        status = read_value(variable, variable->name, getenv(variable->name), settings, ret_problem,
                            &set);
        if (status != TRAIL_OK || set) {
            return status;
        }
        if (variable->foreign != NULL) {
            status = read_value(variable, variable->foreign, getenv(variable->foreign), settings,
                                ret_problem, &set);
            if (status == TRAIL_ERR_CONFIG) {
                fprintf(stderr, "trail: warning: ignored: %s\n", ret_problem->text);
            } else if (status != TRAIL_OK || set) {
                return status;
            }
        }
    }
    const char *option = *(const char *const *)((const char *)options + variable->option_offset);
    snprintf(name, sizeof(name), "option %s", variable->option);
    return read_value(variable, name, option, settings, ret_problem, &set);
}

const char *trl_cloud_project(void)
{
    const char *project = getenv("GOOGLE_CLOUD_PROJECT");
    bool named =
        project != NULL && strlen(project) <= NAME_MAX_BYTES && trl_value_is_project(project);

    return named ? project : "";
}

static enum trail_status read_cloud_project(const struct trail_options *options,
                                            struct trl_settings *settings)
{
    const char *project = options->ignore_environment ? "" : trl_cloud_project();

    settings->config.cloud_project = trl_settings_copy(settings, project, strlen(project));
    return settings->config.cloud_project != NULL ? TRAIL_OK : TRAIL_ERR_NOMEM;
}

enum trail_status trl_settings_read(const struct trail_options *options,
                                    struct trl_settings *ret_settings,
                                    struct trl_problem *ret_problem)
{
    static const struct trail_options none;
    struct trl_settings settings = {.config = *trl_config()};
    enum trail_status status;

    if (options == NULL) {
        options = &none;
    }
    settings.config.service = program_invocation_short_name;
    settings.output_source = "option output";
    status = read_cloud_project(options, &settings);
    for (size_t i = 0; status == TRAIL_OK && i < sizeof(variables) / sizeof(variables[0]); i++) {
        status = read_variable(&variables[i], options, &settings, ret_problem);
    }
    if (status != TRAIL_OK) {
        if (status == TRAIL_ERR_NOMEM) {
            strcpy(ret_problem->text, "no memory for the configuration");
        }
        trl_settings_fini(&settings);
        return status;
    }
    settings.config.debug_checks =
        options->debug_checks || settings.config.level == TRAIL_LEVEL_DEBUG;
    *ret_settings = settings;
    return TRAIL_OK;
}
