/* Whatever a client sends, it is told what is wrong, and nothing is stored. */
#include "checkout.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ITEMS "\"items\":[{\"sku\":\"tea\",\"quantity\":1}]"
#define PAY   "\"payment\":{\"token\":\"tok_visa\"}"

static void post(const struct checkout_system *system, const char *body, size_t size,
                 struct http_answer *ret_answer)
{
    checkout_call(system, FLEET_GATEWAY,
                  &(struct http_request){.method = "POST",
                                         .url = "/orders",
                                         .headers = {"Content-Type: application/json", "Expect:"},
                                         .body = body,
                                         .body_size = size},
                  ret_answer);
}

static void assert_refused(const struct checkout_system *system, const char *body, size_t size,
                           const char *field)
{
    struct http_answer answer;

    post(system, body, size, &answer);
    if (answer.status != 400) {
        print_error("%.200s was answered %d\n", body, answer.status);
    }
    assert_int_equal(answer.status, 400);
    cJSON *problem = cJSON_Parse(answer.body);
    assert_string_equal(event_text(problem, "errorCode"), "validation_failed");
    assert_string_equal(event_text(problem, "field"), field);
    assert_string_equal(event_text(problem, "requestId"), answer.request_id);
    assert_string_not_equal(event_text(problem, "detail"), "");
    cJSON_Delete(problem);
    cJSON *event = checkout_find(system, FLEET_CHECKOUT, "order_create_failed", answer.request_id);
    assert_string_equal(event_text(event, "field"), field);
    cJSON_Delete(event);
    http_answer_free(&answer);
}

static void test_a_bad_body_is_refused_by_the_name_of_its_field(void **state)
{
    static const struct {
        const char *body;
        const char *field;
    } cases[] = {
        {"", "body"},
        {" ", "body"},
        {"order tea", "body"},
        {"{", "body"},
        {"{\"userId\":\"ada\"", "body"},
        {"{} {}", "body"},
        {"[]", "body"},
        {"null", "body"},
        {"42", "body"},
        {"\"ada\"", "body"},
        {"{}", "userId"},
        {"{\"userId\":null}", "userId"},
        {"{\"userId\":42}", "userId"},
        {"{\"userId\":\"\"}", "userId"},
        {"{\"userId\":\"a\\nb\"}", "userId"},
        {"{\"userId\":\"ada\\u0000\"," ITEMS "," PAY "}", "body"},
        {"{\"userId\":\"<script>\"}", "userId"},
        {"{\"userId\":\"\xc3\xa4\"}", "userId"},
        {"{\"userId\":\"\xff\"}", "userId"},
        {"{\"userId\":\"ada\"}", "items"},
        {"{\"userId\":\"ada\",\"items\":{}}", "items"},
        {"{\"userId\":\"ada\",\"items\":[]}", "items"},
        {"{\"userId\":\"ada\",\"items\":[1]}", "items[0]"},
        {"{\"userId\":\"ada\",\"items\":[{}]}", "items[0].sku"},
        {"{\"userId\":\"ada\",\"items\":[{\"sku\":\"a b\",\"quantity\":1}]}", "items[0].sku"},
        {"{\"userId\":\"ada\",\"items\":[{\"sku\":\"a\"}]}", "items[0].quantity"},
        {"{\"userId\":\"ada\",\"items\":[{\"sku\":\"a\",\"quantity\":\"1\"}]}",
         "items[0].quantity"},
        {"{\"userId\":\"ada\",\"items\":[{\"sku\":\"a\",\"quantity\":0}]}", "items[0].quantity"},
        {"{\"userId\":\"ada\",\"items\":[{\"sku\":\"a\",\"quantity\":-1}]}", "items[0].quantity"},
        {"{\"userId\":\"ada\",\"items\":[{\"sku\":\"a\",\"quantity\":1.5}]}", "items[0].quantity"},
        {"{\"userId\":\"ada\",\"items\":[{\"sku\":\"a\",\"quantity\":1e99}]}", "items[0].quantity"},
        {"{\"userId\":\"ada\",\"userId\":\"ada\"," ITEMS "," PAY "}", "userId"},
        {"{\"userId\":\"ada\"," ITEMS "," ITEMS "," PAY "}", "items"},
        {"{\"userId\":\"ada\"," ITEMS "," PAY "," PAY "}", "payment"},
        {"{\"userId\":\"ada\"," ITEMS "}", "payment"},
        {"{\"userId\":\"ada\"," ITEMS ",\"payment\":\"tok_visa\"}", "payment"},
        {"{\"userId\":\"ada\"," ITEMS ",\"payment\":{}}", "payment.token"},
        {"{\"userId\":\"ada\"," ITEMS ",\"payment\":{\"token\":[]}}", "payment.token"},
    };
    struct checkout_system system;

    (void)state;
    checkout_start(&system, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refused(&system, cases[i].body, strlen(cases[i].body), cases[i].field);
    }
    static const char with_nul[] = "{\"userId\":\"ada\"," ITEMS "," PAY "}\0{}";
    assert_refused(&system, with_nul, sizeof(with_nul) - 1, "body");
    assert_int_equal(checkout_count(&system, FLEET_PAYMENT, "payment_authorized", NULL), 0);
    checkout_stop(&system);
}

