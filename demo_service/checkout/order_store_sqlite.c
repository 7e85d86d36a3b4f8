/* Order store on SQLite: one connection, one transaction at a time. SQLite has a single writer
 * anyway, and a mutex waits fairer than its busy handler. */
#include "checkout/order_store_sqlite.h"

#include "shared/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS orders ("
    "  order_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, status TEXT NOT NULL, reason TEXT,"
    "  request_id TEXT NOT NULL, created_ms INTEGER NOT NULL, owner TEXT, lease_ms INTEGER,"
    "  key TEXT UNIQUE, fingerprint TEXT NOT NULL, http_status INTEGER, answer TEXT);"
    "CREATE INDEX IF NOT EXISTS orders_created ON orders (created_ms);"
    "CREATE TABLE IF NOT EXISTS order_items ("
    "  order_id TEXT NOT NULL REFERENCES orders, line INTEGER NOT NULL, sku TEXT NOT NULL,"
    "  quantity INTEGER NOT NULL, PRIMARY KEY (order_id, line)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS stock ("
    "  sku TEXT PRIMARY KEY, available INTEGER NOT NULL CHECK (available >= 0)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS outbox ("
    "  job_id TEXT PRIMARY KEY, relay_ms INTEGER NOT NULL, envelope TEXT NOT NULL,"
    "  payload BLOB NOT NULL);"
    "CREATE INDEX IF NOT EXISTS outbox_relay ON outbox (relay_ms);";

static const char *const sql[ORDER_STATEMENTS_] = {
    [ORDER_BY_KEY] = "SELECT order_id, fingerprint, status, http_status, answer, lease_ms"
                     " FROM orders WHERE key = ?1",
    [ORDER_INSERT] = "INSERT INTO orders (order_id, user_id, status, request_id, created_ms, owner,"
                     " lease_ms, key, fingerprint)"
                     " VALUES (?1, ?2, 'pending', ?3, ?4, ?5, ?6, ?7, ?8)",
    [ORDER_ITEM_INSERT] = "INSERT INTO order_items (order_id, line, sku, quantity)"
                          " VALUES (?1, ?2, ?3, ?4)",
    [ORDER_TAKE_OVER] = "UPDATE orders SET owner = ?2, lease_ms = ?3"
                        " WHERE order_id = ?1 AND status = 'pending'",
    [ORDER_SETTLE] = "UPDATE orders SET status = ?3, reason = ?4, http_status = ?5, answer = ?6,"
                     " owner = NULL, lease_ms = NULL"
                     " WHERE order_id = ?1 AND owner = ?2 AND status = 'pending'",
    [ORDER_BY_ID] = "SELECT order_id, user_id, status, reason, request_id, created_ms"
                    " FROM orders WHERE order_id = ?1",
    [ORDER_ITEMS] = "SELECT sku, quantity FROM order_items WHERE order_id = ?1 ORDER BY line",
    [ORDER_NEWEST] = "SELECT order_id, user_id, status, reason, request_id, created_ms"
                     " FROM orders ORDER BY created_ms DESC LIMIT ?1",
    [STOCK_ADD] = "INSERT INTO stock (sku, available) VALUES (?1, ?2)"
                  " ON CONFLICT (sku) DO NOTHING",
    [STOCK_TAKE] = "UPDATE stock SET available = available - ?2"
                   " WHERE sku = ?1 AND available >= ?2",
    [STOCK_GIVE_BACK] = "UPDATE stock SET available = available +"
                        " (SELECT sum(quantity) FROM order_items AS i"
                        "   WHERE i.order_id = ?1 AND i.sku = stock.sku)"
                        " WHERE sku IN (SELECT sku FROM order_items WHERE order_id = ?1)",
    [OUTBOX_INSERT] = "INSERT INTO outbox (job_id, relay_ms, envelope, payload)"
                      " VALUES (?1, ?2, ?3, ?4)",
    [OUTBOX_NEXT] = "SELECT job_id, envelope, payload FROM outbox WHERE relay_ms <= ?1"
                    " ORDER BY relay_ms LIMIT 1",
    [OUTBOX_DELETE] = "DELETE FROM outbox WHERE job_id = ?1",
    [STORE_PING] = "SELECT 1 FROM orders LIMIT 1",
};

enum store_status order_store_status(int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) {
        return STORE_OK;
    }
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? STORE_BROKEN : STORE_UNAVAILABLE;
}

