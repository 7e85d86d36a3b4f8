#include "unit.h"

#include "core/inflight.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 8, REQUESTS = 2000 };

static size_t count(void)
{
    struct trl_inflight_facts facts;
    size_t found = 0;

    for (struct trl_inflight *entry = NULL; (entry = trl_inflight_next(entry)) != NULL;) {
        found += trl_inflight_read(entry, &facts) ? 1 : 0;
    }
    return found;
}

static struct trl_inflight *enter(const char *request_id, uint64_t started_ns)
{
    const struct trl_inflight_request request = {
        .request_id = {request_id, strlen(request_id)},
        .path = {request_id, strlen(request_id)},
        .started_ns = started_ns,
    };

    return trl_inflight_enter(&request);
}

static void test_a_request_is_seen_until_it_is_left(void **state)
{
    struct trl_inflight_facts seen;

    (void)state;
    struct trl_inflight *entry = enter("one", 5);
    assert_true(trl_inflight_read(entry, &seen));
    assert_string_equal(seen.request_id, "one");
    trl_inflight_set_route(entry, "/orders/{id}", 12);
    trl_inflight_set_stream(entry);
    assert_true(trl_inflight_read(entry, &seen));
    assert_string_equal(seen.route, "/orders/{id}");
    assert_true(seen.stream);
    assert_int_equal(count(), 1);
    trl_inflight_leave(entry);
    assert_int_equal(count(), 0);
}

static void test_a_long_route_is_cut(void **state)
{
    struct trl_inflight_facts facts;
    char route[2000];

    (void)state;
    memset(route, 'r', sizeof(route));
    struct trl_inflight *entry = enter("one", 5);
    trl_inflight_set_route(entry, route, sizeof(route));
    assert_true(trl_inflight_read(entry, &facts));
    assert_int_equal(strlen(facts.route), TRL_INFLIGHT_PATH_MAX);
    trl_inflight_leave(entry);
}

static void test_requests_of_one_thread_may_nest(void **state)
{
    (void)state;
    struct trl_inflight *outer = enter("one", 5);
    struct trl_inflight *inner = enter("one", 5);
    assert_ptr_not_equal(outer, inner);
    assert_int_equal(count(), 2);
    trl_inflight_leave(inner);
    trl_inflight_leave(outer);
    assert_int_equal(count(), 0);
}

static void test_a_stall_is_claimed_once_for_each_request(void **state)
{
    (void)state;
    struct trl_inflight *entry = enter("one", 5);
    assert_true(trl_inflight_claim_stall(entry, 5));
    assert_false(trl_inflight_claim_stall(entry, 5));
    assert_true(trl_inflight_claim_stall(entry, 6));
    trl_inflight_leave(entry);
}

static void test_no_entry_is_no_harm(void **state)
{
    (void)state;
    trl_inflight_set_route(NULL, "/", 1);
    trl_inflight_set_stream(NULL);
    trl_inflight_leave(NULL);
}

static void *serve(void *argument)
{
    uint64_t thread = *(uint64_t *)argument;

    for (uint64_t i = 1; i <= REQUESTS; i++) {
        char text[64];
        snprintf(text, sizeof(text), "%lu-%lu", thread, i);
        struct trl_inflight *entry = enter(text, i);
        trl_inflight_set_route(entry, text, strlen(text));
        trl_inflight_leave(entry);
    }
    return NULL;
}

static void test_a_reader_never_sees_half_a_request(void **state)
{
    pthread_t threads[THREADS];
    uint64_t numbers[THREADS];

    (void)state;
    for (uint64_t i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, serve, &numbers[i]), 0);
    }
    for (int round = 0; round < 1000; round++) {
        struct trl_inflight_facts facts;
        for (struct trl_inflight *entry = NULL; (entry = trl_inflight_next(entry)) != NULL;) {
            if (trl_inflight_read(entry, &facts)) {
                assert_string_equal(facts.request_id, facts.path);
                assert_true(facts.route[0] == '\0' || strcmp(facts.route, facts.path) == 0);
            }
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(count(), 0);
}

static void test_entries_of_ended_threads_are_used_again(void **state)
{
    size_t before = 0;
    size_t after = 0;
    uint64_t number = 1;

    (void)state;
    for (struct trl_inflight *e = NULL; (e = trl_inflight_next(e)) != NULL;) {
        before++;
    }
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, serve, &number), 0);
        pthread_join(thread, NULL);
    }
    for (struct trl_inflight *e = NULL; (e = trl_inflight_next(e)) != NULL;) {
        after++;
    }
    assert_true(after <= before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_is_seen_until_it_is_left),
        cmocka_unit_test(test_a_long_route_is_cut),
        cmocka_unit_test(test_requests_of_one_thread_may_nest),
        cmocka_unit_test(test_a_stall_is_claimed_once_for_each_request),
        cmocka_unit_test(test_no_entry_is_no_harm),
        cmocka_unit_test(test_a_reader_never_sees_half_a_request),
        cmocka_unit_test(test_entries_of_ended_threads_are_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
