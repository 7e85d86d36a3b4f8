/* What every engine of the order store must do: on SQLite, or on the URL in TRAIL_TEST_ORDERS. */
#include "orders_fixture.h"

#include "control.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trail/trail.h>

#define THREADS 8

static void test_an_order_is_stored_with_all_that_it_has(void **state)
{
    struct order_item items[2] = {orders_item(orders_unique(), 3), orders_item(orders_unique(), 1)};
    struct order_claim order = orders_claim(items, 2, NULL);
    struct order_view view;

    (void)state;
    assert_int_equal(orders_place(&order).outcome, ORDER_CLAIMED);
    assert_int_equal(orders_store->ops->get(orders_store, order.order_id, &view), STORE_OK);
    assert_string_equal(view.status, ORDER_PENDING);
    assert_int_equal(orders_settle(&order, ORDER_CONFIRMED, NULL), STORE_OK);
    assert_int_equal(orders_store->ops->get(orders_store, order.order_id, &view), STORE_OK);
    assert_string_equal(view.order_id, order.order_id);
    assert_string_equal(view.user_id, "u_17");
    assert_string_equal(view.status, ORDER_CONFIRMED);
    assert_string_equal(view.reason, "");
    assert_string_equal(view.request_id, "req-1");
    assert_true(view.created_at_ms > 1600000000000);
    assert_int_equal(view.item_count, 2);
    assert_string_equal(view.items[0].sku, items[0].sku);
    assert_int_equal(view.items[0].quantity, 3);
    assert_string_equal(view.items[1].sku, items[1].sku);
}

static void test_an_order_that_is_not_there_is_not_found(void **state)
{
    struct order_view view;

    (void)state;
    assert_int_equal(orders_store->ops->get(orders_store, orders_unique(), &view), STORE_NOT_FOUND);
    assert_int_equal(orders_store->ops->get(orders_store, "'; DROP TABLE orders; --", &view),
                     STORE_NOT_FOUND);
    assert_int_equal(orders_store->ops->ping(orders_store), STORE_OK);
}

static void test_an_order_is_settled_once_and_by_its_owner(void **state)
{
    struct order_item item = orders_item(orders_unique(), 1);
    struct order_claim order = orders_claim(&item, 1, NULL);
    struct order_claim stranger = order;

    (void)state;
    orders_place(&order);
    stranger.owner = orders_unique();
    assert_int_equal(orders_settle(&stranger, ORDER_CONFIRMED, NULL), STORE_LOST);
    assert_int_equal(orders_settle(&order, ORDER_PAYMENT_FAILED, NULL), STORE_OK);
    assert_int_equal(orders_settle(&order, ORDER_CONFIRMED, NULL), STORE_LOST);
}

static void test_a_retry_is_answered_as_the_first_request_was(void **state)
{
    struct order_item item = orders_item(orders_unique(), 1);
    const char *key = orders_unique();
    struct order_claim first = orders_claim(&item, 1, key);
    struct order_claim again = orders_claim(&item, 1, key);

    (void)state;
    assert_int_equal(orders_place(&first).outcome, ORDER_CLAIMED);
    assert_int_equal(orders_place(&again).outcome, ORDER_IN_PROGRESS);
    assert_int_equal(orders_settle(&first, ORDER_PAYMENT_FAILED, NULL), STORE_OK);
    struct order_claimed claimed = orders_place(&again);
    assert_int_equal(claimed.outcome, ORDER_ANSWERED);
    assert_int_equal(claimed.status, 402);
    assert_string_equal(claimed.answer, "{\"status\":\"x\"}");
    again.fingerprint = "11111111-0000-5000-8000-000000000000";
    assert_int_equal(orders_place(&again).outcome, ORDER_KEY_REUSED);
}

