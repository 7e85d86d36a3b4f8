/* What every engine of the order store must do: on SQLite, or on the URL in TRAIL_TEST_ORDERS. */
#include "unit.h"

#include "checkout/order_store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trail/trail.h>
#include <uuid/uuid.h>

#define THREADS 8

static char folder[] = "/tmp/trail-orders-XXXXXX";
static struct order_store *store;

static const char *url(void)
{
    static char sqlite_url[64];
    const char *given = getenv("TRAIL_TEST_ORDERS");

    snprintf(sqlite_url, sizeof(sqlite_url), "sqlite:%s/orders.db", folder);
    return given != NULL && *given != '\0' ? given : sqlite_url;
}

/* A text that no other test, and no earlier run on the same server, has used. */
static const char *unique(void)
{
    static __thread char texts[32][37];
    static __thread size_t next;
    char *text = texts[next++ % 32];
    uuid_t uuid;

    uuid_generate_random(uuid);
    uuid_unparse_lower(uuid, text);
    return text;
}

static struct order_item item_of(const char *sku, unsigned quantity)
{
    struct order_item item = {.quantity = quantity};

    snprintf(item.sku, sizeof(item.sku), "%s", sku);
    return item;
}

static struct order_claim claim_of(const struct order_item *items, size_t count, const char *key)
{
    return (struct order_claim){.order_id = unique(),
                                .owner = unique(),
                                .user_id = "u_17",
                                .request_id = "req-1",
                                .items = items,
                                .item_count = count,
                                .key = key,
                                .fingerprint = "0b7e8f5e-0000-5000-8000-000000000000",
                                .lease_ms = 60000};
}

static struct order_claimed claim(const struct order_claim *claim)
{
    struct order_claimed claimed;

    memset(&claimed, 0, sizeof(claimed));
    assert_int_equal(store->ops->claim(store, claim, &claimed), STORE_OK);
    return claimed;
}

static enum store_status settle(const struct order_claim *claim, const char *status,
                                const struct order_job *job)
{
    bool confirmed = strcmp(status, ORDER_CONFIRMED) == 0;

    return store->ops->settle(store,
                              &(struct order_settlement){.order_id = claim->order_id,
                                                         .owner = claim->owner,
                                                         .status = status,
                                                         .reason = confirmed ? NULL : "declined",
                                                         .http_status = confirmed ? 201 : 402,
                                                         .answer = "{\"status\":\"x\"}",
                                                         .job = job});
}

static void test_an_order_is_stored_with_all_that_it_has(void **state)
{
    struct order_item items[2] = {item_of(unique(), 3), item_of(unique(), 1)};
    struct order_claim order = claim_of(items, 2, NULL);
    struct order_view view;

    (void)state;
    assert_int_equal(claim(&order).outcome, ORDER_CLAIMED);
    assert_int_equal(store->ops->get(store, order.order_id, &view), STORE_OK);
    assert_string_equal(view.status, ORDER_PENDING);
    assert_int_equal(settle(&order, ORDER_CONFIRMED, NULL), STORE_OK);
    assert_int_equal(store->ops->get(store, order.order_id, &view), STORE_OK);
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
    assert_int_equal(store->ops->get(store, unique(), &view), STORE_NOT_FOUND);
    assert_int_equal(store->ops->get(store, "'; DROP TABLE orders; --", &view), STORE_NOT_FOUND);
    assert_int_equal(store->ops->ping(store), STORE_OK);
}

static void test_an_order_is_settled_once_and_by_its_owner(void **state)
{
    struct order_item item = item_of(unique(), 1);
    struct order_claim order = claim_of(&item, 1, NULL);
    struct order_claim stranger = order;

    (void)state;
    claim(&order);
    stranger.owner = unique();
    assert_int_equal(settle(&stranger, ORDER_CONFIRMED, NULL), STORE_LOST);
    assert_int_equal(settle(&order, ORDER_PAYMENT_FAILED, NULL), STORE_OK);
    assert_int_equal(settle(&order, ORDER_CONFIRMED, NULL), STORE_LOST);
}

