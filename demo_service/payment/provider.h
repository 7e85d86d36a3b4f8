/* The payment provider, as this demonstration imagines it: the token chooses what it does. */
#ifndef DEMO_PROVIDER_H
#define DEMO_PROVIDER_H

enum provider_outcome {
    PROVIDER_AUTHORIZED,
    PROVIDER_DECLINED,
    PROVIDER_TIMEOUT,  /* it did not answer within its time */
    PROVIDER_ERROR,    /* it answered that it can't */
    PROVIDER_NONSENSE, /* it answered what no one expects: payment-service's own exception */
};

struct provider_charge {
    const char *token;
    unsigned tries;      /* how often this order was charged, this one included */
    unsigned timeout_ms; /* how long the provider may take */
};

/* Charges: tok_declined, tok_timeout, tok_error, tok_crash do what their names say, tok_flaky is an
 * error at the first try; every other token pays. Takes up to timeout_ms. Any thread. */
enum provider_outcome provider_charge(const struct provider_charge *charge);

#endif
