/* The header list of a call: the caller's own win, none stands twice. */
#include "unit.h"

#include "context/context.h"
#include "curl/headers.h"
#include "events.h"
#include "faults.h"

#include <trail/curl.h>

#include <errno.h>
#include <string.h>
#include <strings.h>

static struct trl_context context;
static struct trl_scope scope;
static struct trail_call call;

static int begin(void **state)
{
    (void)state;
    events_open(NULL);
    trl_context_init_new(&context, "req-1");
    strcpy(context.tracestate, "foo=1");
    context.tracestate_size = 5;
    trl_scope_enter(&scope, &context, NULL);
    trail_call_begin(&(struct trail_call_options){.url = "http://payment/"}, &call);
    return 0;
}

static int end(void **state)
{
    (void)state;
    trail_call_end(&call, NULL);
    trl_scope_leave(&scope);
    events_close();
    return 0;
}

static unsigned count(const struct curl_slist *list, const char *name)
{
    unsigned found = 0;

    for (; list != NULL; list = list->next) {
        found += strncasecmp(list->data, name, strlen(name)) == 0 ? 1 : 0;
    }
    return found;
}

static struct curl_slist *merge(const char *const *callers, struct curl_slist **ret_own)
{
    struct curl_slist *own_headers = NULL;
    struct curl_slist *merged = NULL;

    for (; *callers != NULL; callers++) {
        own_headers = curl_slist_append(own_headers, *callers);
    }
    assert_int_equal(trl_curl_headers(own_headers, &call, &merged, ret_own), TRAIL_OK);
    curl_slist_free_all(own_headers);
    return merged;
}

static void test_the_contexts_headers_follow_the_callers(void **state)
{
    struct curl_slist *own;
    struct curl_slist *merged = merge((const char *const[]){"Accept: x", NULL}, &own);

    (void)state;
    assert_string_equal(merged->data, "Accept: x");
    assert_ptr_equal(merged->next, own);
    assert_string_equal(own->data, "X-Request-ID: req-1");
    assert_int_equal(count(own, "traceparent: 00-"), 1);
    assert_int_equal(count(own, "tracestate: trail="), 1);
    curl_slist_free_all(merged);
}

static void test_a_callers_own_header_wins(void **state)
{
    static const char *const forms[] = {"x-request-id: mine", "X-Request-ID:", "X-REQUEST-ID;"};
    struct curl_slist *own;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct curl_slist *merged = merge((const char *const[]){forms[i], NULL}, &own);
        assert_int_equal(count(merged, "x-request-id"), 1);
        assert_string_equal(merged->data, forms[i]);
        assert_int_equal(count(merged, "traceparent"), 1);
        curl_slist_free_all(merged);
    }
}

static void test_a_callers_traceparent_takes_our_tracestate_away(void **state)
{
    struct curl_slist *own;
    struct curl_slist *merged =
        merge((const char *const[]){"traceparent: mine", "traceparents: x", NULL}, &own);

    (void)state;
    assert_int_equal(count(merged, "traceparent:"), 1);
    assert_int_equal(count(merged, "tracestate"), 0);
    assert_int_equal(count(merged, "X-Request-ID"), 1);
    curl_slist_free_all(merged);
}

static void test_headers_are_hidden_and_shown_again(void **state)
{
    struct curl_slist *own;
    struct curl_slist *merged = merge((const char *const[]){"Accept: x", NULL}, &own);

    (void)state;
    trl_curl_headers_show(own, false);
    assert_string_equal(own->data, "X-Request-ID:");
    assert_string_equal(merged->data, "Accept: x");
    trl_curl_headers_show(own, false);
    trl_curl_headers_show(own, true);
    assert_string_equal(own->data, "X-Request-ID: req-1");
    trl_curl_headers_show(NULL, true);
    curl_slist_free_all(merged);
}

static void test_where_the_context_may_not_go_the_callers_stand_alone(void **state)
{
    struct curl_slist *own;

    (void)state;
    trail_call_begin(&(struct trail_call_options){.url = "http://api.example.com/"}, &call);
    struct curl_slist *merged = merge((const char *const[]){"Accept: x", NULL}, &own);
    assert_null(merged->next);
    assert_null(own);
    curl_slist_free_all(merged);
    assert_null(merge((const char *const[]){NULL}, &own));
}

static void test_without_memory_the_handle_is_as_it_was(void **state)
{
    struct trail_curl_call curl_call;
    CURL *easy = curl_easy_init();

    (void)state;
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_URL, "http://payment/"), CURLE_OK);
    for (unsigned nth = 1;; nth++) {
        faults_arm(FAULT_MEMORY, nth, ENOMEM);
        enum trail_status status = trail_curl_begin(easy, NULL, &curl_call);
        if (faults_disarm() < nth) {
            assert_int_equal(status, TRAIL_OK);
            trail_curl_end(&curl_call, CURLE_OK);
            break;
        }
        assert_int_equal(status, TRAIL_ERR_NOMEM);
    }
    curl_easy_cleanup(easy);
}

static void test_bad_arguments_are_refused(void **state)
{
    struct trail_curl_call curl_call = {.easy_ = NULL};

    (void)state;
    assert_int_equal(trail_curl_begin(NULL, NULL, &curl_call), TRAIL_ERR_INVALID);
    assert_int_equal(trail_curl_perform(NULL, NULL), CURLE_BAD_FUNCTION_ARGUMENT);
    trail_curl_end(&curl_call, CURLE_OK);
    trail_curl_end(NULL, CURLE_OK);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_the_contexts_headers_follow_the_callers),
        TEST(test_a_callers_own_header_wins),
        TEST(test_a_callers_traceparent_takes_our_tracestate_away),
        TEST(test_headers_are_hidden_and_shown_again),
        TEST(test_where_the_context_may_not_go_the_callers_stand_alone),
        TEST(test_without_memory_the_handle_is_as_it_was),
        TEST(test_bad_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
