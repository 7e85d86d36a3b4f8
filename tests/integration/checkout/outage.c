/* What a service does when the next one is away, hangs, or talks nonsense; and when its database is
 * another's for a while. */
#include "checkout.h"
#include "peer.h"

#include <sqlite3.h>
#include <string.h>

#define PAYMENT_TIMEOUT_MS "300"

static const char authorized[] = "{\"paymentId\":\"p\",\"status\":\"authorized\"}";

/* checkout-api and the gateway, with the peer in payment-service's place. */
static void start_with_peer(struct checkout_system *system, const struct peer *peer)
{
    checkout_prepare(
        system, &(struct fleet_settings){.arguments = {[FLEET_CHECKOUT] = {"--payment-timeout-ms",
                                                                           PAYMENT_TIMEOUT_MS}}});
    system->fleet.ports[FLEET_PAYMENT] = peer->port;
    assert_true(fleet_start_one(&system->fleet, FLEET_CHECKOUT));
    assert_true(fleet_start_one(&system->fleet, FLEET_GATEWAY));
}

static void assert_order_is(const struct checkout_system *system, const char *order_id,
                            const char *status)
{
    char path[64];
    struct http_answer answer;

    (void)snprintf(path, sizeof(path), "/orders/%s", order_id);
    checkout_call(system, FLEET_GATEWAY, &(struct http_request){.url = path}, &answer);
    cJSON *order = cJSON_Parse(answer.body);
    assert_string_equal(event_text(order, "status"), status);
    cJSON_Delete(order);
    http_answer_free(&answer);
}

static size_t count_in(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = strcasestr(text, part); at != NULL; at = strcasestr(at + 1, part)) {
        count++;
    }
    return count;
}

static void test_the_payment_request_bears_the_id_and_the_trace_once(void **state)
{
    struct checkout_system system;
    struct peer peer;

    (void)state;
    peer_start(&peer, PEER_ANSWERS, authorized);
    start_with_peer(&system, &peer);
    assert_int_equal(
        checkout_status(&system,
                        &(struct checkout_order){.token = "tok_visa", .request_id = "in-the-head"},
                        NULL),
        201);
    peer_stop(&peer);
    assert_int_equal(count_in(peer.head, "\r\nX-Request-ID: in-the-head\r\n"), 1);
    assert_int_equal(count_in(peer.head, "\r\nX-Request-ID:"), 1);
    assert_int_equal(count_in(peer.head, "\r\ntraceparent: 00-"), 1);
    assert_int_equal(count_in(peer.head, "Bearer"), 0);
    checkout_stop(&system);
}

static void test_without_payment_service_an_order_fails_and_is_marked_so(void **state)
{
    struct checkout_system system;
    struct peer peer;
    char order_id[40];

    (void)state;
    /* A port that nothing listens on any more. */
    peer_start(&peer, PEER_SILENT, NULL);
    peer_stop(&peer);
    start_with_peer(&system, &peer);
    assert_int_equal(
        checkout_status(&system,
                        &(struct checkout_order){.token = "tok_visa", .request_id = "alone"},
                        order_id),
        502);
    assert_order_is(&system, order_id, "payment_failed");
    cJSON *event = checkout_find(&system, FLEET_CHECKOUT, "payment_failed", "alone");
    assert_string_equal(event_text(event, "reason"), "provider_error");
    assert_string_equal(event_text(event, "errorCode"), "connection_refused");
    assert_string_equal(event_text(event, "orderId"), order_id);
    cJSON_Delete(event);
    checkout_wait(&system, FLEET_CHECKOUT, "outbound_failed", "alone", 2);
    assert_int_equal(checkout_count(&system, FLEET_CHECKOUT, "outbound_failed", "alone"), 2);
    checkout_stop(&system);
}

static void test_a_payment_service_that_misbehaves_costs_the_deadline_at_most(void **state)
{
    static const struct {
        enum peer_manner manner;
        const char *id;
        int status;
    } cases[] = {
        {PEER_SILENT, "silent", 504},   {PEER_DRIPS, "drips", 504},
        {PEER_RESETS, "resets", 502},   {PEER_BABBLES, "babbles", 502},
        {PEER_ENDLESS, "endless", 502}, {PEER_REDIRECTS, "redirects", 502},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct checkout_system system;
        struct peer peer;
        char order_id[40];
        peer_start(&peer, cases[i].manner, NULL);
        start_with_peer(&system, &peer);
        assert_int_equal(checkout_status(&system,
                                         &(struct checkout_order){.token = "tok_visa",
                                                                  .request_id = cases[i].id},
                                         order_id),
                         cases[i].status);
        assert_order_is(&system, order_id, "payment_failed");
        checkout_assert_once(&system, FLEET_CHECKOUT, "order_create_failed", cases[i].id);
        assert_true(atomic_load(&peer.calls) <= 2);
        checkout_stop(&system);
        peer_stop(&peer);
    }
}

static void test_a_stranger_on_payment_services_port_is_not_believed(void **state)
{
    struct checkout_system system;
    struct peer peer;

    (void)state;
    peer_start(&peer, PEER_ANSWERS, "{\"hello\":\"world\"}");
    start_with_peer(&system, &peer);
    assert_int_equal(checkout_status(&system, &(struct checkout_order){.token = "tok_visa"}, NULL),
                     502);
    checkout_stop(&system);
    peer_stop(&peer);
}

