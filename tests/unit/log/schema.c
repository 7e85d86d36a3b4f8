#include "unit.h"

#include "log/schema.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <trail/log.h>

static char out[TRAIL_LINE_MAX + 1];

static const char *rewritten(enum trl_schema schema, const char *project, const char *line)
{
    const struct trl_schema_options options = {.schema = schema, .project = project};
    size_t size = trl_schema_line(&options, line, strlen(line), out, TRAIL_LINE_MAX);

    out[size] = '\0';
    return out;
}

static const char completed[] =
    "{\"timestamp\":\"2026-01-31T12:00:01.234Z\",\"level\":\"warn\",\"service\":\"checkout-api\","
    "\"environment\":\"production\",\"event\":\"request_completed\",\"requestId\":\"r-1\","
    "\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"spanId\":\"00f067aa0ba902b7\","
    "\"parentSpanId\":\"b7ad6b7169203331\",\"message\":\"Request \\u001b completed\","
    "\"userId\":\"usr_42\",\"method\":\"POST\",\"path\":\"/orders\",\"query\":\"a=1\","
    "\"route\":\"/orders\",\"status\":404,\"durationMs\":123,\"bytesIn\":17,\"bytesOut\":512,"
    "\"clientIp\":\"192.0.2.7\",\"peerIp\":\"::1\",\"userAgent\":\"curl/7\","
    "\"errorCode\":\"not_found\",\"orderId\":\"ord_1\",\"items\":[1,{\"a\":null}]}\n";

static void test_ecs_has_the_names_of_the_elastic_common_schema(void **state)
{
    (void)state;
    assert_string_equal(
        rewritten(TRL_SCHEMA_ECS, NULL, completed),
        "{\"@timestamp\":\"2026-01-31T12:00:01.234Z\",\"log.level\":\"warn\","
        "\"message\":\"Request \\u001b completed\",\"ecs.version\":\"8.11.0\","
        "\"service\":{\"name\":\"checkout-api\",\"environment\":\"production\"},"
        "\"event\":{\"action\":\"request_completed\",\"duration\":123000000},"
        "\"trace\":{\"id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"},"
        "\"span\":{\"id\":\"00f067aa0ba902b7\"},"
        "\"http\":{\"request\":{\"id\":\"r-1\",\"method\":\"POST\",\"body\":{\"bytes\":17}},"
        "\"response\":{\"status_code\":404,\"body\":{\"bytes\":512}}},"
        "\"url\":{\"path\":\"/orders\",\"query\":\"a=1\"},\"client\":{\"ip\":\"192.0.2.7\"},"
        "\"source\":{\"ip\":\"::1\"},\"user_agent\":{\"original\":\"curl/7\"},"
        "\"user\":{\"id\":\"usr_42\"},\"error\":{\"code\":\"not_found\"},"
        "\"trail\":{\"parentSpanId\":\"b7ad6b7169203331\",\"route\":\"/orders\","
        "\"orderId\":\"ord_1\",\"items\":[1,{\"a\":null}]}}\n");
}

static void test_otel_has_the_names_of_the_log_data_model(void **state)
{
    (void)state;
    assert_string_equal(
        rewritten(TRL_SCHEMA_OTEL, NULL, completed),
        "{\"Timestamp\":\"1769860801234000000\",\"TraceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\","
        "\"SpanId\":\"00f067aa0ba902b7\",\"SeverityText\":\"warn\",\"SeverityNumber\":13,"
        "\"EventName\":\"request_completed\",\"Body\":\"Request \\u001b completed\","
        "\"Resource\":{\"service.name\":\"checkout-api\","
        "\"deployment.environment.name\":\"production\"},"
        "\"Attributes\":{\"http.request.method\":\"POST\",\"http.route\":\"/orders\","
        "\"http.response.status_code\":404,\"http.request.body.size\":17,"
        "\"http.response.body.size\":512,\"url.path\":\"/orders\",\"url.query\":\"a=1\","
        "\"client.address\":\"192.0.2.7\",\"network.peer.address\":\"::1\","
        "\"user_agent.original\":\"curl/7\",\"user.id\":\"usr_42\",\"error.type\":\"not_found\","
        "\"requestId\":\"r-1\",\"parentSpanId\":\"b7ad6b7169203331\",\"durationMs\":123,"
        "\"orderId\":\"ord_1\",\"items\":[1,{\"a\":null}]}}\n");
}

