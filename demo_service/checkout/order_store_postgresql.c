/* Order store on PostgreSQL: opening it, and what only reads. */
#include "checkout/order_store_postgresql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two services may start at once, and CREATE … IF NOT EXISTS is no protection: one waits. */
static const char schema[] =
    "BEGIN; SELECT pg_advisory_xact_lock(7238101);"
    "CREATE TABLE IF NOT EXISTS orders ("
    "  order_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, status TEXT NOT NULL, reason TEXT,"
    "  request_id TEXT NOT NULL, created_ms BIGINT NOT NULL, owner TEXT, lease_ms BIGINT,"
    "  key TEXT UNIQUE, fingerprint TEXT NOT NULL, http_status INTEGER, answer TEXT);"
    "CREATE INDEX IF NOT EXISTS orders_created ON orders (created_ms);"
    "CREATE TABLE IF NOT EXISTS order_items ("
    "  order_id TEXT NOT NULL REFERENCES orders, line INTEGER NOT NULL, sku TEXT NOT NULL,"
    "  quantity BIGINT NOT NULL, PRIMARY KEY (order_id, line));"
    "CREATE TABLE IF NOT EXISTS stock ("
    "  sku TEXT PRIMARY KEY, available BIGINT NOT NULL CHECK (available >= 0));"
    "CREATE TABLE IF NOT EXISTS outbox ("
    "  job_id TEXT PRIMARY KEY, relay_ms BIGINT NOT NULL, envelope TEXT NOT NULL,"
    "  payload BYTEA NOT NULL);"
    "CREATE INDEX IF NOT EXISTS outbox_relay ON outbox (relay_ms);"
    "COMMIT";

#define HEAD_COLUMNS "order_id, user_id, status, reason, request_id, created_ms"

/* Runs one statement outside any transaction, once more if the connection turns out to be gone. */
static enum store_status run_alone(struct order_store_postgresql *self,
                                   const struct order_query *query, PGresult **ret_rows)
{
    enum store_status status = STORE_UNAVAILABLE;

    for (int attempt = 0; attempt < 2 && status == STORE_UNAVAILABLE; attempt++) {
        struct order_session *session = order_session_take(self);
        if (session == NULL) {
            return STORE_UNAVAILABLE;
        }
        status = order_session_run(self, session, query, ret_rows, NULL);
        bool lost = session->connection == NULL;
        order_session_give_back(self, session);
        if (!lost) {
            break;
        }
    }
    return status;
}

static void read_head(const PGresult *rows, int row, struct order_view *ret_order)
{
    memset(ret_order, 0, sizeof(*ret_order));
    order_row_copy(rows, row, 0, ret_order->order_id, sizeof(ret_order->order_id));
    order_row_copy(rows, row, 1, ret_order->user_id, sizeof(ret_order->user_id));
    order_row_copy(rows, row, 2, ret_order->status, sizeof(ret_order->status));
    order_row_copy(rows, row, 3, ret_order->reason, sizeof(ret_order->reason));
    order_row_copy(rows, row, 4, ret_order->request_id, sizeof(ret_order->request_id));
    ret_order->created_at_ms = order_row_number(rows, row, 5);
}

static enum store_status read_items(struct order_store_postgresql *self, struct order_view *order)
{
    PGresult *rows = NULL;
    enum store_status status =
        run_alone(self,
                  &(struct order_query){.sql = "SELECT sku, quantity FROM order_items"
                                               " WHERE order_id = $1 ORDER BY line",
                                        .value_count = 1,
                                        .values = {order_value_text(order->order_id)}},
                  &rows);

    for (int row = 0; row < PQntuples(rows) && order->item_count < ORDER_ITEMS_MAX; row++) {
        struct order_item *item = &order->items[order->item_count++];
        order_row_copy(rows, row, 0, item->sku, sizeof(item->sku));
        item->quantity = (unsigned)order_row_number(rows, row, 1);
    }
    PQclear(rows);
    return status;
}

static enum store_status get(struct order_store *store, const char *order_id,
                             struct order_view *ret_order)
{
    struct order_store_postgresql *self = (struct order_store_postgresql *)store;
    PGresult *rows = NULL;
    enum store_status status = run_alone(
        self,
        &(struct order_query){.sql = "SELECT " HEAD_COLUMNS " FROM orders WHERE order_id = $1",
                              .value_count = 1,
                              .values = {order_value_text(order_id)}},
        &rows);

