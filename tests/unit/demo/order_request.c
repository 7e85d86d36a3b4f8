#include "unit.h"

#include "checkout/order_request.h"

#include <string.h>

static void fingerprint_of(const char *text, char fingerprint[ORDER_HASH_BYTES])
{
    struct order_request request;
    struct body_problem problem;
    cJSON *object = cJSON_Parse(text);

    assert_non_null(object);
    assert_true(order_request_read(object, &request, &problem));
    order_request_fingerprint(&request, fingerprint);
    cJSON_Delete(object);
}

static void test_an_order_is_read_in_full(void **state)
{
    struct order_request request;
    struct body_problem problem;
    cJSON *object = cJSON_Parse("{\"userId\":\"ada\",\"items\":[{\"sku\":\"a\",\"quantity\":2},"
                                "{\"sku\":\"b\",\"quantity\":1000}],\"payment\":{\"token\":\"t\"},"
                                "\"more\":[1,2]}");

    (void)state;
    assert_true(order_request_read(object, &request, &problem));
    assert_string_equal(request.user_id, "ada");
    assert_string_equal(request.token, "t");
    assert_int_equal(request.item_count, 2);
    assert_string_equal(request.items[1].sku, "b");
    assert_int_equal(request.items[1].quantity, 1000);
    cJSON_Delete(object);
}

static void test_equal_orders_have_one_fingerprint_whatever_their_layout(void **state)
{
    char first[ORDER_HASH_BYTES];
    char second[ORDER_HASH_BYTES];

    (void)state;
    fingerprint_of("{\"userId\":\"a\",\"items\":[{\"sku\":\"s\",\"quantity\":1}],"
                   "\"payment\":{\"token\":\"t\"}}",
                   first);
    fingerprint_of("{ \"payment\": {\"token\": \"t\"}, \"items\": [ {\"quantity\": 1.0, "
                   "\"sku\": \"s\"} ], \"userId\": \"\\u0061\" }",
                   second);
    assert_string_equal(first, second);
}

static void test_orders_that_differ_anywhere_have_fingerprints_that_do(void **state)
{
    static const char *const texts[] = {
        "{\"userId\":\"a\",\"items\":[{\"sku\":\"s\",\"quantity\":1}],\"payment\":{\"token\":\"t\"}"
        "}",
        "{\"userId\":\"b\",\"items\":[{\"sku\":\"s\",\"quantity\":1}],\"payment\":{\"token\":\"t\"}"
        "}",
        "{\"userId\":\"a\",\"items\":[{\"sku\":\"S\",\"quantity\":1}],\"payment\":{\"token\":\"t\"}"
        "}",
        "{\"userId\":\"a\",\"items\":[{\"sku\":\"s\",\"quantity\":2}],\"payment\":{\"token\":\"t\"}"
        "}",
        "{\"userId\":\"a\",\"items\":[{\"sku\":\"s\",\"quantity\":1}],\"payment\":{\"token\":\"u\"}"
        "}",
        "{\"userId\":\"a\",\"items\":[{\"sku\":\"s\",\"quantity\":1},{\"sku\":\"s\",\"quantity\":1}"
        "],"
        "\"payment\":{\"token\":\"t\"}}",
    };
    char fingerprints[sizeof(texts) / sizeof(texts[0])][ORDER_HASH_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fingerprint_of(texts[i], fingerprints[i]);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(fingerprints[i], fingerprints[j]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_order_is_read_in_full),
        cmocka_unit_test(test_equal_orders_have_one_fingerprint_whatever_their_layout),
        cmocka_unit_test(test_orders_that_differ_anywhere_have_fingerprints_that_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
