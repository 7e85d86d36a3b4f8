/* Orders, as the tests of the order store's engines place them. */
#ifndef TRAIL_TESTS_ORDERS_FIXTURE_H
#define TRAIL_TESTS_ORDERS_FIXTURE_H

#include "unit.h"

#include "checkout/order_store.h"

/* The store under test: on SQLite, or on the URL in TRAIL_TEST_ORDERS. */
extern struct order_store *orders_store;

/* Open it and close it; for cmocka. */
int orders_open(void **state);
int orders_close(void **state);

/* A text that no other test, and no earlier run on the same server, has used. It lives for the next
 * 31 calls of this thread. */
const char *orders_unique(void);

struct order_item orders_item(const char *sku, unsigned quantity);

/* A claim of these items; key may be NULL. */
struct order_claim orders_claim(const struct order_item *items, size_t count, const char *key);

/* Claims; fails the test if the store can't. */
struct order_claimed orders_place(const struct order_claim *claim);

/* Settles the claimed order with this status; job may be NULL. */
enum store_status orders_settle(const struct order_claim *claim, const char *status,
                                const struct order_job *job);

#endif