    if (status == STORE_OK && PQntuples(rows) == 0) {
        status = STORE_NOT_FOUND;
    } else if (status == STORE_OK) {
        read_head(rows, 0, ret_order);
        status = read_items(self, ret_order);
    }
    PQclear(rows);
    return status;
}

static enum store_status list(struct order_store *store, size_t limit, order_view_fn *each,
                              void *context)
{
    struct order_store_postgresql *self = (struct order_store_postgresql *)store;
    PGresult *rows = NULL;
    enum store_status status =
        run_alone(self,
                  &(struct order_query){.sql = "SELECT " HEAD_COLUMNS " FROM orders"
                                               " ORDER BY created_ms DESC LIMIT $1",
                                        .value_count = 1,
                                        .values = {order_value_number((int64_t)limit)}},
                  &rows);

    for (int row = 0; row < PQntuples(rows); row++) {
        struct order_view order;
        read_head(rows, row, &order);
        each(context, &order);
    }
    PQclear(rows);
    return status;
}

static enum store_status ping(struct order_store *store)
{
    return run_alone((struct order_store_postgresql *)store,
                     &(struct order_query){.sql = "SELECT 1 FROM orders LIMIT 1"}, NULL);
}

static void close_store(struct order_store *store)
{
    struct order_store_postgresql *self = (struct order_store_postgresql *)store;

    for (size_t i = 0; i < ORDER_CONNECTIONS; i++) {
        PQfinish(self->sessions[i].connection);
    }
    (void)pthread_cond_destroy(&self->freed);
    (void)pthread_mutex_destroy(&self->mutex);
    free(self->url);
    free(self);
}

static const struct order_store_ops ops = {
    .claim = order_postgresql_claim,
    .settle = order_postgresql_settle,
    .get = get,
    .list = list,
    .outbox_next = order_postgresql_outbox_next,
    .outbox_done = order_postgresql_outbox_done,
    .ping = ping,
    .close = close_store,
};

/* libpq's messages end in a newline, may have several lines, and may quote the URL, which holds a
 * password: the first line of the server's own is what helps. */
static void explain(const PGconn *connection, char *error, size_t error_size)
{
    const char *message = PQerrorMessage(connection);

    (void)snprintf(error, error_size, "can't use the order store at %s:%s: %.*s",
                   PQhost(connection) != NULL ? PQhost(connection) : "",
                   PQport(connection) != NULL ? PQport(connection) : "",
                   (int)strcspn(message, "\n"), message);
}

/* The first connection makes the tables, and tells what is wrong with the URL. */
static enum store_status make_tables(struct order_store_postgresql *self, char *error,
                                     size_t error_size)
{
    PGconn *connection = PQconnectdb(self->url);
    enum store_status status = STORE_OK;

    if (PQstatus(connection) != CONNECTION_OK) {
        explain(connection, error, error_size);
        status = PQconnectionNeedsPassword(connection) ? STORE_BROKEN : STORE_UNAVAILABLE;
    } else {
        PGresult *result = PQexec(connection, "SET client_min_messages = warning");
        PQclear(result);
        result = PQexec(connection, schema);
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            explain(connection, error, error_size);
            status = STORE_BROKEN;
        }
        PQclear(result);
    }
    PQfinish(connection);
    return status;
}

enum store_status order_store_postgresql_open(const struct order_store_settings *settings,
                                              struct order_store **ret_store, char *error,
                                              size_t error_size)
{
    struct order_store_postgresql *self = calloc(1, sizeof(*self));
    pthread_condattr_t attributes;

    if (self == NULL || (self->url = strdup(settings->url)) == NULL) {
        (void)snprintf(error, error_size, "no memory");
        free(self);
        return STORE_BROKEN;
    }
    self->base.ops = &ops;
    self->busy_ms = settings->busy_ms;
    self->sql_comments = settings->sql_comments;
    (void)pthread_mutex_init(&self->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&self->freed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    enum store_status status = make_tables(self, error, error_size);
    if (status != STORE_OK) {
        close_store(&self->base);
        return status;
    }
    *ret_store = &self->base;
    return STORE_OK;
}
