/* Whatever lies in the queue, the worker gives it up by name, sends no mail for it, and goes on. */
#include "checkout.h"

#include <sqlite3.h>
#include <string.h>

#define PAYLOAD                                                                                    \
    "{\"orderId\":\"o-1\",\"userId\":\"ada\",\"items\":[{\"sku\":\"tea\",\"quantity\":1}]}"
#define ID_OF_60 "012345678901234567890123456789012345678901234567890123456789"

static void enqueue(const struct checkout_system *system, const char *job_id, const char *state,
                    const char *payload)
{
    static const char sql[] =
        "INSERT INTO jobs (job_id, queue, state, due_ms, envelope, payload, changed_ms)"
        " VALUES (?1, 'emails', ?3, 0, '{}', ?2, 0)";
    char path[FLEET_PATH_MAX];
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;

    (void)snprintf(path, sizeof(path), "%s/data/queue.db", system->folder);
    assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    (void)sqlite3_busy_timeout(database, 10000);
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_bind_text(statement, 1, job_id, -1, SQLITE_STATIC), SQLITE_OK);
    assert_int_equal(sqlite3_bind_blob(statement, 2, payload, (int)strlen(payload), SQLITE_STATIC),
                     SQLITE_OK);
    assert_int_equal(sqlite3_bind_text(statement, 3, state, -1, SQLITE_STATIC), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void start_worker(struct checkout_system *system)
{
    checkout_prepare(system, &(struct fleet_settings){.queue = "sqlite"});
    assert_true(fleet_start_one(&system->fleet, FLEET_WORKER));
}

static void test_an_id_that_names_no_mail_is_given_up(void **state)
{
    static const char *const ids[] = {"",
                                      "../outside",
                                      "a b",
                                      "a\r\nBcc: eve@example",
                                      "\xc3\xa4",
                                      "a\x01",
                                      "a\"b>c",
                                      ID_OF_60 "01234-one",
                                      ID_OF_60 "01234-two"};
    const size_t count = sizeof(ids) / sizeof(ids[0]);
    struct checkout_system system;

    (void)state;
    start_worker(&system);
    for (size_t i = 0; i < count; i++) {
        enqueue(&system, ids[i], "ready", PAYLOAD);
    }
    enqueue(&system, "the.last-one", "ready", PAYLOAD);
    checkout_wait(&system, FLEET_WORKER, "job_dead_lettered", NULL, count);
    checkout_wait(&system, FLEET_WORKER, "job_succeeded", NULL, 1);
    cJSON *refused = checkout_find(&system, FLEET_WORKER, "job_payload_rejected", NULL);
    assert_string_equal(event_text(refused, "field"), "jobId");
    cJSON_Delete(refused);
    assert_int_equal(checkout_mails(&system), 1);
    assert_int_equal(checkout_strays(&system), 0);
    checkout_stop(&system);
}

static void test_a_payload_that_makes_no_mail_is_given_up(void **state)
{
    static const char *const payloads[] = {
        "",
        "tea",
        "[]",
        "{}",
        "{\"orderId\":\"o-1\"}",
        "{\"orderId\":\"o-1\",\"userId\":\"ada\\r\\nBcc: eve\"}",
        "{\"orderId\":\"o-1\",\"orderId\":\"o-2\",\"userId\":\"ada\"}",
    };
    const size_t count = sizeof(payloads) / sizeof(payloads[0]);
    struct checkout_system system;

    (void)state;
    start_worker(&system);
    for (size_t i = 0; i < count; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "job-%zu", i);
        enqueue(&system, id, "ready", payloads[i]);
    }
    enqueue(&system, "odd-items", "ready",
            "{\"orderId\":\"o-1\",\"userId\":\"ada\",\"items\":[[1],\"x\",{}]}");
    checkout_wait(&system, FLEET_WORKER, "job_dead_lettered", NULL, count);
    checkout_wait(&system, FLEET_WORKER, "job_succeeded", NULL, 1);
    assert_int_equal(checkout_count(&system, FLEET_WORKER, "job_retry_scheduled", NULL), 0);
    assert_int_equal(checkout_mails(&system), 1);
    checkout_stop(&system);
}

static int64_t count_rows(const struct checkout_system *system, const char *condition)
{
    char path[FLEET_PATH_MAX];
    char sql[128];
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;

    (void)snprintf(path, sizeof(path), "%s/data/queue.db", system->folder);
    (void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM jobs WHERE %s", condition);
    assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    (void)sqlite3_busy_timeout(database, 10000);
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    return count;
}

static void test_what_was_finished_long_ago_is_forgotten_while_the_worker_runs(void **state)
{
    struct checkout_system system;

    (void)state;
    start_worker(&system);
    enqueue(&system, "old", "done", PAYLOAD);
    enqueue(&system, "dead", "dead", PAYLOAD);
    enqueue(&system, "new", "ready", PAYLOAD);
    checkout_wait(&system, FLEET_WORKER, "job_succeeded", NULL, 1);
    assert_int_equal(count_rows(&system, "job_id = 'old'"), 0);
    assert_int_equal(count_rows(&system, "state = 'dead'"), 1);
    assert_int_equal(count_rows(&system, "state = 'done'"), 1);
    checkout_stop(&system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_id_that_names_no_mail_is_given_up),
        cmocka_unit_test(test_what_was_finished_long_ago_is_forgotten_while_the_worker_runs),
        cmocka_unit_test(test_a_payload_that_makes_no_mail_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
