/* Setup: opening and closing the library. What is opened is a list of steps; where one fails, those
 * before it are undone in reverse. */
#include "core/counters.h"
#include "core/json.h"
#include "core/ticks.h"
#include "log/redact.h"
#include "log/scope.h"
#include "setup/crash.h"
#include "setup/settings.h"
#include "setup/sinks.h"

#include <trail/trail.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long closing waits for outputs that are slow or gone. */
enum { CLOSE_TIMEOUT_MS = 2000 };

struct trail {
    struct trl_settings settings;
    struct trl_sinks sinks;
    uint64_t counted_before[TRL_COUNTERS_]; /* the counters are the process's, not the trail's */
};

/* Whether a trail is open, or is being opened or closed. */
static bool taken;

static void report(const struct trail_options *options, const struct trl_problem *problem)
{
    fprintf(stderr, "trail: %s\n", problem->text);
    if (options != NULL && options->error_text != NULL && options->error_size > 0) {
        snprintf(options->error_text, options->error_size, "%s", problem->text);
    }
}

static enum trail_status start_config(struct trail *trail, const struct trail_options *options,
                                      struct trl_problem *ret_problem)
{
    enum trail_status status = trl_settings_read(options, &trail->settings, ret_problem);

    if (status == TRAIL_OK) {
        trl_config_set(&trail->settings.config);
    }
    return status;
}

static void stop_config(struct trail *trail)
{
    trl_config_set(NULL);
    trl_settings_fini(&trail->settings);
}

/* "a,b,c" */
static char *join(struct trl_settings *settings, const struct trl_list *list)
{
    size_t size = 1;

    for (size_t i = 0; i < list->count; i++) {
        size += strlen(list->items[i]) + 1;
    }
    char *text = trl_settings_alloc(settings, size);
    char *end = text;
    for (size_t i = 0; text != NULL && i < list->count; i++) {
        end = stpcpy(stpcpy(end, i > 0 ? "," : ""), list->items[i]);
    }
    return text;
}

static enum trail_status start_redaction(struct trail *trail, const struct trail_options *options,
                                         struct trl_problem *ret_problem)
{
    const char *keys = join(&trail->settings, &trail->settings.config.redact);
    const char *allowed = join(&trail->settings, &trail->settings.config.redact_allow);

    (void)options;
    if (keys == NULL || allowed == NULL || trl_redact_configure(keys, allowed) != TRAIL_OK) {
        strcpy(ret_problem->text, "no memory for the keys to redact");
        return TRAIL_ERR_NOMEM;
    }
    return TRAIL_OK;
}

static void stop_redaction(struct trail *trail)
{
    (void)trail;
    (void)(trl_redact_configure(NULL, NULL) == TRAIL_OK); /* without keys no memory is needed */
}

static enum trail_status start_sinks(struct trail *trail, const struct trail_options *options,
                                     struct trl_problem *ret_problem)
{
    return trl_sinks_open(&trail->settings, options != NULL ? options->memory : NULL, &trail->sinks,
                          ret_problem);
}

static void stop_sinks(struct trail *trail)
{
    trl_sinks_close(&trail->sinks);
}

/* The members that lines made by the outputs themselves bear. Each has half of the room. */
static void write_identity(const struct trl_config *config, char *out, size_t capacity)
{
    struct trl_json json;

    trl_json_init(&json, out, capacity / 2);
    TRL_JSON_LITERAL(&json, "\"service\":");
    trl_json_string(&json, config->service, strlen(config->service));
    json.end = out + capacity - 1;
    TRL_JSON_LITERAL(&json, ",\"environment\":");
    trl_json_string(&json, config->environment, strlen(config->environment));
    *json.at = '\0';
}

static enum trail_status start_outputs(struct trail *trail, const struct trail_options *options,
                                       struct trl_problem *ret_problem)
{
    const struct trl_config *config = &trail->settings.config;
    char reason[400] = "";
    char identity[TRL_IDENTITY_MAX];

    write_identity(config, identity, sizeof(identity));
    enum trail_status status = trl_outputs_open(&(struct trl_outputs_options){
        .sinks = trail->sinks.items,
        .count = trail->sinks.count,
        .identity = identity,
        .overflow_drop = config->overflow == TRL_OVERFLOW_DROP,
        .async = config->delivery == TRL_DELIVERY_ASYNC,
        .spool_dir = config->spool_dir,
        .spool_bytes = config->spool_bytes,
        .service = config->service,
        .recover_open = trl_sinks_open_named,
        .error_text = reason,
        .error_size = sizeof(reason),
    });

    (void)options;
    if (status != TRAIL_OK) {
        snprintf(ret_problem->text, sizeof(ret_problem->text), "outputs: %s",
                 *reason != '\0' ? reason : trail_status_text(status));
    }
    return status;
}

/* The sinks are closed with the outputs that took them. */
static void stop_outputs(struct trail *trail)
{
    trl_outputs_close(CLOSE_TIMEOUT_MS);
    trail->sinks.count = 0;
}

