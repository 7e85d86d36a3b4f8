/* Threads that have no chunk of their own, before a writer that is held: what they find, and what
 * they wait for. */
#include "unit.h"

#include "core/clock.h"
#include "folder.h"
#include "sink/output.h"
#include "sink/outputs.h"
#include "sink/spool.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, LINES = 100, ROUNDS = 50, LONG_LINE = 30000 };

static char dir[FOLDER_PATH_BYTES];
static sem_t goes_on;
static atomic_bool frozen;          /* no time passes */
static _Atomic uint64_t longest;    /* that was asked for, of a wait for a chunk */
static _Atomic uint8_t *given_back; /* another thread's, in such waits: NULL: in none */
static uint8_t given_back_as[2];    /* in the first one, and the second */
static unsigned given;

uint64_t __real_trl_clock_monotonic_ns(void);
uint64_t __wrap_trl_clock_monotonic_ns(void);
uint64_t __wrap_trl_clock_monotonic_ns(void)
{
    return atomic_load(&frozen) ? 1 : __real_trl_clock_monotonic_ns();
}

void __real_trl_futex_wait(atomic_uint *word, unsigned expected, uint64_t timeout_ns);
void __wrap_trl_futex_wait(atomic_uint *word, unsigned expected, uint64_t timeout_ns);
void __wrap_trl_futex_wait(atomic_uint *word, unsigned expected, uint64_t timeout_ns)
{
    if (word != &trl_spool_.freed) {
        __real_trl_futex_wait(word, expected, timeout_ns);
        return;
    }
    if (timeout_ns > atomic_load(&longest)) {
        atomic_store(&longest, timeout_ns);
    }
    if (given_back != NULL && given < 2) {
        atomic_store(given_back, given_back_as[given++]);
    }
    sched_yield();
}

static bool hold(struct trl_sink *sink, enum trail_level level, const char *line, size_t size)
{
    (void)sink;
    (void)level;
    (void)line;
    (void)size;
    while (sem_wait(&goes_on) != 0) {}
    sem_post(&goes_on);
    return true;
}

static void close_sink(struct trl_sink *sink)
{
    (void)sink;
}

/* With a writer that is held at its first line, and no thread that may hold a chunk. */
static void open_spool(bool drop)
{
    static const struct trl_sink_ops ops = {.write = hold, .close = close_sink};
    static struct trl_sink sink;
    struct trl_sink *sinks = &sink;
    char text[256] = "";

    trl_sink_init(&sink, &ops, "held");
    assert_int_equal(sem_init(&goes_on, 0, 0), 0);
    assert_int_equal(trl_outputs_open(&(struct trl_outputs_options){.sinks = &sinks,
                                                                    .count = 1,
                                                                    .identity = "",
                                                                    .overflow_drop = drop,
                                                                    .async = true,
                                                                    .spool_dir = dir,
                                                                    .spool_bytes = 1 << 20,
                                                                    .service = "t",
                                                                    .error_text = text,
                                                                    .error_size = sizeof(text)}),
                     TRAIL_OK);
    atomic_store(&trl_spool_.holders, trl_spool_.holders_max);
    atomic_store(&longest, 0);
}

static void close_spool(void)
{
    atomic_store(&frozen, false);
    sem_post(&goes_on);
    trl_outputs_close(60000);
}

static bool append(enum trail_level level, size_t size)
{
    static _Thread_local char line[TRAIL_LINE_MAX];

    memset(line, ' ', size);
    memcpy(line, "{", 1);
    memcpy(line + size - 2, "}\n", 2);
    return trl_spool_append(level, line, size);
}

/* Errors until no chunk is free. The last one is shared, and has all its room but for a line. */
static void fill(void)
{
    while (atomic_load(&trl_spool_.free_count) > 0) {
        assert_true(append(TRAIL_LEVEL_ERROR, 1000));
    }
}

static _Atomic uint8_t *shared_chunk(void)
{
    for (uint32_t number = 0; number < trl_spool_.map.chunk_count; number++) {
        uint8_t use = atomic_load(&trl_spool_.uses[number]);
        const struct trl_chunk *chunk = trl_chunk_at(&trl_spool_.map, number);
        if ((use == TRL_CHUNK_SHARED || use == TRL_CHUNK_FOR_ERRORS) &&
            trl_place_bytes(atomic_load(&chunk->committed)) < trl_spool_.room / 4) {
            return &trl_spool_.uses[number];
        }
    }
    return NULL;
}

