/* checkout-api: taking an order from the request to the mail. */
#ifndef DEMO_CHECKOUT_H
#define DEMO_CHECKOUT_H

#include "checkout/order_request.h"
#include "checkout/order_store.h"
#include "checkout/payment_client.h"
#include "checkout/publisher.h"

#include <trail/civetweb.h>

struct accounts;

struct checkout {
    struct accounts *accounts;
    struct order_store *store;
    struct queue *queue;
    struct publisher publisher;
    struct payment_client payment;
    unsigned lease_ms; /* how long a try may take before another may take the order over */
    unsigned relay_ms; /* how long a job is left to the thread of its request */
};

/* POST /orders, GET /orders/ID. app is a struct checkout. */
int orders_handle(struct mg_connection *conn, void *app);

/* POST /sessions, POST /password-resets, GET /admin/orders. app is a struct checkout. */
int sessions_handle(struct mg_connection *conn, void *app);
int password_resets_handle(struct mg_connection *conn, void *app);
int admin_orders_handle(struct mg_connection *conn, void *app);

/* Places an order that was read and checked, and answers. key: Idempotency-Key; NULL: none. */
int checkout_place(struct mg_connection *conn, struct checkout *self,
                   const struct order_request *request, const char *key);

/* The status word of what the store could not do, as an answer. */
int checkout_reply_store(struct mg_connection *conn, enum store_status status);

#endif
