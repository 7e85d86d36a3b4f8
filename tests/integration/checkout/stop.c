/* An orderly stop, in the middle of work, loses nothing. */
#include "checkout.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#define AT_ONCE 10

/* Customers who order until they are told to go home. */
struct customers {
    struct checkout_system *system;
    pthread_t threads[AT_ONCE];
    atomic_bool home;
    atomic_uint confirmed;
    atomic_uint unanswered; /* the connection broke: the customer can't know */
    atomic_uint others;
};

static void *order(void *context)
{
    struct customers *customers = context;

    while (!atomic_load(&customers->home)) {
        int status =
            checkout_status(customers->system, &(struct checkout_order){.token = "tok_visa"}, NULL);
        (void)atomic_fetch_add(status == 201 ? &customers->confirmed
                               : status == 0 ? &customers->unanswered
                                             : &customers->others,
                               1);
    }
    return NULL;
}

static void send_customers(struct customers *customers, struct checkout_system *system)
{
    memset(customers, 0, sizeof(*customers));
    customers->system = system;
    for (int i = 0; i < AT_ONCE; i++) {
        assert_int_equal(pthread_create(&customers->threads[i], NULL, order, customers), 0);
    }
}

static void call_home(struct customers *customers)
{
    atomic_store(&customers->home, true);
    for (int i = 0; i < AT_ONCE; i++) {
        (void)pthread_join(customers->threads[i], NULL);
    }
}

static void stop_under_load(enum fleet_service which)
{
    struct checkout_system system;
    struct customers customers;
    int status = -1;

    checkout_start(&system, NULL);
    send_customers(&customers, &system);
    checkout_wait(&system, FLEET_CHECKOUT, "order_created", NULL, 30);
    process_signal(&system.fleet.processes[which], SIGTERM);
    assert_true(process_wait(&system.fleet.processes[which], CHECKOUT_DEADLINE_MS, &status));
    assert_int_equal(status, 0);
    call_home(&customers);
    checkout_assert_once(&system, which, "server_stopped", NULL);
    assert_int_equal(checkout_count(&system, which, "stop_deadline_passed", NULL), 0);

    /* Started again, the system has every order that was confirmed, with its mail. */
    assert_true(fleet_start_one(&system.fleet, which));
    checkout_wait(&system, FLEET_CHECKOUT, "order_created", NULL,
                  atomic_load(&customers.confirmed));
    size_t created = checkout_count(&system, FLEET_CHECKOUT, "order_created", NULL);
    checkout_wait_mails(&system, created);
    assert_int_equal(fleet_stop(&system.fleet), 0);
    assert_int_equal(checkout_mails(&system),
                     checkout_count(&system, FLEET_CHECKOUT, "order_created", NULL));
    assert_int_equal(checkout_strays(&system), 0);
    checkout_stop(&system);
}

static void test_the_gateway_stops_under_load(void **state)
{
    (void)state;
    stop_under_load(FLEET_GATEWAY);
}

static void test_checkout_api_stops_under_load(void **state)
{
    (void)state;
    stop_under_load(FLEET_CHECKOUT);
}

static void test_payment_service_stops_under_load(void **state)
{
    (void)state;
    stop_under_load(FLEET_PAYMENT);
}

static void test_the_worker_stops_under_load(void **state)
{
    (void)state;
    stop_under_load(FLEET_WORKER);
}

struct slow_order {
    const struct checkout_system *system;
    int status;
};

static void *place_slowly(void *context)
{
    struct slow_order *slow = context;

    slow->status = checkout_status(
        slow->system, &(struct checkout_order){.token = "tok_timeout", .request_id = "slow-1"},
        NULL);
    return NULL;
}

static void test_a_request_at_work_is_answered_before_its_service_stops(void **state)
{
    struct checkout_system system;
    struct slow_order slow = {.system = &system};
    pthread_t thread;

    (void)state;
    checkout_start(&system, &(struct fleet_settings){
                                .arguments = {[FLEET_PAYMENT] = {"--provider-timeout-ms", "1500"}},
                                .environment = (const char *const[]){"TRAIL_LEVEL=debug", NULL}});
    assert_int_equal(pthread_create(&thread, NULL, place_slowly, &slow), 0);
    checkout_wait(&system, FLEET_PAYMENT, "request_started", "slow-1", 1);
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        process_signal(&system.fleet.processes[which], SIGTERM);
    }
    (void)pthread_join(thread, NULL);
    assert_int_equal(slow.status, 504);
    checkout_stop(&system);
}

static void test_a_worker_finishes_the_job_that_it_has(void **state)
{
    struct checkout_system system;

    (void)state;
    checkout_start(&system,
                   &(struct fleet_settings){.arguments = {[FLEET_WORKER] = {"--work-ms", "500"}}});
    assert_int_equal(checkout_status(&system, &(struct checkout_order){.token = "tok_visa"}, NULL),
                     201);
    checkout_wait(&system, FLEET_WORKER, "job_received", NULL, 1);
    assert_int_equal(fleet_stop(&system.fleet), 0);
    checkout_assert_once(&system, FLEET_WORKER, "job_succeeded", NULL);
    assert_int_equal(checkout_mails(&system), 1);
    checkout_stop(&system);
}

static void test_a_log_that_was_renamed_is_reopened(void **state)
{
    struct checkout_system system;
    char log[FLEET_PATH_MAX];
    char renamed[FLEET_PATH_MAX + 8];

    (void)state;
    checkout_start(&system, NULL);
    fleet_log(&system.fleet, FLEET_GATEWAY, log, sizeof(log));
    (void)snprintf(renamed, sizeof(renamed), "%s.1", log);
    assert_int_equal(rename(log, renamed), 0);
    process_signal(&system.fleet.processes[FLEET_GATEWAY], SIGHUP);
    for (int i = 0; i < 1000 && checkout_count(&system, FLEET_GATEWAY, NULL, NULL) == 0; i++) {
        (void)checkout_status(&system, &(struct checkout_order){.token = "tok_declined"}, NULL);
    }
    checkout_wait(&system, FLEET_GATEWAY, "request_completed", NULL, 1);
    checkout_stop(&system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_gateway_stops_under_load),
        cmocka_unit_test(test_checkout_api_stops_under_load),
        cmocka_unit_test(test_payment_service_stops_under_load),
        cmocka_unit_test(test_the_worker_stops_under_load),
        cmocka_unit_test(test_a_request_at_work_is_answered_before_its_service_stops),
        cmocka_unit_test(test_a_worker_finishes_the_job_that_it_has),
        cmocka_unit_test(test_a_log_that_was_renamed_is_reopened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
