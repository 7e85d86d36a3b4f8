/* The endpoint of payment-service. */
#ifndef DEMO_PAYMENTS_H
#define DEMO_PAYMENTS_H

#include "payment/payment_store.h"

#include <trail/civetweb.h>

struct payments {
    struct payment_store *store;
    unsigned provider_timeout_ms;
};

/* POST /payments {"orderId","token"}: 200 {"paymentId","status"}, 402 payment_declined, 504
 * provider_timeout, 502 provider_error, 500 internal. app is a struct payments. */
int payments_handle(struct mg_connection *conn, void *app);

#endif
