/* Payment store: one row for each order, on SQLite. */
#include "payment/payment_store.h"

#include "shared/database.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

enum statement { TRY, SETTLE, PING, STATEMENTS_ };

static const char schema[] = "CREATE TABLE IF NOT EXISTS payments ("
                             "  order_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL, outcome TEXT,"
                             "  tries INTEGER NOT NULL) WITHOUT ROWID;";

static const char *const sql[STATEMENTS_] = {
    [TRY] = "INSERT INTO payments (order_id, payment_id, tries) VALUES (?1, ?2, 1)"
            " ON CONFLICT (order_id) DO UPDATE SET tries = tries + 1"
            " RETURNING payment_id, outcome, tries",
    [SETTLE] = "UPDATE payments SET outcome = ?2 WHERE order_id = ?1 AND outcome IS NULL",
    [PING] = "SELECT 1 FROM payments LIMIT 1",
};

struct payment_store {
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t left;   /* a turn has ended */
    struct payment_turn *turns;
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENTS_];
};

bool payment_store_open(const char *path, struct payment_store **ret_store, char *error,
                        size_t error_size)
{
    struct payment_store *store = calloc(1, sizeof(*store));

    if (store == NULL) {
        (void)snprintf(error, error_size, "no memory");
        return false;
    }
    (void)pthread_mutex_init(&store->mutex, NULL);
    (void)pthread_cond_init(&store->left, NULL);
    int code =
        database_open(&(struct database_options){.path = path, .schema = schema, .busy_ms = 2000},
                      &store->database, error, error_size);
    for (int i = 0; i < STATEMENTS_ && code == SQLITE_OK; i++) {
        code = database_prepare(store->database, sql[i], &store->statements[i]);
        if (code != SQLITE_OK) {
            (void)snprintf(error, error_size, "can't use %s for payments: %s", path,
                           sqlite3_errmsg(store->database));
        }
    }
    if (code != SQLITE_OK) {
        payment_store_close(store);
        return false;
    }
    *ret_store = store;
    return true;
}

void payment_store_close(struct payment_store *store)
{
    if (store == NULL) {
        return;
    }
    for (int i = 0; i < STATEMENTS_; i++) {
        (void)sqlite3_finalize(store->statements[i]);
    }
    (void)sqlite3_close(store->database);
    (void)pthread_cond_destroy(&store->left);
    (void)pthread_mutex_destroy(&store->mutex);
    free(store);
}

/* With the mutex. */
static bool is_under_way(const struct payment_store *store, const char *order_id)
{
    for (const struct payment_turn *turn = store->turns; turn != NULL; turn = turn->next) {
        if (strcmp(turn->order_id, order_id) == 0) {
            return true;
        }
    }
    return false;
}

void payment_store_enter(struct payment_store *store, const char *order_id,
                         struct payment_turn *ret_turn)
{
    (void)pthread_mutex_lock(&store->mutex);
    while (is_under_way(store, order_id)) {
        (void)pthread_cond_wait(&store->left, &store->mutex);
    }
    *ret_turn = (struct payment_turn){order_id, store->turns};
    store->turns = ret_turn;
    (void)pthread_mutex_unlock(&store->mutex);
}

void payment_store_leave(struct payment_store *store, struct payment_turn *turn)
{
    (void)pthread_mutex_lock(&store->mutex);
    struct payment_turn **link = &store->turns;
    while (*link != turn) {
        link = &(*link)->next;
    }
    *link = turn->next;
    (void)pthread_cond_broadcast(&store->left);
    (void)pthread_mutex_unlock(&store->mutex);
}

bool payment_store_try(struct payment_store *store, const char *order_id,
                       struct payment *ret_payment)
{
    sqlite3_stmt *statement = store->statements[TRY];
    char payment_id[PAYMENT_ID_BYTES];
    uuid_t uuid;

    uuid_generate_random(uuid);
    uuid_unparse_lower(uuid, payment_id);
    (void)pthread_mutex_lock(&store->mutex);
    (void)sqlite3_bind_text(statement, 1, order_id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 2, payment_id, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        database_copy_text(statement, 0, ret_payment->payment_id, sizeof(ret_payment->payment_id));
        database_copy_text(statement, 1, ret_payment->outcome, sizeof(ret_payment->outcome));
        ret_payment->tries = (unsigned)sqlite3_column_int(statement, 2);
        code = sqlite3_step(statement);
    }
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    (void)pthread_mutex_unlock(&store->mutex);
    return code == SQLITE_DONE;
}

bool payment_store_settle(struct payment_store *store, const char *order_id, const char *outcome)
{
    sqlite3_stmt *statement = store->statements[SETTLE];

    (void)pthread_mutex_lock(&store->mutex);
    (void)sqlite3_bind_text(statement, 1, order_id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 2, outcome, -1, SQLITE_STATIC);
    int code = database_run(statement);
    (void)sqlite3_clear_bindings(statement);
    (void)pthread_mutex_unlock(&store->mutex);
    return code == SQLITE_OK;
}

bool payment_store_ping(struct payment_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    int code = database_run(store->statements[PING]);
    (void)pthread_mutex_unlock(&store->mutex);
    return code == SQLITE_OK;
}