static enum trail_status start_log(struct trail *trail, const struct trail_options *options,
                                   struct trl_problem *ret_problem)
{
    const struct trl_config *config = &trail->settings.config;

    (void)options;
    (void)ret_problem;
    trl_ticks_prepare();
    trl_log_set_process(config->service, config->environment);
    for (int counter = 0; counter < TRL_COUNTERS_; counter++) {
        trail->counted_before[counter] = trl_counter_sum((enum trl_counter)counter);
    }
    trail_set_level(trail, config->level);
    return TRAIL_OK;
}

static void stop_log(struct trail *trail)
{
    (void)trail;
    trl_gate_set_process(TRAIL_LEVEL_OFF);
}

/* Last, so that the handler never meets what is half open. */
static enum trail_status start_crash(struct trail *trail, const struct trail_options *options,
                                     struct trl_problem *ret_problem)
{
    char identity[TRL_CRASH_IDENTITY_MAX];

    (void)options;
    if (!trail->settings.config.crash) {
        return TRAIL_OK;
    }
    write_identity(&trail->settings.config, identity, sizeof(identity));
    enum trail_status status = trl_crash_install(identity);
    if (status != TRAIL_OK) {
        strcpy(ret_problem->text, "the crash handler can't be installed");
    }
    return status;
}

static void stop_crash(struct trail *trail)
{
    if (trail->settings.config.crash) {
        trl_crash_remove();
    }
}

static const struct step {
    enum trail_status (*start)(struct trail *trail, const struct trail_options *options,
                               struct trl_problem *ret_problem);
    void (*stop)(struct trail *trail);
} steps[] = {
    {start_config, stop_config}, {start_redaction, stop_redaction},
    {start_sinks, stop_sinks},   {start_outputs, stop_outputs},
    {start_log, stop_log},       {start_crash, stop_crash},
};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

static void stop(struct trail *trail, size_t started)
{
    while (started > 0) {
        steps[--started].stop(trail);
    }
    free(trail);
    __atomic_store_n(&taken, false, __ATOMIC_RELEASE);
}

static enum trail_status start(const struct trail_options *options, struct trail **ret_trail)
{
    struct trl_problem problem = {"no memory"};
    struct trail *trail = calloc(1, sizeof(*trail));
    enum trail_status status = trail != NULL ? TRAIL_OK : TRAIL_ERR_NOMEM;
    size_t started = 0;

    trl_sinks_prepare();
    for (; status == TRAIL_OK && started < STEPS; started++) {
        status = steps[started].start(trail, options, &problem);
        if (status != TRAIL_OK) {
            break;
        }
    }
    if (status != TRAIL_OK) {
        report(options, &problem);
        stop(trail, started);
        return status;
    }
    *ret_trail = trail;
    return TRAIL_OK;
}

enum trail_status trail_open(const struct trail_options *options, struct trail **ret_trail)
{
    struct trl_problem already = {"a trail is open already: there is one a process"};

    if (ret_trail == NULL) {
        return TRAIL_ERR_INVALID;
    }
    if (__atomic_exchange_n(&taken, true, __ATOMIC_ACQUIRE)) {
        report(options, &already);
        return TRAIL_ERR_STATE;
    }
    return start(options, ret_trail);
}

void trail_close(struct trail *trail)
{
    if (trail != NULL) {
        stop(trail, STEPS);
    }
}

enum trail_status trail_reopen(struct trail *trail)
{
    return trail != NULL ? trl_outputs_reopen() : TRAIL_ERR_INVALID;
}

enum trail_status trail_flush_outputs(struct trail *trail, unsigned timeout_ms)
{
    return trail != NULL ? trl_outputs_flush(timeout_ms) : TRAIL_ERR_INVALID;
}

void trail_set_level(struct trail *trail, enum trail_level level)
{
    if (trail == NULL || level < TRAIL_LEVEL_DEFAULT || level > TRAIL_LEVEL_OFF) {
        return;
    }
    if (level == TRAIL_LEVEL_DEFAULT) {
        level = trail->settings.config.level;
    }
    trl_gate_set_outputs(level);
    trl_gate_set_process(trl_sinks_set_level(&trail->sinks, level));
}

static uint64_t counted(const struct trail *trail, enum trl_counter counter)
{
    return trl_counter_sum(counter) - trail->counted_before[counter];
}

enum trail_status trail_get_stats(const struct trail *trail, struct trail_stats *ret_stats)
{
    if (trail == NULL || ret_stats == NULL) {
        return TRAIL_ERR_INVALID;
    }
    memset(ret_stats, 0, sizeof(*ret_stats));
    trl_outputs_stats(ret_stats);
    ret_stats->redacted = counted(trail, TRL_COUNT_REDACTED);
    ret_stats->truncated = counted(trail, TRL_COUNT_TRUNCATED);
    ret_stats->rejected_ids = counted(trail, TRL_COUNT_REJECTED_IDS);
    return TRAIL_OK;
}
