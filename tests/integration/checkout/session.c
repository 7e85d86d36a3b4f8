/* Logging in, being locked out, and what only an administrator may see. */
#include "checkout.h"

#include <string.h>

static int post(const struct checkout_system *system, const char *path, const char *body,
                struct http_answer *ret_answer)
{
    checkout_call(system, FLEET_GATEWAY, &(struct http_request){.url = path, .body = body},
                  ret_answer);
    return ret_answer->status;
}

static int log_in(const struct checkout_system *system, const char *user_id, const char *password,
                  char ret_id[HTTP_ID_BYTES], char ret_authorization[128])
{
    char body[256];
    struct http_answer answer;

    (void)snprintf(body, sizeof(body), "{\"userId\":\"%s\",\"password\":\"%s\"}", user_id,
                   password);
    (void)post(system, "/sessions", body, &answer);
    cJSON *object = cJSON_Parse(answer.body);
    if (ret_id != NULL) {
        (void)snprintf(ret_id, HTTP_ID_BYTES, "%s", answer.request_id);
    }
    if (ret_authorization != NULL) {
        (void)snprintf(ret_authorization, 128, "Authorization: Bearer %s",
                       event_text(object, "token"));
    }
    cJSON_Delete(object);
    http_answer_free(&answer);
    return answer.status;
}

static void test_the_right_password_opens_a_session(void **state)
{
    struct checkout_system system;
    char id[HTTP_ID_BYTES];

    (void)state;
    checkout_start(&system, NULL);
    assert_int_equal(log_in(&system, "ada", "tea-at-five", id, NULL), 201);
    cJSON *event = checkout_find(&system, FLEET_CHECKOUT, "login_succeeded", id);
    assert_string_equal(event_text(event, "userId"), "ada");
    assert_true(cJSON_IsNumber(cJSON_GetObjectItem(event, "durationMs")));
    cJSON_Delete(event);
    checkout_stop(&system);
}

static void test_five_failures_lock_a_user_known_or_not(void **state)
{
    static const char *const users[] = {"ada", "nobody"};
    struct checkout_system system;
    char id[HTTP_ID_BYTES];

    (void)state;
    checkout_start(&system, NULL);
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        for (int failure = 1; failure <= 5; failure++) {
            assert_int_equal(log_in(&system, users[i], "s3cret", id, NULL), 401);
            checkout_assert_once(&system, FLEET_CHECKOUT, "login_failed", id);
            checkout_wait(&system, FLEET_CHECKOUT, "request_completed", id, 1);
            assert_int_equal(checkout_count(&system, FLEET_CHECKOUT, "login_locked", id),
                             failure == 5 ? 1 : 0);
        }
        assert_int_equal(log_in(&system, users[i], "tea-at-five", id, NULL), 429);
    }
    assert_int_equal(log_in(&system, "grace", "earl-grey-hot", NULL, NULL), 201);
    checkout_stop(&system);
}

static void test_a_success_forgives_failures_and_a_lock_ends(void **state)
{
    struct checkout_system system;

    (void)state;
    checkout_start(&system, &(struct fleet_settings){
                                .arguments = {[FLEET_CHECKOUT] = {"--login-lock-ms", "1"}}});
    for (int round = 0; round < 2; round++) {
        for (int failure = 1; failure <= 4; failure++) {
            assert_int_equal(log_in(&system, "ada", "s3cret", NULL, NULL), 401);
        }
        assert_int_equal(log_in(&system, "ada", "tea-at-five", NULL, NULL), 201);
    }
    for (int failure = 1; failure <= 5; failure++) {
        assert_int_equal(log_in(&system, "ada", "s3cret", NULL, NULL), 401);
    }
    /* A lock of one millisecond has ended by the time of the next request, or of a later one. */
    int status = 429;
    for (int i = 0; i < 1000 && status == 429; i++) {
        status = log_in(&system, "ada", "tea-at-five", NULL, NULL);
    }
    assert_int_equal(status, 201);
    checkout_stop(&system);
}

