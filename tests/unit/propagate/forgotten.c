/* The forgotten hop: told once for each place, and never where there is nothing to carry. */
#include "unit.h"

#include "context/context.h"
#include "events.h"

#include <trail/propagate.h>

#include <stdio.h>

static struct trl_context context;
static struct trl_scope scope;
static struct trail_call call;

static int begin(void **state)
{
    (void)state;
    events_open(&(struct trail_options){.debug_checks = true});
    trl_context_init_new(&context, "req-1");
    trl_scope_enter(&scope, &context, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    events_close();
    return 0;
}

static void call_begin(const char *url)
{
    trail_call_begin(&(struct trail_call_options){.method = "POST", .url = url}, &call);
}

static void test_a_forgotten_hop_is_told_once_with_where(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        call_begin("http://forgotten:99/");
        trail_call_end(&call, &(struct trail_call_result){.status = 200});
    }
    const cJSON *event = events_one("context_not_propagated");
    assert_string_equal(event_text(event, "kind"), "call");
    assert_string_equal(event_text(event, "where"), "forgotten:99");
    assert_string_equal(event_text(event, "requestId"), "req-1");
    call_begin("http://refused:99/");
    trail_call_end(&call, &(struct trail_call_result){.error_code = "connection_refused"});
    assert_int_equal(events_count("context_not_propagated"), 1);
}

static void test_a_call_of_an_adapter_is_told_by_its_place(void **state)
{
    (void)state;
    trail_call_forgotten("http://payment/", "shop.c:12");
    trail_call_forgotten("http://payment/", "shop.c:12");
    assert_string_equal(event_text(events_one("context_not_propagated"), "where"), "shop.c:12");
    trail_call_forgotten("http://api.example.com/", "shop.c:13");
    trail_call_forgotten(NULL, "shop.c:14");
    trail_call_forgotten("http://payment/", NULL);
    trl_scope_leave(&scope);
    trail_call_forgotten("http://payment/", "shop.c:15");
    assert_int_equal(events_count("context_not_propagated"), 1);
}

static void test_without_debug_checks_nothing_is_told(void **state)
{
    (void)state;
    trl_scope_leave(&scope);
    events_close();
    events_open(NULL);
    trl_scope_enter(&scope, &context, NULL);
    trail_call_forgotten("http://payment/", "quiet.c:1");
    assert_int_equal(events_count(NULL), 0);
}

static void test_a_full_table_of_forgotten_hops_tells_no_more(void **state)
{
    char url[64];

    (void)state;
    for (int i = 0; i < 80; i++) {
        (void)snprintf(url, sizeof(url), "http://forgotten-%d/", i);
        call_begin(url);
        trail_call_end(&call, &(struct trail_call_result){.status = 200});
    }
    assert_true(events_count("context_not_propagated") > 0);
    assert_true(events_count("context_not_propagated") <= 64);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_forgotten_hop_is_told_once_with_where),
        TEST(test_a_call_of_an_adapter_is_told_by_its_place),
        TEST(test_without_debug_checks_nothing_is_told),
        TEST(test_a_full_table_of_forgotten_hops_tells_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
