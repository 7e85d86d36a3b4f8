/* Aborted beats failed beats completed, and each has its level. */
#include "unit.h"

#include "civetweb/outcome.h"

#include <string.h>

static struct trl_response response;

static struct trl_ending answered(int status)
{
    memset(&response, 0, sizeof(response));
    response.phase = TRL_RESPONSE_BODY;
    response.status = status;
    response.head_sent = true;
    return (struct trl_ending){.response = &response, .claimed = true};
}

static void test_each_status_has_its_level(void **state)
{
    static const struct {
        int status;
        enum trl_outcome_kind kind;
        enum trail_level level;
    } rows[] = {
        {200, TRL_COMPLETED, TRAIL_LEVEL_INFO}, {302, TRL_COMPLETED, TRAIL_LEVEL_INFO},
        {400, TRL_COMPLETED, TRAIL_LEVEL_WARN}, {404, TRL_COMPLETED, TRAIL_LEVEL_INFO},
        {429, TRL_COMPLETED, TRAIL_LEVEL_INFO}, {499, TRL_COMPLETED, TRAIL_LEVEL_WARN},
        {500, TRL_FAILED, TRAIL_LEVEL_ERROR},   {503, TRL_FAILED, TRAIL_LEVEL_ERROR},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct trl_ending ending = answered(rows[i].status);
        struct trl_outcome outcome = trl_outcome_of(&ending);
        assert_int_equal(outcome.kind, rows[i].kind);
        assert_int_equal(outcome.level, rows[i].level);
        assert_int_equal(outcome.status, rows[i].status);
        assert_null(outcome.error_code);
    }
}

static void test_a_slow_request_warns_and_a_stream_never_is(void **state)
{
    struct trl_ending ending = answered(200);
    struct trl_outcome outcome;

    (void)state;
    ending.slow_ns = 10;
    ending.duration_ns = 10;
    outcome = trl_outcome_of(&ending);
    assert_true(outcome.slow);
    assert_int_equal(outcome.level, TRAIL_LEVEL_WARN);
    ending.stream = true;
    assert_false(trl_outcome_of(&ending).slow);
    ending.stream = false;
    ending.slow_ns = 0;
    assert_false(trl_outcome_of(&ending).slow);
}

static void assert_failed(const struct trl_ending *ending, const char *code)
{
    struct trl_outcome outcome = trl_outcome_of(ending);

    assert_int_equal(outcome.kind, TRL_FAILED);
    assert_string_equal(outcome.error_code, code);
}

static void test_what_broke_is_named(void **state)
{
    struct trl_ending ending = answered(200);

    (void)state;
    response.has_length = true;
    response.length = 5;
    assert_failed(&ending, "response_incomplete");
    ending = answered(200);
    response.has_length = true;
    response.body_sent = 1;
    assert_failed(&ending, "response_too_long");
    ending = answered(200);
    response.chunked = true;
    response.chunks.malformed = true;
    assert_failed(&ending, "malformed_response");
    response.chunks.ended = true;
    assert_failed(&ending, "response_too_long");
    ending = answered(200);
    ending.error_status = 500;
    assert_failed(&ending, "error_raised");
    ending = answered(200);
    response.phase = TRL_RESPONSE_OPAQUE;
    assert_failed(&ending, "malformed_response");
    ending = answered(0);
    response.phase = TRL_RESPONSE_FRESH;
    response.head_sent = false;
    assert_failed(&ending, "no_response");
    ending = answered(200);
    response.broken = true;
    ending.stopping = true;
    assert_failed(&ending, "server_stopped");
}

static void test_what_civetweb_sends_unseen_is_not_guessed(void **state)
{
    struct trl_ending ending = answered(0);
    struct trl_outcome outcome;

    (void)state;
    response.phase = TRL_RESPONSE_FRESH;
    response.head_sent = false;
    ending.claimed = false;
    outcome = trl_outcome_of(&ending);
    assert_int_equal(outcome.kind, TRL_COMPLETED);
    assert_int_equal(outcome.status, 0);
}

static void test_aborted_beats_failed_and_names_its_phase(void **state)
{
    struct trl_ending ending = answered(500);

    (void)state;
    response.broken = true;
    assert_int_equal(trl_outcome_of(&ending).kind, TRL_ABORTED);
    assert_string_equal(trl_outcome_of(&ending).phase, "response_body");
    response.head_sent = false;
    assert_string_equal(trl_outcome_of(&ending).phase, "response_head");
    assert_int_equal(trl_outcome_of(&ending).status, 0);
    ending.body_broken = true;
    assert_string_equal(trl_outcome_of(&ending).phase, "request_body");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_status_has_its_level),
        cmocka_unit_test(test_a_slow_request_warns_and_a_stream_never_is),
        cmocka_unit_test(test_what_broke_is_named),
        cmocka_unit_test(test_what_civetweb_sends_unseen_is_not_guessed),
        cmocka_unit_test(test_aborted_beats_failed_and_names_its_phase),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