static void test_an_order_whose_try_died_is_taken_over(void **state)
{
    struct order_item item = orders_item(orders_unique(), 1);
    const char *key = orders_unique();
    struct order_claim first = orders_claim(&item, 1, key);
    struct order_claim again = orders_claim(&item, 1, key);

    (void)state;
    first.lease_ms = -1;
    orders_place(&first);
    struct order_claimed claimed = orders_place(&again);
    assert_int_equal(claimed.outcome, ORDER_TAKEN_OVER);
    assert_string_equal(claimed.order_id, first.order_id);
    assert_int_equal(orders_settle(&first, ORDER_CONFIRMED, NULL), STORE_LOST);
    again.order_id = claimed.order_id;
    assert_int_equal(orders_settle(&again, ORDER_CONFIRMED, NULL), STORE_OK);
}

static void test_stock_is_never_sold_twice_and_comes_back(void **state)
{
    struct order_item all = orders_item(orders_unique(), ORDER_STOCK_INITIAL);
    struct order_item items[2] = {orders_item(orders_unique(), 1), all};
    struct order_claim first = orders_claim(&all, 1, NULL);
    struct order_claim second = orders_claim(items, 2, NULL);
    struct order_view view;

    (void)state;
    orders_place(&first);
    struct order_claimed claimed = orders_place(&second);
    assert_int_equal(claimed.outcome, ORDER_OUT_OF_STOCK);
    assert_string_equal(claimed.sku, all.sku);
    assert_int_equal(orders_store->ops->get(orders_store, second.order_id, &view), STORE_NOT_FOUND);
    assert_int_equal(orders_settle(&first, ORDER_PAYMENT_FAILED, NULL), STORE_OK);
    assert_int_equal(orders_place(&second).outcome, ORDER_CLAIMED);
}

static void test_the_outbox_keeps_a_job_until_it_is_done(void **state)
{
    static struct order_job job;
    static struct order_job found;
    struct order_item item = orders_item(orders_unique(), 1);
    struct order_claim order = orders_claim(&item, 1, NULL);

    (void)state;
    trail_envelope_init(&job.envelope, NULL);
    memcpy(job.payload, "{\"a\":\"\\u00e9\"}\0\xFF", 17);
    job.payload_size = 17;
    orders_place(&order);
    assert_int_equal(orders_store->ops->outbox_next(orders_store, &found), STORE_NOT_FOUND);
    assert_int_equal(orders_settle(&order, ORDER_CONFIRMED, &job), STORE_OK);
    for (int i = 0; i < 2; i++) {
        memset(&found, 0, sizeof(found));
        assert_int_equal(orders_store->ops->outbox_next(orders_store, &found), STORE_OK);
        assert_string_equal(found.envelope.job_id, job.envelope.job_id);
        assert_string_equal(found.envelope.request_id, job.envelope.request_id);
        assert_string_equal(found.envelope.traceparent, job.envelope.traceparent);
        assert_int_equal(found.payload_size, 17);
        assert_memory_equal(found.payload, job.payload, 17);
    }
    assert_int_equal(orders_store->ops->outbox_done(orders_store, job.envelope.job_id), STORE_OK);
    assert_int_equal(orders_store->ops->outbox_done(orders_store, job.envelope.job_id), STORE_OK);
    assert_int_equal(orders_store->ops->outbox_next(orders_store, &found), STORE_NOT_FOUND);
}

static void count_order(void *context, const struct order_view *order)
{
    size_t *count = context;

    assert_true(order->order_id[0] != '\0');
    (*count)++;
}

static void test_the_newest_orders_are_listed(void **state)
{
    struct order_item item = orders_item(orders_unique(), 1);
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct order_claim order = orders_claim(&item, 1, NULL);
        orders_place(&order);
    }
    assert_int_equal(orders_store->ops->list(orders_store, 2, count_order, &count), STORE_OK);
    assert_int_equal(count, 2);
}

struct rivals {
    const char *key;
    struct order_item items[2];
    unsigned outcomes[ORDER_OUT_OF_STOCK + 1];
    unsigned failures;
    unsigned turns;
};

