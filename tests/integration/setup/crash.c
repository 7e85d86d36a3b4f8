#include "unit.h"

#include "crashing.h"

#include "core/clock.h"
#include "core/inflight.h"
#include "log/keep.h"
#include "log/scope.h"
#include "setup/crash.h"

#include <trail/trail.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char trace_id[] = "4bf92f3577b34da6a3ce929d0e0e4736";

static struct trl_log_scope scopes[2];

static struct trl_keep *keep_two_lines(void)
{
    struct trl_keep *keep = trl_keep_take();

    for (int i = 0; i < 2; i++) {
        char *room = trl_keep_begin(keep);
        trl_keep_end(keep, (size_t)sprintf(room, "{\"event\":\"detail_%d\"}\n", i));
    }
    return keep;
}

static void enter_requests(void)
{
    static const char *const ids[] = {"request-0", "request-1"};

    for (int i = 0; i < 2; i++) {
        struct trail_logger bound;
        const struct trl_inflight_request request = {
            .request_id = {ids[i], strlen(ids[i])},
            .method = {"GET", 3},
            .started_ns = trl_clock_monotonic_ns(),
            .scope = &scopes[i],
        };
        trail_logger_init(&bound, NULL, trail_kv("userId", "u1"), trail_kv("method", "bound"));
        scopes[i].keep = i == 0 ? keep_two_lines() : NULL;
        trl_logger_init_ids(&scopes[i].logger,
                            &(struct trl_ids){.request_id = ids[i], .trace_id = trace_id},
                            i == 0 ? &bound : NULL);
        trl_inflight_set_route(trl_inflight_enter(&request), "/orders/{id}", 12);
    }
}

static void fault_with_requests(void)
{
    static struct trl_log_scope scope;

    enter_requests();
    scope.logger = scopes[1].logger;
    trl_log_scope_swap(&scope);
    fault();
}

static void assert_requests_are_told(void)
{
    read_lines();
    const cJSON *crash = the_line("process_crashed", "");
    assert_string_equal(text_of(crash, "level"), "fatal");
    assert_string_equal(text_of(crash, "service"), "shop");
    assert_string_equal(text_of(crash, "signal"), "SIGSEGV");
    assert_string_equal(text_of(crash, "requestId"), "request-1");
    assert_int_equal(cJSON_GetObjectItem(crash, "inFlight")->valueint, 2);
    const cJSON *requests = cJSON_GetObjectItem(crash, "requests");
    assert_int_equal(cJSON_GetArraySize(requests), 2);
    const cJSON *first = cJSON_GetArrayItem(requests, 0);
    assert_memory_equal(text_of(first, "requestId"), "request-", 8);
    assert_string_equal(text_of(first, "route"), "/orders/{id}");
    assert_true(cJSON_IsNumber(cJSON_GetObjectItem(first, "ageMs")));
    const cJSON *failed = the_line("request_failed", "request-0");
    assert_string_equal(text_of(failed, "level"), "error");
    assert_string_equal(text_of(failed, "errorCode"), "process_crashed");
    assert_string_equal(text_of(failed, "traceId"), trace_id);
    assert_string_equal(text_of(failed, "userId"), "u1");
    assert_string_equal(text_of(failed, "method"), "bound");
    assert_true(cJSON_IsNumber(cJSON_GetObjectItem(failed, "durationMs")));
    assert_string_equal(text_of(the_line("request_failed", "request-1"), "method"), "GET");
    size_t at = 0;
    while (lines[at] != the_line("detail_0", "")) {
        at++;
    }
    assert_ptr_equal(lines[at + 1], the_line("detail_1", ""));
    assert_ptr_equal(lines[at + 2], failed);
}

static void test_a_fault_tells_every_request_in_flight_and_kills_the_process(void **state)
{
    (void)state;
    assert_died_of(run_child(nothing, fault_with_requests, "sync"), SIGSEGV);
    assert_requests_are_told();
}

static void test_a_crash_is_told_through_the_spool_as_well(void **state)
{
    (void)state;
    assert_died_of(run_child(nothing, fault_with_requests, "async"), SIGSEGV);
    assert_requests_are_told();
}

enum { FULL_REQUESTS = 8, LONG_DETAIL = 30000 };

static void fault_with_more_than_a_chunk(void)
{
    static struct trl_log_scope full[FULL_REQUESTS];
    static char text[LONG_DETAIL];

    memset(text, 'x', sizeof(text));
    for (int i = 0; i < FULL_REQUESTS; i++) {
        char id[32];
        struct trl_keep *keep = trl_keep_take();
        struct trl_inflight_request request = {.started_ns = trl_clock_monotonic_ns(),
                                               .scope = &full[i]};
        request.request_id.text = id;
        request.request_id.size = (size_t)sprintf(id, "request-%d", i);
        full[i].keep = keep;
        trl_logger_init_ids(&full[i].logger, &(struct trl_ids){.request_id = id}, NULL);
        for (int line = 0; line < 2; line++) {
            char *room = trl_keep_begin(keep);
            trl_keep_end(keep, (size_t)sprintf(room, "{\"event\":\"detail\",\"x\":\"%.*s\"}\n",
                                               LONG_DETAIL, text));
        }
        (void)trl_inflight_enter(&request);
    }
    fault();
}

static void test_detail_of_one_request_costs_no_other_its_line(void **state)
{
    char id[32];
    size_t details = 0;

    (void)state;
    assert_died_of(run_child(nothing, fault_with_more_than_a_chunk, "async"), SIGSEGV);
    read_lines();
    the_line("process_crashed", "");
    for (int i = 0; i < FULL_REQUESTS; i++) {
        sprintf(id, "request-%d", i);
        the_line("request_failed", id);
    }
    for (size_t i = 0; i < line_count; i++) {
        details += strcmp(text_of(lines[i], "event"), "detail") == 0;
    }
    assert_int_equal(details, 2 * FULL_REQUESTS);
}

