/* Queue on SQLite: one table, whose rows are leased by an update. It lives in a file of its own, so
 * that a queue that is locked never stops an order. Finished jobs stay for a day: a producer that
 * died before it noted its success may publish again, and must not cause a second mail. */
#include "shared/database.h"
#include "shared/queue.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

#define KEEP_DONE_MS (24 * 3600 * 1000LL)
#define POLL_MS      50u

enum statement { PUBLISH, LEASE, FINISH, RETRY, FORGET, PING, STATEMENTS_ };

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS jobs ("
    "  job_id TEXT PRIMARY KEY, queue TEXT NOT NULL, state TEXT NOT NULL,"
    "  attempt INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL, owner TEXT,"
    "  envelope TEXT NOT NULL, payload BLOB NOT NULL, error_code TEXT, changed_ms INTEGER NOT "
    "NULL);"
    "CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due_ms) WHERE state IN ('ready', 'leased');"
    "CREATE INDEX IF NOT EXISTS jobs_done ON jobs (changed_ms) WHERE state = 'done';";

/* A leased job whose deadline has passed is due like any other. */
static const char *const sql[STATEMENTS_] = {
    [PUBLISH] = "INSERT INTO jobs (job_id, queue, state, due_ms, envelope, payload, changed_ms)"
                " VALUES (?1, ?2, 'ready', ?3, ?4, ?5, ?3) ON CONFLICT (job_id) DO NOTHING",
    [LEASE] = "UPDATE jobs SET state = 'leased', attempt = attempt + 1, owner = ?1, due_ms = ?2,"
              " changed_ms = ?3 WHERE job_id = (SELECT job_id FROM jobs"
              " WHERE state IN ('ready', 'leased') AND due_ms <= ?3 AND queue = ?4"
              " ORDER BY due_ms LIMIT 1)"
              " RETURNING attempt, envelope, payload, job_id, rowid",
    [FINISH] = "UPDATE jobs SET state = ?4, owner = NULL, error_code = ?5, changed_ms = ?6"
               " WHERE rowid = ?1 AND owner = ?2 AND attempt = ?3 AND state = 'leased'",
    [RETRY] = "UPDATE jobs SET state = 'ready', owner = NULL, due_ms = ?4, error_code = ?5,"
              " changed_ms = ?6"
              " WHERE rowid = ?1 AND owner = ?2 AND attempt = ?3 AND state = 'leased'",
    [FORGET] = "DELETE FROM jobs WHERE state = 'done' AND changed_ms < ?1",
    [PING] = "SELECT 1 FROM jobs LIMIT 1",
};

struct queue_sqlite {
    struct queue base;
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENTS_];
    char owner[37];
    unsigned lease_ms;
    char envelope[TRAIL_ENVELOPE_JSON_MAX]; /* of the job that is being published */
};

static enum queue_status outcome(struct queue_sqlite *self, int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE) {
        return QUEUE_OK;
    }
    (void)snprintf(self->base.error, sizeof(self->base.error), "%s",
                   sqlite3_errmsg(self->database));
    /* A full or failing disk may recover; a worker that gave up would not. */
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? QUEUE_BROKEN : QUEUE_UNAVAILABLE;
}

static enum queue_status publish(struct queue *queue, const struct trail_envelope *envelope,
                                 const char *payload, size_t payload_size)
{
    struct queue_sqlite *self = (struct queue_sqlite *)queue;
    sqlite3_stmt *statement = self->statements[PUBLISH];
    size_t size = 0;

    if (payload_size > QUEUE_PAYLOAD_MAX ||
        trail_envelope_to_json(envelope, self->envelope, sizeof(self->envelope), &size) !=
            TRAIL_OK) {
        (void)snprintf(queue->error, sizeof(queue->error), "the job is too large");
        return QUEUE_BROKEN;
    }
    (void)sqlite3_bind_text(statement, 1, envelope->job_id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 2, QUEUE_EMAILS, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 3, database_now_ms());
    (void)sqlite3_bind_text(statement, 4, self->envelope, (int)size, SQLITE_STATIC);
    (void)sqlite3_bind_blob(statement, 5, payload, (int)payload_size, SQLITE_STATIC);
    int code = database_run(statement);
    (void)sqlite3_clear_bindings(statement);
    return outcome(self, code);
}

static void read_job(sqlite3_stmt *statement, struct queue_job *ret_job)
{
    const char *envelope = (const char *)sqlite3_column_text(statement, 1);
    size_t envelope_size = (size_t)sqlite3_column_bytes(statement, 1);
    const void *payload = sqlite3_column_blob(statement, 2);
    size_t payload_size = (size_t)sqlite3_column_bytes(statement, 2);

    /* Whatever it says, the envelope is fit for trail_job_begin(), which tells what was wrong. */
    (void)!trail_envelope_from_json(&ret_job->envelope, envelope != NULL ? envelope : "",
                                    envelope_size);
    ret_job->envelope.attempt = (unsigned)sqlite3_column_int(statement, 0);
    database_copy_text(statement, 3, ret_job->envelope.job_id, sizeof(ret_job->envelope.job_id));
    if ((size_t)sqlite3_column_bytes(statement, 3) >= sizeof(ret_job->envelope.job_id)) {
        ret_job->envelope.job_id[0] = '\0'; /* cut, it could be that of another job */
    }
    ret_job->tag = (uint64_t)sqlite3_column_int64(statement, 4);
    ret_job->payload_size = payload_size < QUEUE_PAYLOAD_MAX ? payload_size : QUEUE_PAYLOAD_MAX;
    if (payload != NULL) {
        memcpy(ret_job->payload, payload, ret_job->payload_size);
    }
}

