/* Order store on PostgreSQL: the transactions that change an order. Rows of stock are locked in the
 * order of their SKU, so that two orders never wait for each other. */
#include "checkout/order_store_postgresql.h"

#include "shared/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A transaction under way. */
struct work {
    struct order_store_postgresql *self;
    struct order_session *session;
};

static enum store_status run(const struct work *work, const struct order_query *query,
                             size_t *ret_count)
{
    return order_session_run(work->self, work->session, query, NULL, ret_count);
}

static bool begin(struct order_store *store, struct work *ret_work)
{
    ret_work->self = (struct order_store_postgresql *)store;
    ret_work->session = order_session_take(ret_work->self);
    if (ret_work->session == NULL) {
        return false;
    }
    if (order_session_begin(ret_work->self, ret_work->session) != STORE_OK) {
        order_session_give_back(ret_work->self, ret_work->session);
        return false;
    }
    return true;
}

static enum store_status end(const struct work *work, enum store_status status)
{
    status = order_session_end(work->self, work->session, status);
    order_session_give_back(work->self, work->session);
    return status;
}

static void read_earlier(const PGresult *rows, const struct order_claim *claim,
                         struct order_claimed *ret_claimed)
{
    char fingerprint[ORDER_HASH_BYTES];
    char status[ORDER_STATUS_BYTES];

    order_row_copy(rows, 0, 0, ret_claimed->order_id, sizeof(ret_claimed->order_id));
    order_row_copy(rows, 0, 1, fingerprint, sizeof(fingerprint));
    order_row_copy(rows, 0, 2, status, sizeof(status));
    ret_claimed->status = (int)order_row_number(rows, 0, 3);
    order_row_copy(rows, 0, 4, ret_claimed->answer, sizeof(ret_claimed->answer));
    if (strcmp(fingerprint, claim->fingerprint) != 0) {
        ret_claimed->outcome = ORDER_KEY_REUSED;
    } else if (strcmp(status, ORDER_PENDING) != 0) {
        ret_claimed->outcome = ORDER_ANSWERED;
    } else if (order_row_number(rows, 0, 5) > database_now_ms()) {
        ret_claimed->outcome = ORDER_IN_PROGRESS;
    } else {
        ret_claimed->outcome = ORDER_TAKEN_OVER;
    }
}

/* What an earlier request with the same key has left. */
static enum store_status find_by_key(const struct work *work, const struct order_claim *claim,
                                     struct order_claimed *ret_claimed, bool *ret_found)
{
    PGresult *rows = NULL;

    *ret_found = false;
    if (claim->key == NULL) {
        return STORE_OK;
    }
    enum store_status status = order_session_run(
        work->self, work->session,
        &(struct order_query){
            .sql = "SELECT order_id, fingerprint, status, http_status, answer, lease_ms"
                   " FROM orders WHERE key = $1 FOR UPDATE",
            .value_count = 1,
            .values = {order_value_text(claim->key)}},
        &rows, NULL);
    if (status == STORE_OK && PQntuples(rows) > 0) {
        *ret_found = true;
        read_earlier(rows, claim, ret_claimed);
    }
    PQclear(rows);
    return status;
}

static enum store_status take_over(const struct work *work, const struct order_claim *claim,
                                   const char *order_id)
{
    return run(
        work,
        &(struct order_query){.sql = "UPDATE orders SET owner = $2, lease_ms = $3"
                                     " WHERE order_id = $1 AND status = 'pending'",
                              .value_count = 3,
                              .values = {order_value_text(order_id), order_value_text(claim->owner),
                                         order_value_number(database_now_ms() + claim->lease_ms)}},
        NULL);
}

/* False in *ret_inserted: another request with the same key was faster, and is visible now. */
static enum store_status insert_order(const struct work *work, const struct order_claim *claim,
                                      bool *ret_inserted)
{
    int64_t now_ms = database_now_ms();
    size_t count = 0;
    enum store_status status = run(
        work,
        &(struct order_query){
            .sql = "INSERT INTO orders (order_id, user_id, status, request_id, created_ms,"
                   " owner, lease_ms, key, fingerprint)"
                   " VALUES ($1, $2, 'pending', $3, $4, $5, $6, $7, $8)"
                   " ON CONFLICT (key) DO NOTHING",
            .value_count = 8,
            .values = {order_value_text(claim->order_id), order_value_text(claim->user_id),
                       order_value_text(claim->request_id), order_value_number(now_ms),
                       order_value_text(claim->owner), order_value_number(now_ms + claim->lease_ms),
                       order_value_text(claim->key), order_value_text(claim->fingerprint)}},
        &count);

    *ret_inserted = count == 1;
    return status;
}

