/* Job ledger: one row for each job of the last day, on SQLite. */
#include "shared/job_ledger.h"

#include "shared/database.h"

#include <stdio.h>
#include <stdlib.h>

#define KEEP_MS (24 * 3600 * 1000LL)

enum statement { BEGIN, DONE, FORGET, FORGET_OLD, STATEMENTS_ };

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS attempts ("
    "  job_id TEXT PRIMARY KEY, attempt INTEGER NOT NULL,"
    "  done INTEGER NOT NULL DEFAULT 0, changed_ms INTEGER NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS attempts_changed ON attempts (changed_ms);";

static const char *const sql[STATEMENTS_] = {
    [BEGIN] = "INSERT INTO attempts (job_id, attempt, changed_ms) VALUES (?1, ?2, ?3)"
              " ON CONFLICT (job_id) DO UPDATE SET"
              "   attempt = max(attempt + 1, excluded.attempt), changed_ms = excluded.changed_ms"
              "   WHERE done = 0"
              " RETURNING attempt",
    [DONE] = "UPDATE attempts SET done = 1, changed_ms = ?2 WHERE job_id = ?1",
    [FORGET] = "DELETE FROM attempts WHERE job_id = ?1",
    [FORGET_OLD] = "DELETE FROM attempts WHERE changed_ms < ?1",
};

struct job_ledger {
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENTS_];
};

void job_ledger_close(struct job_ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    for (int i = 0; i < STATEMENTS_; i++) {
        (void)sqlite3_finalize(ledger->statements[i]);
    }
    (void)sqlite3_close(ledger->database);
    free(ledger);
}

static int prepare(struct job_ledger *ledger)
{
    int code = SQLITE_OK;

    /* What a machine that loses power takes with it only lets a job run again that was done: the
     * outbox knows it. What a killed process wrote is there. */
    code = sqlite3_exec(ledger->database, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
    for (int i = 0; i < STATEMENTS_ && code == SQLITE_OK; i++) {
        code = database_prepare(ledger->database, sql[i], &ledger->statements[i]);
    }
    return code;
}

struct job_ledger *job_ledger_open(const char *path, unsigned busy_ms, char *error,
                                   size_t error_size)
{
    struct job_ledger *ledger = calloc(1, sizeof(*ledger));

    if (ledger == NULL) {
        (void)snprintf(error, error_size, "no memory");
        return NULL;
    }
    int code = database_open(
        &(struct database_options){.path = path, .schema = schema, .busy_ms = busy_ms},
        &ledger->database, error, error_size);
    if (code == SQLITE_OK) {
        code = prepare(ledger);
        if (code != SQLITE_OK) {
            (void)snprintf(error, error_size, "can't use %s as a ledger: %s", path,
                           sqlite3_errmsg(ledger->database));
        }
    }
    if (code != SQLITE_OK) {
        job_ledger_close(ledger);
        return NULL;
    }
    return ledger;
}

bool job_ledger_begin(struct job_ledger *ledger, const char *job_id, unsigned *attempt,
                      bool *ret_done)
{
    sqlite3_stmt *statement = ledger->statements[BEGIN];
    bool row = false;

    (void)sqlite3_bind_text(statement, 1, job_id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 2, *attempt);
    (void)sqlite3_bind_int64(statement, 3, database_now_ms());
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        row = true;
        *attempt = (unsigned)sqlite3_column_int(statement, 0);
        code = sqlite3_step(statement);
    }
    (void)sqlite3_reset(statement);
    *ret_done = !row;
    return code == SQLITE_DONE;
}

static bool run(struct job_ledger *ledger, enum statement which, const char *job_id)
{
    sqlite3_stmt *statement = ledger->statements[which];

    (void)sqlite3_bind_text(statement, 1, job_id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 2, database_now_ms());
    return database_run(statement) == SQLITE_OK;
}

/* What can't be forgotten now is forgotten after another job. */
static void forget_old(struct job_ledger *ledger)
{
    (void)sqlite3_bind_int64(ledger->statements[FORGET_OLD], 1, database_now_ms() - KEEP_MS);
    (void)database_run(ledger->statements[FORGET_OLD]);
}

bool job_ledger_done(struct job_ledger *ledger, const char *job_id)
{
    bool done = run(ledger, DONE, job_id);

    forget_old(ledger);
    return done;
}

bool job_ledger_forget(struct job_ledger *ledger, const char *job_id)
{
    return run(ledger, FORGET, job_id);
}