static enum queue_status try_lease(struct queue_sqlite *self, struct queue_job *ret_job)
{
    sqlite3_stmt *statement = self->statements[LEASE];
    int64_t now_ms = database_now_ms();

    (void)sqlite3_bind_text(statement, 1, self->owner, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 2, now_ms + self->lease_ms);
    (void)sqlite3_bind_int64(statement, 3, now_ms);
    (void)sqlite3_bind_text(statement, 4, QUEUE_EMAILS, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) {
        (void)sqlite3_reset(statement);
        return QUEUE_EMPTY;
    }
    if (code == SQLITE_ROW) {
        read_job(statement, ret_job);
        /* The update is committed by the step that finds no further row. */
        code = sqlite3_step(statement);
    }
    (void)sqlite3_reset(statement);
    return outcome(self, code);
}

static enum queue_status lease(struct queue *queue, unsigned wait_ms, struct queue_job *ret_job)
{
    struct queue_sqlite *self = (struct queue_sqlite *)queue;

    for (unsigned waited_ms = 0;; waited_ms += POLL_MS) {
        enum queue_status status = try_lease(self, ret_job);
        if (status != QUEUE_EMPTY || waited_ms >= wait_ms) {
            return status;
        }
        (void)poll(NULL, 0, (int)POLL_MS);
    }
}

/* Binds what names the lease, runs the statement, and tells whether the lease was still ours. */
static enum queue_status run_leased(struct queue_sqlite *self, enum statement which,
                                    const struct queue_job *job, const char *error_code)
{
    sqlite3_stmt *statement = self->statements[which];

    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)job->tag);
    (void)sqlite3_bind_text(statement, 2, self->owner, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 3, (sqlite3_int64)job->envelope.attempt);
    (void)sqlite3_bind_text(statement, 5, error_code, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 6, database_now_ms());
    int code = database_run(statement);
    (void)sqlite3_clear_bindings(statement);
    if (code == SQLITE_OK && sqlite3_changes(self->database) == 0) {
        return QUEUE_LOST;
    }
    return outcome(self, code);
}

static enum queue_status finish(struct queue *queue, const struct queue_job *job, const char *state,
                                const char *error_code)
{
    struct queue_sqlite *self = (struct queue_sqlite *)queue;

    (void)sqlite3_bind_text(self->statements[FINISH], 4, state, -1, SQLITE_STATIC);
    return run_leased(self, FINISH, job, error_code);
}

/* What can't be forgotten now is forgotten after another job. */
static void forget_finished(struct queue_sqlite *self)
{
    (void)sqlite3_bind_int64(self->statements[FORGET], 1, database_now_ms() - KEEP_DONE_MS);
    (void)database_run(self->statements[FORGET]);
}

static enum queue_status acknowledge(struct queue *queue, const struct queue_job *job)
{
    enum queue_status status = finish(queue, job, "done", NULL);

    if (status == QUEUE_OK) {
        forget_finished((struct queue_sqlite *)queue);
    }
    return status;
}

static enum queue_status dead_letter(struct queue *queue, const struct queue_job *job,
                                     const char *error_code)
{
    return finish(queue, job, "dead", error_code);
}

static enum queue_status retry(struct queue *queue, const struct queue_job *job, uint64_t delay_ms,
                               const char *error_code)
{
    struct queue_sqlite *self = (struct queue_sqlite *)queue;
    int64_t due_ms = database_now_ms() + (int64_t)delay_ms;

    (void)sqlite3_bind_int64(self->statements[RETRY], 4, due_ms);
    return run_leased(self, RETRY, job, error_code);
}

static enum queue_status ping(struct queue *queue)
{
    struct queue_sqlite *self = (struct queue_sqlite *)queue;

    return outcome(self, database_run(self->statements[PING]));
}

static void close_queue(struct queue *queue)
{
    struct queue_sqlite *self = (struct queue_sqlite *)queue;

    for (int i = 0; i < STATEMENTS_; i++) {
        (void)sqlite3_finalize(self->statements[i]);
    }
    (void)sqlite3_close(self->database);
    free(self);
}

static const struct queue_ops ops = {
    .publish = publish,
    .lease = lease,
    .acknowledge = acknowledge,
    .retry = retry,
    .dead_letter = dead_letter,
    .ping = ping,
    .close = close_queue,
};

static int prepare(struct queue_sqlite *self)
{
    int code = SQLITE_OK;

    for (int i = 0; i < STATEMENTS_ && code == SQLITE_OK; i++) {
        code = database_prepare(self->database, sql[i], &self->statements[i]);
    }
    return code;
}

enum queue_status queue_sqlite_open(const struct queue_settings *settings, const char *path,
                                    struct queue **ret_queue, char *error, size_t error_size)
{
    struct queue_sqlite *self = calloc(1, sizeof(*self));
    uuid_t uuid;

    if (self == NULL) {
        (void)snprintf(error, error_size, "no memory");
        return QUEUE_BROKEN;
    }
    self->base.ops = &ops;
    self->lease_ms = settings->lease_ms;
    uuid_generate_random(uuid);
    uuid_unparse_lower(uuid, self->owner);
    int code = database_open(
        &(struct database_options){.path = path, .schema = schema, .busy_ms = settings->busy_ms},
        &self->database, error, error_size);
    if (code == SQLITE_OK) {
        code = prepare(self);
        if (code != SQLITE_OK) {
            (void)snprintf(error, error_size, "can't use %s as a queue: %s", path,
                           sqlite3_errmsg(self->database));
        }
    }
    if (code != SQLITE_OK) {
        close_queue(&self->base);
        return database_is_busy(code) ? QUEUE_UNAVAILABLE : QUEUE_BROKEN;
    }
    *ret_queue = &self->base;
    return QUEUE_OK;
}
