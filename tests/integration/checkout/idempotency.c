/* An Idempotency-Key makes a retry safe, whatever became of the first try. */
#include "checkout.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#define AT_ONCE 8

static void assert_same_answer(const struct checkout_system *system, const char *token,
                               const char *key, int status)
{
    struct http_answer first;
    struct http_answer second;

    checkout_place(system, &(struct checkout_order){.token = token, .key = key}, &first);
    checkout_place(system, &(struct checkout_order){.token = token, .key = key}, &second);
    assert_int_equal(first.status, status);
    assert_int_equal(second.status, status);
    assert_string_equal(first.body, second.body);
    assert_string_not_equal(first.request_id, second.request_id);
    checkout_assert_once(system, FLEET_CHECKOUT, "order_replayed", second.request_id);
    assert_int_equal(checkout_count(system, FLEET_PAYMENT, NULL, second.request_id), 0);
    http_answer_free(&first);
    http_answer_free(&second);
}

static void test_the_same_request_gets_the_same_answer(void **state)
{
    struct checkout_system system;

    (void)state;
    checkout_start(&system, NULL);
    assert_same_answer(&system, "tok_visa", "key-1", 201);
    assert_same_answer(&system, "tok_declined", "key-2", 402);
    assert_same_answer(&system, "tok_error", "key-3", 502);
    checkout_wait(&system, FLEET_WORKER, "job_succeeded", NULL, 1);
    assert_int_equal(checkout_mails(&system), 1);
    checkout_stop(&system);
}

static void test_a_key_belongs_to_one_request(void **state)
{
    struct checkout_system system;
    struct http_answer answer;

    (void)state;
    checkout_start(&system, NULL);
    assert_int_equal(checkout_status(&system,
                                     &(struct checkout_order){.token = "tok_visa", .key = "mine"},
                                     NULL),
                     201);
    checkout_place(&system,
                   &(struct checkout_order){.token = "tok_visa", .key = "mine", .user_id = "eve"},
                   &answer);
    assert_int_equal(answer.status, 422);
    assert_non_null(strstr(answer.body, "idempotency_key_reused"));
    http_answer_free(&answer);
    assert_int_equal(checkout_status(&system,
                                     &(struct checkout_order){.token = "tok_other", .key = "mine"},
                                     NULL),
                     422);
    checkout_stop(&system);
}

static void test_a_request_that_was_not_valid_does_not_use_up_its_key(void **state)
{
    struct checkout_system system;

    (void)state;
    checkout_start(&system, NULL);
    assert_int_equal(checkout_status(&system,
                                     &(struct checkout_order){.token = "not valid", .key = "again"},
                                     NULL),
                     400);
    assert_int_equal(checkout_status(&system,
                                     &(struct checkout_order){.token = "tok_visa", .key = "again"},
                                     NULL),
                     201);
    checkout_stop(&system);
}

static void test_keys_that_are_none_are_refused(void **state)
{
    struct checkout_system system;
    char long_key[400];

    (void)state;
    memset(long_key, 'k', sizeof(long_key));
    long_key[256] = '\0';
    checkout_start(&system, NULL);
    assert_int_equal(checkout_status(&system,
                                     &(struct checkout_order){.token = "tok_visa", .key = long_key},
                                     NULL),
                     400);
    long_key[255] = '\0';
    assert_int_equal(checkout_status(&system,
                                     &(struct checkout_order){.token = "tok_visa", .key = long_key},
                                     NULL),
                     201);
    assert_int_equal(
        checkout_status(&system, &(struct checkout_order){.token = "tok_visa", .key = "a b"}, NULL),
        400);
    assert_int_equal(
        checkout_status(&system, &(struct checkout_order){.token = "tok_visa", .key = ""}, NULL),
        400);
    checkout_stop(&system);
}