static void test_a_bad_login_is_refused_by_the_name_of_its_field(void **state)
{
    static const char *const bodies[] = {"{\"userId\":\"ada\"}",
                                         "{\"userId\":\"ada\",\"password\":5}",
                                         "{\"userId\":\"ada\",\"password\":\"\"}"};
    struct checkout_system system;

    (void)state;
    checkout_start(&system, NULL);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct http_answer answer;
        assert_int_equal(post(&system, "/sessions", bodies[i], &answer), 400);
        assert_non_null(strstr(answer.body, "\"field\":\"password\""));
        http_answer_free(&answer);
    }
    checkout_stop(&system);
}

static void test_a_password_reset_is_accepted_for_anyone(void **state)
{
    struct checkout_system system;
    struct http_answer answer;

    (void)state;
    checkout_start(&system, NULL);
    assert_int_equal(post(&system, "/password-resets", "{\"userId\":\"who-is-this\"}", &answer),
                     202);
    checkout_assert_once(&system, FLEET_CHECKOUT, "password_reset_requested", answer.request_id);
    http_answer_free(&answer);
    assert_int_equal(post(&system, "/password-resets", "{}", &answer), 400);
    http_answer_free(&answer);
    checkout_stop(&system);
}

static int list_orders(const struct checkout_system *system, const char *authorization,
                       struct http_answer *ret_answer)
{
    checkout_call(system, FLEET_GATEWAY,
                  &(struct http_request){.url = "/admin/orders", .headers = {authorization}},
                  ret_answer);
    return ret_answer->status;
}

static void assert_denied(const struct checkout_system *system, const char *authorization,
                          int status)
{
    struct http_answer answer;

    assert_int_equal(list_orders(system, authorization, &answer), status);
    checkout_assert_once(system, FLEET_CHECKOUT, "permission_denied", answer.request_id);
    http_answer_free(&answer);
}

static void test_only_an_administrator_sees_all_orders(void **state)
{
    struct checkout_system system;
    struct http_answer answer;
    char authorization[128];
    char order_id[40];

    (void)state;
    checkout_start(&system, NULL);
    assert_int_equal(
        checkout_status(&system, &(struct checkout_order){.token = "tok_visa"}, order_id), 201);
    assert_denied(&system, NULL, 401);
    assert_denied(&system, "Authorization: Bearer s3cret", 401);
    assert_denied(&system, "Authorization: Basic YWRhOnMzY3JldA==", 401);
    assert_int_equal(log_in(&system, "ada", "tea-at-five", NULL, authorization), 201);
    assert_denied(&system, authorization, 403);
    assert_int_equal(log_in(&system, "grace", "earl-grey-hot", NULL, authorization), 201);
    assert_int_equal(list_orders(&system, authorization, &answer), 200);
    assert_non_null(strstr(answer.body, order_id));
    http_answer_free(&answer);
    checkout_stop(&system);
}

static void test_every_service_has_health_readiness_and_metrics(void **state)
{
    static const char *const paths[] = {"/healthz", "/readyz", "/metrics"};
    struct checkout_system system;

    (void)state;
    checkout_start(&system, NULL);
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
            struct http_answer answer;
            checkout_call(&system, (enum fleet_service)which,
                          &(struct http_request){.url = paths[i]}, &answer);
            assert_int_equal(answer.status, 200);
            assert_string_not_equal(answer.request_id, "");
            assert_true(answer.body_size > 0);
            http_answer_free(&answer);
        }
        assert_int_equal(
            checkout_count(&system, (enum fleet_service)which, "request_completed", NULL), 0);
    }
    checkout_stop(&system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_right_password_opens_a_session),
        cmocka_unit_test(test_five_failures_lock_a_user_known_or_not),
        cmocka_unit_test(test_a_success_forgives_failures_and_a_lock_ends),
        cmocka_unit_test(test_a_bad_login_is_refused_by_the_name_of_its_field),
        cmocka_unit_test(test_a_password_reset_is_accepted_for_anyone),
        cmocka_unit_test(test_only_an_administrator_sees_all_orders),
        cmocka_unit_test(test_every_service_has_health_readiness_and_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
