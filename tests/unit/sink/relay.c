#include "unit.h"

#include "core/clock.h"
#include "sink/relay.h"

#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_S = 1000000000 };

/* A peer that the test stops and starts. */
struct peer {
    struct trl_relay relay;
    int reachable;
    int hold; /* deliver() waits until the relay ends */
    uint64_t asked_pause_ms;
    sem_t attempts;
    size_t lines;
    char text[4096]; /* what was delivered, read after a flush */
};

static size_t deliver(struct trl_relay *relay, const struct trl_ring_line *lines, size_t count)
{
    struct peer *peer = (struct peer *)relay;

    sem_post(&peer->attempts);
    if (__atomic_load_n(&peer->hold, __ATOMIC_SEQ_CST) != 0) {
        assert_int_equal(trl_relay_wait(relay, -1, 0, UINT64_MAX), -1);
        return 0;
    }
    if (__atomic_load_n(&peer->reachable, __ATOMIC_SEQ_CST) == 0) {
        relay->asked_pause_ms = peer->asked_pause_ms;
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (strlen(peer->text) + lines[i].size < sizeof(peer->text)) {
            strncat(peer->text, lines[i].text, lines[i].size);
        }
    }
    peer->lines += count;
    return count;
}

static void forked(struct trl_relay *relay)
{
    ((struct peer *)relay)->text[0] = '\0';
}

static void release(struct trl_relay *relay)
{
    sem_destroy(&((struct peer *)relay)->attempts);
    trl_relay_fini(relay);
    free(relay);
}

static const struct trl_relay_ops ops = {
    .thread_name = "test-relay",
    .batch_bytes = 65536,
    .pause_max_ms = 400,
    .deliver = deliver,
    .forked = forked,
    .free = release,
};

static struct peer *new_peer_by(const struct trl_relay_ops *peer_ops)
{
    static const struct trl_network_options options = {.service = "test"};
    struct peer *peer = calloc(1, sizeof(*peer));

    assert_non_null(peer);
    assert_int_equal(trl_relay_init(&peer->relay, peer_ops, "test:", &options), TRAIL_OK);
    sem_init(&peer->attempts, 0, 0);
    peer->reachable = 1;
    return peer;
}

static struct peer *new_peer(void)
{
    return new_peer_by(&ops);
}

static bool put(struct peer *peer, enum trail_level level, const char *text)
{
    struct trl_sink *sink = &peer->relay.sink;

    return sink->ops->write(sink, level, text, strlen(text));
}

static enum trail_status flush(struct peer *peer, uint64_t timeout_ns)
{
    struct trl_sink *sink = &peer->relay.sink;

    return sink->ops->flush(sink, trl_clock_monotonic_ns() + timeout_ns);
}

static void close_peer(struct peer *peer)
{
    peer->relay.sink.ops->close(&peer->relay.sink);
}

static void test_lines_are_delivered_in_order(void **state)
{
    struct peer *peer = new_peer();

    (void)state;
    assert_true(put(peer, TRAIL_LEVEL_INFO, "one\n"));
    assert_true(put(peer, TRAIL_LEVEL_DEBUG, "two\n"));
    assert_int_equal(flush(peer, (uint64_t)20 * NS_PER_S), TRAIL_OK);
    assert_string_equal(peer->text, "one\ntwo\n");
    close_peer(peer);
}

static void test_what_the_peer_does_not_take_comes_again(void **state)
{
    struct peer *peer = new_peer();

    (void)state;
    __atomic_store_n(&peer->reachable, 0, __ATOMIC_SEQ_CST);
    assert_true(put(peer, TRAIL_LEVEL_INFO, "one\n"));
    for (int i = 0; i < 4; i++) {
        sem_wait(&peer->attempts);
    }
    __atomic_store_n(&peer->reachable, 1, __ATOMIC_SEQ_CST);
    assert_int_equal(flush(peer, (uint64_t)20 * NS_PER_S), TRAIL_OK);
    assert_string_equal(peer->text, "one\n");
    close_peer(peer);
}

