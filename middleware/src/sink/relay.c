/* Sink: the queue and the thread of a network output. */
#include "sink/relay.h"

#include "core/clock.h"
#include "sink/net.h"
#include "sink/spool_file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { END_WAIT_MS = 250, PATIENCE_MS = 5000 };

#define NS_PER_MS 1000000u

static void wake(int fd)
{
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof(one));

    (void)written; /* a full eventfd is readable, and that is all that is wanted */
}

static int load(const int *flag)
{
    return __atomic_load_n(flag, __ATOMIC_SEQ_CST);
}

static void release(struct trl_relay *relay)
{
    relay->ops->free(relay);
}

static void *run(void *argument)
{
    struct trl_relay *relay = argument;

    trl_relay_work(relay);
    pthread_mutex_lock(&relay->mutex);
    relay->ended = true;
    bool orphaned = relay->orphaned;
    pthread_cond_broadcast(&relay->changed);
    pthread_mutex_unlock(&relay->mutex);
    if (orphaned) {
        release(relay);
    }
    return NULL;
}

/* Signals are the application's: its handlers shall not run on this thread. */
static enum trail_status start(struct trl_relay *relay)
{
    int not_running = 0;
    sigset_t all;
    sigset_t before;

    if (!__atomic_compare_exchange_n(&relay->running, &not_running, 1, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST)) {
        return TRAIL_OK;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&relay->thread, NULL, run, relay);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        __atomic_store_n(&relay->running, 0, __ATOMIC_SEQ_CST);
        return TRAIL_ERR_NOMEM;
    }
    pthread_setname_np(relay->thread, relay->ops->thread_name);
    return TRAIL_OK;
}

static struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u),
                             .tv_nsec = (long)(ns % 1000000000u)};
}

/* Puts a line, or waits for room as long as there is some now and then. */
static bool put_patiently(struct trl_relay *relay, enum trail_level level, const char *line,
                          size_t size)
{
    struct timespec deadline = timespec_of(trl_clock_monotonic_ns() + PATIENCE_MS * NS_PER_MS);
    int error = 0;
    bool taken;

    pthread_mutex_lock(&relay->mutex);
    while (!(taken = trl_ring_put(&relay->ring, level, line, size)) && error == 0) {
        error = pthread_cond_timedwait(&relay->changed, &relay->mutex, &deadline);
    }
    pthread_mutex_unlock(&relay->mutex);
    return taken;
}

static bool relay_write(struct trl_sink *sink, enum trail_level level, const char *line,
                        size_t size)
{
    struct trl_relay *relay = (struct trl_relay *)sink;

    if (load(&relay->running) == 0 && start(relay) != TRAIL_OK) {
        trl_sink_dropped(sink, TRAIL_DROP_SINK_ERROR, level, 1);
        return false;
    }
    if (!(relay->patient ? put_patiently(relay, level, line, size)
                         : trl_ring_put(&relay->ring, level, line, size))) {
        trl_sink_dropped(sink, TRAIL_DROP_OVERFLOW, level, 1);
        return false;
    }
    int sleeping = load(&relay->sleeping);
    if ((sleeping == TRL_RELAY_RESTS ||
         (sleeping == TRL_RELAY_LINGERS && trl_relay_is_full(relay))) &&
        __atomic_exchange_n(&relay->sleeping, TRL_RELAY_AWAKE, __ATOMIC_SEQ_CST) != 0) {
        wake(relay->wake_fd);
    }
    return true;
}

static void relay_crash(struct trl_sink *sink, const char *line, size_t size)
{
    struct trl_relay *relay = (struct trl_relay *)sink;

    if (load(&relay->running) != 0 && trl_ring_put(&relay->ring, TRAIL_LEVEL_FATAL, line, size)) {
        __atomic_store_n(&relay->crashed, 1, __ATOMIC_SEQ_CST);
        wake(relay->wake_fd);
    }
}

static bool relay_crash_pending(struct trl_sink *sink)
{
    const struct trl_relay *relay = (const struct trl_relay *)sink;

    return load(&relay->running) != 0 && trl_ring_tail(&relay->ring) < trl_ring_head(&relay->ring);
}

static enum trail_status relay_flush(struct trl_sink *sink, uint64_t deadline_ns)
{
    struct trl_relay *relay = (struct trl_relay *)sink;
    struct timespec deadline = timespec_of(deadline_ns);
    uint64_t target = trl_ring_head(&relay->ring);
    int error = 0;

    __atomic_add_fetch(&relay->hurry, 1, __ATOMIC_SEQ_CST);
    wake(relay->wake_fd);
    pthread_mutex_lock(&relay->mutex);
    while (error == 0 && trl_ring_tail(&relay->ring) < target) {
        error = pthread_cond_timedwait(&relay->changed, &relay->mutex, &deadline);
    }
    bool through = trl_ring_tail(&relay->ring) >= target;
    pthread_mutex_unlock(&relay->mutex);
    __atomic_sub_fetch(&relay->hurry, 1, __ATOMIC_SEQ_CST);
    return through ? TRAIL_OK : TRAIL_ERR_IO;
}

/* What stands in a file waits for the next start. */
static void count_undelivered(struct trl_relay *relay)
{
    if (relay->ring.path != NULL) {
        return;
    }
    struct trl_ring_cursor cursor = trl_ring_begin(&relay->ring);
    struct trl_ring_line line;

    while (trl_ring_next(&relay->ring, &cursor, &line)) {
        trl_sink_dropped(&relay->sink, TRAIL_DROP_SINK_ERROR, line.level, 1);
    }
}

