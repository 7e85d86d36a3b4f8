#include "unit.h"

#include "environment.h"

#include "setup/settings.h"

#include <stdlib.h>
#include <string.h>

static void assert_refused(const char *name, const char *value, const char *message)
{
    struct trl_settings settings;
    struct trl_problem problem = {""};

    setenv(name, value, 1);
    assert_int_equal(trl_settings_read(NULL, &settings, &problem), TRAIL_ERR_CONFIG);
    if (message != NULL) {
        assert_string_equal(problem.text, message);
    }
    assert_int_equal(strncmp(problem.text, name, strlen(name)), 0);
    assert_non_null(strstr(problem.text, "; allowed: "));
    unsetenv(name);
}

static void test_bad_values_are_told_with_what_is_allowed(void **state)
{
    (void)state;
    assert_refused("TRAIL_LEVEL", "verbose",
                   "TRAIL_LEVEL is \"verbose\"; allowed: debug, info, warn, error, fatal, off");
    assert_refused("TRAIL_BAGGAGE_FIELDS", "a b",
                   "TRAIL_BAGGAGE_FIELDS is \"a b\"; allowed: none, all, or a comma-separated list "
                   "of keys");
    assert_refused("TRAIL_SPOOL_BYTES", "12 parsecs",
                   "TRAIL_SPOOL_BYTES is \"12 parsecs\"; allowed: 1MiB to 64GiB, as 16777216, "
                   "16MiB, 1GiB");
}

static void test_every_variable_refuses_what_it_cannot_mean(void **state)
{
    static const char *const cases[][2] = {
        {"TRAIL_SERVICE", "a\x1b[31mb"},
        {"TRAIL_ENVIRONMENT", "a\nb"},
        {"TRAIL_LEVEL", "default"},
        {"TRAIL_FORMAT", "xml"},
        {"TRAIL_SCHEMA", "splunk"},
        {"TRAIL_OUTPUT", "disk"},
        {"TRAIL_DELIVERY", "later"},
        {"TRAIL_SPOOL_DIR", "relative/dir"},
        {"TRAIL_SPOOL_BYTES", "100KiB"},
        {"TRAIL_SPOOL_BYTES", "65GiB"},
        {"TRAIL_OVERFLOW", "explode"},
        {"TRAIL_TRUSTED", "10.0.0.0/40"},
        {"TRAIL_ADMIN_TRUSTED", "localhost"},
        {"TRAIL_PROPAGATE_TO", "http://x y"},
        {"TRAIL_PROPAGATE_TO", "http://api.example.com"},
        {"TRAIL_PROPAGATE_TO", "api.example.com:8080"},
        {"TRAIL_PROPAGATE_TO", "private,10.0.0.0/33"},
        {"TRAIL_PROPAGATE_TO", "[::1]"},
        {"TRAIL_PROPAGATE_TO", "10.0.0.256"},
        {"TRAIL_PROPAGATE_TO", "api..example"},
        {"TRAIL_PROPAGATE_TO", "api.example."},
        {"TRAIL_PROPAGATE_TO", "."},
        {"TRAIL_PROPAGATE_TO", "private,all"},
        {"TRAIL_PROPAGATE_BAGGAGE", "a=b"},
        {"TRAIL_BAGGAGE_FIELDS", "a;b"},
        {"TRAIL_CRASH", "maybe"},
        {"TRAIL_REQUEST_ID_HEADER", "X Id"},
        {"TRAIL_REQUEST_ID_HEADER", "none"},
        {"TRAIL_REQUEST_ID_HEADER", "A,B,C,D,E"},
        {"TRAIL_REQUEST_ID_HEADER", "Content-Length"},
        {"TRAIL_REQUEST_ID_HEADER", "transfer-encoding"},
        {"TRAIL_REQUEST_ID_HEADER", "X-Request-ID, Host"},
        {"TRAIL_REQUEST_ID_HEADER", "Connection"},
        {"TRAIL_REQUEST_ID_HEADER", "Cookie"},
        {"TRAIL_REQUEST_ID_HEADER", "traceparent"},
        {"TRAIL_REQUEST_ID_HEADER", "X-Trail-Level"},
        {"TRAIL_REQUEST_ID_FORMAT", "uuid1"},
        {"TRAIL_REDACT", "a\tb,\x01"},
        {"TRAIL_REDACT_ALLOW", "\xff"},
        {"TRAIL_KEEP_DEBUG", "yes"},
        {"TRAIL_CLIENT_IP", "partly"},
        {"TRAIL_CPU_TIME", "1"},
        {"TRAIL_SLOW_MS", "1s"},
        {"TRAIL_SLOW_MS", "-1"},
        {"TRAIL_STALLED_MS", "86400001"},
        {"TRAIL_QUIET", "healthz"},
        {"TRAIL_SAMPLE", "1.5"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refused(cases[i][0], cases[i][1], NULL);
    }
}

static void test_huge_values_are_refused_by_every_variable_but_harm_nothing(void **state)
{
    static char huge[1 << 20];

    (void)state;
    memset(huge, 'x', sizeof(huge) - 1);
    for (size_t i = 0; variables[i] != NULL; i++) {
        if (strncmp(variables[i], "TRAIL_", 6) == 0) {
            assert_refused(variables[i], huge, NULL);
        }
    }
}

static void test_a_shown_value_is_cut_and_cannot_control_a_terminal(void **state)
{
    struct trl_settings settings;
    struct trl_problem problem;

    (void)state;
    setenv("TRAIL_FORMAT",
           "\x1b[2J\a\xc2\x9b\xff\xe2\x80\xa8+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
           1);
    assert_int_equal(trl_settings_read(NULL, &settings, &problem), TRAIL_ERR_CONFIG);
    assert_string_equal(problem.text, "TRAIL_FORMAT is \"?[2J???"
                                      "?+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                      "aaaaaaa…\"; allowed: auto, json, pretty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_bad_values_are_told_with_what_is_allowed),
        CASE(test_every_variable_refuses_what_it_cannot_mean),
        CASE(test_huge_values_are_refused_by_every_variable_but_harm_nothing),
        CASE(test_a_shown_value_is_cut_and_cannot_control_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
