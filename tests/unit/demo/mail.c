#include "unit.h"

#include "worker/mail.h"

#include <stdio.h>
#include <string.h>

static char text[MAIL_MAX];

/* Writes the mail of an order of these items, and returns its size; 0: the payload was refused. */
static size_t write_mail(const char *items)
{
    static struct queue_job job;
    struct body_problem problem;
    struct mail mail;
    size_t size;

    strcpy(job.envelope.job_id, "job-1");
    strcpy(job.envelope.request_id, "req-1");
    job.payload_size =
        (size_t)snprintf(job.payload, sizeof(job.payload),
                         "{\"orderId\":\"o-1\",\"userId\":\"ada\",\"items\":%s}", items);
    assert_true(job.payload_size < sizeof(job.payload));
    cJSON *payload = mail_read(&job, &mail, &problem);
    if (payload == NULL) {
        return 0;
    }
    size = mail_write(&mail, &job, text, sizeof(text));
    cJSON_Delete(payload);
    assert_true(size < sizeof(text));
    assert_int_equal(strlen(text), size);
    return size;
}

static void test_a_mail_names_order_and_items(void **state)
{
    (void)state;
    assert_true(write_mail("[{\"sku\":\"tea\",\"quantity\":2},{\"sku\":\"cup\",\"quantity\":1}]") >
                0);
    assert_non_null(strstr(text, "\r\nTo: ada@customers.example\r\n"));
    assert_non_null(strstr(text, "\r\nX-Request-ID: req-1\r\n"));
    assert_non_null(strstr(text, "\r\nSubject: Your order o-1\r\n"));
    assert_non_null(strstr(text, "\r\n       2  tea\r\n       1  cup\r\n"));
}

static void test_what_is_no_item_is_left_out(void **state)
{
    static const char *const items[] = {
        "{}",
        "1",
        "{\"sku\":\"cup\"}",
        "{\"quantity\":1}",
        "{\"sku\":\"a\\r\\nBcc: x\",\"quantity\":1}",
        "{\"sku\":\"cup\",\"quantity\":-1}",
        "{\"sku\":\"cup\",\"quantity\":\"1\"}",
    };
    char list[256];

    (void)state;
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        snprintf(list, sizeof(list), "[%s,{\"sku\":\"tea\",\"quantity\":2}]", items[i]);
        assert_true(write_mail(list) > 0);
        assert_non_null(strstr(text, "We send you:\r\n\r\n       2  tea\r\n"));
    }
}

/* As decimals these numbers would need more room than there is. */
static void test_quantities_beyond_all_bounds_do_not_lengthen_a_mail(void **state)
{
    static char items[QUEUE_PAYLOAD_MAX - 256];
    size_t size = 0;

    (void)state;
    while (size + 64 < sizeof(items)) {
        size += (size_t)sprintf(items + size, "%s{\"sku\":\"a\",\"quantity\":1e300}",
                                size > 0 ? "," : "[");
    }
    strcpy(items + size, "]");
    assert_true(write_mail(items) > 0);
    assert_null(strstr(text, "  a\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mail_names_order_and_items),
        cmocka_unit_test(test_what_is_no_item_is_left_out),
        cmocka_unit_test(test_quantities_beyond_all_bounds_do_not_lengthen_a_mail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
