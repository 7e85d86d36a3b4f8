/* Fleet: which service needs what to start, and when it may be called. */
#include "demo/fleet.h"

#include "demo/events.h"
#include "demo/http.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#define POLL_MS 10

static const char *const names[FLEET_SERVICES_] = {
    [FLEET_PAYMENT] = "payment-service",
    [FLEET_WORKER] = "email-worker",
    [FLEET_CHECKOUT] = "checkout-api",
    [FLEET_GATEWAY] = "checkout-gateway",
};

/* What a service is started with; the texts that the arguments point to. */
struct command {
    const char *arguments[40];
    size_t count;
    char program[FLEET_PATH_MAX];
    char data[FLEET_PATH_MAX];
    char outbox[FLEET_PATH_MAX];
    char port[16];
    char neighbour[64];
    char output[FLEET_PATH_MAX];
    char errors[FLEET_PATH_MAX];
};

const char *fleet_name(enum fleet_service which)
{
    return names[which];
}

void fleet_url(const struct fleet *fleet, enum fleet_service which, const char *path, char *ret_url,
               size_t size)
{
    (void)snprintf(ret_url, size, "http://127.0.0.1:%u%s", fleet->ports[which], path);
}

void fleet_log(const struct fleet *fleet, enum fleet_service which, char *ret_path, size_t size)
{
    (void)snprintf(ret_path, size, "%s/log/%s.jsonl", fleet->settings.folder, names[which]);
}

static bool make_folder(struct fleet *fleet, const char *name)
{
    char path[FLEET_PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s%s%s", fleet->settings.folder, name[0] != '\0' ? "/" : "",
                   name);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        (void)snprintf(fleet->error, sizeof(fleet->error), "can't make the folder %.256s: %s", path,
                       strerror(errno));
        return false;
    }
    return true;
}

bool fleet_init(struct fleet *fleet, const struct fleet_settings *settings)
{
    memset(fleet, 0, sizeof(*fleet));
    fleet->settings = *settings;
    return make_folder(fleet, "") && make_folder(fleet, "log") && make_folder(fleet, "outbox") &&
           make_folder(fleet, "data");
}

static void add(struct command *command, const char *name, const char *value)
{
    if (value != NULL && command->count + 3 < sizeof(command->arguments) / sizeof(char *)) {
        command->arguments[command->count++] = name;
        command->arguments[command->count++] = value;
    }
}

/* The others were told of the port that a service had. */
static unsigned port_of(const struct fleet *fleet, enum fleet_service which)
{
    return fleet->ports[which] != 0 ? fleet->ports[which] : fleet->settings.ports[which];
}

static void compose(const struct fleet *fleet, enum fleet_service which, struct command *command)
{
    const struct fleet_settings *settings = &fleet->settings;

    memset(command, 0, sizeof(*command));
    (void)snprintf(command->program, FLEET_PATH_MAX, "%s/%s", settings->programs, names[which]);
    (void)snprintf(command->data, FLEET_PATH_MAX, "%s/data", settings->folder);
    (void)snprintf(command->outbox, FLEET_PATH_MAX, "%s/outbox", settings->folder);
    (void)snprintf(command->port, sizeof(command->port), "%u", port_of(fleet, which));
    (void)snprintf(command->output, FLEET_PATH_MAX, "TRAIL_OUTPUT=file:%.4000s/log/%s.jsonl",
                   settings->folder, names[which]);
    (void)snprintf(command->errors, FLEET_PATH_MAX, "%s/log/%s.err", settings->folder,
                   names[which]);
    command->arguments[command->count++] = command->program;
    add(command, "--port", command->port);
    if (which != FLEET_GATEWAY) {
        add(command, "--data", command->data);
    }
    if (which == FLEET_WORKER) {
        add(command, "--outbox", command->outbox);
        add(command, "--queue", settings->queue);
    } else if (which == FLEET_CHECKOUT) {
        fleet_url(fleet, FLEET_PAYMENT, "", command->neighbour, sizeof(command->neighbour));
        add(command, "--payment", command->neighbour);
        add(command, "--queue", settings->queue);
        add(command, "--orders", settings->orders);
    } else if (which == FLEET_GATEWAY) {
        fleet_url(fleet, FLEET_CHECKOUT, "", command->neighbour, sizeof(command->neighbour));
        add(command, "--checkout", command->neighbour);
    }
    const char *const *more = settings->arguments[which];
    for (size_t i = 0; i + 1 < FLEET_ARGUMENTS && more[i] != NULL; i += 2) {
        add(command, more[i], more[i + 1]);
    }
}

