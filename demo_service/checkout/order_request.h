/* An order as a client asks for it. */
#ifndef DEMO_ORDER_REQUEST_H
#define DEMO_ORDER_REQUEST_H

#include "checkout/order_store.h"
#include "shared/body.h"

#define ORDER_TOKEN_MAX    64
#define ORDER_QUANTITY_MAX 1000

/* Texts are borrowed until the object that it was read from is deleted. */
struct order_request {
    const char *user_id;
    const char *token; /* a secret */
    struct order_item items[ORDER_ITEMS_MAX];
    size_t item_count;
};

/* Checks every field. False: problem names the first that is not as it must be. */
bool order_request_read(const cJSON *object, struct order_request *ret_request,
                        struct body_problem *problem);

/* What tells a retry from another order: equal for equal requests, whatever their layout. Can't be
 * turned back into the token. */
void order_request_fingerprint(const struct order_request *request,
                               char ret_text[ORDER_HASH_BYTES]);

#endif