static int raised;

static void raise_it(void)
{
    raise(raised);
}

static void test_a_signal_that_is_sent_kills_as_it_would_have(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEADLY_SIGNALS; i++) {
        raised = deadly_signals[i];
        assert_died_of(run_child(nothing, raise_it, "sync"), raised);
    }
    read_lines();
    assert_int_equal(line_count, DEADLY_SIGNALS);
}

static void test_abort_is_told(void **state)
{
    (void)state;
    assert_died_of(run_child(nothing, abort, "sync"), SIGABRT);
    read_lines();
    assert_string_equal(text_of(the_line("process_crashed", ""), "signal"), "SIGABRT");
}

static void on_signal(int number)
{
    (void)number;
    _exit(42);
}

static void install_own(void)
{
    signal(SIGSEGV, on_signal);
    signal(SIGABRT, on_signal);
}

static void test_the_handler_before_still_has_its_say(void **state)
{
    (void)state;
    int status = run_child(install_own, fault, "sync");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    status = run_child(install_own, abort, "sync");
    assert_int_equal(WEXITSTATUS(status), 42);
    read_lines();
    assert_int_equal(line_count, 2);
}

static void ignore(void)
{
    signal(SIGABRT, SIG_IGN);
}

static void raise_ignored(void)
{
    raise(SIGABRT);
    _exit(7);
}

static void test_an_ignored_signal_stays_ignored(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(run_child(ignore, raise_ignored, "sync")), 7);
    read_lines();
    assert_int_equal(line_count, 0);
}

static void stale_request(void)
{
    struct trl_inflight_request request = {.request_id = {"stale", 5}, .started_ns = 1};

    request.scope = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)trl_inflight_enter(&request);
    fault_with_requests();
}

static void test_memory_of_a_request_that_is_gone_costs_that_request_alone(void **state)
{
    (void)state;
    assert_died_of(run_child(nothing, stale_request, "sync"), SIGSEGV);
    read_lines();
    assert_int_equal(cJSON_GetObjectItem(the_line("process_crashed", ""), "inFlight")->valueint, 3);
    the_line("request_failed", "request-0");
    the_line("request_failed", "request-1");
}

static int depth_of(int level)
{
    volatile char frame[4096];

    frame[level % 4096] = (char)level;
    return level < 0 ? 0 : depth_of(level + 1) + frame[0];
}

static void *overflow(void *unused)
{
    (void)unused;
    trl_crash_cover_thread();
    return depth_of(0) == 0 ? &raised : NULL;
}

static void overflow_stack(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, overflow, NULL) == 0) {
        pthread_join(thread, NULL);
    }
}

static void test_an_overflow_of_a_covered_threads_stack_is_told(void **state)
{
    (void)state;
    assert_died_of(run_child(nothing, overflow_stack, "sync"), SIGSEGV);
    read_lines();
    assert_string_equal(text_of(the_line("process_crashed", ""), "signal"), "SIGSEGV");
}

static void fork_then_crash(void)
{
    enter_requests();
    pid_t child = fork();
    if (child == 0) {
        fault();
    }
    int status;
    waitpid(child, &status, 0);
    _exit(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV ? 0 : 1);
}

static void test_a_child_does_not_tell_its_parents_requests(void **state)
{
    (void)state;
    assert_int_equal(run_child(nothing, fork_then_crash, "sync"), 0);
    read_lines();
    assert_int_equal(line_count, 1);
    assert_int_equal(cJSON_GetObjectItem(lines[0], "inFlight")->valueint, 0);
}

static void open_and_close(void)
{
    struct trail *trail;

    if (trail_open(&(struct trail_options){.output = log_output,
                                           .crash = "on",
                                           .ignore_environment = true},
                   &trail) != TRAIL_OK) {
        _exit(99);
    }
    trail_close(trail);
    fault();
}

static void test_nothing_is_told_after_it_is_closed(void **state)
{
    (void)state;
    assert_died_of(run_child(open_and_close, nothing, "sync"), SIGSEGV);
    read_lines();
    assert_int_equal(line_count, 0);
}

static void *crash_too(void *unused)
{
    fault();
    return unused;
}

static void crash_together(void)
{
    pthread_t threads[4];

    enter_requests();
    for (int i = 0; i < 4; i++) {
        if (pthread_create(&threads[i], NULL, crash_too, NULL) != 0) {
            _exit(99);
        }
    }
    pthread_join(threads[0], NULL);
}

static void test_threads_that_crash_together_are_told_once(void **state)
{
    (void)state;
    assert_died_of(run_child(nothing, crash_together, "sync"), SIGSEGV);
    read_lines();
    the_line("process_crashed", "");
    the_line("request_failed", "request-0");
    the_line("request_failed", "request-1");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, crashing_setup, crashing_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_fault_tells_every_request_in_flight_and_kills_the_process),
        CASE(test_a_crash_is_told_through_the_spool_as_well),
        CASE(test_detail_of_one_request_costs_no_other_its_line),
        CASE(test_a_signal_that_is_sent_kills_as_it_would_have),
        CASE(test_abort_is_told),
        CASE(test_the_handler_before_still_has_its_say),
        CASE(test_an_ignored_signal_stays_ignored),
        CASE(test_memory_of_a_request_that_is_gone_costs_that_request_alone),
        CASE(test_an_overflow_of_a_covered_threads_stack_is_told),
        CASE(test_a_child_does_not_tell_its_parents_requests),
        CASE(test_nothing_is_told_after_it_is_closed),
        CASE(test_threads_that_crash_together_are_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
