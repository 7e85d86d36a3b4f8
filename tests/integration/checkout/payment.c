/* payment-service alone: an order is charged once, whoever asks, and however often at once. */
#include "checkout.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#define AT_ONCE 6

struct charge {
    const struct checkout_system *system;
    const char *token;
    int status;
};

static void *charge(void *context)
{
    struct charge *self = context;
    char body[128];
    struct http_answer answer;

    (void)snprintf(body, sizeof(body), "{\"orderId\":\"order-1\",\"token\":\"%s\"}", self->token);
    checkout_call(self->system, FLEET_PAYMENT,
                  &(struct http_request){.url = "/payments", .body = body}, &answer);
    self->status = answer.status;
    http_answer_free(&answer);
    return NULL;
}

static void start_payment(struct checkout_system *system)
{
    checkout_prepare(system,
                     &(struct fleet_settings){
                         .arguments = {[FLEET_PAYMENT] = {"--provider-timeout-ms", "1000"}}});
    assert_true(fleet_start_one(&system->fleet, FLEET_PAYMENT));
}

/* Waits until a try of the order has been counted. */
static void wait_until_tried(const struct checkout_system *system)
{
    char path[FLEET_PATH_MAX];
    sqlite3 *database = NULL;
    bool tried = false;

    (void)snprintf(path, sizeof(path), "%s/data/payments.db", system->folder);
    assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    (void)sqlite3_busy_timeout(database, 10000);
    for (int waited_ms = 0; !tried && waited_ms < CHECKOUT_DEADLINE_MS; waited_ms++) {
        sqlite3_stmt *statement = NULL;
        assert_int_equal(
            sqlite3_prepare_v2(database, "SELECT tries FROM payments", -1, &statement, NULL),
            SQLITE_OK);
        tried = sqlite3_step(statement) == SQLITE_ROW;
        assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
        (void)sqlite3_sleep(1);
    }
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    assert_true(tried);
}

static void test_a_second_charge_waits_for_what_becomes_of_the_first(void **state)
{
    struct checkout_system system;
    struct charge first = {&system, "tok_timeout", 0};
    struct charge second = {&system, "tok_visa", 0};
    pthread_t thread;

    (void)state;
    start_payment(&system);
    assert_int_equal(pthread_create(&thread, NULL, charge, &first), 0);
    wait_until_tried(&system);
    (void)charge(&second);
    /* The first one's outcome was told before the second one was tried. */
    checkout_assert_once(&system, FLEET_PAYMENT, "payment_failed", NULL);
    (void)pthread_join(thread, NULL);
    assert_int_equal(first.status, 504);
    assert_int_equal(second.status, 200);
    cJSON *failed = checkout_find(&system, FLEET_PAYMENT, "payment_failed", NULL);
    cJSON *authorized = checkout_find(&system, FLEET_PAYMENT, "payment_authorized", NULL);
    assert_true(strcmp(event_text(failed, "timestamp"), event_text(authorized, "timestamp")) <= 0);
    cJSON_Delete(failed);
    cJSON_Delete(authorized);
    checkout_stop(&system);
}

static void test_of_many_charges_at_once_one_is_made(void **state)
{
    struct checkout_system system;
    struct charge charges[AT_ONCE];
    pthread_t threads[AT_ONCE];

    (void)state;
    start_payment(&system);
    for (int i = 0; i < AT_ONCE; i++) {
        charges[i] = (struct charge){&system, "tok_visa", 0};
        assert_int_equal(pthread_create(&threads[i], NULL, charge, &charges[i]), 0);
    }
    for (int i = 0; i < AT_ONCE; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(charges[i].status, 200);
    }
    checkout_wait(&system, FLEET_PAYMENT, "request_completed", NULL, AT_ONCE);
    assert_int_equal(checkout_count(&system, FLEET_PAYMENT, "payment_authorized", NULL), 1);
    assert_int_equal(checkout_count(&system, FLEET_PAYMENT, "payment_repeated", NULL), AT_ONCE - 1);
    checkout_stop(&system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_second_charge_waits_for_what_becomes_of_the_first),
        cmocka_unit_test(test_of_many_charges_at_once_one_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