static void test_a_retry_is_answered_as_the_first_request_was(void **state)
{
    struct order_item item = item_of(unique(), 1);
    const char *key = unique();
    struct order_claim first = claim_of(&item, 1, key);
    struct order_claim again = claim_of(&item, 1, key);

    (void)state;
    assert_int_equal(claim(&first).outcome, ORDER_CLAIMED);
    assert_int_equal(claim(&again).outcome, ORDER_IN_PROGRESS);
    assert_int_equal(settle(&first, ORDER_PAYMENT_FAILED, NULL), STORE_OK);
    struct order_claimed claimed = claim(&again);
    assert_int_equal(claimed.outcome, ORDER_ANSWERED);
    assert_int_equal(claimed.status, 402);
    assert_string_equal(claimed.answer, "{\"status\":\"x\"}");
    again.fingerprint = "11111111-0000-5000-8000-000000000000";
    assert_int_equal(claim(&again).outcome, ORDER_KEY_REUSED);
}

static void test_an_order_whose_try_died_is_taken_over(void **state)
{
    struct order_item item = item_of(unique(), 1);
    const char *key = unique();
    struct order_claim first = claim_of(&item, 1, key);
    struct order_claim again = claim_of(&item, 1, key);

    (void)state;
    first.lease_ms = -1;
    claim(&first);
    struct order_claimed claimed = claim(&again);
    assert_int_equal(claimed.outcome, ORDER_TAKEN_OVER);
    assert_string_equal(claimed.order_id, first.order_id);
    assert_int_equal(settle(&first, ORDER_CONFIRMED, NULL), STORE_LOST);
    again.order_id = claimed.order_id;
    assert_int_equal(settle(&again, ORDER_CONFIRMED, NULL), STORE_OK);
}

static void test_stock_is_never_sold_twice_and_comes_back(void **state)
{
    struct order_item all = item_of(unique(), ORDER_STOCK_INITIAL);
    struct order_item items[2] = {item_of(unique(), 1), all};
    struct order_claim first = claim_of(&all, 1, NULL);
    struct order_claim second = claim_of(items, 2, NULL);
    struct order_view view;

    (void)state;
    claim(&first);
    struct order_claimed claimed = claim(&second);
    assert_int_equal(claimed.outcome, ORDER_OUT_OF_STOCK);
    assert_string_equal(claimed.sku, all.sku);
    assert_int_equal(store->ops->get(store, second.order_id, &view), STORE_NOT_FOUND);
    assert_int_equal(settle(&first, ORDER_PAYMENT_FAILED, NULL), STORE_OK);
    assert_int_equal(claim(&second).outcome, ORDER_CLAIMED);
}

static void test_the_outbox_keeps_a_job_until_it_is_done(void **state)
{
    static struct order_job job;
    static struct order_job found;
    struct order_item item = item_of(unique(), 1);
    struct order_claim order = claim_of(&item, 1, NULL);

    (void)state;
    trail_envelope_init(&job.envelope, NULL);
    memcpy(job.payload, "{\"a\":\"\\u00e9\"}\0\xFF", 17);
    job.payload_size = 17;
    claim(&order);
    assert_int_equal(store->ops->outbox_next(store, &found), STORE_NOT_FOUND);
    assert_int_equal(settle(&order, ORDER_CONFIRMED, &job), STORE_OK);
    for (int i = 0; i < 2; i++) {
        memset(&found, 0, sizeof(found));
        assert_int_equal(store->ops->outbox_next(store, &found), STORE_OK);
        assert_string_equal(found.envelope.job_id, job.envelope.job_id);
        assert_string_equal(found.envelope.request_id, job.envelope.request_id);
        assert_string_equal(found.envelope.traceparent, job.envelope.traceparent);
        assert_int_equal(found.payload_size, 17);
        assert_memory_equal(found.payload, job.payload, 17);
    }
    assert_int_equal(store->ops->outbox_done(store, job.envelope.job_id), STORE_OK);
    assert_int_equal(store->ops->outbox_done(store, job.envelope.job_id), STORE_OK);
    assert_int_equal(store->ops->outbox_next(store, &found), STORE_NOT_FOUND);
}

static void count_order(void *context, const struct order_view *order)
{
    size_t *count = context;

    assert_true(order->order_id[0] != '\0');
    (*count)++;
}

