/* What checkout-api asks of the database that holds its orders. An engine is one struct
 * order_store_ops; order_store_open() chooses it by the URL. A job that an order causes is stored
 * in the order's own transaction, in the outbox, and moved to the queue from there: an order is
 * never confirmed without its mail, nor a mail sent for an order that is not. */
#ifndef DEMO_ORDER_STORE_H
#define DEMO_ORDER_STORE_H

#include <trail/job.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORDER_ID_BYTES      37 /* a UUID and its terminator */
#define ORDER_OWNER_BYTES   37
#define ORDER_USER_MAX      64
#define ORDER_SKU_MAX       64
#define ORDER_ITEMS_MAX     50
#define ORDER_KEY_MAX       255
#define ORDER_HASH_BYTES    37 /* a UUID of version 5, and its terminator */
#define ORDER_ANSWER_MAX    1024
#define ORDER_STATUS_BYTES  24
#define ORDER_JOB_MAX       8192
#define ORDER_STOCK_INITIAL 1000000 /* units of an SKU when it is first ordered */

/* What becomes of an order. */
#define ORDER_PENDING        "pending"
#define ORDER_CONFIRMED      "confirmed"
#define ORDER_PAYMENT_FAILED "payment_failed"

enum store_status {
    STORE_OK = 0,
    STORE_NOT_FOUND,
    STORE_LOST,        /* the order is another's by now: nothing was changed */
    STORE_UNAVAILABLE, /* locked, or the server is away: the same call may succeed later */
    STORE_BROKEN,      /* can't be used as it stands */
};

struct order_item {
    char sku[ORDER_SKU_MAX + 1];
    unsigned quantity;
};

/* A request to place an order. All texts are borrowed until the call returns. */
struct order_claim {
    const char *order_id; /* for the case that it is new */
    const char *owner;    /* a UUID of this try: what settles the order must name it */
    const char *user_id;
    const char *request_id;
    const struct order_item *items;
    size_t item_count;
    const char *key;         /* Idempotency-Key; NULL: none */
    const char *fingerprint; /* of the request's body, to tell a retry from another order */
    int64_t lease_ms;        /* how long no other try may take the order over */
};

enum order_claim_outcome {
    ORDER_CLAIMED,      /* pending, ours; stock is reserved */
    ORDER_TAKEN_OVER,   /* as before, but begun by a try that died: order_id is that one's */
    ORDER_ANSWERED,     /* settled before: status and answer are what was sent then */
    ORDER_IN_PROGRESS,  /* another try has it now */
    ORDER_KEY_REUSED,   /* the key belongs to a request with another fingerprint */
    ORDER_OUT_OF_STOCK, /* sku names it; nothing was stored */
};

struct order_claimed {
    enum order_claim_outcome outcome;
    char order_id[ORDER_ID_BYTES];
    char sku[ORDER_SKU_MAX + 1];
    int status;
    char answer[ORDER_ANSWER_MAX];
};

/* A job that waits in the outbox. */
struct order_job {
    struct trail_envelope envelope;
    char payload[ORDER_JOB_MAX];
    size_t payload_size;
};

/* The end of an order. Texts are borrowed until the call returns. */
struct order_settlement {
    const char *order_id;
    const char *owner;
    const char *status; /* ORDER_CONFIRMED or ORDER_PAYMENT_FAILED; the latter frees the stock */
    const char *reason; /* of the failure; NULL: none */
    int http_status;    /* what is sent, and sent again for a retry */
    const char *answer;
    const struct order_job *job; /* stored in the same transaction; NULL: none */
    int64_t relay_after_ms;      /* for so long the job is left to the request's own thread */
};

struct order_view {
    char order_id[ORDER_ID_BYTES];
    char user_id[ORDER_USER_MAX + 1];
    char status[ORDER_STATUS_BYTES];
    char reason[ORDER_STATUS_BYTES]; /* "": none */
    char request_id[TRAIL_REQUEST_ID_MAX + 1];
    int64_t created_at_ms;
    size_t item_count;
    struct order_item items[ORDER_ITEMS_MAX];
};

/* Called once for each order; the view is borrowed until it returns. */
typedef void order_view_fn(void *context, const struct order_view *order);

struct order_store;

/* Any thread; an engine serialises or pools by itself. Each call is one transaction: done, or
 * without effect. */
struct order_store_ops {
    enum store_status (*claim)(struct order_store *store, const struct order_claim *claim,
                               struct order_claimed *ret_claimed);
    /* STORE_LOST: the lease lapsed and another try has the order. */
    enum store_status (*settle)(struct order_store *store,
                                const struct order_settlement *settlement);
    enum store_status (*get)(struct order_store *store, const char *order_id,
                             struct order_view *ret_order);
    /* The newest orders first, without their items, at most limit. */
    enum store_status (*list)(struct order_store *store, size_t limit, order_view_fn *each,
                              void *context);
    /* The oldest job whose time for the relay has come; STORE_NOT_FOUND: none. It stays. */
    enum store_status (*outbox_next)(struct order_store *store, struct order_job *ret_job);
    /* The queue has the job: forget it. */
    enum store_status (*outbox_done)(struct order_store *store, const char *job_id);
    enum store_status (*ping)(struct order_store *store);
    void (*close)(struct order_store *store);
};

/* The head of each engine's own struct. */
struct order_store {
    const struct order_store_ops *ops;
};

struct order_store_settings {
    const char *url;   /* sqlite:PATH or postgresql://…; borrowed until the open returns */
    unsigned busy_ms;  /* how long one call waits for a lock or the server */
    bool sql_comments; /* SQL bears the request's context, for a server's own logs */
};

/* Opens the store that the URL names. On failure error holds a sentence that names it and why.
 * ret_store is owned by the caller. */
enum store_status order_store_open(const struct order_store_settings *settings,
                                   struct order_store **ret_store, char *error, size_t error_size);

/* NULL is allowed. */
void order_store_close(struct order_store *store);

/* A word for events: ok, not_found, order_lost, store_unavailable, store_broken. */
const char *store_status_code(enum store_status status);

/* Engines. */
enum store_status order_store_sqlite_open(const struct order_store_settings *settings,
                                          const char *path, struct order_store **ret_store,
                                          char *error, size_t error_size);
enum store_status order_store_postgresql_open(const struct order_store_settings *settings,
                                              struct order_store **ret_store, char *error,
                                              size_t error_size);

#endif
