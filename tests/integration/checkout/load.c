/* A thousand orders, twenty at a time, with every outcome: each has its own trail and nothing of
 * another's. */
#include "checkout.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define ORDERS   1000
#define AT_ONCE  20
#define ID_START "load-"

/* What each token leads to: the answer, and how often payment-service is asked. */
static const struct kind {
    const char *token;
    int status;
    unsigned payments;
} kinds[] = {
    {"tok_visa", 201, 1},    {"tok_visa", 201, 1},  {"tok_visa", 201, 1},  {"tok_declined", 402, 1},
    {"tok_visa", 201, 1},    {"tok_flaky", 201, 2}, {"tok_visa", 201, 1},  {"tok_error", 502, 2},
    {"tok_timeout", 504, 1}, {"tok_crash", 502, 1}, {"not valid", 400, 0},
};

struct order {
    const struct kind *kind;
    int status;
    char order_id[40];
    char request_id[HTTP_ID_BYTES]; /* of the response */
    unsigned terminals[FLEET_SERVICES_];
    unsigned mails;
};

struct load {
    struct checkout_system system;
    struct order orders[ORDERS];
    atomic_int next;
    enum fleet_service which;
};

static void place(struct load *load, int index)
{
    struct order *order = &load->orders[index];
    char request_id[32];
    char user_id[32];
    struct http_answer answer;

    order->kind = &kinds[(size_t)index % (sizeof(kinds) / sizeof(kinds[0]))];
    (void)snprintf(request_id, sizeof(request_id), ID_START "%d", index);
    (void)snprintf(user_id, sizeof(user_id), "user-%d", index);
    checkout_place(&load->system,
                   &(struct checkout_order){
                       .token = order->kind->token, .request_id = request_id, .user_id = user_id},
                   &answer);
    order->status = answer.status;
    (void)snprintf(order->request_id, sizeof(order->request_id), "%s", answer.request_id);
    cJSON *object = cJSON_Parse(answer.body);
    (void)snprintf(order->order_id, sizeof(order->order_id), "%s", event_text(object, "orderId"));
    cJSON_Delete(object);
    http_answer_free(&answer);
}

static void *place_orders(void *context)
{
    struct load *load = context;
    int index = 0;

    while ((index = atomic_fetch_add(&load->next, 1)) < ORDERS) {
        place(load, index);
    }
    return NULL;
}

/* Holds that a line speaks of the order whose ID it bears, and counts its last events. */
static bool take(void *context, const cJSON *event)
{
    struct load *load = context;
    const char *request_id = event_text(event, "requestId");
    const char *user_id = event_text(event, "userId");
    const char *order_id = event_text(event, "orderId");
    char expected[32];

    if (strncmp(request_id, ID_START, sizeof(ID_START) - 1) != 0) {
        return true;
    }
    long index = strtol(request_id + sizeof(ID_START) - 1, NULL, 10);
    assert_in_range(index, 0, ORDERS - 1);
    struct order *order = &load->orders[index];
    (void)snprintf(expected, sizeof(expected), "user-%ld", index);
    if (user_id[0] != '\0') {
        assert_string_equal(user_id, expected);
    }
    if (order_id[0] != '\0') {
        assert_string_equal(order_id, order->order_id);
    }
    order->terminals[load->which] += event_is_terminal(event) ? 1 : 0;
    order->mails += event_is(event, "email_sent") ? 1 : 0;
    return true;
}

static size_t confirmed(const struct load *load)
{
    size_t count = 0;

    for (size_t i = 0; i < ORDERS; i++) {
        count += load->orders[i].kind->status == 201 ? 1 : 0;
    }
    return count;
}

static void hold(const struct load *load)
{
    for (size_t i = 0; i < ORDERS; i++) {
        const struct order *order = &load->orders[i];
        assert_int_equal(order->status, order->kind->status);
        assert_int_equal(order->terminals[FLEET_GATEWAY], 1);
        assert_int_equal(order->terminals[FLEET_CHECKOUT], 1);
        assert_int_equal(order->terminals[FLEET_PAYMENT], order->kind->payments);
        assert_int_equal(order->mails, order->kind->status == 201 ? 1 : 0);
    }
    assert_int_equal(checkout_mails(&load->system), confirmed(load));
    assert_int_equal(checkout_strays(&load->system), 0);
}

static void test_a_thousand_orders_keep_their_trails_apart(void **state)
{
    static struct load load;
    pthread_t threads[AT_ONCE];

    (void)state;
    checkout_start(
        &load.system,
        &(struct fleet_settings){.arguments = {[FLEET_PAYMENT] = {"--provider-timeout-ms", "20"}}});
    for (int i = 0; i < AT_ONCE; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, place_orders, &load), 0);
    }
    for (int i = 0; i < AT_ONCE; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    checkout_wait(&load.system, FLEET_WORKER, "job_succeeded", NULL, confirmed(&load));
    /* The last event of a request follows its answer: at the stop all are written. */
    assert_int_equal(fleet_stop(&load.system.fleet), 0);
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        char path[FLEET_PATH_MAX];
        load.which = (enum fleet_service)which;
        fleet_log(&load.system.fleet, load.which, path, sizeof(path));
        (void)events_read(path, 0, take, &load);
    }
    for (size_t i = 0; i < ORDERS; i++) {
        char expected[32];
        (void)snprintf(expected, sizeof(expected), ID_START "%zu", i);
        assert_string_equal(load.orders[i].request_id, expected);
    }
    hold(&load);
    checkout_stop(&load.system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thousand_orders_keep_their_trails_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