static enum store_status reserve_item(const struct work *work, const struct order_claim *claim,
                                      const struct order_item *item, bool *ret_reserved)
{
    struct order_value sku = order_value_text(item->sku);
    size_t count = 0;
    enum store_status status =
        run(work,
            &(struct order_query){.sql = "INSERT INTO stock (sku, available) VALUES ($1, $2)"
                                         " ON CONFLICT (sku) DO NOTHING",
                                  .value_count = 2,
                                  .values = {sku, order_value_number(ORDER_STOCK_INITIAL)}},
            NULL);

    if (status == STORE_OK) {
        status = run(work,
                     &(struct order_query){.sql = "UPDATE stock SET available = available - $2"
                                                  " WHERE sku = $1 AND available >= $2",
                                           .value_count = 2,
                                           .values = {sku, order_value_number(item->quantity)}},
                     &count);
    }
    *ret_reserved = count == 1;
    if (status != STORE_OK || !*ret_reserved) {
        return status;
    }
    return run(work,
               &(struct order_query){.sql =
                                         "INSERT INTO order_items (order_id, line, sku, quantity)"
                                         " VALUES ($1, $2, $3, $4)",
                                     .value_count = 4,
                                     .values = {order_value_text(claim->order_id),
                                                order_value_number(item - claim->items), sku,
                                                order_value_number(item->quantity)}},
               NULL);
}

static int compare_skus(const void *left, const void *right)
{
    const struct order_item *const *a = left;
    const struct order_item *const *b = right;

    return strcmp((*a)->sku, (*b)->sku);
}

/* STORE_LOST rolls back what was reserved so far; the outcome is the caller's. */
static enum store_status reserve_items(const struct work *work, const struct order_claim *claim,
                                       struct order_claimed *ret_claimed)
{
    const struct order_item *items[ORDER_ITEMS_MAX];
    enum store_status status = STORE_OK;

    for (size_t i = 0; i < claim->item_count; i++) {
        items[i] = &claim->items[i];
    }
    qsort(items, claim->item_count, sizeof(void *), compare_skus);
    for (size_t i = 0; i < claim->item_count && status == STORE_OK; i++) {
        bool reserved = false;
        status = reserve_item(work, claim, items[i], &reserved);
        if (status == STORE_OK && !reserved) {
            ret_claimed->outcome = ORDER_OUT_OF_STOCK;
            (void)snprintf(ret_claimed->sku, sizeof(ret_claimed->sku), "%s", items[i]->sku);
            status = STORE_LOST;
        }
    }
    return status;
}

static enum store_status write_claim(const struct work *work, const struct order_claim *claim,
                                     struct order_claimed *ret_claimed)
{
    bool found = false;
    bool inserted = false;
    enum store_status status = find_by_key(work, claim, ret_claimed, &found);

    if (status == STORE_OK && !found) {
        status = insert_order(work, claim, &inserted);
    }
    if (status == STORE_OK && !found && !inserted) {
        status = find_by_key(work, claim, ret_claimed, &found);
    }
    if (status == STORE_OK && inserted) {
        ret_claimed->outcome = ORDER_CLAIMED;
        (void)snprintf(ret_claimed->order_id, sizeof(ret_claimed->order_id), "%s", claim->order_id);
        return reserve_items(work, claim, ret_claimed);
    }
    if (status == STORE_OK && ret_claimed->outcome == ORDER_TAKEN_OVER) {
        status = take_over(work, claim, ret_claimed->order_id);
    }
    return status;
}

enum store_status order_postgresql_claim(struct order_store *store, const struct order_claim *claim,
                                         struct order_claimed *ret_claimed)
{
    struct order_claimed claimed = {.outcome = ORDER_CLAIMED};
    struct work work;

    if (!begin(store, &work)) {
        return STORE_UNAVAILABLE;
    }
    enum store_status status = end(&work, write_claim(&work, claim, &claimed));
    if (status == STORE_OK || claimed.outcome == ORDER_OUT_OF_STOCK) {
        *ret_claimed = claimed;
        return STORE_OK;
    }
    return status;
}

