/* SQLite as the checkout system uses it: WAL, bounded waiting, statements prepared once. */
#ifndef DEMO_DATABASE_H
#define DEMO_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct database_options {
    const char *path;
    const char *schema; /* statements that may run again at each start */
    unsigned busy_ms;   /* how long a call waits for another process's lock */
};

/* Opens or creates a database of mode 0600. On failure error names the file and why. Returns
 * SQLite's code; ret_database is owned by the caller. */
int database_open(const struct database_options *options, sqlite3 **ret_database, char *error,
                  size_t error_size);

/* Prepares a statement that lives as long as the database. */
int database_prepare(sqlite3 *database, const char *sql, sqlite3_stmt **ret_statement);

/* Whether a code says that another process is in the way for now. */
bool database_is_busy(int code);

/* BEGIN IMMEDIATE: the lock is taken at once, so that a transaction never fails half-way for it. */
int database_begin(sqlite3 *database);

/* Commits if code is SQLITE_OK or SQLITE_DONE, else rolls back. Returns what then holds: SQLITE_OK,
 * or why not. */
int database_end(sqlite3 *database, int code);

/* Runs a bound statement that returns no row, and resets it. SQLITE_OK or why not. */
int database_run(sqlite3_stmt *statement);

/* Copies a column's text, cut to fit; NULL becomes "". */
void database_copy_text(sqlite3_stmt *statement, int column, char *buffer, size_t size);

/* Milliseconds since 1970. */
int64_t database_now_ms(void);

#endif
