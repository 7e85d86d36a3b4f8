#include "unit.h"

#include "collector.h"
#include "folder.h"

#include "setup/sinks.h"
#include "sink/spool_recover.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FLUSH_MS = 60000 };

#define EMPTY_ANSWER(status) "HTTP/1.1 " status "\r\nContent-Length: 0\r\n\r\n"
#define OK                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
#define COUNT_OF(script)     (sizeof(script) / sizeof((script)[0]))

static struct collector collector;

static struct trail *start(const char *const *script, size_t steps)
{
    collector_start(&collector, script, steps, true);
    return collector_open(&collector, NULL);
}

static void finish(struct trail *trail)
{
    trail_close(trail);
    collector_stop(&collector);
}

static uint64_t dropped_by_error(const struct trail *trail)
{
    struct trail_stats stats;
    uint64_t sum = 0;

    assert_int_equal(trail_get_stats(trail, &stats), TRAIL_OK);
    for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
        sum += stats.dropped[TRAIL_DROP_SINK_ERROR][level];
    }
    return sum;
}

static void test_events_arrive_as_one_request_of_records(void **state)
{
    static const char *const script[] = {OK};
    struct trail *trail = start(script, COUNT_OF(script));

    (void)state;
    for (int i = 0; i < 100; i++) {
        trail_info("order_created", "Order created", trail_kv("number", i));
    }
    assert_int_equal(trail_flush_outputs(trail, FLUSH_MS), TRAIL_OK);
    assert_int_equal(collector_records(&collector, "order_created"), 100);
    assert_true(collector.count < 10);
    assert_memory_equal(collector.heads[0], "POST /v1/logs HTTP/1.1\r\n", 24);
    assert_non_null(strstr(collector.heads[0], "\r\nContent-Type: application/json\r\n"));
    assert_int_equal(dropped_by_error(trail), 0);
    finish(trail);
}

static void test_what_may_be_tried_again_is_tried_again(void **state)
{
    static const char *const script[] = {
        EMPTY_ANSWER("503 Busy"),
        "HTTP/1.1 429 Slow Down\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
        EMPTY_ANSWER("502 Bad Gateway"),
        EMPTY_ANSWER("504 Gateway Timeout"),
        "",
        "HTTP/1.1 20",
        "220 mail.example.com ESMTP\r\n",
        OK};
    struct trail *trail = start(script, COUNT_OF(script));

    (void)state;
    trail_info("order_created", NULL);
    while (collector_wait(&collector) + 1 < COUNT_OF(script)) {}
    assert_int_equal(trail_flush_outputs(trail, FLUSH_MS), TRAIL_OK);
    assert_int_equal(collector_requests(&collector, "order_created"), COUNT_OF(script));
    assert_int_equal(dropped_by_error(trail), 0);
    finish(trail);
}

static void test_what_is_refused_is_counted_and_not_sent_again(void **state)
{
    static const char *const script[] = {EMPTY_ANSWER("400 Bad Request"), EMPTY_ANSWER("500 Oops"),
                                         EMPTY_ANSWER("301 Moved"), EMPTY_ANSWER("404 Not Found"),
                                         OK};
    static const char *const events[] = {"one", "two", "three", "four", "five"};
    struct trail *trail = start(script, COUNT_OF(script));

    (void)state;
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        trail_emit(NULL, TRAIL_LEVEL_INFO, events[i], strlen(events[i]), NULL, NULL, 0);
        assert_int_equal(trail_flush_outputs(trail, FLUSH_MS), TRAIL_OK);
    }
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        assert_int_equal(collector_requests(&collector, events[i]), 1);
    }
    assert_int_equal(dropped_by_error(trail), 4);
    assert_true(collector_requests(&collector, "log_events_dropped") > 0);
    finish(trail);
}

static void test_a_partial_success_is_counted_and_not_sent_again(void **state)
{
    static const char *const script[] = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "16\r\n{\"partialSuccess\":{\"re\r\n29\r\njectedLogRecords\":\"1\",\"errorMessage\":\"\"}}"
        "\r\n0\r\n\r\n",
        OK};
    struct trail *trail = start(script, COUNT_OF(script));

    (void)state;
    trail_info("one", NULL);
    trail_info("one", NULL);
    assert_int_equal(trail_flush_outputs(trail, FLUSH_MS), TRAIL_OK);
    assert_int_equal(dropped_by_error(trail), 1);
    trail_info("two", NULL);
    assert_int_equal(trail_flush_outputs(trail, FLUSH_MS), TRAIL_OK);
    assert_int_equal(collector_requests(&collector, "two"), 1);
    finish(trail);
}

