/* What payment-service remembers of each order, so that a call that is repeated, for whatever
 * reason, never charges twice. */
#ifndef DEMO_PAYMENT_STORE_H
#define DEMO_PAYMENT_STORE_H

#include <stdbool.h>
#include <stddef.h>

#define PAYMENT_ID_BYTES      37
#define PAYMENT_OUTCOME_BYTES 24

struct payment {
    char payment_id[PAYMENT_ID_BYTES];
    char outcome[PAYMENT_OUTCOME_BYTES]; /* "": not settled: it may be tried again */
    unsigned tries;                      /* this one included */
};

struct payment_store;

/* Opens or creates the store. False: error names the file and why. */
bool payment_store_open(const char *path, struct payment_store **ret_store, char *error,
                        size_t error_size);
void payment_store_close(struct payment_store *store);

/* One who works on an order. Caller's memory, which must not move until it has left. */
struct payment_turn {
    const char *order_id; /* borrowed until then */
    struct payment_turn *next;
};

/* Waits until nobody works on the order, and begins to: what the provider says of one try is known
 * before the next. Ends by payment_store_leave(). Any thread. */
void payment_store_enter(struct payment_store *store, const char *order_id,
                         struct payment_turn *ret_turn);
void payment_store_leave(struct payment_store *store, struct payment_turn *turn);

/* Counts a try for the order and returns what is known. Any thread. */
bool payment_store_try(struct payment_store *store, const char *order_id,
                       struct payment *ret_payment);

/* Settles it: "authorized" or "declined" stand for good. Any thread. */
bool payment_store_settle(struct payment_store *store, const char *order_id, const char *outcome);

bool payment_store_ping(struct payment_store *store);

#endif
