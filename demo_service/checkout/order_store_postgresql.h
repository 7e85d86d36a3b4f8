/* What the files of the PostgreSQL engine of the order store share. */
#ifndef DEMO_ORDER_STORE_POSTGRESQL_H
#define DEMO_ORDER_STORE_POSTGRESQL_H

#include "checkout/order_store.h"

#include <libpq-fe.h>
#include <pthread.h>

#define ORDER_CONNECTIONS 8

/* One connection; free ones are handed to whoever asks. */
struct order_session {
    PGconn *connection; /* NULL: none yet, or it broke */
    bool busy;
};

struct order_store_postgresql {
    struct order_store base;
    char *url;
    unsigned busy_ms;
    bool sql_comments;     /* every statement bears the context of its request */
    pthread_mutex_t mutex; /* guards which sessions are busy */
    pthread_cond_t freed;
    struct order_session sessions[ORDER_CONNECTIONS];
};

/* A session of the caller's own until it is given back; NULL: the server is away, or all sessions
 * are busy for too long. */
struct order_session *order_session_take(struct order_store_postgresql *self);
void order_session_give_back(struct order_store_postgresql *self, struct order_session *session);

/* A value for a statement. */
struct order_value {
    const char *text; /* NULL: null */
    size_t size;      /* of bytes; 0: a terminated text */
    char digits[24];  /* what text points to for a number */
};

struct order_value order_value_text(const char *text);
struct order_value order_value_bytes(const char *bytes, size_t size);
struct order_value order_value_number(int64_t number);

/* Runs one statement. Its rows go to ret_rows, owned by the caller, if that is not NULL; the number
 * of rows that it found or changed to ret_count, if that is not NULL. Columns of type bytea come as
 * they are, all others as text. */
struct order_query {
    const char *sql;
    size_t value_count;
    struct order_value values[8];
    bool binary_rows;
};

enum store_status order_session_run(const struct order_store_postgresql *self,
                                    struct order_session *session, const struct order_query *query,
                                    PGresult **ret_rows, size_t *ret_count);

/* Ends the transaction that BEGIN has opened: commits if status is STORE_OK, else rolls back. */
enum store_status order_session_end(const struct order_store_postgresql *self,
                                    struct order_session *session, enum store_status status);
enum store_status order_session_begin(const struct order_store_postgresql *self,
                                      struct order_session *session);

/* Copies a text column, cut to fit; null becomes "". */
void order_row_copy(const PGresult *rows, int row, int column, char *buffer, size_t size);
int64_t order_row_number(const PGresult *rows, int row, int column);

enum store_status order_postgresql_claim(struct order_store *store, const struct order_claim *claim,
                                         struct order_claimed *ret_claimed);
enum store_status order_postgresql_settle(struct order_store *store,
                                          const struct order_settlement *settlement);
enum store_status order_postgresql_outbox_next(struct order_store *store,
                                               struct order_job *ret_job);
enum store_status order_postgresql_outbox_done(struct order_store *store, const char *job_id);

#endif