/* The thread may be held by a name server, where nothing can wake it. */
static void relay_close(struct trl_sink *sink)
{
    struct trl_relay *relay = (struct trl_relay *)sink;
    struct timespec deadline = timespec_of(trl_clock_monotonic_ns() + END_WAIT_MS * NS_PER_MS);
    bool started = load(&relay->running) != 0;
    int error = 0;

    wake(relay->stop_fd);
    pthread_mutex_lock(&relay->mutex);
    while (started && !relay->ended && error == 0) {
        error = pthread_cond_timedwait(&relay->changed, &relay->mutex, &deadline);
    }
    relay->orphaned = started && !relay->ended;
    bool orphaned = relay->orphaned;
    pthread_mutex_unlock(&relay->mutex);
    if (orphaned) {
        pthread_detach(relay->thread);
        return;
    }
    if (started) {
        pthread_join(relay->thread, NULL);
    }
    count_undelivered(relay);
    release(relay);
}

static bool make_shared_parts(struct trl_relay *relay)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&relay->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&relay->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    relay->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    relay->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return relay->wake_fd >= 0 && relay->stop_fd >= 0;
}

/* The parent delivers what is in the queue, by its own thread and descriptors. */
static void relay_forked(struct trl_sink *sink)
{
    struct trl_relay *relay = (struct trl_relay *)sink;

    close(relay->wake_fd);
    close(relay->stop_fd);
    make_shared_parts(relay);
    trl_ring_abandon(&relay->ring);
    (void)(trl_ring_init(&relay->ring, TRL_RELAY_CAPACITY) == TRAIL_OK); /* else it takes nothing */
    relay->sleeping = TRL_RELAY_AWAKE;
    relay->hurry = 0;
    relay->crashed = 0;
    relay->ended = false;
    relay->running = 0;
    relay->ops->forked(relay);
}

static const struct trl_sink_ops relay_sink_ops = {
    .write = relay_write,
    .flush = relay_flush,
    .crash = relay_crash,
    .crash_pending = relay_crash_pending,
    .forked = relay_forked,
    .close = relay_close,
};

static enum trail_status make_queue(struct trl_relay *relay, const char *name,
                                    const struct trl_network_options *options)
{
    char key[TRL_RING_KEY_MAX];

    if (options->queue_dir == NULL) {
        return trl_ring_init(&relay->ring, TRL_RELAY_CAPACITY);
    }
    enum trail_status status =
        trl_spool_dir_prepare(options->queue_dir, options->error_text, options->error_size);
    if (status != TRAIL_OK) {
        return status;
    }
    snprintf(key, sizeof(key), "%s\n%s", options->service, name);
    status = trl_ring_create(&relay->ring, TRL_RELAY_CAPACITY, options->queue_dir, key,
                             options->form.name);
    if (status == TRAIL_OK) {
        trl_ring_adopt(&relay->ring, options->queue_dir);
    } else if (status == TRAIL_ERR_IO) {
        snprintf(options->error_text, options->error_size, "can't make its queue in %s: %s",
                 options->queue_dir, strerrordesc_np(errno));
    }
    return status;
}

enum trail_status trl_relay_init(struct trl_relay *relay, const struct trl_relay_ops *ops,
                                 const char *name, const struct trl_network_options *options)
{
    *relay = (struct trl_relay){.ops = ops, .wake_fd = -1, .stop_fd = -1};
    trl_sink_init(&relay->sink, &relay_sink_ops, name);
    enum trail_status status = make_queue(relay, name, options);
    if (status != TRAIL_OK) {
        return status;
    }
    if (!make_shared_parts(relay)) {
        snprintf(options->error_text, options->error_size, "no descriptors: %s",
                 strerrordesc_np(errno));
        trl_relay_fini(relay);
        return TRAIL_ERR_IO;
    }
    return TRAIL_OK;
}

void trl_relay_fini(struct trl_relay *relay)
{
    if (relay->wake_fd >= 0) {
        close(relay->wake_fd);
    }
    if (relay->stop_fd >= 0) {
        close(relay->stop_fd);
    }
    pthread_cond_destroy(&relay->changed);
    pthread_mutex_destroy(&relay->mutex);
    trl_ring_fini(&relay->ring);
}

/* Whether somebody is there now. */
static enum trail_status probe(struct trl_relay *relay, const struct trl_network_options *options,
                               const struct trl_endpoint *peer)
{
    int fd = trl_net_connect(relay, peer, trl_clock_monotonic_ns() + PATIENCE_MS * NS_PER_MS);

    if (fd < 0) {
        snprintf(options->error_text, options->error_size, "can't connect: %s",
                 strerrordesc_np(errno));
        return TRAIL_ERR_IO;
    }
    close(fd);
    return TRAIL_OK;
}

enum trail_status trl_relay_open(struct trl_relay *relay, const struct trl_network_options *options,
                                 const struct trl_endpoint *peer, struct trl_sink **ret_sink)
{
    enum trail_status status = options->patient ? probe(relay, options, peer) : TRAIL_OK;

    relay->patient = options->patient;
    if (status == TRAIL_OK) {
        status = start(relay);
    }
    if (status != TRAIL_OK) {
        relay->ops->free(relay);
        return status;
    }
    *ret_sink = &relay->sink;
    return TRAIL_OK;
}