/* As that of a producer whose line was found before the thread slept. Returns when it is spent. */
static void wake_up(const struct peer *peer)
{
    struct pollfd readable = {.fd = peer->relay.wake_fd, .events = POLLIN};
    uint64_t one = 1;

    assert_int_equal(write(peer->relay.wake_fd, &one, sizeof(one)), sizeof(one));
    while (poll(&readable, 1, 0) != 0) {
        sched_yield();
    }
}

/* The second wake-up is spent when whatever the first one has led to is done. */
static void test_a_late_wake_up_does_not_end_a_pause_but_a_flush_does(void **state)
{
    struct peer *peer = new_peer();
    int attempts;

    (void)state;
    peer->asked_pause_ms = 600000;
    __atomic_store_n(&peer->reachable, 0, __ATOMIC_SEQ_CST);
    assert_true(put(peer, TRAIL_LEVEL_INFO, "one\n"));
    sem_wait(&peer->attempts);
    wake_up(peer);
    wake_up(peer);
    assert_int_equal(sem_getvalue(&peer->attempts, &attempts), 0);
    __atomic_store_n(&peer->reachable, 1, __ATOMIC_SEQ_CST);
    assert_int_equal(flush(peer, (uint64_t)20 * NS_PER_S), TRAIL_OK);
    close_peer(peer);
    assert_int_equal(attempts, 0);
}

static void test_a_crash_ends_a_pause(void **state)
{
    struct peer *peer = new_peer();

    (void)state;
    peer->asked_pause_ms = 600000;
    __atomic_store_n(&peer->reachable, 0, __ATOMIC_SEQ_CST);
    assert_true(put(peer, TRAIL_LEVEL_INFO, "one\n"));
    sem_wait(&peer->attempts);
    __atomic_store_n(&peer->reachable, 1, __ATOMIC_SEQ_CST);
    peer->relay.sink.ops->crash(&peer->relay.sink, "last\n", 5);
    while (peer->relay.sink.ops->crash_pending(&peer->relay.sink)) {
        sched_yield();
    }
    close_peer(peer);
}

static void test_a_full_queue_drops_never_waits_and_tells_the_gap(void **state)
{
    struct peer *peer = new_peer();
    size_t put_in = 0;

    (void)state;
    __atomic_store_n(&peer->reachable, 0, __ATOMIC_SEQ_CST);
    while (put(peer, TRAIL_LEVEL_DEBUG, "a debug line of the usual kind\n")) {
        put_in++;
    }
    assert_true(put_in > 10000);
    assert_true(put(peer, TRAIL_LEVEL_ERROR, "an error\n"));
    __atomic_store_n(&peer->reachable, 1, __ATOMIC_SEQ_CST);
    assert_int_equal(flush(peer, (uint64_t)60 * NS_PER_S), TRAIL_OK);
    assert_int_equal(peer->lines, put_in + 2);
    assert_non_null(strstr(peer->text, "\"event\":\"log_events_dropped\""));
    close_peer(peer);
}

static void test_a_flush_gives_up_at_its_deadline(void **state)
{
    struct peer *peer = new_peer();

    (void)state;
    __atomic_store_n(&peer->reachable, 0, __ATOMIC_SEQ_CST);
    assert_true(put(peer, TRAIL_LEVEL_INFO, "one\n"));
    assert_int_equal(flush(peer, NS_PER_S / 100), TRAIL_ERR_IO);
    close_peer(peer);
}

