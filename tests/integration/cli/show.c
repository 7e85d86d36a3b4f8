#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID                  "7c1d8f3e-2b1a-4c55-9b8e-0c6a51f0d2aa"
#define REQ                 ",\"requestId\":\"" ID "\""
#define TRACE               ",\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\""
#define SPAN(span)          REQ TRACE ",\"spanId\":\"" span "\""
#define BELOW(span, parent) SPAN(span) ",\"parentSpanId\":\"" parent "\""
#define GATEWAY             "a100000000000001"
#define CALL                "c100000000000001"
#define API                 "a200000000000002"
#define JOB                 ",\"jobId\":\"job-1\""

static int teardown(void **state)
{
    (void)state;
    files_remove();
    clear_variables();
    return 0;
}

/* The lines of a small story, each where a service would log it. */
static const char *gateway_file(void)
{
    char text[4096];

    snprintf(
        text, sizeof text, "%s%s",
        event_at("12.052", "gateway", "outbound_completed",
                 BELOW(CALL, GATEWAY) ",\"target\":\"127.0.0.1:8081\",\"method\":\"POST\","
                                      "\"path\":\"/orders\",\"status\":201,\"durationMs\":50.5"),
        event_at("12.053", "gateway", "request_completed",
                 SPAN(GATEWAY) ",\"method\":\"POST\",\"path\":\"/orders\",\"status\":201,"
                               "\"durationMs\":53.25"));
    return file_with("gateway.jsonl", text, strlen(text));
}

static const char *api_file(void)
{
    char text[4096];

    snprintf(text, sizeof text, "%s%s%s",
             event_at("12.010", "api", "order_created",
                      BELOW(API, CALL) ",\"message\":\"Order created\",\"orderId\":\"ord_1\""),
             event_at("12.011", "api", "job_enqueued",
                      BELOW("f100000000000001", API) JOB ",\"queue\":\"emails\",\"attempt\":1"),
             event_at("12.051", "api", "request_completed",
                      BELOW(API, CALL) ",\"method\":\"POST\",\"path\":\"/orders\",\"status\":201,"
                                       "\"durationMs\":48.125"));
    return file_with("api.jsonl", text, strlen(text));
}

static const char *worker_file(void)
{
    char text[4096];

    snprintf(text, sizeof text, "%s%s%s%s%s",
             event_at("12.020", "worker", "job_received",
                      BELOW("d100000000000001", "f100000000000001") JOB
                      ",\"queue\":\"emails\",\"attempt\":1,\"waitedMs\":9"),
             event_at("12.022", "worker", "job_retry_scheduled",
                      BELOW("d100000000000001", "f100000000000001") JOB
                      ",\"queue\":\"emails\",\"attempt\":1,\"delayMs\":1000,"
                      "\"errorCode\":\"disk_full\",\"durationMs\":2"),
             event_at("13.030", "worker", "job_received",
                      BELOW("d200000000000002", "f100000000000001") JOB
                      ",\"queue\":\"emails\",\"attempt\":2,\"waitedMs\":1019"),
             event_at("13.031", "worker", "email_sent",
                      BELOW("d200000000000002", "f100000000000001") JOB ",\"to\":\"a@b.c\""),
             event_at("13.033", "worker", "job_succeeded",
                      BELOW("d200000000000002", "f100000000000001") JOB
                      ",\"queue\":\"emails\",\"attempt\":2,\"durationMs\":3.5"));
    return file_with("worker.jsonl", text, strlen(text));
}

static const char story[] =
    "trail " ID "\n"
    "trace 4bf92f3577b34da6a3ce929d0e0e4736\n"
    "2026-01-31 10:00:12.000 UTC · 3 services · 10 events · 1.03 s\n"
    "\n"
    " 0.000 ┬ gateway  POST /orders  201  request_completed                   53.2 ms\n"
    " 0.002 └─┬ → POST 127.0.0.1:8081/orders  201  outbound_completed         50.5 ms\n"
    " 0.003   └─┬ api  POST /orders  201  request_completed                   48.1 ms\n"
    " 0.010     ├── order_created  orderId=ord_1\n"
    " 0.011     └─┬ ⇒ job emails  succeeded after 2 attempts  job_enqueued     1.02 s\n"
    " 0.020       ├── worker  attempt 1  retry in 1.00 s  disk_full  waited …  2.0 ms\n"
    " 1.030       └─┬ worker  attempt 2  succeeded  waited 1.02 s  job_recei…  3.5 ms\n"
    " 1.031         └── email_sent  to=a@b.c\n";

