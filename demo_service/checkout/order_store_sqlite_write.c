/* Order store on SQLite: the transactions that change an order. */
#include "checkout/order_store_sqlite.h"

#include "shared/database.h"

#include <stdio.h>
#include <string.h>

/* What an earlier request with the same key has left. */
static int find_by_key(struct order_store_sqlite *self, const struct order_claim *claim,
                       struct order_claimed *ret_claimed, bool *ret_found)
{
    sqlite3_stmt *statement = self->statements[ORDER_BY_KEY];

    *ret_found = false;
    if (claim->key == NULL) {
        return SQLITE_OK;
    }
    order_statement_bind(statement, 1, claim->key);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        char fingerprint[ORDER_HASH_BYTES];
        char status[ORDER_STATUS_BYTES];
        *ret_found = true;
        database_copy_text(statement, 0, ret_claimed->order_id, sizeof(ret_claimed->order_id));
        database_copy_text(statement, 1, fingerprint, sizeof(fingerprint));
        database_copy_text(statement, 2, status, sizeof(status));
        ret_claimed->status = sqlite3_column_int(statement, 3);
        database_copy_text(statement, 4, ret_claimed->answer, sizeof(ret_claimed->answer));
        if (strcmp(fingerprint, claim->fingerprint) != 0) {
            ret_claimed->outcome = ORDER_KEY_REUSED;
        } else if (strcmp(status, ORDER_PENDING) != 0) {
            ret_claimed->outcome = ORDER_ANSWERED;
        } else if (sqlite3_column_int64(statement, 5) > database_now_ms()) {
            ret_claimed->outcome = ORDER_IN_PROGRESS;
        } else {
            ret_claimed->outcome = ORDER_TAKEN_OVER;
        }
    }
    (void)sqlite3_reset(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int take_over(struct order_store_sqlite *self, const struct order_claim *claim,
                     const char *order_id)
{
    sqlite3_stmt *statement = self->statements[ORDER_TAKE_OVER];

    order_statement_bind(statement, 1, order_id);
    order_statement_bind(statement, 2, claim->owner);
    (void)sqlite3_bind_int64(statement, 3, database_now_ms() + claim->lease_ms);
    return database_run(statement);
}

static int insert_order(struct order_store_sqlite *self, const struct order_claim *claim)
{
    sqlite3_stmt *statement = self->statements[ORDER_INSERT];
    int64_t now_ms = database_now_ms();

    order_statement_bind(statement, 1, claim->order_id);
    order_statement_bind(statement, 2, claim->user_id);
    order_statement_bind(statement, 3, claim->request_id);
    (void)sqlite3_bind_int64(statement, 4, now_ms);
    order_statement_bind(statement, 5, claim->owner);
    (void)sqlite3_bind_int64(statement, 6, now_ms + claim->lease_ms);
    order_statement_bind(statement, 7, claim->key);
    order_statement_bind(statement, 8, claim->fingerprint);
    return database_run(statement);
}

static int reserve_item(struct order_store_sqlite *self, const struct order_claim *claim,
                        size_t line, bool *ret_reserved)
{
    const struct order_item *item = &claim->items[line];
    sqlite3_stmt *add = self->statements[STOCK_ADD];
    sqlite3_stmt *take = self->statements[STOCK_TAKE];
    sqlite3_stmt *insert = self->statements[ORDER_ITEM_INSERT];

    order_statement_bind(add, 1, item->sku);
    (void)sqlite3_bind_int(add, 2, ORDER_STOCK_INITIAL);
    int code = database_run(add);
    if (code == SQLITE_OK) {
        order_statement_bind(take, 1, item->sku);
        (void)sqlite3_bind_int64(take, 2, item->quantity);
        code = database_run(take);
    }
    *ret_reserved = sqlite3_changes(self->database) == 1;
    if (code != SQLITE_OK || !*ret_reserved) {
        return code;
    }
    order_statement_bind(insert, 1, claim->order_id);
    (void)sqlite3_bind_int64(insert, 2, (sqlite3_int64)line);
    order_statement_bind(insert, 3, item->sku);
    (void)sqlite3_bind_int64(insert, 4, item->quantity);
    return database_run(insert);
}

static int insert_claim(struct order_store_sqlite *self, const struct order_claim *claim,
                        struct order_claimed *ret_claimed)
{
    int code = insert_order(self, claim);

    ret_claimed->outcome = ORDER_CLAIMED;
    (void)snprintf(ret_claimed->order_id, sizeof(ret_claimed->order_id), "%s", claim->order_id);
    for (size_t i = 0; i < claim->item_count && code == SQLITE_OK; i++) {
        bool reserved = false;
        code = reserve_item(self, claim, i, &reserved);
        if (code == SQLITE_OK && !reserved) {
            ret_claimed->outcome = ORDER_OUT_OF_STOCK;
            (void)snprintf(ret_claimed->sku, sizeof(ret_claimed->sku), "%s", claim->items[i].sku);
            /* Rolls back what was written so far; the outcome is the caller's. */
            return SQLITE_ABORT;
        }
    }
    return code;
}

enum store_status order_sqlite_claim(struct order_store *store, const struct order_claim *claim,
                                     struct order_claimed *ret_claimed)
{
    struct order_store_sqlite *self = (struct order_store_sqlite *)store;
    struct order_claimed claimed = {.outcome = ORDER_CLAIMED};
    bool found = false;

    (void)pthread_mutex_lock(&self->mutex);
    int code = database_begin(self->database);
    if (code == SQLITE_OK) {
        code = find_by_key(self, claim, &claimed, &found);
        if (code == SQLITE_OK && !found) {
            code = insert_claim(self, claim, &claimed);
        } else if (code == SQLITE_OK && claimed.outcome == ORDER_TAKEN_OVER) {
            code = take_over(self, claim, claimed.order_id);
        }
        code = database_end(self->database, code);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    if (code != SQLITE_OK && claimed.outcome != ORDER_OUT_OF_STOCK) {
        return order_store_status(code);
    }
    *ret_claimed = claimed;
    return STORE_OK;
}

static int insert_job(struct order_store_sqlite *self, const struct order_settlement *settlement)
{
    const struct order_job *job = settlement->job;
    sqlite3_stmt *statement = self->statements[OUTBOX_INSERT];
    size_t size = 0;

    if (trail_envelope_to_json(&job->envelope, self->envelope, sizeof(self->envelope), &size) !=
        TRAIL_OK) {
        return SQLITE_TOOBIG;
    }
    order_statement_bind(statement, 1, job->envelope.job_id);
    (void)sqlite3_bind_int64(statement, 2, database_now_ms() + settlement->relay_after_ms);
    (void)sqlite3_bind_text(statement, 3, self->envelope, (int)size, SQLITE_STATIC);
    (void)sqlite3_bind_blob(statement, 4, job->payload, (int)job->payload_size, SQLITE_STATIC);
    int code = database_run(statement);
    (void)sqlite3_clear_bindings(statement);
    return code;
}

static int write_settlement(struct order_store_sqlite *self,
                            const struct order_settlement *settlement, bool *ret_lost)
{
    sqlite3_stmt *statement = self->statements[ORDER_SETTLE];

    order_statement_bind(statement, 1, settlement->order_id);
    order_statement_bind(statement, 2, settlement->owner);
    order_statement_bind(statement, 3, settlement->status);
    order_statement_bind(statement, 4, settlement->reason);
    (void)sqlite3_bind_int(statement, 5, settlement->http_status);
    order_statement_bind(statement, 6, settlement->answer);
    int code = database_run(statement);
    *ret_lost = code == SQLITE_OK && sqlite3_changes(self->database) == 0;
    if (*ret_lost) {
        return SQLITE_ABORT;
    }
    if (code == SQLITE_OK && strcmp(settlement->status, ORDER_CONFIRMED) != 0) {
        order_statement_bind(self->statements[STOCK_GIVE_BACK], 1, settlement->order_id);
        code = database_run(self->statements[STOCK_GIVE_BACK]);
    }
    if (code == SQLITE_OK && settlement->job != NULL) {
        code = insert_job(self, settlement);
    }
    return code;
}

enum store_status order_sqlite_settle(struct order_store *store,
                                      const struct order_settlement *settlement)
{
    struct order_store_sqlite *self = (struct order_store_sqlite *)store;
    bool lost = false;

    (void)pthread_mutex_lock(&self->mutex);
    int code = database_begin(self->database);
    if (code == SQLITE_OK) {
        code = database_end(self->database, write_settlement(self, settlement, &lost));
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return lost ? STORE_LOST : order_store_status(code);
}

enum store_status order_sqlite_outbox_next(struct order_store *store, struct order_job *ret_job)
{
    struct order_store_sqlite *self = (struct order_store_sqlite *)store;
    sqlite3_stmt *statement = self->statements[OUTBOX_NEXT];

    (void)pthread_mutex_lock(&self->mutex);
    (void)sqlite3_bind_int64(statement, 1, database_now_ms());
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const char *envelope = (const char *)sqlite3_column_text(statement, 1);
        size_t size = (size_t)sqlite3_column_bytes(statement, 2);
        (void)!trail_envelope_from_json(&ret_job->envelope, envelope != NULL ? envelope : "",
                                        (size_t)sqlite3_column_bytes(statement, 1));
        database_copy_text(statement, 0, ret_job->envelope.job_id,
                           sizeof(ret_job->envelope.job_id));
        ret_job->payload_size = size < ORDER_JOB_MAX ? size : ORDER_JOB_MAX;
        memcpy(ret_job->payload, sqlite3_column_blob(statement, 2), ret_job->payload_size);
    }
    (void)sqlite3_reset(statement);
    (void)pthread_mutex_unlock(&self->mutex);
    return code == SQLITE_DONE ? STORE_NOT_FOUND : order_store_status(code);
}

enum store_status order_sqlite_outbox_done(struct order_store *store, const char *job_id)
{
    struct order_store_sqlite *self = (struct order_store_sqlite *)store;
    sqlite3_stmt *statement = self->statements[OUTBOX_DELETE];

    (void)pthread_mutex_lock(&self->mutex);
    order_statement_bind(statement, 1, job_id);
    int code = database_run(statement);
    (void)pthread_mutex_unlock(&self->mutex);
    return order_store_status(code);
}