static void test_a_collector_that_starts_late_gets_what_waited(void **state)
{
    static const char *const script[] = {OK};

    (void)state;
    collector_start(&collector, script, COUNT_OF(script), false);
    struct trail *trail = collector_open(&collector, NULL);
    trail_info("early", NULL);
    assert_int_equal(trail_flush_outputs(trail, 300), TRAIL_ERR_IO);
    collector_listen(&collector);
    assert_int_equal(trail_flush_outputs(trail, FLUSH_MS), TRAIL_OK);
    assert_int_equal(collector_requests(&collector, "early"), 1);
    finish(trail);
}

static void test_a_collector_that_never_answers_holds_nobody_up(void **state)
{
    static const char *const script[] = {NULL};
    struct trail *trail = start(script, COUNT_OF(script));
    struct trail_stats stats;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        trail_debug("unwanted", NULL);
        trail_info("counted", "one of many", trail_kv("number", i));
    }
    trail_error("at_the_end", NULL);
    assert_int_equal(trail_get_stats(trail, &stats), TRAIL_OK);
    assert_true(stats.dropped[TRAIL_DROP_OVERFLOW][TRAIL_LEVEL_INFO] > 0);
    assert_int_equal(stats.dropped[TRAIL_DROP_OVERFLOW][TRAIL_LEVEL_ERROR], 0);
    finish(trail); /* and closing gives up at its deadline */
}

static void test_an_answer_before_the_body_was_read_counts(void **state)
{
    static const char *const script[] = {EMPTY_ANSWER("413 Content Too Large")};

    (void)state;
    collector_start(&collector, script, COUNT_OF(script), false);
    collector.unread = true;
    collector_listen(&collector);
    struct trail *trail = collector_open(&collector, NULL);
    trail_info("one", NULL);
    assert_int_equal(trail_flush_outputs(trail, FLUSH_MS), TRAIL_OK);
    finish(trail);
}