static void test_a_story_of_three_services_is_one_tree(void **state)
{
    (void)state;
    assert_run(RUN("", "show", ID, gateway_file(), api_file(), worker_file()), 0, story, "");
}

static void test_the_order_of_files_does_not_matter(void **state)
{
    (void)state;
    assert_run(RUN("", "show", ID, worker_file(), api_file(), gateway_file()), 0, story, "");
}

static void test_standard_input_is_read_without_a_file(void **state)
{
    (void)state;
    struct run run = RUN("no json\n{\"requestId\":\"r-1\",\"event\":\"late\","
                         "\"service\":\"s\",\"timestamp\":\"2026-01-31T10:00:00.000Z\"}",
                         "show", "r-1");
    assert_run(run, 0,
               "trail r-1\n2026-01-31 10:00:00.000 UTC · 1 service · 1 event · 0.00 ms\n\n"
               " 0.000 ─ s  late\n",
               "");
}

static void test_an_id_that_nothing_bears_exits_1(void **state)
{
    (void)state;
    assert_run(RUN("{\"requestId\":\"r-10\",\"event\":\"e\"}\n", "show", "r-1"), 1, "",
               "trail: nothing bears the ID r-1\n");
}

static void test_a_missing_file_exits_2_and_the_rest_is_shown(void **state)
{
    (void)state;
    const char *line = event_at("00.000", "s", "seen", REQ);
    const char *file = file_with("s.jsonl", line, strlen(line));
    struct run run = RUN("", "show", ID, "/nonexistent/x.jsonl", file);
    assert_int_equal(run.status, 2);
    assert_string_equal(run.err, "trail: /nonexistent/x.jsonl: No such file or directory\n");
    assert_non_null(strstr(run.out, "─ s  seen"));
    run_free(&run);
}

static void test_a_directory_is_no_file(void **state)
{
    (void)state;
    assert_run(RUN("", "show", ID, "/"), 2, "", "trail: /: Is a directory\n");
}

static void test_a_line_that_came_twice_is_shown_once_with_its_count(void **state)
{
    (void)state;
    const char *line = event_at("00.000", "s", "seen", REQ);
    const char *file = file_with("s.jsonl", line, strlen(line));
    assert_run(RUN("", "show", ID, file, file), 0,
               "trail " ID "\n"
               "2026-01-31 10:00:00.000 UTC · 1 service · 1 event · 1 repeated · 0.00 ms\n\n"
               " 0.000 ─ s  seen  ×2\n",
               "");
}

static void test_an_orphan_is_shown_and_says_so(void **state)
{
    (void)state;
    assert_run(RUN(event_at("00.005", "api", "request_failed",
                            BELOW(API, CALL) ",\"method\":\"GET\",\"path\":\"/x\",\"status\":500,"
                                             "\"errorCode\":\"no_response\",\"durationMs\":5"),
                   "show", ID),
               0,
               "trail " ID "\n"
               "trace 4bf92f3577b34da6a3ce929d0e0e4736\n"
               "2026-01-31 10:00:00.000 UTC · 1 service · 1 event · 5.0 ms\n\n"
               " 0.000 ─ api  GET /x  500  no_response  parent not here  request_failed   5.0 ms\n",
               "");
}

static void test_spans_that_are_each_others_parents_are_all_shown(void **state)
{
    char text[4096];

    (void)state;
    snprintf(text, sizeof text, "%s%s%s", event_at("00.000", "s", "first", BELOW("01", "02")),
             event_at("00.001", "s", "second", BELOW("02", "01")),
             event_at("00.002", "s", "own_parent", BELOW("03", "03")));
    struct run run = RUN(text, "show", ID);
    assert_int_equal(run.status, 0);
    assert_non_null(strstr(run.out, "first"));
    assert_non_null(strstr(run.out, "second"));
    assert_non_null(strstr(run.out, "own_parent"));
    run_free(&run);
}

static void test_a_line_without_span_stands_in_the_request_that_was_under_way(void **state)
{
    char text[4096];

    (void)state;
    snprintf(text, sizeof text, "%s%s%s",
             event_at("00.100", "api", "request_completed",
                      SPAN(API) ",\"method\":\"GET\",\"path\":\"/\",\"status\":200,"
                                "\"durationMs\":100"),
             event_at("00.050", "api", "cache_missed", REQ),
             event_at("00.060", "cron", "report_written", REQ));
    struct run run = RUN(text, "show", ID);
    assert_non_null(strstr(run.out, " 0.000 ┬ api  GET /  200"));
    assert_non_null(strstr(run.out, " 0.050 └── cache_missed\n"));
    assert_non_null(strstr(run.out, " 0.060 ─ cron  report_written\n"));
    run_free(&run);
}