/* What a fleet is found and checked by must be in its logs, whatever the user's shell has set. */
static bool start_process(struct fleet *fleet, enum fleet_service which)
{
    struct command command;
    const char *environment[32] = {
        "TRAIL_FORMAT=json", "TRAIL_SCHEMA=trail", "TRAIL_SAMPLE=1", "TRAIL_REQUEST_ID_HEADER",
        "TRAIL_SERVICE",     "OTEL_SERVICE_NAME",  "LOG_LEVEL"};
    size_t count = 7;
    const char *level = getenv("TRAIL_LEVEL");

    compose(fleet, which, &command);
    environment[count++] = command.output;
    if (level != NULL && strcasecmp(level, "debug") != 0 && strcasecmp(level, "trace") != 0) {
        environment[count++] = "TRAIL_LEVEL=info";
    }
    const char *const *more = fleet->settings.environment;
    for (; more != NULL && *more != NULL && count < 31; more++) {
        environment[count++] = *more;
    }
    if (process_start(
            &(struct process_options){.argv = command.arguments,
                                      .environment = environment,
                                      .stderr_path = fleet->settings.quiet ? command.errors : NULL},
            &fleet->processes[which])) {
        return true;
    }
    (void)snprintf(fleet->error, sizeof(fleet->error), "can't start %.256s: %s", command.program,
                   strerror(errno));
    return false;
}

static bool take_port(void *context, const cJSON *event)
{
    unsigned *port = context;

    if (event_is(event, "server_started")) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(event, "port");
        *port = cJSON_IsNumber(value) ? (unsigned)value->valuedouble : 0;
    }
    return *port == 0;
}

static bool answers_ready(const struct fleet *fleet, enum fleet_service which)
{
    char url[64];
    struct http_answer answer;

    fleet_url(fleet, which, "/readyz", url, sizeof(url));
    http_call(&(struct http_request){.url = url, .timeout_ms = 2000}, &answer);
    http_answer_free(&answer);
    return answer.status == 200;
}

static bool wait_until_ready(struct fleet *fleet, enum fleet_service which, long log_end)
{
    char log[FLEET_PATH_MAX];
    int status = 0;

    fleet_log(fleet, which, log, sizeof(log));
    fleet->ports[which] = 0;
    for (int waited_ms = 0; waited_ms < FLEET_START_MS; waited_ms += POLL_MS) {
        if (process_wait(&fleet->processes[which], POLL_MS, &status)) {
            (void)snprintf(fleet->error, sizeof(fleet->error), "%s ended with status %d",
                           names[which], status);
            return false;
        }
        if (fleet->ports[which] == 0) {
            (void)events_read(log, log_end, take_port, &fleet->ports[which]);
        }
        if (fleet->ports[which] != 0 && answers_ready(fleet, which)) {
            return true;
        }
    }
    (void)snprintf(fleet->error, sizeof(fleet->error), "%s is not ready after %d s", names[which],
                   FLEET_START_MS / 1000);
    (void)process_stop(&fleet->processes[which], FLEET_STOP_MS);
    return false;
}

bool fleet_start_one(struct fleet *fleet, enum fleet_service which)
{
    unsigned port = fleet->ports[which];
    char log[FLEET_PATH_MAX];

    fleet_log(fleet, which, log, sizeof(log));
    long log_end = events_end(log);
    if (start_process(fleet, which) && wait_until_ready(fleet, which, log_end)) {
        return true;
    }
    fleet->ports[which] = port;
    return false;
}

bool fleet_start(struct fleet *fleet)
{
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        if (!fleet_start_one(fleet, (enum fleet_service)which)) {
            (void)fleet_stop(fleet);
            return false;
        }
    }
    return true;
}

int fleet_stop(struct fleet *fleet)
{
    /* The worker last: what the others enqueued while they stopped is still worked off. */
    static const enum fleet_service order[] = {FLEET_GATEWAY, FLEET_CHECKOUT, FLEET_PAYMENT,
                                               FLEET_WORKER};
    int first = 0;

    for (size_t i = 0; i < FLEET_SERVICES_; i++) {
        int status = process_stop(&fleet->processes[order[i]], FLEET_STOP_MS);
        first = first != 0 ? first : status;
    }
    return first;
}