static void test_a_gateway_without_checkout_api_says_so_with_the_id(void **state)
{
    struct checkout_system system;
    struct peer peer;
    struct http_answer answer;

    (void)state;
    peer_start(&peer, PEER_SILENT, NULL);
    checkout_prepare(&system, &(struct fleet_settings){
                                  .arguments = {[FLEET_GATEWAY] = {"--timeout-ms", "300"}}});
    system.fleet.ports[FLEET_CHECKOUT] = peer.port;
    assert_true(fleet_start_one(&system.fleet, FLEET_GATEWAY));
    checkout_place(&system, &(struct checkout_order){.token = "tok_visa", .request_id = "hangs"},
                   &answer);
    assert_int_equal(answer.status, 504);
    assert_string_equal(answer.request_id, "hangs");
    assert_non_null(strstr(answer.body, "upstream_timeout"));
    http_answer_free(&answer);
    peer_stop(&peer);
    checkout_place(&system, &(struct checkout_order){.token = "tok_visa", .request_id = "away"},
                   &answer);
    assert_int_equal(answer.status, 502);
    assert_string_equal(answer.request_id, "away");
    assert_non_null(strstr(answer.body, "upstream_unavailable"));
    http_answer_free(&answer);
    checkout_stop(&system);
}

static sqlite3 *lock_database(const struct checkout_system *system, const char *name)
{
    char path[FLEET_PATH_MAX];
    sqlite3 *database = NULL;

    (void)snprintf(path, sizeof(path), "%s/data/%s", system->folder, name);
    assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    (void)sqlite3_busy_timeout(database, 10000);
    assert_int_equal(sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return database;
}

static void unlock_database(sqlite3 *database)
{
    assert_int_equal(sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void test_a_queue_that_is_locked_stops_no_order_and_loses_no_mail(void **state)
{
    struct checkout_system system;

    (void)state;
    checkout_start(&system,
                   &(struct fleet_settings){.arguments = {[FLEET_CHECKOUT] = {"--relay-ms", "1"}}});
    sqlite3 *lock = lock_database(&system, "queue.db");
    assert_int_equal(
        checkout_status(&system,
                        &(struct checkout_order){.token = "tok_visa", .request_id = "locked-out"},
                        NULL),
        201);
    checkout_wait(&system, FLEET_CHECKOUT, "queue_unavailable", NULL, 1);
    checkout_wait(&system, FLEET_WORKER, "queue_unavailable", NULL, 1);
    assert_int_equal(checkout_count(&system, FLEET_CHECKOUT, "job_enqueued", NULL), 0);
    unlock_database(lock);
    checkout_wait(&system, FLEET_WORKER, "job_succeeded", "locked-out", 1);
    checkout_wait(&system, FLEET_CHECKOUT, "queue_available", NULL, 1);
    checkout_assert_once(&system, FLEET_CHECKOUT, "confirmation_email_enqueued", "locked-out");
    assert_int_equal(checkout_mails(&system), 1);
    checkout_stop(&system);
}

static void test_the_relay_knows_the_id_by_whatever_name_it_travels(void **state)
{
    static const char *const environment[] = {"TRAIL_REQUEST_ID_HEADER=X-Correlation-ID", NULL};
    struct checkout_system system;
    struct http_answer answer;

    (void)state;
    checkout_start(&system,
                   &(struct fleet_settings){.arguments = {[FLEET_CHECKOUT] = {"--relay-ms", "1"}},
                                            .environment = environment});
    sqlite3 *lock = lock_database(&system, "queue.db");
    checkout_place(&system, &(struct checkout_order){.token = "tok_visa"}, &answer);
    cJSON *order = cJSON_Parse(answer.body);
    checkout_wait(&system, FLEET_CHECKOUT, "queue_unavailable", NULL, 1);
    unlock_database(lock);
    checkout_wait(&system, FLEET_WORKER, "job_succeeded", NULL, 1);
    checkout_assert_once(&system, FLEET_CHECKOUT, "confirmation_email_enqueued",
                         event_text(order, "requestId"));
    cJSON_Delete(order);
    http_answer_free(&answer);
    checkout_stop(&system);
}

static void test_orders_wait_for_a_database_that_is_locked_for_a_moment(void **state)
{
    struct checkout_system system;
    struct http_answer answer;

    (void)state;
    checkout_start(&system, NULL);
    sqlite3 *lock = lock_database(&system, "orders.db");
    checkout_place(&system, &(struct checkout_order){.token = "tok_visa", .request_id = "too-long"},
                   &answer);
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(answer.body, "store_unavailable"));
    http_answer_free(&answer);
    assert_int_equal(checkout_count(&system, FLEET_PAYMENT, NULL, "too-long"), 0);
    unlock_database(lock);
    assert_int_equal(checkout_status(&system, &(struct checkout_order){.token = "tok_visa"}, NULL),
                     201);
    checkout_stop(&system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_payment_request_bears_the_id_and_the_trace_once),
        cmocka_unit_test(test_without_payment_service_an_order_fails_and_is_marked_so),
        cmocka_unit_test(test_a_payment_service_that_misbehaves_costs_the_deadline_at_most),
        cmocka_unit_test(test_a_stranger_on_payment_services_port_is_not_believed),
        cmocka_unit_test(test_a_gateway_without_checkout_api_says_so_with_the_id),
        cmocka_unit_test(test_a_queue_that_is_locked_stops_no_order_and_loses_no_mail),
        cmocka_unit_test(test_the_relay_knows_the_id_by_whatever_name_it_travels),
        cmocka_unit_test(test_orders_wait_for_a_database_that_is_locked_for_a_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
