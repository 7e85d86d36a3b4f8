/* Database: SQLite, set up in one way for each store, and the few calls that all of them share. */
#include "shared/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool database_is_busy(int code)
{
    return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
}

/* SQLite would create the file by the umask; orders are for the service's own user. */
static int create_private(const char *path, char *error, size_t error_size)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0) {
        (void)snprintf(error, error_size, "can't open %s: %s", path, strerror(errno));
        return SQLITE_CANTOPEN;
    }
    (void)close(fd);
    return SQLITE_OK;
}

static int set_up(sqlite3 *database, const struct database_options *options)
{
    int code = sqlite3_busy_timeout(database, (int)options->busy_ms);

    if (code == SQLITE_OK) {
        code = sqlite3_exec(database, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_exec(database, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", NULL,
                            NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_exec(database, options->schema, NULL, NULL, NULL);
    }
    return code;
}

int database_open(const struct database_options *options, sqlite3 **ret_database, char *error,
                  size_t error_size)
{
    sqlite3 *database = NULL;
    int code = create_private(options->path, error, error_size);

    if (code != SQLITE_OK) {
        return code;
    }
    code = sqlite3_open_v2(options->path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX,
                           NULL);
    if (code == SQLITE_OK) {
        code = set_up(database, options);
    }
    if (code != SQLITE_OK) {
        (void)snprintf(error, error_size, "can't use %s as a database: %s", options->path,
                       database != NULL ? sqlite3_errmsg(database) : sqlite3_errstr(code));
        (void)sqlite3_close(database);
        return code;
    }
    *ret_database = database;
    return SQLITE_OK;
}

int database_prepare(sqlite3 *database, const char *sql, sqlite3_stmt **ret_statement)
{
    return sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_statement, NULL);
}

int database_begin(sqlite3 *database)
{
    return sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL);
}

int database_end(sqlite3 *database, int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE) {
        code = sqlite3_exec(database, "COMMIT", NULL, NULL, NULL);
    }
    if (code != SQLITE_OK && !sqlite3_get_autocommit(database)) {
        (void)sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    }
    return code;
}

int database_run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);

    (void)sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

void database_copy_text(sqlite3_stmt *statement, int column, char *buffer, size_t size)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    (void)snprintf(buffer, size, "%s", text != NULL ? (const char *)text : "");
}

int64_t database_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
