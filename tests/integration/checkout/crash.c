/* The worker dies, again and again: no job is lost, and none sends two mails. */
#include "checkout.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void kill_worker(struct checkout_system *system)
{
    process_signal(&system->fleet.processes[FLEET_WORKER], SIGKILL);
    assert_true(process_wait(&system->fleet.processes[FLEET_WORKER], -1, NULL));
}

struct attempts {
    char job_id[80];
    char request_id[140];
    int last;
};

/* Each receipt is of the same job, under the same ID, with the next attempt. */
static bool take_receipt(void *context, const cJSON *event)
{
    struct attempts *attempts = context;

    if (event_is(event, "job_received")) {
        if (attempts->last > 0) {
            assert_string_equal(event_text(event, "jobId"), attempts->job_id);
        }
        (void)snprintf(attempts->job_id, sizeof(attempts->job_id), "%s",
                       event_text(event, "jobId"));
        assert_string_equal(event_text(event, "requestId"), attempts->request_id);
        attempts->last++;
        assert_int_equal(cJSON_GetObjectItem(event, "attempt")->valueint, attempts->last);
    }
    return true;
}

static int count_attempts(const struct checkout_system *system, const char *request_id)
{
    struct attempts attempts = {.last = 0};
    char log[FLEET_PATH_MAX];

    (void)snprintf(attempts.request_id, sizeof(attempts.request_id), "%s", request_id);
    fleet_log(&system->fleet, FLEET_WORKER, log, sizeof(log));
    (void)events_read(log, 0, take_receipt, &attempts);
    return attempts.last;
}

/* Starts a system whose worker takes as good as for ever, and places an order. */
static void start_with_order(struct checkout_system *system, const char *request_id)
{
    checkout_start(
        system, &(struct fleet_settings){
                    .arguments = {[FLEET_WORKER] = {"--work-ms", "600000", "--lease-ms", "100"}}});
    assert_int_equal(
        checkout_status(
            system, &(struct checkout_order){.token = "tok_visa", .request_id = request_id}, NULL),
        201);
}

static void test_the_job_of_a_killed_worker_runs_again_under_the_same_id(void **state)
{
    struct checkout_system system;
    static const char id[] = "killed-in-mid-job";

    (void)state;
    start_with_order(&system, id);
    checkout_wait(&system, FLEET_WORKER, "job_received", id, 1);
    kill_worker(&system);
    assert_int_equal(checkout_mails(&system), 0);

    system.fleet.settings.arguments[FLEET_WORKER][1] = "0";
    assert_true(fleet_start_one(&system.fleet, FLEET_WORKER));
    checkout_wait(&system, FLEET_WORKER, "job_succeeded", id, 1);
    assert_int_equal(count_attempts(&system, id), 2);
    assert_int_equal(checkout_mails(&system), 1);
    checkout_stop(&system);
}

static void test_a_job_that_kills_its_worker_each_time_is_given_up(void **state)
{
    struct checkout_system system;
    static const char id[] = "poison";

    (void)state;
    start_with_order(&system, id);
    for (size_t i = 1; i <= 5; i++) {
        checkout_wait(&system, FLEET_WORKER, "job_received", id, i);
        kill_worker(&system);
        assert_true(fleet_start_one(&system.fleet, FLEET_WORKER));
    }
    checkout_wait(&system, FLEET_WORKER, "job_dead_lettered", id, 1);
    cJSON *event = checkout_find(&system, FLEET_WORKER, "job_dead_lettered", id);
    assert_string_equal(event_text(event, "errorCode"), "worker_died");
    cJSON_Delete(event);
    assert_int_equal(checkout_mails(&system), 0);
    checkout_stop(&system);
}

static void remove_outbox(const struct checkout_system *system)
{
    char path[FLEET_PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/outbox", system->folder);
    assert_int_equal(rmdir(path), 0);
}

static void test_a_job_that_fails_is_retried_and_then_dead_lettered(void **state)
{
    struct checkout_system system;
    static const char id[] = "no-outbox";

    (void)state;
    checkout_start(&system,
                   &(struct fleet_settings){.arguments = {[FLEET_WORKER] = {"--retry-ms", "10"}}});
    remove_outbox(&system);
    assert_int_equal(
        checkout_status(&system, &(struct checkout_order){.token = "tok_visa", .request_id = id},
                        NULL),
        201);
    checkout_wait(&system, FLEET_WORKER, "job_dead_lettered", id, 1);
    assert_int_equal(count_attempts(&system, id), 5);
    checkout_wait(&system, FLEET_WORKER, "job_retry_scheduled", id, 4);
    assert_int_equal(checkout_count(&system, FLEET_WORKER, "job_retry_scheduled", id), 4);
    cJSON *event = checkout_find(&system, FLEET_WORKER, "job_retry_scheduled", id);
    assert_string_equal(event_text(event, "errorCode"), "outbox_unavailable");
    assert_true(cJSON_IsNumber(cJSON_GetObjectItem(event, "delayMs")));
    cJSON_Delete(event);
    checkout_stop(&system);
}

static void test_under_load_a_worker_that_is_killed_at_any_point_sends_each_mail_once(void **state)
{
    struct checkout_system system;
    const char *rounds = getenv("TRAIL_TEST_LONG") != NULL ? "100" : "10";
    size_t orders = 0;

    (void)state;
    checkout_start(&system,
                   &(struct fleet_settings){.arguments = {[FLEET_WORKER] = {"--lease-ms", "50"}}});
    for (long round = strtol(rounds, NULL, 10); round > 0; round--) {
        size_t sent = checkout_count(&system, FLEET_WORKER, "email_sent", NULL);
        for (int i = 0; i < 5; i++, orders++) {
            assert_int_equal(
                checkout_status(&system, &(struct checkout_order){.token = "tok_visa"}, NULL), 201);
        }
        /* Somewhere in the middle of these five. */
        checkout_wait(&system, FLEET_WORKER, "email_sent", NULL, sent + 1);
        kill_worker(&system);
        assert_true(fleet_start_one(&system.fleet, FLEET_WORKER));
    }
    checkout_wait(&system, FLEET_CHECKOUT, "job_enqueued", NULL, orders);
    checkout_wait_mails(&system, orders);
    assert_int_equal(checkout_mails(&system), orders);
    assert_int_equal(checkout_count(&system, FLEET_WORKER, "job_dead_lettered", NULL), 0);
    checkout_stop(&system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_job_of_a_killed_worker_runs_again_under_the_same_id),
        cmocka_unit_test(test_a_job_that_kills_its_worker_each_time_is_given_up),
        cmocka_unit_test(test_a_job_that_fails_is_retried_and_then_dead_lettered),
        cmocka_unit_test(test_under_load_a_worker_that_is_killed_at_any_point_sends_each_mail_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