static void test_the_newest_orders_are_listed(void **state)
{
    struct order_item item = item_of(unique(), 1);
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct order_claim order = claim_of(&item, 1, NULL);
        claim(&order);
    }
    assert_int_equal(store->ops->list(store, 2, count_order, &count), STORE_OK);
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

    if (store->ops->claim(store, order, &claimed) == STORE_OK) {
        __atomic_fetch_add(&rivals->outcomes[claimed.outcome], 1, __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_add(&rivals->failures, 1, __ATOMIC_RELAXED);
    }
}

static void *claim_the_same(void *context)
{
    struct rivals *rivals = context;
    struct order_claim order = claim_of(rivals->items, 1, rivals->key);

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
        struct order_claim order = claim_of(items, 2, NULL);
        note_outcome(rivals, &order);
        if (settle(&order, i % 2 == 0 ? ORDER_CONFIRMED : ORDER_PAYMENT_FAILED, NULL) != STORE_OK) {
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
    struct rivals rivals = {.key = unique(), .items = {item_of(unique(), 1)}};

    (void)state;
    run_threads(claim_the_same, &rivals);
    assert_int_equal(rivals.failures, 0);
    assert_int_equal(rivals.outcomes[ORDER_CLAIMED], 1);
    assert_int_equal(rivals.outcomes[ORDER_IN_PROGRESS], THREADS - 1);
}

static void test_orders_that_share_their_items_do_not_deadlock(void **state)
{
    struct rivals rivals = {.items = {item_of(unique(), 1), item_of(unique(), 1)}};
    struct order_item rest = item_of(rivals.items[0].sku, ORDER_STOCK_INITIAL - THREADS * 5);

    (void)state;
    run_threads(claim_many, &rivals);
    assert_int_equal(rivals.failures, 0);
    assert_int_equal(rivals.outcomes[ORDER_CLAIMED], THREADS * 10);
    /* Half were confirmed: just so many units are gone. */
    struct order_claim order = claim_of(&rest, 1, NULL);
    assert_int_equal(claim(&order).outcome, ORDER_CLAIMED);
    rest.quantity = 1;
    order = claim_of(&rest, 1, NULL);
    assert_int_equal(claim(&order).outcome, ORDER_OUT_OF_STOCK);
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

static void control(const char *command)
{
    char line[1024];

    snprintf(line, sizeof(line), "sh '%s' %s '%s' >/dev/null", ENGINE_SCRIPT, command,
             getenv("TRAIL_TEST_ENGINE"));
    assert_int_equal(system(line), 0);
}

static void test_a_server_that_is_killed_is_away_and_comes_back(void **state)
{
    struct order_item item = item_of(unique(), 1);
    struct order_claim order = claim_of(&item, 1, NULL);
    struct order_claimed claimed;
    struct order_view view;

    (void)state;
    if (getenv("TRAIL_TEST_ENGINE") == NULL) {
        skip();
    }
    claim(&order);
    control("kill");
    assert_int_equal(settle(&order, ORDER_CONFIRMED, NULL), STORE_UNAVAILABLE);
    assert_int_equal(store->ops->get(store, order.order_id, &view), STORE_UNAVAILABLE);
    assert_int_equal(store->ops->claim(store, &order, &claimed), STORE_UNAVAILABLE);
    assert_int_equal(store->ops->ping(store), STORE_UNAVAILABLE);
    control("start postgresql");
    assert_int_equal(settle(&order, ORDER_CONFIRMED, NULL), STORE_OK);
    assert_int_equal(store->ops->get(store, order.order_id, &view), STORE_OK);
    assert_string_equal(view.status, ORDER_CONFIRMED);
}

static int open_all(void **state)
{
    char error[512] = "";
    struct trail *trail = NULL;

    assert_non_null(mkdtemp(folder));
    assert_int_equal(
        trail_open(&(struct trail_options){.output = "null", .ignore_environment = true}, &trail),
        TRAIL_OK);
    *state = trail;
    (void)order_store_open(&(struct order_store_settings){.url = url(), .busy_ms = 20000}, &store,
                           error, sizeof(error));
    assert_string_equal(error, "");
    return 0;
}

static int close_all(void **state)
{
    char command[128];

    order_store_close(store);
    trail_close(*state);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
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
        cmocka_unit_test(test_a_server_that_is_killed_is_away_and_comes_back),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