static char *repeated(const char *part, size_t count)
{
    size_t size = strlen(part);
    char *text = malloc(size * count + 1);

    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + i * size, part, size);
    }
    text[size * count] = '\0';
    return text;
}

static void test_a_body_nested_ten_thousand_deep_is_refused(void **state)
{
    struct checkout_system system;
    char *arrays = repeated("[", 10000);
    char *objects = repeated("{\"a\":", 10000);

    (void)state;
    checkout_start(&system, NULL);
    assert_refused(&system, arrays, strlen(arrays), "body");
    assert_refused(&system, objects, strlen(objects), "body");
    free(arrays);
    free(objects);
    checkout_stop(&system);
}

static void test_more_items_than_allowed_are_refused(void **state)
{
    struct checkout_system system;
    char *items = repeated("{\"sku\":\"a\",\"quantity\":1},", 50);
    char body[2048];

    (void)state;
    checkout_start(&system, NULL);
    (void)snprintf(body, sizeof(body), "{\"userId\":\"ada\",\"items\":[%s{}]," PAY "}", items);
    assert_refused(&system, body, strlen(body), "items");
    items[strlen(items) - 1] = '\0';
    (void)snprintf(body, sizeof(body), "{\"userId\":\"ada\",\"items\":[%s]," PAY "}", items);
    struct http_answer answer;
    post(&system, body, strlen(body), &answer);
    assert_int_equal(answer.status, 201);
    http_answer_free(&answer);
    free(items);
    checkout_stop(&system);
}

static void test_a_body_of_ten_megabytes_is_too_large(void **state)
{
    struct checkout_system system;
    struct http_answer answer;
    char *body = repeated("0123456789abcdef", 10 * 1024 * 1024 / 16);

    (void)state;
    checkout_start(&system, NULL);
    post(&system, body, 10 * 1024 * 1024, &answer);
    assert_int_equal(answer.status, 413);
    assert_non_null(strstr(answer.body, "body_too_large"));
    assert_string_not_equal(answer.request_id, "");
    assert_int_equal(checkout_count(&system, FLEET_CHECKOUT, NULL, answer.request_id), 0);
    http_answer_free(&answer);
    post(&system, body, 65536, &answer);
    assert_int_equal(answer.status, 400);
    http_answer_free(&answer);
    post(&system, body, 65537, &answer);
    assert_int_equal(answer.status, 413);
    http_answer_free(&answer);
    free(body);
    checkout_stop(&system);
}

