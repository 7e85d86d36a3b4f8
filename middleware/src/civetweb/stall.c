/* CivetWeb adapter: the watch for stalled requests: a thread that looks at the registry from time
 * to time, so that requests themselves pay nothing. */
#include "civetweb/stall.h"

#include "core/clock.h"
#include "core/config.h"
#include "core/inflight.h"
#include "log/scope.h"

#include <trail/log.h>

#include <pthread.h>
#include <signal.h>

#define NS_PER_MS 1000000u

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    unsigned servers;
    bool running;
    bool stop;
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void tell(const struct trl_inflight_facts *facts, uint64_t age_ns)
{
    const struct trl_ids ids = {
        .request_id = facts->request_id, .trace_id = facts->trace_id, .span_id = facts->span_id};
    const struct trail_field fields[] = {
        trail_kv("method", (const char *)facts->method),
        trail_kv("path", (const char *)facts->path),
        trail_duration_ns("durationMs", age_ns),
        trail_kv("route", (const char *)facts->route),
    };
    size_t count = sizeof(fields) / sizeof(fields[0]);
    struct trail_logger logger;

    trl_logger_init_ids(&logger, &ids, NULL);
    if (facts->route[0] == '\0') {
        count--; /* absent when unknown */
    }
    trail_emit(&logger, TRAIL_LEVEL_WARN, TRAIL_KEY_("request_stalled"), NULL, fields, count);
}

static void look(uint64_t stalled_ns)
{
    uint64_t now = trl_clock_monotonic_ns();
    struct trl_inflight_facts facts;

    for (struct trl_inflight *entry = trl_inflight_next(NULL); entry != NULL;
         entry = trl_inflight_next(entry)) {
        if (trl_inflight_read(entry, &facts) && !facts.stream &&
            now - facts.started_ns >= stalled_ns && now > facts.started_ns &&
            trl_inflight_claim_stall(entry, facts.started_ns)) {
            tell(&facts, now - facts.started_ns);
        }
    }
}

/* Four looks in the time that a request may take, but no more than a hundred a second. */
static uint64_t pause_ns(uint64_t stalled_ms)
{
    uint64_t pause_ms = stalled_ms / 4;

    pause_ms = pause_ms < 10 ? 10 : pause_ms;
    return (pause_ms > 1000 ? 1000 : pause_ms) * NS_PER_MS;
}

static void *run(void *unused)
{
    uint64_t stalled_ms = trl_config()->stalled_ms;
    uint64_t pause = pause_ns(stalled_ms);

    pthread_mutex_lock(&watch.lock);
    while (!watch.stop) {
        uint64_t until = trl_clock_monotonic_ns() + pause;
        struct timespec deadline = {.tv_sec = (time_t)(until / 1000000000u),
                                    .tv_nsec = (long)(until % 1000000000u)};
        pthread_cond_timedwait(&watch.wake, &watch.lock, &deadline);
        pthread_mutex_unlock(&watch.lock);
        look(stalled_ms * NS_PER_MS);
        pthread_mutex_lock(&watch.lock);
    }
    pthread_mutex_unlock(&watch.lock);
    return unused;
}

/* The application's signals are for its own threads. */
static void start(void)
{
    pthread_condattr_t attributes;
    sigset_t all;
    sigset_t before;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watch.wake, &attributes);
    pthread_condattr_destroy(&attributes);
    watch.stop = false;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    watch.running = pthread_create(&watch.thread, NULL, run, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void trl_stall_watch_begin(void)
{
    if (watch.servers++ == 0 && trl_config()->stalled_ms > 0) {
        start();
    }
}

void trl_stall_watch_end(void)
{
    if (--watch.servers > 0 || !watch.running) {
        return;
    }
    pthread_mutex_lock(&watch.lock);
    watch.stop = true;
    pthread_cond_signal(&watch.wake);
    pthread_mutex_unlock(&watch.lock);
    pthread_join(watch.thread, NULL);
    pthread_cond_destroy(&watch.wake);
    watch.running = false;
}