static void test_gcp_has_the_names_of_cloud_logging(void **state)
{
    (void)state;
    assert_string_equal(
        rewritten(TRL_SCHEMA_GCP, "shop", completed),
        "{\"time\":\"2026-01-31T12:00:01.234Z\",\"severity\":\"WARNING\","
        "\"message\":\"Request \\u001b completed\","
        "\"logging.googleapis.com/trace\":\"projects/shop/traces/"
        "4bf92f3577b34da6a3ce929d0e0e4736\","
        "\"logging.googleapis.com/spanId\":\"00f067aa0ba902b7\","
        "\"httpRequest\":{\"requestMethod\":\"POST\",\"requestUrl\":\"/orders\","
        "\"requestSize\":\"17\",\"status\":404,\"responseSize\":\"512\",\"userAgent\":\"curl/7\","
        "\"remoteIp\":\"192.0.2.7\",\"latency\":\"0.123s\"},"
        "\"service\":\"checkout-api\",\"environment\":\"production\","
        "\"event\":\"request_completed\",\"requestId\":\"r-1\","
        "\"parentSpanId\":\"b7ad6b7169203331\",\"userId\":\"usr_42\",\"query\":\"a=1\","
        "\"route\":\"/orders\",\"peerIp\":\"::1\",\"errorCode\":\"not_found\","
        "\"orderId\":\"ord_1\",\"items\":[1,{\"a\":null}]}\n");
}