static void test_a_clients_own_id_finds_the_request_it_became(void **state)
{
    char text[4096];

    (void)state;
    snprintf(text, sizeof text, "%s%s", event_at("00.000", "api", "early", REQ),
             event_at("00.001", "api", "request_completed", REQ ",\"clientRequestId\":\"mine\""));
    const char *file = file_with("api.jsonl", text, strlen(text));
    struct run run = RUN("", "show", "mine", file);
    assert_int_equal(run.status, 0);
    assert_non_null(strstr(run.out, "trail mine\nrequest " ID "\n"));
    assert_non_null(strstr(run.out, "early"));
    run_free(&run);
}

static void test_a_trace_id_and_a_job_id_find_their_lines(void **state)
{
    (void)state;
    struct run trace = RUN("", "show", "4bf92f3577b34da6a3ce929d0e0e4736", gateway_file());
    assert_non_null(strstr(trace.out, "request " ID "\n"));
    assert_non_null(strstr(trace.out, "gateway  POST /orders"));
    run_free(&trace);
    struct run job = RUN("", "show", "job-1", api_file(), worker_file());
    assert_non_null(strstr(job.out, "⇒ job emails  succeeded after 2 attempts"));
    assert_null(strstr(job.out, "order_created"));
    run_free(&job);
}

static void test_two_attempts_under_one_span_are_two_attempts(void **state)
{
    char text[4096];

    (void)state;
    snprintf(text, sizeof text, "%s%s%s%s",
             event_at("00.000", "worker", "job_received", SPAN("d1") JOB ",\"attempt\":1"),
             event_at("00.001", "worker", "job_retry_scheduled", SPAN("d1") JOB ",\"attempt\":1"),
             event_at("00.002", "worker", "job_received", SPAN("d1") JOB ",\"attempt\":2"),
             event_at("00.003", "worker", "job_dead_lettered", SPAN("d1") JOB ",\"attempt\":2"));
    struct run run = RUN(text, "show", ID);
    assert_non_null(strstr(run.out, "⇒ job  dead-lettered after 2 attempts"));
    assert_non_null(strstr(run.out, "worker  attempt 1  retry"));
    assert_non_null(strstr(run.out, "worker  attempt 2  dead-lettered"));
    run_free(&run);
}

static void test_work_that_was_not_finished_says_so(void **state)
{
    char text[4096];

    (void)state;
    snprintf(text, sizeof text, "%s%s%s",
             event_at("00.000", "api", "request_started",
                      SPAN(API) ",\"method\":\"GET\",\"path\":\"/\""),
             event_at("00.001", "api", "job_enqueued", BELOW("f1", API) JOB ",\"queue\":\"q\""),
             event_at("00.002", "api", "outbound_started",
                      BELOW("c1", API) ",\"method\":\"GET\",\"target\":\"b:1\",\"path\":\"/\""));
    struct run run = RUN(text, "show", ID);
    assert_non_null(strstr(run.out, "api  GET /  unfinished"));
    assert_non_null(strstr(run.out, "⇒ job q  not received"));
    assert_non_null(strstr(run.out, "→ GET b:1/  unfinished"));
    run_free(&run);
}

static void test_no_value_can_control_the_terminal(void **state)
{
    (void)state;
    struct run run =
        RUN("{\"requestId\":\"r\",\"event\":\"\\u001b[31mred\",\"service\":\"\\u202e\","
            "\"k\\u0007\":\"\\u009b0m\\n\",\"timestamp\":\"2026-01-31T10:00:00Z\"}\n",
            "show", "r");
    assert_non_null(strstr(run.out, "\\u202e  \\x1b[31mred  k\\x07=\\x9b0m\\x0a\n"));
    assert_null(strchr(run.out, '\x1b'));
    run_free(&run);
}

