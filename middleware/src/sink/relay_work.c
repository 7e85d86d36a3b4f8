/* Sink: what the thread of a network output does. */
#include "core/clock.h"
#include "core/entropy.h"
#include "sink/relay.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { PAUSE_FIRST_MS = 100 };

#define NS_PER_MS 1000000u

static int timeout_until(uint64_t deadline_ns)
{
    uint64_t now = trl_clock_monotonic_ns();
    uint64_t left_ms = deadline_ns > now ? (deadline_ns - now + NS_PER_MS - 1) / NS_PER_MS : 0;

    return left_ms < 3600000 ? (int)left_ms : 3600000;
}

int trl_relay_wait(struct trl_relay *relay, int fd, short events, uint64_t deadline_ns)
{
    struct pollfd set[2] = {{.fd = relay->stop_fd, .events = POLLIN}, {.fd = fd, .events = events}};

    for (;;) {
        int ready = poll(set, 2, timeout_until(deadline_ns));
        if (ready > 0 && set[0].revents != 0) {
            return -1;
        }
        if (ready > 0) {
            return 1;
        }
        if ((ready == 0 && trl_clock_monotonic_ns() >= deadline_ns) ||
            (ready < 0 && errno != EINTR)) {
            return 0;
        }
    }
}

/* Waits for a wake-up; false if the relay is to end. */
static bool rest(struct trl_relay *relay, uint64_t deadline_ns)
{
    uint64_t count;
    int ready = trl_relay_wait(relay, relay->wake_fd, POLLIN, deadline_ns);

    if (ready == 1 && read(relay->wake_fd, &count, sizeof(count)) < 0) {
        return true; /* somebody else's wake-up: there is only one reader, so this can't be */
    }
    return ready >= 0;
}

/* Sleeps until there is a line. The flag is set before the queue is looked at again, and producers
 * look at the flag after they put a line: so one of the two sees the other. */
static bool wait_for_line(struct trl_relay *relay)
{
    struct trl_ring_cursor cursor = trl_ring_begin(&relay->ring);
    struct trl_ring_line line;
    bool go_on = true;

    __atomic_store_n(&relay->sleeping, TRL_RELAY_RESTS, __ATOMIC_SEQ_CST);
    if (!trl_ring_next(&relay->ring, &cursor, &line)) {
        go_on = rest(relay, UINT64_MAX);
    }
    __atomic_store_n(&relay->sleeping, TRL_RELAY_AWAKE, __ATOMIC_SEQ_CST);
    return go_on;
}

bool trl_relay_is_full(const struct trl_relay *relay)
{
    return trl_ring_head(&relay->ring) - trl_ring_tail(&relay->ring) >= relay->ops->batch_bytes / 2;
}

/* Waits for more lines to go with the first; false if the relay is to end. */
static bool linger(struct trl_relay *relay)
{
    bool go_on = true;

    __atomic_store_n(&relay->sleeping, TRL_RELAY_LINGERS, __ATOMIC_SEQ_CST);
    if (!trl_relay_is_full(relay) && __atomic_load_n(&relay->hurry, __ATOMIC_SEQ_CST) == 0) {
        go_on = rest(relay, trl_clock_monotonic_ns() + relay->ops->linger_ms * NS_PER_MS);
    }
    __atomic_store_n(&relay->sleeping, TRL_RELAY_AWAKE, __ATOMIC_SEQ_CST);
    return go_on;
}

static size_t collect(struct trl_relay *relay, struct trl_ring_line lines[TRL_RELAY_BATCH],
                      struct trl_ring_cursor ends[TRL_RELAY_BATCH])
{
    struct trl_ring_cursor cursor = trl_ring_begin(&relay->ring);
    size_t bytes = 0;
    size_t count = 0;

    while (count < TRL_RELAY_BATCH && bytes < relay->ops->batch_bytes &&
           trl_ring_next(&relay->ring, &cursor, &lines[count])) {
        bytes += lines[count].size;
        ends[count++] = cursor;
    }
    return count;
}

static void released(struct trl_relay *relay, struct trl_ring_cursor end)
{
    pthread_mutex_lock(&relay->mutex);
    trl_ring_release(&relay->ring, end);
    pthread_cond_broadcast(&relay->changed);
    pthread_mutex_unlock(&relay->mutex);
}

/* Tells what was lost, before what comes after it. False: the peer can't be reached. */
static bool tell_gap(struct trl_relay *relay)
{
    char text[TRL_GAP_LINE_MAX];
    size_t size = trl_sink_gap_line(&relay->sink, text);

    if (size == 0) {
        return true;
    }
    struct trl_ring_line line = {.text = text, .size = size, .level = TRAIL_LEVEL_WARN};
    bool told = relay->ops->deliver(relay, &line, 1) == 1;
    trl_sink_gap_told(&relay->sink, told);
    return told;
}

/* Whether a wake-up ends a pause. One may come late, from a producer whose line was found before
 * the thread slept: that one says nothing of now. */
static bool is_urgent(const struct trl_relay *relay)
{
    return __atomic_load_n(&relay->hurry, __ATOMIC_SEQ_CST) != 0 ||
           __atomic_load_n(&relay->crashed, __ATOMIC_SEQ_CST) != 0;
}

/* False if the relay is to end. */
static bool rest_until(struct trl_relay *relay, uint64_t deadline_ns)
{
    bool go_on;

    do {
        go_on = rest(relay, deadline_ns);
    } while (go_on && !is_urgent(relay) && trl_clock_monotonic_ns() < deadline_ns);
    return go_on;
}

/* Half of the pause is chance: peers that fail together shall not come back together. */
static bool pause_after_failure(struct trl_relay *relay, unsigned *failures)
{
    uint64_t pause_ms = PAUSE_FIRST_MS;
    uint32_t chance;

    for (unsigned i = 0; i < *failures && pause_ms < relay->ops->pause_max_ms; i++) {
        pause_ms *= 2;
    }
    if (pause_ms > relay->ops->pause_max_ms) {
        pause_ms = relay->ops->pause_max_ms;
    }
    *failures += 1;
    trl_entropy(&chance, sizeof(chance));
    pause_ms = pause_ms / 2 + chance % (pause_ms / 2 + 1);
    if (relay->asked_pause_ms > pause_ms) {
        pause_ms = relay->asked_pause_ms;
    }
    relay->asked_pause_ms = 0;
    return rest_until(relay, trl_clock_monotonic_ns() + pause_ms * NS_PER_MS);
}

/* One batch. False if the peer can't be reached. */
static bool deliver_batch(struct trl_relay *relay)
{
    struct trl_ring_line lines[TRL_RELAY_BATCH];
    struct trl_ring_cursor ends[TRL_RELAY_BATCH];

    if (!tell_gap(relay)) {
        return false;
    }
    size_t count = collect(relay, lines, ends);
    if (count == 0) {
        return true;
    }
    size_t done = relay->ops->deliver(relay, lines, count);
    if (done > 0) {
        released(relay, ends[done - 1]);
    }
    return done == count;
}

void trl_relay_work(struct trl_relay *relay)
{
    unsigned failures = 0;

    while (trl_relay_wait(relay, -1, 0, 0) == 0) {
        if (!wait_for_line(relay)) {
            return;
        }
        if (relay->ops->linger_ms > 0 && !linger(relay)) {
            return;
        }
        if (deliver_batch(relay)) {
            failures = 0;
        } else if (!pause_after_failure(relay, &failures)) {
            return;
        }
    }
}