static void test_a_child_sends_its_own_events_alone(void **state)
{
    static const char *const script[] = {OK};
    struct trail *trail = start(script, COUNT_OF(script));
    int status = -1;

    (void)state;
    trail_info("parents", NULL);
    pid_t child = fork();
    if (child == 0) {
        trail_info("childs", NULL);
        _exit(trail_flush_outputs(trail, FLUSH_MS) == TRAIL_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(trail_flush_outputs(trail, FLUSH_MS), TRAIL_OK);
    assert_int_equal(collector_records(&collector, "parents"), 1);
    assert_int_equal(collector_records(&collector, "childs"), 1);
    finish(trail);
}

enum { UNSENT = 50 };

/* A process that is killed while nobody listens. */
static void leave_unsent(const char *directory)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        struct trail *trail = collector_open(&collector, directory);
        for (int i = 0; i < UNSENT; i++) {
            trail_info("unsent", NULL, trail_kv("number", i));
        }
        (void)(trail_flush_outputs(trail, 300) == TRAIL_OK);
        raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void test_what_a_killed_process_could_not_send_is_sent_at_the_next_start(void **state)
{
    static const char *const script[] = {OK};
    char directory[FOLDER_PATH_BYTES];

    (void)state;
    folder_make("/tmp", directory);
    collector_start(&collector, script, COUNT_OF(script), false);
    leave_unsent(directory);
    collector_listen(&collector);
    struct trail *trail = collector_open(&collector, directory);
    assert_int_equal(trail_flush_outputs(trail, FLUSH_MS), TRAIL_OK);
    assert_true(collector_records(&collector, "unsent") >= UNSENT);
    finish(trail);
    folder_remove(directory);
}

static void note_report(void *arg, const struct trl_recover_report *report)
{
    struct trl_recover_report *last = arg;

    assert_string_equal(report->service, "shop");
    *last = *report;
}

static void test_what_a_killed_process_could_not_send_is_sent_without_a_next_start(void **state)
{
    static const char *const script[] = {OK};
    char directory[FOLDER_PATH_BYTES];
    struct trl_recover_report last = {0};
    const struct trl_recover_options options = {.dir = directory,
                                                .timeout_ms = FLUSH_MS,
                                                .open = trl_sinks_open_named,
                                                .report = note_report,
                                                .report_arg = &last};

    (void)state;
    folder_make("/tmp", directory);
    collector_start(&collector, script, COUNT_OF(script), false);
    leave_unsent(directory);
    assert_int_equal(trl_queues_recover(&options), TRAIL_OK);
    assert_int_equal(last.result, TRL_RECOVER_LEFT);
    collector_listen(&collector);
    assert_int_equal(trl_queues_recover(&options), TRAIL_OK);
    assert_int_equal(last.result, TRL_RECOVER_DELIVERED);
    assert_int_equal(trl_spool_recover(&options), TRAIL_OK);
    assert_true(collector_records(&collector, "unsent") >= UNSENT);
    assert_non_null(strstr(collector.bodies[0], "\"stringValue\":\"shop\""));
    last.lines = 0;
    assert_int_equal(trl_queues_recover(&options), TRAIL_OK);
    assert_int_equal(last.lines, 0);
    collector_stop(&collector);
    folder_remove(directory);
}

static void test_lines_of_a_dead_process_are_not_entrusted_to_nobody(void **state)
{
    static const char *const script[] = {OK};
    char name[64];

    (void)state;
    collector_start(&collector, script, COUNT_OF(script), false);
    snprintf(name, sizeof(name), "otlp:http://127.0.0.1:%d", collector.port);
    assert_null(trl_sinks_open_named(NULL, "shop", name, TRAIL_LEVEL_DEBUG, ""));
    collector_listen(&collector);
    struct trl_sink *sink = trl_sinks_open_named(NULL, "shop", name, TRAIL_LEVEL_DEBUG, "");
    assert_non_null(sink);
    sink->ops->close(sink);
    assert_null(trl_sinks_open_named(NULL, "shop", "carrier-pigeon:", TRAIL_LEVEL_DEBUG, ""));
    assert_null(trl_sinks_open_named(NULL, "shop", "", TRAIL_LEVEL_DEBUG, "pretty"));
    collector_stop(&collector);
}

static void test_an_address_that_makes_no_sense_stops_the_start(void **state)
{
    static const char *const outputs[] = {"otlp:https://collector", "otlp:collector:4318",
                                          "syslog:udp://",          "syslog:tcp://host:0",
                                          "syslog:host:99999",      "syslog:relative/path",
                                          "journald:relative",      "syslog:host?facility=none"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(outputs); i++) {
        struct trail *trail = NULL;
        char text[300] = "";
        struct trail_options options = {.output = outputs[i],
                                        .ignore_environment = true,
                                        .error_text = text,
                                        .error_size = sizeof(text)};
        assert_int_equal(trail_open(&options, &trail), TRAIL_ERR_CONFIG);
        assert_memory_equal(text, "option output has \"", 19);
        assert_non_null(strstr(text, outputs[i]));
        assert_null(trail);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_arrive_as_one_request_of_records),
        cmocka_unit_test(test_what_may_be_tried_again_is_tried_again),
        cmocka_unit_test(test_what_is_refused_is_counted_and_not_sent_again),
        cmocka_unit_test(test_a_partial_success_is_counted_and_not_sent_again),
        cmocka_unit_test(test_a_collector_that_starts_late_gets_what_waited),
        cmocka_unit_test(test_a_collector_that_never_answers_holds_nobody_up),
        cmocka_unit_test(test_an_answer_before_the_body_was_read_counts),
        cmocka_unit_test(test_a_child_sends_its_own_events_alone),
        cmocka_unit_test(test_what_a_killed_process_could_not_send_is_sent_at_the_next_start),
        cmocka_unit_test(test_what_a_killed_process_could_not_send_is_sent_without_a_next_start),
        cmocka_unit_test(test_lines_of_a_dead_process_are_not_entrusted_to_nobody),
        cmocka_unit_test(test_an_address_that_makes_no_sense_stops_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