static void test_lines_of_any_length_and_kind_are_survived(void **state)
{
    size_t size = 3 << 20;
    char *text = malloc(size + 4096);
    size_t at = 0;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, "{\"requestId\":\"r\",\"event\":\"huge", 30);
    at = size;
    at += (size_t)sprintf(text + at, "\n%c%c{\"requestId\":\"r\"\n\r\n[[[\n\"r\"\n", 0, 0xFF);
    at += (size_t)sprintf(text + at, "{\"requestId\":\"r\",\"event\":\"small\"}\r\n");
    at += (size_t)sprintf(text + at, "{\"requestId\":\"r\",\"event\":\"cut of");
    struct run run = run_trail((const char *const[]){"show", "r", NULL}, text, at);
    assert_int_equal(run.status, 0);
    assert_non_null(strstr(run.out, " 1 event "));
    assert_non_null(strstr(run.out, "─ (no service)  small\n"));
    run_free(&run);
    free(text);
}

/* Quadratic time would be minutes. */
static void test_many_lines_without_a_span_are_shown(void **state)
{
    enum { LINES = 60000 };
    char *text = malloc((size_t)LINES * 200);
    size_t size = 0;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < LINES; i++) {
        size += (size_t)sprintf(text + size,
                                "{\"timestamp\":\"2026-01-31T23:%02d:%02d.%03dZ\",\"service\":"
                                "\"s\",\"event\":\"e\",\"requestId\":\"r-1\",\"n\":%d}\n",
                                i / 60000, i / 1000 % 60, i % 1000, i);
    }
    struct run run = run_trail((const char *const[]){"show", "r-1", NULL}, text, size);
    assert_int_equal(run.status, 0);
    assert_non_null(strstr(run.out, "60000 events"));
    run_free(&run);
    free(text);
}

static void test_colour_comes_only_when_it_is_asked_for(void **state)
{
    (void)state;
    const char *line = event_at("00.000", "s", "seen", REQ);
    struct run plain = RUN(line, "show", ID);
    struct run colored = RUN(line, "show", "--color=always", ID);
    assert_null(strchr(plain.out, '\x1b'));
    assert_non_null(strstr(colored.out, "\x1b[36ms\x1b[0m"));
    run_free(&plain);
    run_free(&colored);
}

static void test_no_row_is_wider_than_was_asked_for(void **state)
{
    (void)state;
    struct run run = RUN("", "show", "--width=50", "--ascii", ID, api_file(), worker_file());
    char *rest = run.out;

    for (char *row = strsep(&rest, "\n"); row != NULL; row = strsep(&rest, "\n")) {
        if (strncmp(row, "2026", 4) != 0) {
            assert_true(strlen(row) <= 50);
        }
    }
    run_free(&run);
}

static void test_json_gives_the_lines_in_order(void **state)
{
    char text[4096];

    (void)state;
    snprintf(text, sizeof text, "%s%s", event_at("00.002", "b", "second", REQ),
             event_at("00.001", "a", "first", REQ));
    struct run run = RUN(text, "show", "--json", ID);
    assert_int_equal(run.status, 0);
    assert_true(strstr(run.out, "first") < strstr(run.out, "second"));
    assert_int_equal(run.out_size, strlen(text));
    run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_story_of_three_services_is_one_tree, teardown),
        cmocka_unit_test_teardown(test_the_order_of_files_does_not_matter, teardown),
        cmocka_unit_test(test_standard_input_is_read_without_a_file),
        cmocka_unit_test(test_an_id_that_nothing_bears_exits_1),
        cmocka_unit_test_teardown(test_a_missing_file_exits_2_and_the_rest_is_shown, teardown),
        cmocka_unit_test(test_a_directory_is_no_file),
        cmocka_unit_test_teardown(test_a_line_that_came_twice_is_shown_once_with_its_count,
                                  teardown),
        cmocka_unit_test(test_an_orphan_is_shown_and_says_so),
        cmocka_unit_test(test_spans_that_are_each_others_parents_are_all_shown),
        cmocka_unit_test(test_a_line_without_span_stands_in_the_request_that_was_under_way),
        cmocka_unit_test_teardown(test_a_clients_own_id_finds_the_request_it_became, teardown),
        cmocka_unit_test_teardown(test_a_trace_id_and_a_job_id_find_their_lines, teardown),
        cmocka_unit_test(test_two_attempts_under_one_span_are_two_attempts),
        cmocka_unit_test(test_work_that_was_not_finished_says_so),
        cmocka_unit_test(test_no_value_can_control_the_terminal),
        cmocka_unit_test(test_lines_of_any_length_and_kind_are_survived),
        cmocka_unit_test(test_many_lines_without_a_span_are_shown),
        cmocka_unit_test(test_colour_comes_only_when_it_is_asked_for),
        cmocka_unit_test_teardown(test_no_row_is_wider_than_was_asked_for, teardown),
        cmocka_unit_test(test_json_gives_the_lines_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