static void test_of_two_keys_neither_is_taken(void **state)
{
    static const char body[] = "{\"userId\":\"ada\",\"items\":[{\"sku\":\"tea\",\"quantity\":1}],"
                               "\"payment\":{\"token\":\"tok_visa\"}}";
    struct checkout_system system;
    struct http_answer answer;

    (void)state;
    checkout_start(&system, NULL);
    checkout_call(
        &system, FLEET_GATEWAY,
        &(struct http_request){.url = "/orders",
                               .headers = {"Idempotency-Key: one", "idempotency-key: two"},
                               .body = body},
        &answer);
    assert_int_equal(answer.status, 400);
    assert_non_null(strstr(answer.body, "\"field\":\"Idempotency-Key\""));
    http_answer_free(&answer);
    checkout_stop(&system);
}

struct duplicate {
    const struct checkout_system *system;
    int status;
    char order_id[40];
};

static void *place_duplicate(void *context)
{
    struct duplicate *duplicate = context;

    duplicate->status = checkout_status(
        duplicate->system, &(struct checkout_order){.token = "tok_timeout", .key = "at-once"},
        duplicate->order_id);
    return NULL;
}

static void test_of_duplicates_at_once_one_is_placed(void **state)
{
    struct checkout_system system;
    struct duplicate duplicates[AT_ONCE];
    pthread_t threads[AT_ONCE];
    unsigned placed = 0;

    (void)state;
    checkout_start(&system, NULL);
    for (int i = 0; i < AT_ONCE; i++) {
        duplicates[i] = (struct duplicate){.system = &system};
        assert_int_equal(pthread_create(&threads[i], NULL, place_duplicate, &duplicates[i]), 0);
    }
    for (int i = 0; i < AT_ONCE; i++) {
        (void)pthread_join(threads[i], NULL);
        /* In progress, or, where it was slow to come, answered as the first was. */
        assert_true(duplicates[i].status == 409 || duplicates[i].status == 504);
        placed += duplicates[i].status == 504 ? 1 : 0;
    }
    assert_true(placed >= 1);
    checkout_assert_once(&system, FLEET_PAYMENT, "payment_failed", NULL);
    checkout_stop(&system);
}

/* checkout-api dies while it waits for the payment: the retry takes the order over, under the same
 * order ID, and the customer is charged once. */
static void test_a_retry_takes_over_what_a_dead_process_left(void **state)
{
    struct checkout_system system;
    struct duplicate first = {.system = &system};
    char order_id[40];
    pthread_t thread;

    (void)state;
    checkout_start(&system,
                   &(struct fleet_settings){
                       .arguments = {[FLEET_CHECKOUT] = {"--order-lease-ms", "1"},
                                     [FLEET_PAYMENT] = {"--provider-timeout-ms", "2000"}}});
    assert_int_equal(pthread_create(&thread, NULL, place_duplicate, &first), 0);
    checkout_wait(&system, FLEET_CHECKOUT, "inventory_reserved", NULL, 1);
    process_signal(&system.fleet.processes[FLEET_CHECKOUT], SIGKILL);
    assert_true(process_wait(&system.fleet.processes[FLEET_CHECKOUT], -1, NULL));
    (void)pthread_join(thread, NULL);
    assert_int_equal(first.status, 502);

    assert_true(fleet_start_one(&system.fleet, FLEET_CHECKOUT));
    assert_int_equal(
        checkout_status(&system, &(struct checkout_order){.token = "tok_timeout", .key = "at-once"},
                        order_id),
        504);
    checkout_assert_once(&system, FLEET_CHECKOUT, "order_taken_over", NULL);
    cJSON *reserved = checkout_find(&system, FLEET_CHECKOUT, "inventory_reserved", NULL);
    assert_string_equal(event_text(reserved, "orderId"), order_id);
    cJSON_Delete(reserved);
    checkout_stop(&system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_request_gets_the_same_answer),
        cmocka_unit_test(test_a_key_belongs_to_one_request),
        cmocka_unit_test(test_a_request_that_was_not_valid_does_not_use_up_its_key),
        cmocka_unit_test(test_keys_that_are_none_are_refused),
        cmocka_unit_test(test_of_two_keys_neither_is_taken),
        cmocka_unit_test(test_of_duplicates_at_once_one_is_placed),
        cmocka_unit_test(test_a_retry_takes_over_what_a_dead_process_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
