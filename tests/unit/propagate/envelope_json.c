/* The envelope as JSON: it comes back as it went, and whatever else comes back, the job runs. */
#include "unit.h"

#include "envelope_fixture.h"
#include "propagate/envelope.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static void test_json_brings_it_back(void **state)
{
    size_t size = 0;

    (void)state;
    trail_envelope_init(&envelope, "job-1");
    envelope.attempt = 4;
    assert_int_equal(trail_envelope_to_json(&envelope, json, sizeof(json), &size), TRAIL_OK);
    assert_int_equal(size, strlen(json));
    assert_int_equal(read_json(json), TRAIL_OK);
    assert_same_envelopes();
}

static void test_json_has_the_documented_names_alone(void **state)
{
    static const char *const names[] = {"requestId",  "traceparent", "tracestate",
                                        "baggage",    "jobId",       "attempt",
                                        "enqueuedAt", "parentId",    "level"};
    size_t size = 0;

    (void)state;
    trail_envelope_init(&envelope, "job-1");
    assert_int_equal(trail_envelope_to_json(&envelope, json, sizeof(json), &size), TRAIL_OK);
    cJSON *object = cJSON_Parse(json);
    assert_int_equal(cJSON_GetArraySize(object), 9);
    for (size_t i = 0; i < 9; i++) {
        assert_true(cJSON_HasObjectItem(object, names[i]));
    }
    cJSON_Delete(object);
    trl_scope_leave(&scope);
    trail_envelope_init(&envelope, "job-1");
    envelope.enqueued_at_ms = 0;
    assert_int_equal(trail_envelope_to_json(&envelope, json, sizeof(json), &size), TRAIL_OK);
    object = cJSON_Parse(json);
    assert_int_equal(cJSON_GetArraySize(object), 4);
    cJSON_Delete(object);
}

static void test_json_that_does_not_fit_is_not_written(void **state)
{
    size_t needed = 0;
    size_t size = 77;

    (void)state;
    trail_envelope_init(&envelope, "job-1");
    assert_int_equal(trail_envelope_to_json(&envelope, json, sizeof(json), &needed), TRAIL_OK);
    for (size_t capacity = 0; capacity <= needed; capacity++) {
        assert_int_equal(trail_envelope_to_json(&envelope, json, capacity, &size), TRAIL_ERR_SPACE);
        assert_int_equal(size, 77);
    }
    assert_int_equal(trail_envelope_to_json(&envelope, json, needed + 1, &size), TRAIL_OK);
    assert_int_equal(trail_envelope_to_json(NULL, json, 1, &size), TRAIL_ERR_INVALID);
    assert_int_equal(trail_envelope_to_json(&envelope, NULL, 1, &size), TRAIL_ERR_INVALID);
    assert_int_equal(trail_envelope_to_json(&envelope, json, 1, NULL), TRAIL_ERR_INVALID);
}

static void test_the_largest_envelope_fits(void **state)
{
    size_t size = 0;

    (void)state;
    trail_envelope_init(&envelope, NULL);
    memset(envelope.request_id, 'r', TRAIL_REQUEST_ID_MAX);
    envelope.request_id[TRAIL_REQUEST_ID_MAX] = '\0';
    memset(envelope.tracestate, '\\', TRAIL_TRACESTATE_MAX);
    envelope.tracestate[TRAIL_TRACESTATE_MAX] = '\0';
    memset(envelope.baggage, '\\', TRAIL_BAGGAGE_MAX);
    envelope.baggage[TRAIL_BAGGAGE_MAX] = '\0';
    envelope.attempt = 1000000;
    assert_int_equal(trail_envelope_to_json(&envelope, json, sizeof(json), &size), TRAIL_OK);
}

static void test_what_is_no_envelope_is_made_anew(void **state)
{
    static const char *const texts[] = {"",
                                        "null",
                                        "[]",
                                        "\"x\"",
                                        "{",
                                        "{\"requestId\":\"r\"",
                                        "{\"requestId\":\"r\"}x",
                                        "{\"requestId\":\"r\",}",
                                        "{\"requestId\":\"\x01\"}",
                                        "{requestId:1}",
                                        "not json"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(read_json(texts[i]), TRAIL_ERR_MALFORMED);
        assert_complete();
        assert_string_not_equal(read_back.request_id, "r");
        assert_string_equal(trl_envelope_reason(read_back.rejected_), "malformed");
    }
    assert_int_equal(trail_envelope_from_json(NULL, "{}", 2), TRAIL_ERR_INVALID);
    assert_int_equal(trail_envelope_from_json(&read_back, NULL, 2), TRAIL_ERR_INVALID);
}

static void test_a_huge_envelope_is_read_within_its_bounds(void **state)
{
    size_t size = 10000000;
    char *text = malloc(size + 1);

    (void)state;
    memset(text, 'x', size);
    memcpy(text, "{\"requestId\":\"", 14);
    memcpy(text + size - 2, "\"}", 2);
    assert_int_equal(trail_envelope_from_json(&read_back, text, size), TRAIL_ERR_MALFORMED);
    assert_string_equal(trl_envelope_reason(read_back.rejected_), "request_id_too_long");
    memset(text, '[', size);
    assert_int_equal(trail_envelope_from_json(&read_back, text, size), TRAIL_ERR_MALFORMED);
    memset(text, 'x', size);
    memcpy(text, "{\"requestId\":\"r\",\"baggage\":\"", 28);
    text[29] = '=';
    memcpy(text + size - 2, "\"}", 2);
    assert_int_equal(trail_envelope_from_json(&read_back, text, size), TRAIL_OK);
    assert_string_equal(read_back.baggage, "");
    free(text);
}

static void test_an_envelope_without_id_is_written_as_it_is(void **state)
{
    size_t size = 0;

    (void)state;
    trail_envelope_init(&envelope, "job-1");
    envelope.request_id[0] = '\0';
    assert_int_equal(trail_envelope_to_json(&envelope, json, sizeof(json), &size), TRAIL_OK);
    assert_int_equal(read_json(json), TRAIL_ERR_MALFORMED);
    assert_string_equal(read_back.job_id, "job-1");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, envelope_begin, envelope_end)
    const struct CMUnitTest tests[] = {
        TEST(test_json_brings_it_back),
        TEST(test_json_has_the_documented_names_alone),
        TEST(test_json_that_does_not_fit_is_not_written),
        TEST(test_the_largest_envelope_fits),
        TEST(test_what_is_no_envelope_is_made_anew),
        TEST(test_a_huge_envelope_is_read_within_its_bounds),
        TEST(test_an_envelope_without_id_is_written_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