static enum store_status insert_job(const struct work *work,
                                    const struct order_settlement *settlement)
{
    const struct order_job *job = settlement->job;
    char envelope[TRAIL_ENVELOPE_JSON_MAX];
    size_t size = 0;

    if (trail_envelope_to_json(&job->envelope, envelope, sizeof(envelope), &size) != TRAIL_OK) {
        return STORE_BROKEN;
    }
    return run(work,
               &(struct order_query){
                   .sql = "INSERT INTO outbox (job_id, relay_ms, envelope, payload)"
                          " VALUES ($1, $2, $3, $4)",
                   .value_count = 4,
                   .values = {order_value_text(job->envelope.job_id),
                              order_value_number(database_now_ms() + settlement->relay_after_ms),
                              order_value_text(envelope),
                              order_value_bytes(job->payload, job->payload_size)}},
               NULL);
}

static enum store_status give_stock_back(const struct work *work, const char *order_id)
{
    return run(work,
               &(struct order_query){
                   .sql = "WITH wanted AS (SELECT sku, sum(quantity) AS quantity FROM order_items"
                          "   WHERE order_id = $1 GROUP BY sku),"
                          " locked AS (SELECT sku FROM stock WHERE sku IN (SELECT sku FROM wanted)"
                          "   ORDER BY sku FOR UPDATE)"
                          " UPDATE stock SET available = available + wanted.quantity"
                          " FROM wanted JOIN locked USING (sku) WHERE stock.sku = wanted.sku",
                   .value_count = 1,
                   .values = {order_value_text(order_id)}},
               NULL);
}

static enum store_status write_settlement(const struct work *work,
                                          const struct order_settlement *settlement)
{
    size_t count = 0;
    enum store_status status = run(
        work,
        &(struct order_query){
            .sql = "UPDATE orders SET status = $3, reason = $4, http_status = $5, answer = $6,"
                   " owner = NULL, lease_ms = NULL"
                   " WHERE order_id = $1 AND owner = $2 AND status = 'pending'",
            .value_count = 6,
            .values = {order_value_text(settlement->order_id), order_value_text(settlement->owner),
                       order_value_text(settlement->status), order_value_text(settlement->reason),
                       order_value_number(settlement->http_status),
                       order_value_text(settlement->answer)}},
        &count);

    if (status == STORE_OK && count == 0) {
        return STORE_LOST;
    }
    if (status == STORE_OK && strcmp(settlement->status, ORDER_CONFIRMED) != 0) {
        status = give_stock_back(work, settlement->order_id);
    }
    if (status == STORE_OK && settlement->job != NULL) {
        status = insert_job(work, settlement);
    }
    return status;
}

enum store_status order_postgresql_settle(struct order_store *store,
                                          const struct order_settlement *settlement)
{
    struct work work;

    return begin(store, &work) ? end(&work, write_settlement(&work, settlement))
                               : STORE_UNAVAILABLE;
}

static void read_job(const PGresult *rows, struct order_job *ret_job)
{
    size_t size = (size_t)PQgetlength(rows, 0, 2);

    (void)!trail_envelope_from_json(&ret_job->envelope, PQgetvalue(rows, 0, 1),
                                    (size_t)PQgetlength(rows, 0, 1));
    (void)snprintf(ret_job->envelope.job_id, sizeof(ret_job->envelope.job_id), "%.*s",
                   PQgetlength(rows, 0, 0), PQgetvalue(rows, 0, 0));
    ret_job->payload_size = size < ORDER_JOB_MAX ? size : ORDER_JOB_MAX;
    memcpy(ret_job->payload, PQgetvalue(rows, 0, 2), ret_job->payload_size);
}

enum store_status order_postgresql_outbox_next(struct order_store *store, struct order_job *ret_job)
{
    struct work work;
    PGresult *rows = NULL;

    if (!begin(store, &work)) {
        return STORE_UNAVAILABLE;
    }
    enum store_status status = order_session_run(
        work.self, work.session,
        &(struct order_query){.sql = "SELECT job_id, envelope, payload FROM outbox"
                                     " WHERE relay_ms <= $1 ORDER BY relay_ms LIMIT 1",
                              .value_count = 1,
                              .values = {order_value_number(database_now_ms())},
                              .binary_rows = true},
        &rows, NULL);
    if (status == STORE_OK && PQntuples(rows) == 0) {
        status = STORE_NOT_FOUND;
    } else if (status == STORE_OK) {
        read_job(rows, ret_job);
    }
    PQclear(rows);
    return end(&work, status);
}

enum store_status order_postgresql_outbox_done(struct order_store *store, const char *job_id)
{
    struct work work;

    if (!begin(store, &work)) {
        return STORE_UNAVAILABLE;
    }
    return end(&work, run(&work,
                          &(struct order_query){.sql = "DELETE FROM outbox WHERE job_id = $1",
                                                .value_count = 1,
                                                .values = {order_value_text(job_id)}},
                          NULL));
}