static void test_durations_have_the_unit_of_the_schema(void **state)
{
    static const struct {
        const char *ms;
        const char *ecs;
        const char *gcp;
    } cases[] = {
        {"0", "\"duration\":0}", "\"latency\":\"0s\""},
        {"12.345", "\"duration\":12345000}", "\"latency\":\"0.012345s\""},
        {"1500.000", "\"duration\":1500000000}", "\"latency\":\"1.500s\""},
        {"0.0000019", "\"duration\":1}", "\"latency\":\"0.000000001s\""},
        {"-1", "\"durationMs\":-1}", "\"durationMs\":-1}"},
        {"1e3", "\"durationMs\":1e3}", "\"durationMs\":1e3}"},
        {"99999999999999999999", "\"durationMs\":99999999999999999999}", "\"durationMs\":9999"},
        {"\"x\"", "\"durationMs\":\"x\"}", "\"durationMs\":\"x\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char line[200] = "{\"event\":\"e\",\"method\":\"GET\",\"durationMs\":";
        strcat(strcat(line, cases[i].ms), "}");
        assert_non_null(strstr(rewritten(TRL_SCHEMA_ECS, NULL, line), cases[i].ecs));
        assert_non_null(strstr(rewritten(TRL_SCHEMA_GCP, NULL, line), cases[i].gcp));
    }
}

static void test_values_of_another_type_keep_their_own_name(void **state)
{
    (void)state;
    assert_string_equal(
        rewritten(TRL_SCHEMA_ECS, NULL,
                  "{\"event\":\"e\",\"status\":\"open\",\"path\":5,"
                  "\"clientIp\":\"h:abc\",\"method\":null}"),
        "{\"message\":\"e\",\"ecs.version\":\"8.11.0\",\"event\":{\"action\":\"e\"},"
        "\"trail\":{\"status\":\"open\",\"path\":5,\"clientIp\":\"h:abc\","
        "\"method\":null}}\n");
}

static void test_outside_a_request_gcp_has_no_http_request(void **state)
{
    (void)state;
    assert_string_equal(
        rewritten(TRL_SCHEMA_GCP, NULL,
                  "{\"level\":\"fatal\",\"event\":\"e\",\"traceId\":\"t\",\"durationMs\":5}"),
        "{\"severity\":\"CRITICAL\",\"logging.googleapis.com/trace\":\"t\",\"event\":\"e\","
        "\"durationMs\":5}\n");
}

static void test_targets_are_split_into_host_and_port(void **state)
{
    (void)state;
    assert_non_null(strstr(rewritten(TRL_SCHEMA_ECS, NULL, "{\"target\":\"payment:8082\"}"),
                           "\"destination\":{\"address\":\"payment\",\"port\":8082}"));
    assert_non_null(strstr(rewritten(TRL_SCHEMA_OTEL, NULL, "{\"target\":\"[::1]:80\"}"),
                           "\"server.address\":\"::1\",\"server.port\":80"));
    assert_non_null(strstr(rewritten(TRL_SCHEMA_ECS, NULL, "{\"target\":\"payment\"}"),
                           "\"destination\":{\"address\":\"payment\"}"));
    assert_non_null(strstr(rewritten(TRL_SCHEMA_ECS, NULL, "{\"target\":\"payment:08\"}"),
                           "\"destination\":{\"address\":\"payment:08\"}"));
}

static void test_names_of_the_schema_itself_are_not_doubled(void **state)
{
    (void)state;
    assert_string_equal(
        rewritten(TRL_SCHEMA_GCP, NULL, "{\"level\":\"info\",\"severity\":1,\"httpRequest\":2}"),
        "{\"severity\":\"INFO\",\"field.severity\":1,\"field.httpRequest\":2}\n");
    assert_string_equal(rewritten(TRL_SCHEMA_OTEL, NULL, "{\"path\":\"/\",\"url.path\":1}"),
                        "{\"Attributes\":{\"url.path\":\"/\",\"field.url.path\":1}}\n");
}

static void test_a_line_that_was_cut_says_so(void **state)
{
    (void)state;
    assert_string_equal(rewritten(TRL_SCHEMA_ECS, NULL, "{\"event\":\"e\",\"truncated\":true}"),
                        "{\"message\":\"e\",\"ecs.version\":\"8.11.0\","
                        "\"event\":{\"action\":\"e\"},\"trail\":{\"truncated\":true}}\n");
}

static void test_no_line_grows_beyond_the_bound(void **state)
{
    static const enum trl_schema schemas[] = {TRL_SCHEMA_ECS, TRL_SCHEMA_OTEL, TRL_SCHEMA_GCP};
    char *line = malloc(TRAIL_LINE_MAX);

    (void)state;
    assert_non_null(line);
    for (size_t i = 0; i < 3; i++) {
        for (size_t filler = 31000; filler < 32680; filler += 37) {
            char *at = stpcpy(line, "{\"event\":\"e\",\"service\":\"s\",\"message\":\"");
            memset(at, 'x', filler);
            strcpy(at + filler, "\",\"status\":200,\"orderId\":\"ord_1\",\"path\":\"/\"}");
            cJSON *parsed = cJSON_Parse(rewritten(schemas[i], "p", line));
            assert_true(cJSON_IsObject(parsed));
            assert_true(strlen(out) <= TRAIL_LINE_MAX);
            assert_int_equal(out[strlen(out) - 1], '\n');
            cJSON_Delete(parsed);
        }
        assert_non_null(strstr(out, "\"truncated\":true"));
    }
    free(line);
}

static void test_what_is_no_event_is_left_to_the_caller(void **state)
{
    (void)state;
    assert_string_equal(rewritten(TRL_SCHEMA_ECS, NULL, "no JSON"), "");
    assert_string_equal(rewritten(TRL_SCHEMA_ECS, NULL, "{\"a\":1"), "");
    assert_string_equal(rewritten(TRL_SCHEMA_TRAIL, NULL, completed), "");
}

static void assert_reads_back(enum trl_schema schema, const char *project, const char *line)
{
    static char back[2 * TRAIL_LINE_MAX];
    const char *written = rewritten(schema, project, line);
    size_t size = trl_schema_read(written, strlen(written), back, sizeof(back));

    cJSON *expected = cJSON_Parse(line);
    cJSON *found = cJSON_ParseWithLength(back, size);
    assert_non_null(found);
    if (!cJSON_Compare(expected, found, true)) {
        print_error("%.*s\n", (int)size, back);
    }
    assert_true(cJSON_Compare(expected, found, true));
    cJSON_Delete(expected);
    cJSON_Delete(found);
}

static void test_what_was_written_in_a_schema_is_read_back(void **state)
{
    static const char call[] =
        "{\"timestamp\":\"2026-01-31T12:00:01.234Z\",\"level\":\"error\",\"service\":\"a\","
        "\"event\":\"outbound_failed\",\"requestId\":\"r-1\",\"traceId\":"
        "\"4bf92f3577b34da6a3ce929d0e0e4736\",\"target\":\"[::1]:8081\",\"durationMs\":12.345,"
        "\"truncated\":true,\"ok\":false,\"text\":\"\\u2028\\\"\"}";
    static const char bare[] = "{\"timestamp\":\"2026-01-31T12:00:01.234Z\",\"level\":\"info\","
                               "\"event\":\"e\",\"status\":\"open\"}";
    static const enum trl_schema schemas[] = {TRL_SCHEMA_ECS, TRL_SCHEMA_OTEL, TRL_SCHEMA_GCP};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_reads_back(schemas[i], "shop", completed);
        assert_reads_back(schemas[i], NULL, call);
        assert_reads_back(schemas[i], NULL, bare);
    }
}

static void test_what_is_no_line_of_a_schema_is_not_read(void **state)
{
    static const char *const lines[] = {"",
                                        "{}",
                                        "x",
                                        "{\"timestamp\":\"2026-01-31T12:00:01.234Z\"}",
                                        "{\"@timestamp\":\"2026-01-31",
                                        "{\"Timestamp\":\"1\",",
                                        "{\"time\":\"x\"]"};
    char small[16];

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(trl_schema_read(lines[i], strlen(lines[i]), out, sizeof(out)), 0);
    }
    const char *written = rewritten(TRL_SCHEMA_ECS, NULL, completed);
    assert_int_equal(trl_schema_read(written, strlen(written), small, sizeof(small)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ecs_has_the_names_of_the_elastic_common_schema),
        cmocka_unit_test(test_otel_has_the_names_of_the_log_data_model),
        cmocka_unit_test(test_gcp_has_the_names_of_cloud_logging),
        cmocka_unit_test(test_durations_have_the_unit_of_the_schema),
        cmocka_unit_test(test_values_of_another_type_keep_their_own_name),
        cmocka_unit_test(test_outside_a_request_gcp_has_no_http_request),
        cmocka_unit_test(test_targets_are_split_into_host_and_port),
        cmocka_unit_test(test_names_of_the_schema_itself_are_not_doubled),
        cmocka_unit_test(test_a_line_that_was_cut_says_so),
        cmocka_unit_test(test_what_was_written_in_a_schema_is_read_back),
        cmocka_unit_test(test_what_is_no_line_of_a_schema_is_not_read),
        cmocka_unit_test(test_no_line_grows_beyond_the_bound),
        cmocka_unit_test(test_what_is_no_event_is_left_to_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