static void note_outcome(struct rivals *rivals, const struct order_claim *order)
{
    struct order_claimed claimed = {.outcome = ORDER_CLAIMED};

    if (orders_store->ops->claim(orders_store, order, &claimed) == STORE_OK) {
        __atomic_fetch_add(&rivals->outcomes[claimed.outcome], 1, __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_add(&rivals->failures, 1, __ATOMIC_RELAXED);
    }
}

static void *claim_the_same(void *context)
{
    struct rivals *rivals = context;
    struct order_claim order = orders_claim(rivals->items, 1, rivals->key);

    note_outcome(rivals, &order);
    return NULL;
}

/* Every second thread has the two items the other way round. */
static void *claim_many(void *context)
{
    struct rivals *rivals = context;
    bool turned = __atomic_fetch_add(&rivals->turns, 1, __ATOMIC_RELAXED) % 2 == 0;
    struct order_item items[2] = {rivals->items[turned], rivals->items[!turned]};

    for (int i = 0; i < 10; i++) {
        struct order_claim order = orders_claim(items, 2, NULL);
        note_outcome(rivals, &order);
        if (orders_settle(&order, i % 2 == 0 ? ORDER_CONFIRMED : ORDER_PAYMENT_FAILED, NULL) !=
            STORE_OK) {
            __atomic_fetch_add(&rivals->failures, 1, __ATOMIC_RELAXED);
        }
    }
    return NULL;
}

static void run_threads(void *(*work)(void *), struct rivals *rivals)
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, rivals), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void test_of_equal_requests_at_once_one_has_the_order(void **state)
{
    struct rivals rivals = {.key = orders_unique(), .items = {orders_item(orders_unique(), 1)}};

    (void)state;
    run_threads(claim_the_same, &rivals);
    assert_int_equal(rivals.failures, 0);
    assert_int_equal(rivals.outcomes[ORDER_CLAIMED], 1);
    assert_int_equal(rivals.outcomes[ORDER_IN_PROGRESS], THREADS - 1);
}

static void test_orders_that_share_their_items_do_not_deadlock(void **state)
{
    struct rivals rivals = {
        .items = {orders_item(orders_unique(), 1), orders_item(orders_unique(), 1)}};
    struct order_item rest = orders_item(rivals.items[0].sku, ORDER_STOCK_INITIAL - THREADS * 5);

    (void)state;
    run_threads(claim_many, &rivals);
    assert_int_equal(rivals.failures, 0);
    assert_int_equal(rivals.outcomes[ORDER_CLAIMED], THREADS * 10);
    /* Half were confirmed: just so many units are gone. */
    struct order_claim order = orders_claim(&rest, 1, NULL);
    assert_int_equal(orders_place(&order).outcome, ORDER_CLAIMED);
    rest.quantity = 1;
    order = orders_claim(&rest, 1, NULL);
    assert_int_equal(orders_place(&order).outcome, ORDER_OUT_OF_STOCK);
}

static void test_an_address_that_can_t_be_used_is_told(void **state)
{
    char error[512] = "";
    struct order_store *none = NULL;

    (void)state;
    assert_int_equal(order_store_open(&(struct order_store_settings){.url = "mysql://x"}, &none,
                                      error, sizeof(error)),
                     STORE_BROKEN);
    assert_string_equal(error, "no such order store: \"mysql://x\"; allowed: sqlite:PATH, "
                               "postgresql://HOST/NAME");
    assert_int_equal(
        order_store_open(
            &(struct order_store_settings){.url = "postgresql://u:secret@127.0.0.1:1/"}, &none,
            error, sizeof(error)),
        STORE_UNAVAILABLE);
    assert_non_null(strstr(error, "can't use the order store at 127.0.0.1:1: "));
    assert_null(strstr(error, "secret"));
    assert_null(none);
}

