/* How the writer logs: prepared lines straight to the outputs, as fast as they go, or events by the
 * library's public face. */
#include "writer.h"

#include "core/counters.h"
#include "sink/output.h"
#include "sink/outputs.h"
#include "sink/spool_recover.h"

#include <trail/propagate.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALL_EVERY 100

static struct trail *opened;
static char pad[6001];

static struct trl_sink *make_sink(void *arg, const char *service, const char *name,
                                  enum trail_level level, const char *transform)
{
    struct trl_sink *sink = NULL;
    char text[256] = "";
    enum trail_status status = TRAIL_ERR_INVALID;

    (void)arg;
    (void)service;
    (void)transform;
    if (strncmp(name, "file:", 5) == 0) {
        status = trl_sink_new_file(name + 5, false, text, sizeof(text), &sink);
    } else if (strcmp(name, "stdout") == 0) {
        status = trl_sink_new_fd(STDOUT_FILENO, name, &sink);
    } else if (strcmp(name, "null") == 0) {
        status = trl_sink_new_null(&sink);
    }
    if (status != TRAIL_OK) {
        fprintf(stderr, "writer: %s: %s\n", name, text);
        return NULL;
    }
    sink->level = level;
    return sink;
}

static void open_outputs(char **names, int count)
{
    struct trl_sink *sinks[TRL_OUTPUTS_MAX];
    char text[256] = "";

    for (int i = 0; i < count; i++) {
        sinks[i] = make_sink(NULL, "", names[i], TRAIL_LEVEL_DEFAULT, "");
        if (sinks[i] == NULL) {
            exit(2);
        }
    }
    if (trl_outputs_open(&(struct trl_outputs_options){
            .sinks = sinks,
            .count = (size_t)count,
            .identity = "\"service\":\"writer\",\"environment\":\"test\"",
            .async = config.async,
            .overflow_drop = config.drop,
            .spool_dir = config.spool,
            .spool_bytes = config.spool_bytes,
            .service = "writer",
            .recover_open = make_sink,
            .error_text = text,
            .error_size = sizeof(text),
        }) != TRAIL_OK) {
        fprintf(stderr, "writer: %s\n", text);
        exit(2);
    }
}

static void open_trail(char **names, int count)
{
    char output[1024] = "";
    char spool_bytes[32];
    char text[512] = "";

    for (int i = 0; i < count; i++) {
        size_t used = strlen(output);
        snprintf(output + used, sizeof(output) - used, "%s%s", i == 0 ? "" : ",", names[i]);
    }
    snprintf(spool_bytes, sizeof(spool_bytes), "%zu", config.spool_bytes);
    if (trail_open(&(struct trail_options){.service = "writer",
                                           .environment = "test",
                                           .output = output,
                                           .delivery = config.async ? "async" : "sync",
                                           .overflow = config.drop ? "drop" : "block",
                                           .level = config.levels ? "debug" : "info",
                                           .spool_dir = config.spool,
                                           .spool_bytes = spool_bytes,
                                           .crash = "on",
                                           .ignore_environment = true,
                                           .error_text = text,
                                           .error_size = sizeof(text)},
                   &opened) != TRAIL_OK) {
        exit(2); /* the library has told why */
    }
}

void writer_open(char **names, int count)
{
    if (config.public) {
        open_trail(names, count);
    } else {
        open_outputs(names, count);
    }
    /* A child must not need memory first: sanitizers' allocators do not survive a fork under load.
     */
    if (trl_output_begin(TRAIL_LEVEL_INFO) != NULL) {
        trl_output_abandon();
    }
    trl_count_add(TRL_COUNT_WRITTEN, 0);
    memset(pad, 'x', sizeof(pad) - 1);
}

/* Also an outbound call now and then, whose duration is told. */
static void log_event(enum trail_level level, unsigned thread, uint64_t number)
{
    struct trail_call call;
    const struct trail_field fields[] = {
        trail_kv("thread", thread),
        trail_kv("number", number),
        trail_kv("durationMs", 12.345),
        trail_kv("pad", pad + sizeof(pad) - 1 - fault_pad(number)),
    };

    trail_emit(NULL, level, "numbered", strlen("numbered"), NULL, fields,
               sizeof(fields) / sizeof(fields[0]));
    if (number % CALL_EVERY == 0) {
        trail_call_begin(&(struct trail_call_options){.url = "http://127.0.0.1:9/"}, &call);
        trail_call_end(&call, &(struct trail_call_result){.status = 204});
    }
}

static void log_line(enum trail_level level, unsigned thread, uint64_t number)
{
    char *line = trl_output_begin(level);

    if (line != NULL) {
        trl_output_end(level, fault_line(line, trail_level_name(level), thread, number));
    }
}

void writer_log(unsigned thread, uint64_t number)
{
    enum trail_level level = TRAIL_LEVEL_INFO;

    if (config.levels) {
        level = number % 100 == 0 ? TRAIL_LEVEL_ERROR : TRAIL_LEVEL_DEBUG;
    }
    writer_call_begins();
    if (config.public) {
        log_event(level, thread, number);
    } else {
        log_line(level, thread, number);
    }
    writer_call_ended();
    if (page != NULL) {
        atomic_store_explicit(&page->progress[thread], number, memory_order_release);
    }
}

bool writer_reopen(void)
{
    return (config.public ? trail_reopen(opened) : trl_outputs_reopen()) == TRAIL_OK;
}

void writer_close(unsigned timeout_ms)
{
    if (config.public) {
        trail_close(opened);
    } else {
        trl_outputs_close(timeout_ms);
    }
}
