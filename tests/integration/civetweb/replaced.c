/* Handlers that are replaced and removed while requests come, or set past trail: what holds without
 * trail, holds. */
#include "fixture.h"

#include "unrouted.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { MANY = 300, ASKING = 4 };

static int tell_generation(struct mg_connection *conn, void *cbdata)
{
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n%06d", (int)(intptr_t)cbdata);
    return 200;
}

static void set_generation(int generation)
{
    void *cbdata = (void *)(intptr_t)generation;

    if (generation % 3 == 0) {
        mg_set_request_handler(server.ctx, "/generation", NULL, NULL);
    }
    if (generation % 2 == 0) {
        unrouted_set_request_handler(server.ctx, "/generation", tell_generation, cbdata);
    } else {
        mg_set_request_handler(server.ctx, "/generation", tell_generation, cbdata);
    }
}

static atomic_int installed;
static atomic_int answers;
static atomic_bool done;

static void *ask_for_generations(void *ret_older)
{
    while (!done) {
        struct http_response response;
        int least = installed;
        http_exchange(server.port, "GET /generation HTTP/1.1\r\n\r\n", &response);
        answers++;
        *(int *)ret_older += response.status == 200 && strtol(response.body, NULL, 10) < least;
        http_response_free(&response);
    }
    return NULL;
}

static void test_a_handler_that_was_replaced_is_not_run(void **state)
{
    pthread_t threads[ASKING];
    int older[ASKING] = {0};

    (void)state;
    set_generation(0);
    for (int i = 0; i < ASKING; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_for_generations, &older[i]), 0);
    }
    for (int generation = 1; answers < MANY; generation++) {
        int until = answers + 2 * ASKING;
        set_generation(generation);
        installed = generation;
        while (answers < until) {
            sched_yield(); /* some of each were led by CivetWeb, some by trail */
        }
    }
    done = true;
    for (int i = 0; i < ASKING; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(older[i], 0);
    }
}

static pthread_barrier_t together;

static void *set_many(void *first)
{
    for (intptr_t i = 0; i < MANY; i++) {
        pthread_barrier_wait(&together);
        mg_set_request_handler(server.ctx, "/generation", tell_generation,
                               (void *)((intptr_t)first + i));
        pthread_barrier_wait(&together);
    }
    return NULL;
}

static int generation_by(const char *method)
{
    struct http_response response;
    char request[64];

    snprintf(request, sizeof(request), "%s /generation HTTP/1.1\r\n\r\n", method);
    http_exchange(server.port, request, &response);
    int generation = (int)strtol(response.body, NULL, 10);
    http_response_free(&response);
    return generation;
}

/* Whose came last only CivetWeb knows, which is always asked by OPTIONS. */
static void test_of_changes_at_once_the_same_one_holds(void **state)
{
    pthread_t threads[2];

    (void)state;
    assert_int_equal(pthread_barrier_init(&together, NULL, 3), 0);
    for (int i = 0; i < 2; i++) {
        void *first = (void *)(intptr_t)(i * MANY);
        assert_int_equal(pthread_create(&threads[i], NULL, set_many, first), 0);
    }
    for (int i = 0; i < MANY; i++) {
        pthread_barrier_wait(&together);
        pthread_barrier_wait(&together);
        assert_int_equal(generation_by("GET"), generation_by("OPTIONS"));
        assert_int_equal(generation_by("GET"), generation_by("OPTIONS"));
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
}

static sem_t entered;
static sem_t may_return;
static atomic_bool slow;
static atomic_bool returned;
static bool routed;

static int take_time(struct mg_connection *conn, void *cbdata)
{
    if (atomic_exchange(&slow, false)) {
        sem_post(&entered);
        while (sem_wait(&may_return) != 0) {}
        returned = true;
    }
    return send_ok(conn, cbdata);
}

static int ask_for(const char *path)
{
    struct http_response response;

    get(path, "asking", &response);
    int status = response.status;
    http_response_free(&response);
    return status;
}

static void *ask(void *ret_status)
{
    *(int *)ret_status = ask_for("/slow");
    return NULL;
}

static void *remove_it(void *ret_waited)
{
    if (routed) {
        mg_set_request_handler(server.ctx, "/slow", NULL, NULL);
    } else {
        unrouted_set_request_handler(server.ctx, "/slow", NULL, NULL);
    }
    *(bool *)ret_waited = returned;
    return NULL;
}

/* New requests don't find it from the begin of that on. What it uses may be released at the end. */
static void test_who_removes_a_handler_waits_for_it(void **state)
{
    (void)state;
    assert_int_equal(sem_init(&entered, 0, 0), 0);
    assert_int_equal(sem_init(&may_return, 0, 0), 0);
    for (int i = 0; i < 2; i++) {
        pthread_t asking;
        pthread_t removing;
        int status = 0;
        bool waited = false;
        routed = i != 0;
        returned = false;
        mg_set_request_handler(server.ctx, "/slow", take_time, NULL);
        assert_int_equal(ask_for("/slow"), 200); /* CivetWeb itself leads the first one */
        slow = true;
        assert_int_equal(pthread_create(&asking, NULL, ask, &status), 0);
        while (sem_wait(&entered) != 0) {}
        assert_int_equal(pthread_create(&removing, NULL, remove_it, &waited), 0);
        while (ask_for("/slow") != 404) {}
        sem_post(&may_return);
        pthread_join(removing, NULL);
        pthread_join(asking, NULL);
        assert_true(waited);
        assert_int_equal(status, 200);
    }
}

static atomic_int asked;

static int allow_two(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    if (asked++ < 2) {
        return 1;
    }
    mg_printf(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    return 0;
}

/* As code does that looks CivetWeb's functions up. */
static void test_authorization_that_trail_does_not_see_is_asked(void **state)
{
    Dl_info civetweb;
    void (*set)(struct mg_context *, const char *, mg_authorization_handler, void *);

    (void)state;
    assert_int_not_equal(dladdr((void *)(uintptr_t)mg_get_builtin_mime_type, &civetweb), 0);
    void *library = dlopen(civetweb.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    assert_non_null(library);
    *(void **)&set = dlsym(library, "mg_set_auth_handler");
    mg_set_request_handler(server.ctx, "/guarded", send_ok, NULL);
    set(server.ctx, "/guarded", allow_two, NULL);
    assert_int_equal(ask_for("/guarded"), 200);
    assert_int_equal(ask_for("/guarded"), 200);
    assert_int_equal(ask_for("/guarded"), 403);
    dlclose(library);
}

static int setup(void **state)
{
    static const struct handler handlers[] = {{"/ok", send_ok, 0}};

    (void)state;
    SERVE(handlers, &(struct server_options){.callbacks = {.begin_request = NULL}});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_handler_that_was_replaced_is_not_run),
        cmocka_unit_test(test_of_changes_at_once_the_same_one_holds),
        cmocka_unit_test(test_who_removes_a_handler_waits_for_it),
        cmocka_unit_test(test_authorization_that_trail_does_not_see_is_asked),
    };

    return cmocka_run_group_tests(tests, setup, stop_serving);
}