/* What the server says that this program's sessions did last. */
static void read_activity(char *ret_query, size_t size)
{
    PGconn *connection = PQconnectdb(getenv("TRAIL_TEST_ORDERS"));
    PGresult *rows = PQexec(connection, "SELECT query FROM pg_stat_activity"
                                        " WHERE application_name = 'integration_engines_orders'"
                                        " AND query LIKE '%/*%'");

    assert_int_equal(PQresultStatus(rows), PGRES_TUPLES_OK);
    assert_true(PQntuples(rows) > 0);
    (void)snprintf(ret_query, size, "%s", PQgetvalue(rows, 0, 0));
    PQclear(rows);
    PQfinish(connection);
}

static void test_sql_bears_the_context_if_that_is_asked_for(void **state)
{
    struct trail_context *context = NULL;
    struct order_store *commented = NULL;
    struct trail_scope scope;
    struct order_view view;
    char expected[256];
    char query[1024];
    char error[512];

    (void)state;
    if (getenv("TRAIL_TEST_ORDERS") == NULL) {
        skip();
    }
    assert_int_equal(trail_context_new("a:b/c=1", &context), TRAIL_OK);
    assert_int_equal(
        order_store_open(&(struct order_store_settings){.url = getenv("TRAIL_TEST_ORDERS"),
                                                        .busy_ms = 20000,
                                                        .sql_comments = true},
                         &commented, error, sizeof(error)),
        STORE_OK);
    trail_enter(context, &scope);
    assert_int_equal(commented->ops->get(commented, "none", &view), STORE_NOT_FOUND);
    (void)snprintf(expected, sizeof(expected),
                   " /*request_id='a%%3Ab%%2Fc%%3D1',traceparent='00-%s-%s-01'*/", trail_trace_id(),
                   trail_span_id());
    trail_leave(&scope);
    read_activity(query, sizeof(query));
    assert_non_null(strstr(query, expected));
    order_store_close(commented);
    trail_context_free(context);
}

static void test_a_server_that_is_killed_is_away_and_comes_back(void **state)
{
    struct order_item item = orders_item(orders_unique(), 1);
    struct order_claim order = orders_claim(&item, 1, NULL);
    struct order_claimed claimed;
    struct order_view view;

    (void)state;
    if (!engine_can_be_controlled()) {
        skip();
    }
    orders_place(&order);
    engine_control("kill");
    assert_int_equal(orders_settle(&order, ORDER_CONFIRMED, NULL), STORE_UNAVAILABLE);
    assert_int_equal(orders_store->ops->get(orders_store, order.order_id, &view),
                     STORE_UNAVAILABLE);
    assert_int_equal(orders_store->ops->claim(orders_store, &order, &claimed), STORE_UNAVAILABLE);
    assert_int_equal(orders_store->ops->ping(orders_store), STORE_UNAVAILABLE);
    engine_control("start postgresql");
    assert_int_equal(orders_settle(&order, ORDER_CONFIRMED, NULL), STORE_OK);
    assert_int_equal(orders_store->ops->get(orders_store, order.order_id, &view), STORE_OK);
    assert_string_equal(view.status, ORDER_CONFIRMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_order_is_stored_with_all_that_it_has),
        cmocka_unit_test(test_an_order_that_is_not_there_is_not_found),
        cmocka_unit_test(test_an_order_is_settled_once_and_by_its_owner),
        cmocka_unit_test(test_a_retry_is_answered_as_the_first_request_was),
        cmocka_unit_test(test_an_order_whose_try_died_is_taken_over),
        cmocka_unit_test(test_stock_is_never_sold_twice_and_comes_back),
        cmocka_unit_test(test_the_outbox_keeps_a_job_until_it_is_done),
        cmocka_unit_test(test_the_newest_orders_are_listed),
        cmocka_unit_test(test_of_equal_requests_at_once_one_has_the_order),
        cmocka_unit_test(test_orders_that_share_their_items_do_not_deadlock),
        cmocka_unit_test(test_an_address_that_can_t_be_used_is_told),
        cmocka_unit_test(test_sql_bears_the_context_if_that_is_asked_for),
        cmocka_unit_test(test_a_server_that_is_killed_is_away_and_comes_back),
    };

    return cmocka_run_group_tests(tests, orders_open, orders_close);
}
