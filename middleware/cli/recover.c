/* trail recover: delivers what dead processes had accepted and not written yet. */
#include "commands.h"
#include "text.h"

#include "setup/sinks.h"
#include "sink/spool_recover.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 30000

struct tally {
    size_t delivered;
    size_t failed;
};

static const char *what_became(enum trl_recover_result result)
{
    switch (result) {
    case TRL_RECOVER_DELIVERED:
        return "delivered";
    case TRL_RECOVER_ALIVE:
        return "left alone: its process lives";
    case TRL_RECOVER_DAMAGED:
        return "left as it is: it is damaged, or no spool";
    case TRL_RECOVER_LEFT:
        return "left: an output did not take all of it";
    case TRL_RECOVER_DENIED:
        return "left alone: it belongs to another user";
    }
    return "left";
}

static void report(void *arg, const struct trl_recover_report *report)
{
    struct tally *tally = arg;
    struct cli_text row = {0};

    cli_text_add_safe(&row, report->path, strlen(report->path), false);
    cli_text_add_string(&row, ": ");
    cli_text_add_string(&row, what_became(report->result));
    if (report->service[0] != '\0') {
        cli_text_add_string(&row, ", ");
        cli_text_add_safe(&row, report->service, strlen(report->service), false);
        if (report->pid != 0) {
            cli_text_add_format(&row, " (%" PRId64 ")", report->pid);
        }
        cli_text_add_format(&row, ", %" PRIu64 " %s", report->lines,
                            report->lines == 1 ? "line" : "lines");
    }
    if (report->damaged_bytes > 0) {
        cli_text_add_format(&row, ", %" PRIu64 " bytes are damaged", report->damaged_bytes);
    }
    /* Standard output may be one of the outputs that lines are delivered to. */
    fprintf(stderr, "%s\n", row.bytes);
    cli_text_fini(&row);
    tally->delivered += report->result == TRL_RECOVER_DELIVERED;
    tally->failed += report->result != TRL_RECOVER_DELIVERED && report->result != TRL_RECOVER_ALIVE;
}

/* Lines of a dead process are formed anew: as it formed them, so far as the environment tells. */
static void configure(void)
{
    static struct trl_config config;

    config = *trl_config();
    config.cloud_project = trl_cloud_project();
    trl_config_set(&config);
}

/* What stands in the queues was accepted before what stands in the spools. */
static enum trail_status recover(const char *dir, struct tally *tally)
{
    const char *environment = getenv("TRAIL_ENVIRONMENT");
    const struct trl_recover_options options = {
        .dir = dir,
        .timeout_ms = TIMEOUT_MS,
        .open = trl_sinks_open_named,
        .open_arg =
            environment != NULL && *environment != '\0' ? (void *)(uintptr_t)environment : NULL,
        .report = report,
        .report_arg = tally,
    };
    enum trail_status status = trl_queues_recover(&options);

    return status != TRAIL_OK ? status : trl_spool_recover(&options);
}

static enum cli_exit run(const struct cli_args *args)
{
    struct tally tally = {0};
    char standard[TRL_SPOOL_DIR_MAX];

    if (args->count > 1) {
        return cli_misused(args->command, "recover: takes one directory");
    }
    trl_sinks_prepare();
    configure();
    trl_spool_dir_default(standard);
    const char *inherited = getenv("TRAIL_SPOOL_DIR");
    const char *dir = args->count == 1                            ? args->operands[0]
                      : inherited != NULL && inherited[0] != '\0' ? inherited
                                                                  : standard;
    enum trail_status status = recover(dir, &tally);
    if (status != TRAIL_OK && (status != TRAIL_ERR_NOT_FOUND || args->count > 0)) {
        cli_complain("%s: %s", dir, trail_status_text(status));
        return CLI_ERROR;
    }
    if (tally.failed > 0) {
        return CLI_ERROR;
    }
    if (tally.delivered == 0) {
        cli_complain("recover: no dead process left anything in %s", dir);
        return CLI_NOTHING;
    }
    return CLI_DONE;
}

const struct cli_command cli_recover = {
    .name = "recover",
    .operands = "[DIR]",
    .summary = "delivers what dead processes had accepted",
    .description =
        "Delivers what processes with TRAIL_DELIVERY=async had accepted when they died, to the\n"
        "outputs that their spools name. DIR is where the spools lie; without it TRAIL_SPOOL_DIR,\n"
        "or the user's own under /dev/shm. What became of each is told on standard error.\n"
        "What network outputs had queued there is delivered as well. Nothing of a process that\n"
        "lives is touched. Exit status 1: there was nothing to deliver.\n",
    .run = run,
};
