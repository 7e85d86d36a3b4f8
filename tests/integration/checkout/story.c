/* One ID finds the whole story, and each outcome has its own. */
#include "checkout.h"

#include <stdlib.h>
#include <string.h>

static void test_one_id_finds_the_whole_story(void **state)
{
    struct checkout_system system;
    struct http_answer answer;
    static const char id[] = "story.of-one:order/42";

    (void)state;
    checkout_start(&system, NULL);
    checkout_place(&system, &(struct checkout_order){.token = "tok_visa", .request_id = id},
                   &answer);
    assert_int_equal(answer.status, 201);
    assert_string_equal(answer.request_id, id);
    cJSON *object = cJSON_Parse(answer.body);
    assert_string_equal(event_text(object, "requestId"), id);
    assert_string_equal(event_text(object, "status"), "confirmed");
    cJSON_Delete(object);
    http_answer_free(&answer);
    checkout_wait(&system, FLEET_WORKER, "job_succeeded", id, 1);

    static const struct {
        enum fleet_service which;
        const char *event;
    } expected[] = {
        {FLEET_GATEWAY, "outbound_completed"},  {FLEET_GATEWAY, "request_completed"},
        {FLEET_CHECKOUT, "checkout_started"},   {FLEET_CHECKOUT, "inventory_reserved"},
        {FLEET_CHECKOUT, "outbound_completed"}, {FLEET_CHECKOUT, "order_created"},
        {FLEET_CHECKOUT, "job_enqueued"},       {FLEET_CHECKOUT, "confirmation_email_enqueued"},
        {FLEET_CHECKOUT, "request_completed"},  {FLEET_PAYMENT, "payment_authorized"},
        {FLEET_PAYMENT, "request_completed"},   {FLEET_WORKER, "job_received"},
        {FLEET_WORKER, "email_sent"},           {FLEET_WORKER, "job_succeeded"},
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        checkout_assert_once(&system, expected[i].which, expected[i].event, id);
    }
    assert_int_equal(checkout_mails(&system), 1);
    checkout_stop(&system);
}

static void test_the_job_bears_the_id_of_its_order_and_one_of_its_own(void **state)
{
    struct checkout_system system;
    static const char id[] = "with-a-job";

    (void)state;
    checkout_start(&system, NULL);
    assert_int_equal(
        checkout_status(&system, &(struct checkout_order){.token = "tok_visa", .request_id = id},
                        NULL),
        201);
    checkout_wait(&system, FLEET_WORKER, "job_succeeded", id, 1);
    cJSON *enqueued = checkout_find(&system, FLEET_CHECKOUT, "job_enqueued", id);
    cJSON *received = checkout_find(&system, FLEET_WORKER, "job_received", id);
    assert_string_not_equal(event_text(enqueued, "jobId"), "");
    assert_string_equal(event_text(enqueued, "jobId"), event_text(received, "jobId"));
    assert_string_equal(event_text(enqueued, "traceId"), event_text(received, "traceId"));
    assert_string_equal(event_text(enqueued, "spanId"), event_text(received, "parentSpanId"));
    assert_int_equal(cJSON_GetObjectItem(received, "attempt")->valueint, 1);
    cJSON_Delete(enqueued);
    cJSON_Delete(received);
    checkout_stop(&system);
}

static void test_an_id_from_an_untrusted_address_is_kept_apart(void **state)
{
    static const char *const environment[] = {"TRAIL_TRUSTED=127.0.0.1/32", NULL};
    struct checkout_system system;
    struct http_answer answer;
    static const char id[] = "not-to-be-believed";

    (void)state;
    checkout_start(&system, &(struct fleet_settings){.environment = environment});
    checkout_place(
        &system,
        &(struct checkout_order){.token = "tok_visa", .request_id = id, .source = "127.0.0.2"},
        &answer);
    assert_int_equal(answer.status, 201);
    assert_string_not_equal(answer.request_id, id);
    checkout_wait(&system, FLEET_WORKER, "job_succeeded", answer.request_id, 1);
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        assert_int_equal(checkout_count(&system, (enum fleet_service)which, NULL, id), 0);
        checkout_wait(&system, (enum fleet_service)which, NULL, answer.request_id, 1);
    }
    cJSON *event = checkout_find(&system, FLEET_GATEWAY, "request_completed", answer.request_id);
    assert_string_equal(event_text(event, "clientRequestId"), id);
    cJSON_Delete(event);
    http_answer_free(&answer);
    checkout_stop(&system);
}

static void assert_field(cJSON *event, const char *name, const char *value)
{
    assert_non_null(event);
    assert_string_equal(event_text(event, name), value);
    cJSON_Delete(event);
}

static void assert_order(const struct checkout_system *system, const char *order_id,
                         const char *status, const char *reason)
{
    char path[64];
    struct http_answer answer;

    (void)snprintf(path, sizeof(path), "/orders/%s", order_id);
    checkout_call(system, FLEET_GATEWAY, &(struct http_request){.url = path}, &answer);
    assert_int_equal(answer.status, 200);
    cJSON *order = cJSON_Parse(answer.body);
    assert_string_equal(event_text(order, "orderId"), order_id);
    assert_string_equal(event_text(order, "status"), status);
    assert_string_equal(event_text(order, "reason"), reason);
    cJSON_Delete(order);
    http_answer_free(&answer);
}

