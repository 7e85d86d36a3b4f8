/* Threads that come to a place that logs for the first time at once. */
#include "unit.h"

#include <trail/memory.h>
#include <trail/trail.h>

#include <cjson/cJSON.h>
#include <pthread.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 50, PLACES = 3 };

static pthread_barrier_t together;

static void log_at_each_place(int thread)
{
    trail_info("first", "The first", trail_kv("thread", thread), trail_kv("password", "x"));
    trail_info("second", NULL, trail_kv("thread", thread), trail_kv("name", "two"));
    trail_info("third", "The third");
}

static void *run(void *number)
{
    pthread_barrier_wait(&together);
    for (int round = 0; round < ROUNDS; round++) {
        log_at_each_place(*(int *)number);
    }
    return NULL;
}

static void check_line(const char *text)
{
    cJSON *line = cJSON_Parse(text);
    assert_non_null(line);
    const char *event = cJSON_GetObjectItem(line, "event")->valuestring;
    bool first = strcmp(event, "first") == 0;
    bool third = strcmp(event, "third") == 0;

    assert_true(first || third || strcmp(event, "second") == 0);
    assert_int_equal(cJSON_HasObjectItem(line, "message"), first || third);
    assert_int_equal(cJSON_HasObjectItem(line, "thread"), !third);
    if (first) {
        assert_string_equal(cJSON_GetObjectItem(line, "password")->valuestring, "[redacted]");
    } else if (!third) {
        assert_string_equal(cJSON_GetObjectItem(line, "name")->valuestring, "two");
    }
    cJSON_Delete(line);
}

static void test_a_place_is_remembered_once_whoever_comes(void **state)
{
    struct trail_memory *memory;
    pthread_t threads[THREADS];
    int numbers[THREADS];
    struct trail *trail;

    (void)state;
    assert_int_equal(trail_memory_new(&memory), TRAIL_OK);
    assert_int_equal(
        trail_open(
            &(struct trail_options){.output = "null", .memory = memory, .ignore_environment = true},
            &trail),
        TRAIL_OK);
    pthread_barrier_init(&together, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, run, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&together);
    assert_int_equal(trail_memory_size(memory), THREADS * ROUNDS * PLACES);
    for (size_t i = 0; i < trail_memory_size(memory); i++) {
        check_line(trail_memory_line(memory, i));
    }
    trail_close(trail);
    trail_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_place_is_remembered_once_whoever_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
