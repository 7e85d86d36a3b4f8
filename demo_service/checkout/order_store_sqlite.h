/* What the files of the SQLite engine of the order store share. */
#ifndef DEMO_ORDER_STORE_SQLITE_H
#define DEMO_ORDER_STORE_SQLITE_H

#include "checkout/order_store.h"

#include <pthread.h>
#include <sqlite3.h>

enum order_statement {
    ORDER_BY_KEY,
    ORDER_INSERT,
    ORDER_ITEM_INSERT,
    ORDER_TAKE_OVER,
    ORDER_SETTLE,
    ORDER_BY_ID,
    ORDER_ITEMS,
    ORDER_NEWEST,
    STOCK_ADD,
    STOCK_TAKE,
    STOCK_GIVE_BACK,
    OUTBOX_INSERT,
    OUTBOX_NEXT,
    OUTBOX_DELETE,
    STORE_PING,
    ORDER_STATEMENTS_
};

struct order_store_sqlite {
    struct order_store base;
    pthread_mutex_t mutex; /* guards everything below */
    sqlite3 *database;
    sqlite3_stmt *statements[ORDER_STATEMENTS_];
    char envelope[TRAIL_ENVELOPE_JSON_MAX]; /* of the job that is being stored */
};

enum store_status order_store_status(int code);
void order_statement_bind(sqlite3_stmt *statement, int index, const char *text);

enum store_status order_sqlite_claim(struct order_store *store, const struct order_claim *claim,
                                     struct order_claimed *ret_claimed);
enum store_status order_sqlite_settle(struct order_store *store,
                                      const struct order_settlement *settlement);
enum store_status order_sqlite_outbox_next(struct order_store *store, struct order_job *ret_job);
enum store_status order_sqlite_outbox_done(struct order_store *store, const char *job_id);

#endif
