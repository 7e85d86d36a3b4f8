/* Setup: from configured outputs to sinks. */
#include "setup/sinks.h"

#include "core/utf8.h"
#include "setup/forms.h"
#include "sink/network.h"
#include "sink/spool_recover.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN_MAX = 100 };

/* What the opening of one sink is given and says. */
struct request {
    const char *address;
    const char *service;
    const char *environment;
    struct trl_transform form;
    const char *queue_dir; /* NULL: queues are kept in memory */
    bool patient;          /* lines of a dead process */
    struct trl_problem *problem;
};

static enum trail_status open_stdout(const struct request *request, struct trl_sink **ret_sink)
{
    (void)request;
    return trl_sink_new_fd(STDOUT_FILENO, "stdout", ret_sink);
}

static enum trail_status open_stderr(const struct request *request, struct trl_sink **ret_sink)
{
    (void)request;
    return trl_sink_new_fd(STDERR_FILENO, "stderr", ret_sink);
}

static enum trail_status open_file(const struct request *request, struct trl_sink **ret_sink)
{
    return trl_sink_new_file(request->address, false, request->problem->text,
                             sizeof(request->problem->text), ret_sink);
}

static enum trail_status open_linked_file(const struct request *request, struct trl_sink **ret_sink)
{
    return trl_sink_new_file(request->address, true, request->problem->text,
                             sizeof(request->problem->text), ret_sink);
}

static enum trail_status open_null(const struct request *request, struct trl_sink **ret_sink)
{
    (void)request;
    return trl_sink_new_null(ret_sink);
}

static struct trl_network_options network_options(const struct request *request)
{
    return (struct trl_network_options){
        .address = request->address,
        .service = request->service,
        .environment = request->environment,
        .form = request->form,
        .queue_dir = request->queue_dir,
        .patient = request->patient,
        .error_text = request->problem->text,
        .error_size = sizeof(request->problem->text),
    };
}

static enum trail_status open_syslog(const struct request *request, struct trl_sink **ret_sink)
{
    struct trl_network_options options = network_options(request);

    return trl_sink_new_syslog(&options, ret_sink);
}

static enum trail_status open_journald(const struct request *request, struct trl_sink **ret_sink)
{
    struct trl_network_options options = network_options(request);

    return trl_sink_new_journald(&options, ret_sink);
}

static enum trail_status open_otlp(const struct request *request, struct trl_sink **ret_sink)
{
    struct trl_network_options options = network_options(request);

    options.form =
        trl_form_of_schema(TRL_SCHEMA_OTEL); /* whatever the other outputs are written in */
    return trl_sink_new_otlp(&options, ret_sink);
}

static const struct opener {
    const char *name; /* as TRAIL_OUTPUT spells it */
    enum trail_status (*open)(const struct request *request, struct trl_sink **ret_sink);
    int fd;      /* whose terminal decides about the form; -1: none */
    bool formed; /* the sink is handed formed lines; else it forms them itself, or not at all */
} openers[] = {
    [TRL_OUTPUT_STDOUT] = {"stdout", open_stdout, STDOUT_FILENO, true},
    [TRL_OUTPUT_STDERR] = {"stderr", open_stderr, STDERR_FILENO, true},
    [TRL_OUTPUT_FILE] = {"file", open_file, -1, true},
    [TRL_OUTPUT_LINKED_FILE] = {"linked-file", open_linked_file, -1, true},
    [TRL_OUTPUT_SYSLOG] = {"syslog", open_syslog, -1, false},
    [TRL_OUTPUT_JOURNALD] = {"journald", open_journald, -1, false},
    [TRL_OUTPUT_OTLP] = {"otlp", open_otlp, -1, false},
    [TRL_OUTPUT_NULL] = {"null", open_null, -1, false},
};

static enum trail_status add(struct trl_sinks *sinks, struct trl_sink *sink, enum trail_level level)
{
    sinks->own_levels[sinks->count] = level;
    sinks->items[sinks->count++] = sink;
    return TRAIL_OK;
}

/* With async delivery what a network output has not yet taken survives as well. */
static const char *queue_dir_of(const struct trl_config *config, char own[TRL_SPOOL_DIR_MAX])
{
    if (config->delivery != TRL_DELIVERY_ASYNC) {
        return NULL;
    }
    if (*config->spool_dir != '\0') {
        return config->spool_dir;
    }
    trl_spool_dir_default(own);
    return own;
}

static void describe(const struct trl_settings *settings, const struct trl_output_config *output,
                     const char *reason, struct trl_problem *ret_problem)
{
    snprintf(ret_problem->text, sizeof(ret_problem->text), "%s has \"%s%s%.*s\": %.300s",
             settings->output_source, openers[output->kind].name,
             *output->address != '\0' ? ":" : "",
             (int)trl_utf8_cut(output->address, strlen(output->address), SHOWN_MAX),
             output->address, reason);
}

static enum trail_status open_output(const struct trl_settings *settings,
                                     const struct trl_output_config *output,
                                     struct trl_sinks *sinks, struct trl_problem *ret_problem)
{
    const struct trl_config *config = &settings->config;
    const struct opener *opener = &openers[output->kind];
    struct trl_problem reason = {"no memory"};
    char own_dir[TRL_SPOOL_DIR_MAX];
    struct trl_sink *sink;
    const struct request request = {
        .address = output->address,
        .service = config->service,
        .environment = config->environment,
        .form = trl_form_of(opener->formed ? config->format : TRL_FORMAT_JSON, config->schema,
                            opener->fd),
        .queue_dir = queue_dir_of(config, own_dir),
        .problem = &reason,
    };
    enum trail_status status = opener->open(&request, &sink);