/* Each proxy may have added a line of its own; they are one list. */
static void test_the_address_of_a_client_behind_proxies_reaches_checkout_api(void **state)
{
    struct checkout_system system;
    struct http_answer answer;

    (void)state;
    checkout_start(&system, NULL);
    checkout_call(&system, FLEET_GATEWAY,
                  &(struct http_request){.url = "/orders/none",
                                         .headers = {"X-Forwarded-For: 198.51.100.1",
                                                     "X-Forwarded-For: 203.0.113.7, 127.0.0.9"}},
                  &answer);
    assert_field(checkout_find(&system, FLEET_CHECKOUT, "request_completed", answer.request_id),
                 "clientIp", "203.0.113.7");
    http_answer_free(&answer);
    checkout_stop(&system);
}

static void test_the_token_chooses_the_outcome(void **state)
{
    static const struct {
        const char *token;
        int status;
        const char *error_code;
        const char *reason;
        const char *order_status;
    } cases[] = {
        {"tok_declined", 402, "payment_declined", "declined", "payment_failed"},
        {"tok_timeout", 504, "provider_timeout", "provider_timeout", "payment_failed"},
        {"tok_error", 502, "provider_error", "provider_error", "payment_failed"},
        {"tok_crash", 502, "payment_exception", "internal", "payment_failed"},
    };
    struct checkout_system system;

    (void)state;
    checkout_start(&system, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_answer answer;
        checkout_place(
            &system,
            &(struct checkout_order){.token = cases[i].token, .request_id = cases[i].token + 4},
            &answer);
        assert_int_equal(answer.status, cases[i].status);
        cJSON *problem = cJSON_Parse(answer.body);
        assert_string_equal(event_text(problem, "errorCode"), cases[i].error_code);
        assert_string_equal(event_text(problem, "requestId"), cases[i].token + 4);
        assert_order(&system, event_text(problem, "orderId"), cases[i].order_status,
                     cases[i].reason);
        cJSON_Delete(problem);
        http_answer_free(&answer);
        assert_field(checkout_find(&system, FLEET_PAYMENT, "payment_failed", cases[i].token + 4),
                     "reason", cases[i].reason);
        assert_field(
            checkout_find(&system, FLEET_CHECKOUT, "order_create_failed", cases[i].token + 4),
            "errorCode", cases[i].error_code);
    }
    assert_int_equal(checkout_mails(&system), 0);
    checkout_stop(&system);
}

static void test_a_payment_that_fails_once_is_tried_again_under_the_same_id(void **state)
{
    struct checkout_system system;
    static const char id[] = "twice";
    char order_id[40];

    (void)state;
    checkout_start(&system, NULL);
    assert_int_equal(
        checkout_status(&system, &(struct checkout_order){.token = "tok_flaky", .request_id = id},
                        order_id),
        201);
    assert_order(&system, order_id, "confirmed", "");
    checkout_wait(&system, FLEET_CHECKOUT, "outbound_completed", id, 2);
    assert_int_equal(checkout_count(&system, FLEET_CHECKOUT, "outbound_completed", id), 2);
    checkout_assert_once(&system, FLEET_PAYMENT, "payment_failed", id);
    cJSON *paid = checkout_find(&system, FLEET_PAYMENT, "payment_authorized", id);
    assert_int_equal(cJSON_GetObjectItem(paid, "attempt")->valueint, 2);
    assert_true(cJSON_IsNumber(cJSON_GetObjectItem(paid, "durationMs")));
    cJSON_Delete(paid);
    checkout_stop(&system);
}

static void test_an_order_that_is_not_there_is_not_found(void **state)
{
    static const char *const paths[] = {"/orders/nothing",
                                        "/orders/00000000-0000-4000-8000-000000000000",
                                        "/orders/%0a%1b%22", "/orders/a/b"};
    struct checkout_system system;

    (void)state;
    checkout_start(&system, NULL);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct http_answer answer;
        checkout_call(&system, FLEET_GATEWAY, &(struct http_request){.url = paths[i]}, &answer);
        assert_int_equal(answer.status, 404);
        assert_non_null(strstr(answer.body, "order_not_found"));
        http_answer_free(&answer);
    }
    checkout_stop(&system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_id_finds_the_whole_story),
        cmocka_unit_test(test_the_job_bears_the_id_of_its_order_and_one_of_its_own),
        cmocka_unit_test(test_an_id_from_an_untrusted_address_is_kept_apart),
        cmocka_unit_test(test_the_address_of_a_client_behind_proxies_reaches_checkout_api),
        cmocka_unit_test(test_the_token_chooses_the_outcome),
        cmocka_unit_test(test_a_payment_that_fails_once_is_tried_again_under_the_same_id),
        cmocka_unit_test(test_an_order_that_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
