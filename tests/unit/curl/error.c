/* Words that dashboards count do not change with libcurl. */
#include "unit.h"

#include "curl/error.h"

#include <errno.h>

static void test_success_has_no_code(void **state)
{
    (void)state;
    assert_null(trl_curl_error_code(CURLE_OK, 0));
}

static void test_results_are_stable_words(void **state)
{
    static const struct {
        CURLcode code;
        long os_error;
        const char *word;
    } cases[] = {
        {CURLE_OPERATION_TIMEDOUT, 0, "timeout"},
        {CURLE_COULDNT_CONNECT, ECONNREFUSED, "connection_refused"},
        {CURLE_COULDNT_CONNECT, EHOSTUNREACH, "unreachable"},
        {CURLE_COULDNT_CONNECT, ENETUNREACH, "unreachable"},
        {CURLE_COULDNT_CONNECT, ETIMEDOUT, "timeout"},
        {CURLE_COULDNT_CONNECT, 0, "connect_failed"},
        {CURLE_COULDNT_RESOLVE_HOST, 0, "resolve_failed"},
        {CURLE_PEER_FAILED_VERIFICATION, 0, "tls_failed"},
        {CURLE_TOO_MANY_REDIRECTS, 0, "too_many_redirects"},
        {CURLE_RECV_ERROR, ECONNRESET, "connection_reset"},
        {CURLE_GOT_NOTHING, 0, "empty_response"},
        {CURLE_FTP_WEIRD_PASS_REPLY, 0, "transfer_failed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(trl_curl_error_code(cases[i].code, cases[i].os_error), cases[i].word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_success_has_no_code),
        cmocka_unit_test(test_results_are_stable_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