static void test_a_batch_that_is_worth_it_does_not_linger(void **state)
{
    struct trl_relay_ops patient_ops = ops;
    struct timespec deadline;

    (void)state;
    patient_ops.linger_ms = 3600000;
    struct peer *peer = new_peer_by(&patient_ops);
    for (int i = 0; i < 3; i++) {
        for (size_t bytes = 0; bytes < ops.batch_bytes; bytes += 32) {
            assert_true(put(peer, TRAIL_LEVEL_INFO, "a line that is 32 bytes long..\n"));
        }
        clock_gettime(CLOCK_REALTIME, &deadline);
        deadline.tv_sec += 60;
        assert_int_equal(sem_timedwait(&peer->attempts, &deadline), 0);
    }
    assert_int_equal(flush(peer, (uint64_t)20 * NS_PER_S), TRAIL_OK);
    assert_int_equal(peer->lines, 3 * ops.batch_bytes / 32);
    close_peer(peer);
}

static void *write_many(void *argument)
{
    struct peer *peer = argument;

    for (int i = 0; i < 100000; i++) {
        if (!put(peer, TRAIL_LEVEL_INFO,
                 "a line of a process that is dead, of the usual length\n")) {
            return NULL;
        }
    }
    return peer;
}

static void test_a_patient_relay_waits_for_room(void **state)
{
    struct peer *peer = new_peer();
    pthread_t writer;
    void *result = NULL;

    (void)state;
    peer->relay.patient = true;
    __atomic_store_n(&peer->reachable, 0, __ATOMIC_SEQ_CST);
    assert_int_equal(pthread_create(&writer, NULL, write_many, peer), 0);
    for (int i = 0; i < 3; i++) {
        sem_wait(&peer->attempts);
    }
    __atomic_store_n(&peer->reachable, 1, __ATOMIC_SEQ_CST);
    pthread_join(writer, &result);
    assert_ptr_equal(result, peer);
    assert_int_equal(flush(peer, (uint64_t)60 * NS_PER_S), TRAIL_OK);
    assert_int_equal(peer->lines, 100000);
    close_peer(peer);
}

static void test_closing_ends_a_delivery_that_waits(void **state)
{
    struct peer *peer = new_peer();

    (void)state;
    __atomic_store_n(&peer->hold, 1, __ATOMIC_SEQ_CST);
    assert_true(put(peer, TRAIL_LEVEL_INFO, "one\n"));
    sem_wait(&peer->attempts);
    close_peer(peer);
}

static void test_closing_what_was_never_used_is_no_harm(void **state)
{
    (void)state;
    close_peer(new_peer());
}

static void test_a_child_delivers_its_own_lines_alone(void **state)
{
    struct peer *peer = new_peer();
    struct trl_sink *sink = &peer->relay.sink;

    (void)state;
    __atomic_store_n(&peer->hold, 1, __ATOMIC_SEQ_CST);
    assert_true(put(peer, TRAIL_LEVEL_INFO, "the parent's\n"));
    sem_wait(&peer->attempts);
    pid_t child = fork();
    if (child == 0) {
        sink->ops->forked(sink);
        peer->hold = 0;
        bool ok = put(peer, TRAIL_LEVEL_INFO, "the child's\n") &&
                  flush(peer, (uint64_t)20 * NS_PER_S) == TRAIL_OK &&
                  strcmp(peer->text, "the child's\n") == 0;
        _exit(ok ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close_peer(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_delivered_in_order),
        cmocka_unit_test(test_what_the_peer_does_not_take_comes_again),
        cmocka_unit_test(test_a_late_wake_up_does_not_end_a_pause_but_a_flush_does),
        cmocka_unit_test(test_a_crash_ends_a_pause),
        cmocka_unit_test(test_a_full_queue_drops_never_waits_and_tells_the_gap),
        cmocka_unit_test(test_a_flush_gives_up_at_its_deadline),
        cmocka_unit_test(test_a_batch_that_is_worth_it_does_not_linger),
        cmocka_unit_test(test_a_patient_relay_waits_for_room),
        cmocka_unit_test(test_closing_ends_a_delivery_that_waits),
        cmocka_unit_test(test_closing_what_was_never_used_is_no_harm),
        cmocka_unit_test(test_a_child_delivers_its_own_lines_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