    if (status != TRAIL_OK) {
        describe(settings, output, reason.text, ret_problem);
        return status;
    }
    sink->transform = request.form;
    if (!opener->formed) {
        sink->transform.fn = NULL; /* the name is for the head of a spool */
    }
    return add(sinks, sink, output->level);
}

static bool is_file(const struct trl_output_config *output)
{
    return output->kind == TRL_OUTPUT_FILE || output->kind == TRL_OUTPUT_LINKED_FILE;
}

/* Whether two outputs that are open are one file under two names. */
static bool is_same_file(const struct trl_output_config *one, const struct trl_output_config *other)
{
    struct stat status;
    struct stat same;

    return is_file(one) && is_file(other) && stat(one->address, &status) == 0 &&
           stat(other->address, &same) == 0 && S_ISREG(status.st_mode) &&
           status.st_ino == same.st_ino && status.st_dev == same.st_dev;
}

/* Every line would stand there twice. */
static enum trail_status check_alone(const struct trl_settings *settings, size_t index,
                                     struct trl_problem *ret_problem)
{
    const struct trl_output_config *output = &settings->config.outputs[index];

    for (size_t i = 0; i < index; i++) {
        if (is_same_file(&settings->config.outputs[i], output)) {
            describe(settings, output, "it is another output's file under a second name",
                     ret_problem);
            return TRAIL_ERR_CONFIG;
        }
    }
    return TRAIL_OK;
}

/* Where one output has a level of its own, the gate of the process may stand lower than what the
 * others take. */
static void mark_levelled(struct trl_sinks *sinks)
{
    bool any = false;

    for (size_t i = 0; i < sinks->count; i++) {
        any = any || sinks->own_levels[i] != TRAIL_LEVEL_DEFAULT;
    }
    for (size_t i = 0; i < sinks->count; i++) {
        sinks->items[i]->levelled = any;
    }
}

void trl_sinks_prepare(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) {
            return; /* nor will anything else be opened */
        }
    }
}

enum trail_status trl_sinks_open(const struct trl_settings *settings, struct trail_memory *memory,
                                 struct trl_sinks *ret_sinks, struct trl_problem *ret_problem)
{
    struct trl_sinks sinks = {.count = 0};
    enum trail_status status = TRAIL_OK;

    for (size_t i = 0; status == TRAIL_OK && i < settings->config.output_count; i++) {
        status = open_output(settings, &settings->config.outputs[i], &sinks, ret_problem);
        if (status == TRAIL_OK) {
            status = check_alone(settings, i, ret_problem);
        }
    }
    if (status == TRAIL_OK && memory != NULL) {
        struct trl_sink *sink;
        status = trl_sink_new_memory(memory, &sink);
        if (status == TRAIL_OK) {
            status = add(&sinks, sink, TRAIL_LEVEL_DEFAULT);
        }
    }
    if (status != TRAIL_OK) {
        trl_sinks_close(&sinks);
        return status;
    }
    mark_levelled(&sinks);
    (void)trl_sinks_set_level(&sinks, settings->config.level);
    *ret_sinks = sinks;
    return TRAIL_OK;
}

void trl_sinks_close(struct trl_sinks *sinks)
{
    while (sinks->count > 0) {
        struct trl_sink *sink = sinks->items[--sinks->count];
        sink->ops->close(sink);
    }
}

enum trail_level trl_sinks_set_level(struct trl_sinks *sinks, enum trail_level level)
{
    enum trail_level lowest = level;

    for (size_t i = 0; i < sinks->count; i++) {
        enum trail_level own = sinks->own_levels[i];
        if (own != TRAIL_LEVEL_DEFAULT && own < lowest) {
            lowest = own;
        }
    }
    for (size_t i = 0; i < sinks->count; i++) {
        enum trail_level own = sinks->own_levels[i];
        if (own == TRAIL_LEVEL_DEFAULT && lowest < level) {
            own = level;
        }
        atomic_store_explicit(&sinks->items[i]->level, own, memory_order_relaxed);
    }
    return lowest;
}

static const struct opener *opener_named(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++) {
        if (strlen(openers[i].name) == size && memcmp(openers[i].name, name, size) == 0) {
            return &openers[i];
        }
    }
    return NULL;
}

struct trl_sink *trl_sinks_open_named(void *arg, const char *service, const char *name,
                                      enum trail_level level, const char *transform)
{
    const char *colon = strchrnul(name, ':');
    const struct opener *opener = opener_named(name, (size_t)(colon - name));
    struct trl_problem reason;
    char own_dir[TRL_SPOOL_DIR_MAX];
    struct trl_sink *sink;
    const struct request request = {
        .address = *colon == ':' ? colon + 1 : "",
        .service = service,
        .environment = arg != NULL ? arg : trl_config()->environment,
        .form = trl_form_named(transform),
        .queue_dir = queue_dir_of(trl_config(), own_dir),
        .patient = true,
        .problem = &reason,
    };

    if (opener == NULL || opener->open(&request, &sink) != TRAIL_OK) {
        return NULL;
    }
    sink->level = level;
    if (opener->formed) {
        sink->transform = request.form;
    }
    return sink;
}
