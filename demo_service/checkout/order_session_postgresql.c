/* Sessions with PostgreSQL: a small pool, bounded waiting, and errors that tell whether the same
 * call may succeed later. */
#include "checkout/order_store_postgresql.h"

#include "shared/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trail/trail.h>

/* What a statement is sent as, with the context as a comment behind it. */
#define SQL_MAX 4096

struct order_value order_value_text(const char *text)
{
    return (struct order_value){.text = text};
}

struct order_value order_value_bytes(const char *bytes, size_t size)
{
    return (struct order_value){.text = bytes, .size = size};
}

struct order_value order_value_number(int64_t number)
{
    struct order_value value = {.text = NULL};

    (void)snprintf(value.digits, sizeof(value.digits), "%lld", (long long)number);
    return value;
}

/* A connection whose statements end by themselves. Under the program's own name, if the URL gives
 * none. NULL: the server is away. */
static PGconn *connect_to(const struct order_store_postgresql *self)
{
    static const char *const keywords[] = {"dbname", "fallback_application_name", "connect_timeout",
                                           "tcp_user_timeout", NULL};
    char timeout_ms[16];
    char limits[128];

    (void)snprintf(timeout_ms, sizeof(timeout_ms), "%u", self->busy_ms);
    const char *const values[] = {self->url, program_invocation_short_name, "5", timeout_ms, NULL};
    PGconn *connection = PQconnectdbParams(keywords, values, 1);
    (void)snprintf(limits, sizeof(limits),
                   "SET statement_timeout = %u; SET lock_timeout = %u;"
                   " SET client_min_messages = warning",
                   self->busy_ms, self->busy_ms);
    PGresult *result = PQstatus(connection) == CONNECTION_OK ? PQexec(connection, limits) : NULL;
    bool usable = result != NULL && PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (!usable) {
        PQfinish(connection);
        return NULL;
    }
    return connection;
}

static struct order_session *find_free(struct order_store_postgresql *self)
{
    struct order_session *found = NULL;

    for (size_t i = 0; i < ORDER_CONNECTIONS; i++) {
        struct order_session *session = &self->sessions[i];
        /* One that is connected already is the better one. */
        if (!session->busy && (found == NULL || found->connection == NULL)) {
            found = session;
        }
    }
    return found;
}

struct order_session *order_session_take(struct order_store_postgresql *self)
{
    uint64_t until_ns = clock_now_ns() + (uint64_t)self->busy_ms * 1000000u;
    struct timespec until = {.tv_sec = (time_t)(until_ns / 1000000000u),
                             .tv_nsec = (long)(until_ns % 1000000000u)};
    int code = 0;

    (void)pthread_mutex_lock(&self->mutex);
    struct order_session *session = find_free(self);
    while (session == NULL && code == 0) {
        code = pthread_cond_timedwait(&self->freed, &self->mutex, &until);
        session = find_free(self);
    }
    if (session != NULL) {
        session->busy = true;
    }
    (void)pthread_mutex_unlock(&self->mutex);
    if (session != NULL && session->connection == NULL) {
        session->connection = connect_to(self);
        if (session->connection == NULL) {
            order_session_give_back(self, session);
            return NULL;
        }
    }
    return session;
}

void order_session_give_back(struct order_store_postgresql *self, struct order_session *session)
{
    if (session == NULL) {
        return;
    }
    if (session->connection != NULL && PQtransactionStatus(session->connection) != PQTRANS_IDLE) {
        PQfinish(session->connection);
        session->connection = NULL;
    }
    (void)pthread_mutex_lock(&self->mutex);
    session->busy = false;
    (void)pthread_cond_signal(&self->freed);
    (void)pthread_mutex_unlock(&self->mutex);
}

static void add_encoded(char *buffer, size_t size, const char *text)
{
    size_t at = strlen(buffer);

    for (; *text != '\0' && at + 4 < size; text++) {
        unsigned char byte = (unsigned char)*text;
        bool plain = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                     (byte >= '0' && byte <= '9') || strchr("-_.~", byte) != NULL;
        at += (size_t)snprintf(buffer + at, size - at, plain ? "%c" : "%%%02X", byte);
    }
}

/* The statement with the context of its request behind it, as sqlcommenter writes it: names in
 * order, values percent-encoded and in quotes. */