void order_statement_bind(sqlite3_stmt *statement, int index, const char *text)
{
    (void)sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static void read_head(sqlite3_stmt *statement, struct order_view *ret_order)
{
    memset(ret_order, 0, sizeof(*ret_order));
    database_copy_text(statement, 0, ret_order->order_id, sizeof(ret_order->order_id));
    database_copy_text(statement, 1, ret_order->user_id, sizeof(ret_order->user_id));
    database_copy_text(statement, 2, ret_order->status, sizeof(ret_order->status));
    database_copy_text(statement, 3, ret_order->reason, sizeof(ret_order->reason));
    database_copy_text(statement, 4, ret_order->request_id, sizeof(ret_order->request_id));
    ret_order->created_at_ms = sqlite3_column_int64(statement, 5);
}

static enum store_status read_items(struct order_store_sqlite *self, struct order_view *order)
{
    sqlite3_stmt *statement = self->statements[ORDER_ITEMS];
    int code = SQLITE_ROW;

    order_statement_bind(statement, 1, order->order_id);
    while (order->item_count < ORDER_ITEMS_MAX && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct order_item *item = &order->items[order->item_count++];
        database_copy_text(statement, 0, item->sku, sizeof(item->sku));
        item->quantity = (unsigned)sqlite3_column_int(statement, 1);
    }
    (void)sqlite3_reset(statement);
    return order_store_status(code);
}

static enum store_status get(struct order_store *store, const char *order_id,
                             struct order_view *ret_order)
{
    struct order_store_sqlite *self = (struct order_store_sqlite *)store;
    sqlite3_stmt *statement = self->statements[ORDER_BY_ID];
    enum store_status status = STORE_NOT_FOUND;

    (void)pthread_mutex_lock(&self->mutex);
    order_statement_bind(statement, 1, order_id);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        read_head(statement, ret_order);
        status = read_items(self, ret_order);
    } else if (code != SQLITE_DONE) {
        status = order_store_status(code);
    }
    (void)sqlite3_reset(statement);
    (void)pthread_mutex_unlock(&self->mutex);
    return status;
}

static enum store_status list(struct order_store *store, size_t limit, order_view_fn *each,
                              void *context)
{
    struct order_store_sqlite *self = (struct order_store_sqlite *)store;
    sqlite3_stmt *statement = self->statements[ORDER_NEWEST];
    int code = SQLITE_OK;

    (void)pthread_mutex_lock(&self->mutex);
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)limit);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct order_view order;
        read_head(statement, &order);
        each(context, &order);
    }
    (void)sqlite3_reset(statement);
    (void)pthread_mutex_unlock(&self->mutex);
    return order_store_status(code);
}

static enum store_status ping(struct order_store *store)
{
    struct order_store_sqlite *self = (struct order_store_sqlite *)store;

    (void)pthread_mutex_lock(&self->mutex);
    int code = database_run(self->statements[STORE_PING]);
    (void)pthread_mutex_unlock(&self->mutex);
    return order_store_status(code);
}

static void close_store(struct order_store *store)
{
    struct order_store_sqlite *self = (struct order_store_sqlite *)store;

    for (int i = 0; i < ORDER_STATEMENTS_; i++) {
        (void)sqlite3_finalize(self->statements[i]);
    }
    (void)sqlite3_close(self->database);
    (void)pthread_mutex_destroy(&self->mutex);
    free(self);
}

static const struct order_store_ops ops = {
    .claim = order_sqlite_claim,
    .settle = order_sqlite_settle,
    .get = get,
    .list = list,
    .outbox_next = order_sqlite_outbox_next,
    .outbox_done = order_sqlite_outbox_done,
    .ping = ping,
    .close = close_store,
};

enum store_status order_store_sqlite_open(const struct order_store_settings *settings,
                                          const char *path, struct order_store **ret_store,
                                          char *error, size_t error_size)
{
    struct order_store_sqlite *self = calloc(1, sizeof(*self));

    if (self == NULL) {
        (void)snprintf(error, error_size, "no memory");
        return STORE_BROKEN;
    }
    self->base.ops = &ops;
    (void)pthread_mutex_init(&self->mutex, NULL);
    int code = database_open(
        &(struct database_options){.path = path, .schema = schema, .busy_ms = settings->busy_ms},
        &self->database, error, error_size);
    for (int i = 0; i < ORDER_STATEMENTS_ && code == SQLITE_OK; i++) {
        code = database_prepare(self->database, sql[i], &self->statements[i]);
        if (code != SQLITE_OK) {
            (void)snprintf(error, error_size, "can't use %s as an order store: %s", path,
                           sqlite3_errmsg(self->database));
        }
    }
    if (code != SQLITE_OK) {
        close_store(&self->base);
        return database_is_busy(code) ? STORE_UNAVAILABLE : STORE_BROKEN;
    }
    *ret_store = &self->base;
    return STORE_OK;
}
