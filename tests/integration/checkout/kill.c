/* checkout-api, the worker and the broker are killed at any point, under load: no order that a
 * customer holds an answer to is lost, none is paid twice, and none has two mails. */
#include "checkout.h"
#include "engines.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE    8
#define ORDERS_MAX 40000

struct customers {
    struct checkout_system *system;
    pthread_t threads[AT_ONCE];
    atomic_bool home;
    atomic_uint next;
    atomic_uint confirmed;
};

/* Orders with a key of its own, again and again until it knows. */
static void order_until_confirmed(struct customers *customers, unsigned number)
{
    char key[32];
    char user_id[32];
    int status = 0;

    (void)snprintf(key, sizeof(key), "key-%u", number);
    (void)snprintf(user_id, sizeof(user_id), "user-%u", number);
    while (status != 201) {
        status = checkout_status(
            customers->system,
            &(struct checkout_order){.token = "tok_visa", .key = key, .user_id = user_id}, NULL);
    }
    (void)atomic_fetch_add(&customers->confirmed, 1);
}

static void *shop(void *context)
{
    struct customers *customers = context;

    while (!atomic_load(&customers->home)) {
        /* A broker takes seconds to come back; the backlog is to stay one that can be counted. */
        (void)poll(NULL, 0, engines_queue() != NULL ? 400 : 0);
        order_until_confirmed(customers, atomic_fetch_add(&customers->next, 1));
    }
    return NULL;
}

static void wait_for_orders(const struct customers *customers, unsigned count)
{
    for (int waited_ms = 0; waited_ms < CHECKOUT_DEADLINE_MS; waited_ms++) {
        if (atomic_load(&customers->confirmed) >= count) {
            return;
        }
        (void)poll(NULL, 0, 1);
    }
    fail();
}

static void kill_and_restart(struct checkout_system *system, enum fleet_service which)
{
    process_signal(&system->fleet.processes[which], SIGKILL);
    assert_true(process_wait(&system->fleet.processes[which], -1, NULL));
    assert_true(fleet_start_one(&system->fleet, which));
}

/* Which orders were paid. */
struct ledger {
    char orders[ORDERS_MAX][40];
    size_t payments;
};

static bool take_payment(void *context, const cJSON *event)
{
    struct ledger *ledger = context;

    if (event_is(event, "payment_authorized")) {
        const char *order_id = event_text(event, "orderId");
        for (size_t i = 0; i < ledger->payments; i++) {
            assert_string_not_equal(ledger->orders[i], order_id);
        }
        assert_true(ledger->payments < ORDERS_MAX);
        (void)snprintf(ledger->orders[ledger->payments++], 40, "%s", order_id);
    }
    return true;
}

/* The attempts of the jobs, each of which has a number of its own. */
struct attempts {
    char jobs[ORDERS_MAX][40];
    int last[ORDERS_MAX];
    size_t count;
};

static bool take_receipt(void *context, const cJSON *event)
{
    struct attempts *attempts = context;
    size_t i = 0;

    if (!event_is(event, "job_received")) {
        return true;
    }
    const char *job_id = event_text(event, "jobId");
    int attempt = cJSON_GetObjectItem(event, "attempt")->valueint;
    while (i < attempts->count && strcmp(attempts->jobs[i], job_id) != 0) {
        i++;
    }
    if (i == attempts->count) {
        assert_true(i < ORDERS_MAX);
        (void)snprintf(attempts->jobs[attempts->count++], 40, "%s", job_id);
    }
    assert_true(attempt > attempts->last[i]);
    attempts->last[i] = attempt;
    return true;
}

static void test_killed_at_any_point_nothing_is_lost_and_nothing_done_twice(void **state)
{
    static struct ledger ledger;
    static struct attempts attempts;
    struct checkout_system system;
    struct customers customers = {.system = &system};
    int rounds = getenv("TRAIL_TEST_LONG") != NULL ? 200 : 12;
    char log[FLEET_PATH_MAX];

    (void)state;
    checkout_start(&system, &(struct fleet_settings){
                                .arguments = {[FLEET_CHECKOUT] = {"--order-lease-ms", "200",
                                                                  "--relay-ms", "100"},
                                              [FLEET_WORKER] = {"--lease-ms", "200"}}});
    for (int i = 0; i < AT_ONCE; i++) {
        assert_int_equal(pthread_create(&customers.threads[i], NULL, shop, &customers), 0);
    }
    srandom(1);
    for (int round = 0; round < rounds; round++) {
        wait_for_orders(&customers, atomic_load(&customers.confirmed) + 1 + (unsigned)random() % 8);
        if (round % 4 != 3 || !engines_kill_broker()) {
            kill_and_restart(&system, round % 2 == 0 ? FLEET_CHECKOUT : FLEET_WORKER);
        }
    }
    atomic_store(&customers.home, true);
    for (int i = 0; i < AT_ONCE; i++) {
        (void)pthread_join(customers.threads[i], NULL);
    }
    unsigned orders = atomic_load(&customers.confirmed);
    checkout_wait_mails(&system, orders);
    assert_int_equal(fleet_stop(&system.fleet), 0);
    assert_int_equal(checkout_mails(&system), orders);
    assert_int_equal(checkout_count(&system, FLEET_WORKER, "job_dead_lettered", NULL), 0);
    fleet_log(&system.fleet, FLEET_PAYMENT, log, sizeof(log));
    (void)events_read(log, 0, take_payment, &ledger);
    assert_int_equal(ledger.payments, orders);
    fleet_log(&system.fleet, FLEET_WORKER, log, sizeof(log));
    (void)events_read(log, 0, take_receipt, &attempts);
    assert_int_equal(attempts.count, orders);
    checkout_stop(&system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_at_any_point_nothing_is_lost_and_nothing_done_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