static void *append_errors(void *ret_dropped)
{
    for (int i = 0; i < LINES; i++) {
        *(int *)ret_dropped += !append(TRAIL_LEVEL_ERROR, 60);
    }
    return NULL;
}

static void test_no_error_is_dropped_that_another_threads_chunk_has_room_for(void **state)
{
    pthread_t threads[THREADS];
    int dropped[THREADS] = {0};

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        open_spool(true);
        fill();
        atomic_store(&frozen, true);
        for (int i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, append_errors, &dropped[i]), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
        }
        close_spool();
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(dropped[i], 0);
    }
}

static void wait_for_another(bool drop, enum trail_level level, uint8_t use_between)
{
    _Atomic uint8_t *use;

    open_spool(drop);
    fill();
    use = shared_chunk();
    assert_non_null(use);
    given_back_as[0] = use_between;
    given_back_as[1] = TRL_CHUNK_SHARED;
    given = 0;
    given_back = use;
    atomic_store(&frozen, true);
    atomic_store(use, TRL_CHUNK_BUSY);
    assert_true(append(level, 60));
    given_back = NULL;
    assert_in_range(given, 1, 2);
    assert_in_range(atomic_load(&longest), 1, 500000);
    close_spool();
}

/* The chunk will be given back in a moment, which wakes nobody. */
static void test_nobody_waits_long_for_a_chunk_that_another_thread_uses(void **state)
{
    static const uint8_t between[] = {TRL_CHUNK_SHARED, TRL_CHUNK_BUSY, TRL_CHUNK_HELD};

    (void)state;
    for (size_t i = 0; i < sizeof(between); i++) {
        wait_for_another(false, TRAIL_LEVEL_ERROR, between[i]);
        wait_for_another(false, TRAIL_LEVEL_INFO, between[i]);
    }
    wait_for_another(true, TRAIL_LEVEL_ERROR, TRL_CHUNK_SHARED);
    wait_for_another(true, TRAIL_LEVEL_ERROR, TRL_CHUNK_BUSY);
}

static void test_a_long_line_leaves_room_to_short_ones(void **state)
{
    (void)state;
    open_spool(true);
    fill();
    while (append(TRAIL_LEVEL_ERROR, LONG_LINE)) {}
    assert_true(append(TRAIL_LEVEL_ERROR, 60));
    assert_false(append(TRAIL_LEVEL_ERROR, LONG_LINE));
    assert_true(append(TRAIL_LEVEL_ERROR, 60));
    close_spool();
}

static void *take_all_room(void *unused)
{
    (void)unused;
    while (append(TRAIL_LEVEL_ERROR, 60)) {}
    return NULL;
}

static void leave_room_in_own_chunk(enum trail_level level)
{
    pthread_t other;

    open_spool(true);
    atomic_store(&trl_spool_.holders, trl_spool_.holders_max - 1); /* this thread's is the last */
    assert_true(append(TRAIL_LEVEL_INFO, LONG_LINE));
    assert_true(append(TRAIL_LEVEL_INFO, LONG_LINE));
    assert_int_equal(pthread_create(&other, NULL, take_all_room, NULL), 0);
    pthread_join(other, NULL);
    assert_false(append(level, LONG_LINE));
    assert_true(append(TRAIL_LEVEL_ERROR, 60));
    close_spool();
}

static void test_a_long_line_leaves_room_in_its_threads_own_chunk(void **state)
{
    (void)state;
    leave_room_in_own_chunk(TRAIL_LEVEL_ERROR);
    leave_room_in_own_chunk(TRAIL_LEVEL_INFO);
}

static int setup(void **state)
{
    (void)state;
    folder_make("/tmp", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_error_is_dropped_that_another_threads_chunk_has_room_for),
        cmocka_unit_test(test_nobody_waits_long_for_a_chunk_that_another_thread_uses),
        cmocka_unit_test(test_a_long_line_leaves_room_to_short_ones),
        cmocka_unit_test(test_a_long_line_leaves_room_in_its_threads_own_chunk),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