static int connect_to(const struct checkout_system *system, enum fleet_service which)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)system->fleet.ports[which])};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Announces a hundred bytes, sends ten, and listens. */
static void test_a_body_that_is_cut_off_is_refused(void **state)
{
    static const char request[] = "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
                                  "X-Request-ID: cut-off\r\n\r\n{\"userId\":";
    struct checkout_system system;

    (void)state;
    checkout_start(&system, NULL);
    for (int which = FLEET_CHECKOUT; which <= FLEET_GATEWAY; which++) {
        char answer[2048] = "";
        size_t size = 0;
        ssize_t count = 0;
        int fd = connect_to(&system, (enum fleet_service)which);
        assert_int_equal(send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL), sizeof(request) - 1);
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        while ((count = recv(fd, answer + size, sizeof(answer) - size - 1, 0)) > 0) {
            size += (size_t)count;
        }
        (void)close(fd);
        assert_memory_equal(answer, "HTTP/1.1 400 ", 13);
        assert_non_null(strstr(answer, "\r\nX-Request-ID: cut-off\r\n"));
        assert_non_null(strstr(answer, "\"field\":\"body\""));
        checkout_wait(&system, (enum fleet_service)which, NULL, "cut-off", 1);
    }
    checkout_stop(&system);
}

static void test_a_method_that_is_not_offered_is_told_which_are(void **state)
{
    static const struct {
        const char *method;
        const char *path;
    } cases[] = {
        {"DELETE", "/orders"}, {"PUT", "/orders/x"}, {"GET", "/orders"}, {"POST", "/orders/x"}};
    struct checkout_system system;

    (void)state;
    checkout_start(&system, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_answer answer;
        checkout_call(&system, FLEET_GATEWAY,
                      &(struct http_request){.method = cases[i].method, .url = cases[i].path},
                      &answer);
        assert_int_equal(answer.status, 405);
        http_answer_free(&answer);
    }
    checkout_stop(&system);
}

static void test_a_path_below_one_that_is_offered_is_not_found(void **state)
{
    static const struct {
        enum fleet_service which;
        const char *path;
        const char *body;
    } cases[] = {
        {FLEET_GATEWAY, "/sessions/x", "{\"userId\":\"ada\",\"password\":\"tea-at-five\"}"},
        {FLEET_GATEWAY, "/password-resets/x", "{\"userId\":\"ada\"}"},
        {FLEET_GATEWAY, "/admin/orders/x", NULL},
        {FLEET_GATEWAY, "/admin", NULL},
        {FLEET_CHECKOUT, "/admin/orders/x", NULL},
        {FLEET_PAYMENT, "/payments/x", "{\"orderId\":\"a\",\"token\":\"tok_visa\"}"},
    };
    struct checkout_system system;

    (void)state;
    checkout_start(&system, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_answer answer;
        checkout_call(&system, cases[i].which,
                      &(struct http_request){.url = cases[i].path, .body = cases[i].body}, &answer);
        if (answer.status != 404) {
            print_error("%s was answered %d\n", cases[i].path, answer.status);
        }
        assert_int_equal(answer.status, 404);
        checkout_assert_once(&system, cases[i].which, "request_completed", answer.request_id);
        http_answer_free(&answer);
    }
    assert_int_equal(checkout_count(&system, FLEET_PAYMENT, "payment_authorized", NULL), 0);
    checkout_stop(&system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bad_body_is_refused_by_the_name_of_its_field),
        cmocka_unit_test(test_a_body_nested_ten_thousand_deep_is_refused),
        cmocka_unit_test(test_more_items_than_allowed_are_refused),
        cmocka_unit_test(test_a_body_of_ten_megabytes_is_too_large),
        cmocka_unit_test(test_a_body_that_is_cut_off_is_refused),
        cmocka_unit_test(test_a_method_that_is_not_offered_is_told_which_are),
        cmocka_unit_test(test_a_path_below_one_that_is_offered_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