static const char *with_comment(const struct order_store_postgresql *self, const char *sql,
                                char buffer[SQL_MAX])
{
    if (!self->sql_comments || trail_request_id()[0] == '\0') {
        return sql;
    }
    int size = snprintf(buffer, SQL_MAX, "%s /*request_id='", sql);
    if (size < 0 || size > SQL_MAX - 512) {
        return sql;
    }
    add_encoded(buffer, SQL_MAX, trail_request_id());
    size = (int)strlen(buffer);
    (void)snprintf(buffer + size, SQL_MAX - (size_t)size, "',traceparent='00-%s-%s-01'*/",
                   trail_trace_id(), trail_span_id());
    return buffer;
}

static bool may_pass(const char *state)
{
    /* Connection, resources, conflict with others, lock and statement timeouts, shutting down. */
    static const char *const passing[] = {"08", "53", "40", "55", "57", "58"};

    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
        if (state == NULL || strncmp(state, passing[i], 2) == 0) {
            return true;
        }
    }
    return false;
}

static enum store_status judge(struct order_session *session, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        return STORE_OK;
    }
    if (PQstatus(session->connection) != CONNECTION_OK) {
        PQfinish(session->connection);
        session->connection = NULL;
        return STORE_UNAVAILABLE;
    }
    return may_pass(PQresultErrorField(result, PG_DIAG_SQLSTATE)) ? STORE_UNAVAILABLE
                                                                  : STORE_BROKEN;
}

static size_t count_rows(PGresult *result)
{
    return PQresultStatus(result) == PGRES_TUPLES_OK ? (size_t)PQntuples(result)
                                                     : strtoul(PQcmdTuples(result), NULL, 10);
}

enum store_status order_session_run(const struct order_store_postgresql *self,
                                    struct order_session *session, const struct order_query *query,
                                    PGresult **ret_rows, size_t *ret_count)
{
    const char *values[sizeof(query->values) / sizeof(query->values[0])];
    int sizes[sizeof(values) / sizeof(values[0])];
    int formats[sizeof(values) / sizeof(values[0])];
    char buffer[SQL_MAX];

    if (session->connection == NULL) {
        return STORE_UNAVAILABLE;
    }
    for (size_t i = 0; i < query->value_count; i++) {
        const struct order_value *value = &query->values[i];
        values[i] = value->digits[0] != '\0' ? value->digits : value->text;
        sizes[i] = (int)value->size;
        formats[i] = value->size > 0;
    }
    PGresult *result =
        PQexecParams(session->connection, with_comment(self, query->sql, buffer),
                     (int)query->value_count, NULL, values, sizes, formats, query->binary_rows);
    enum store_status status = judge(session, result);
    if (status == STORE_OK && ret_count != NULL) {
        *ret_count = count_rows(result);
    }
    if (status == STORE_OK && ret_rows != NULL) {
        *ret_rows = result;
    } else {
        PQclear(result);
    }
    return status;
}

enum store_status order_session_begin(const struct order_store_postgresql *self,
                                      struct order_session *session)
{
    enum store_status status =
        order_session_run(self, session, &(struct order_query){.sql = "BEGIN"}, NULL, NULL);

    if (status == STORE_UNAVAILABLE && session->connection == NULL) {
        /* One that was idle may have been broken long since: nothing has begun yet. */
        session->connection = connect_to(self);
        status =
            order_session_run(self, session, &(struct order_query){.sql = "BEGIN"}, NULL, NULL);
    }
    return status;
}

enum store_status order_session_end(const struct order_store_postgresql *self,
                                    struct order_session *session, enum store_status status)
{
    if (session->connection == NULL) {
        return status == STORE_OK ? STORE_UNAVAILABLE : status;
    }
    if (status != STORE_OK) {
        (void)order_session_run(self, session, &(struct order_query){.sql = "ROLLBACK"}, NULL,
                                NULL);
        return status;
    }
    return order_session_run(self, session, &(struct order_query){.sql = "COMMIT"}, NULL, NULL);
}

void order_row_copy(const PGresult *rows, int row, int column, char *buffer, size_t size)
{
    (void)snprintf(buffer, size, "%s", PQgetvalue(rows, row, column));
}

int64_t order_row_number(const PGresult *rows, int row, int column)
{
    return strtoll(PQgetvalue(rows, row, column), NULL, 10);
}
