/* Asking payment-service for the money. */
#ifndef DEMO_PAYMENT_CLIENT_H
#define DEMO_PAYMENT_CLIENT_H

struct payment_client {
    const char *base_url;
    unsigned timeout_ms; /* for each of at most two attempts */
};

struct payment_result {
    const char *reason; /* NULL: paid; else declined, provider_timeout, provider_error, internal */
    int status;         /* what the client is answered then */
    const char *error_code; /* likewise */
};

/* Charges an order, once, however often it is called: payment-service knows the order. A provider
 * error and a connection that failed are tried a second time. Logs payment_failed where
 * payment-service could not. */
void payment_charge(const struct payment_client *self, const char *order_id, const char *token,
                    struct payment_result *ret_result);

#endif
