#include "unit.h"

#include "setup/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {
    "TRAIL_SERVICE",
    "OTEL_SERVICE_NAME",
    "TRAIL_ENVIRONMENT",
    "TRAIL_LEVEL",
    "LOG_LEVEL",
    "TRAIL_FORMAT",
    "TRAIL_SCHEMA",
    "TRAIL_OUTPUT",
    "TRAIL_DELIVERY",
    "TRAIL_SPOOL_DIR",
    "TRAIL_SPOOL_BYTES",
    "TRAIL_OVERFLOW",
    "TRAIL_TRUSTED",
    "TRAIL_ADMIN_TRUSTED",
    "TRAIL_PROPAGATE_TO",
    "TRAIL_PROPAGATE_BAGGAGE",
    "TRAIL_BAGGAGE_FIELDS",
    "TRAIL_CRASH",
    "TRAIL_REQUEST_ID_HEADER",
    "TRAIL_REQUEST_ID_FORMAT",
    "TRAIL_REDACT",
    "TRAIL_REDACT_ALLOW",
    "TRAIL_KEEP_DEBUG",
    "TRAIL_CLIENT_IP",
    "TRAIL_SLOW_MS",
    "TRAIL_STALLED_MS",
    "TRAIL_CPU_TIME",
    "TRAIL_QUIET",
    "TRAIL_SAMPLE",
};

static int clear_environment(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        unsetenv(names[i]);
    }
    return 0;
}

static struct trl_settings read_ok(const struct trail_options *options)
{
    struct trl_settings settings;
    struct trl_problem problem;

    assert_int_equal(trl_settings_read(options, &settings, &problem), TRAIL_OK);
    return settings;
}

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

static void test_the_defaults_are_those_of_the_manual(void **state)
{
    struct trl_settings settings = read_ok(NULL);
    const struct trl_config *config = &settings.config;

    (void)state;
    assert_string_equal(config->service, program_invocation_short_name);
    assert_string_equal(config->environment, "development");
    assert_int_equal(config->level, TRAIL_LEVEL_INFO);
    assert_int_equal(config->format, TRL_FORMAT_AUTO);
    assert_int_equal(config->schema, TRL_SCHEMA_TRAIL);
    assert_int_equal(config->output_count, 1);
    assert_int_equal(config->outputs[0].kind, TRL_OUTPUT_STDOUT);
    assert_int_equal(config->delivery, TRL_DELIVERY_SYNC);
    assert_string_equal(config->spool_dir, "");
    assert_int_equal(config->spool_bytes, 16 << 20);
    assert_int_equal(config->overflow, TRL_OVERFLOW_BLOCK);
    assert_int_equal(config->admin_trusted.count, 0);
    assert_true(config->propagate_to.private_names);
    assert_false(config->propagate_to.all);
    assert_int_equal(config->propagate_to.hosts.count, 0);
    assert_int_equal(config->propagate_baggage.count, 0);
    assert_int_equal(config->baggage_fields.count, 0);
    assert_false(config->crash);
    assert_int_equal(config->request_id_headers.count, 1);
    assert_string_equal(config->request_id_headers.items[0], "X-Request-ID");
    assert_int_equal(config->request_id_format, TRL_ID_UUID4);
    assert_int_equal(config->redact.count, 0);
    assert_int_equal(config->redact_allow.count, 0);
    assert_true(config->keep_debug);
    assert_int_equal(config->client_ip, TRL_CLIENT_IP_FULL);
    assert_int_equal(config->slow_ms, 1000);
    assert_int_equal(config->stalled_ms, 10000);
    assert_false(config->cpu_time);
    assert_int_equal(config->quiet.count, 3);
    assert_string_equal(config->quiet.items[2], "/metrics");
    assert_true(config->sample > 0.9999);
    assert_false(config->debug_checks);
    trl_settings_fini(&settings);
}

static void test_the_default_trust_is_loopback(void **state)
{
    struct trl_settings settings = read_ok(NULL);
    struct trl_networks loopback;

    (void)state;
    assert_int_equal(trl_networks_parse("127.0.0.0/8,::1", &loopback), TRAIL_OK);
    assert_int_equal(settings.config.trusted.count, 2);
    assert_memory_equal(settings.config.trusted.items, loopback.items, sizeof(loopback.items));
    trl_settings_fini(&settings);
}

static const struct trail_options every_option = {
    .service = "shop",
    .environment = "staging",
    .level = "warning",
    .format = "PRETTY",
    .schema = "Gcp",
    .output = "stderr",
    .delivery = "async",
    .spool_dir = "/dev/shm/x",
    .spool_bytes = "32MiB",
    .overflow = "drop",
    .trusted = "all",
    .admin_trusted = "10.0.0.0/8",
    .propagate_to = "private,.example.com",
    .propagate_baggage = "tenant",
    .baggage_fields = "tier",
    .request_id_header = "X-Correlation-ID,X-Request-ID",
    .request_id_format = "uuid7",
    .redact = "iban,taxId",
    .redact_allow = "tokenName",
    .keep_debug = "off",
    .client_ip = "hash",
    .slow_ms = "250",
    .stalled_ms = "0",
    .cpu_time = "on",
    .quiet = "none",
    .sample = "0.5",
    .crash = "on",
    .debug_checks = true,
};

static void test_every_option_is_read(void **state)
{
    struct trl_settings settings = read_ok(&every_option);
    const struct trl_config *config = &settings.config;

    (void)state;
    assert_string_equal(config->service, "shop");
    assert_string_equal(config->environment, "staging");
    assert_int_equal(config->level, TRAIL_LEVEL_WARN);
    assert_int_equal(config->format, TRL_FORMAT_PRETTY);
    assert_int_equal(config->schema, TRL_SCHEMA_GCP);
    assert_int_equal(config->outputs[0].kind, TRL_OUTPUT_STDERR);
    assert_int_equal(config->delivery, TRL_DELIVERY_ASYNC);
    assert_string_equal(config->spool_dir, "/dev/shm/x");
    assert_int_equal(config->spool_bytes, 32 << 20);
    assert_int_equal(config->overflow, TRL_OVERFLOW_DROP);
    assert_int_equal(config->trusted.count, 1);
    assert_int_equal(config->admin_trusted.count, 1);
    assert_true(config->propagate_to.private_names);
    assert_int_equal(config->propagate_to.hosts.count, 2);
    assert_string_equal(config->propagate_baggage.items[0], "tenant");
    assert_string_equal(config->baggage_fields.items[0], "tier");
    assert_string_equal(config->request_id_headers.items[0], "X-Correlation-ID");
    assert_int_equal(config->request_id_headers.count, 2);
    assert_int_equal(config->request_id_format, TRL_ID_UUID7);
    assert_string_equal(config->redact.items[1], "taxId");
    assert_string_equal(config->redact_allow.items[0], "tokenName");
    assert_false(config->keep_debug);
    assert_int_equal(config->client_ip, TRL_CLIENT_IP_HASH);
    assert_int_equal(config->slow_ms, 250);
    assert_int_equal(config->stalled_ms, 0);
    assert_true(config->cpu_time);
    assert_int_equal(config->quiet.count, 0);
    assert_true(config->sample > 0.4999 && config->sample < 0.5001);
    assert_true(config->crash);
    assert_true(config->debug_checks);
    trl_settings_fini(&settings);
}

static void test_the_environment_overrides_options(void **state)
{
    struct trail_options options = {.level = "error", .service = "shop"};

    (void)state;
    setenv("TRAIL_LEVEL", "debug", 1);
    setenv("TRAIL_SERVICE", "depot", 1);
    struct trl_settings settings = read_ok(&options);
    assert_int_equal(settings.config.level, TRAIL_LEVEL_DEBUG);
    assert_true(settings.config.debug_checks);
    assert_string_equal(settings.config.service, "depot");
    trl_settings_fini(&settings);
    options.ignore_environment = true;
    settings = read_ok(&options);
    assert_int_equal(settings.config.level, TRAIL_LEVEL_ERROR);
    trl_settings_fini(&settings);
}

static void test_empty_and_blank_are_unset(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        setenv(names[i], i % 2 == 0 ? "" : " \t ", 1);
    }
    struct trl_settings settings = read_ok(&(struct trail_options){.level = " ", .slow_ms = ""});
    assert_int_equal(settings.config.level, TRAIL_LEVEL_INFO);
    assert_int_equal(settings.config.slow_ms, 1000);
    assert_int_equal(settings.config.quiet.count, 3);
    trl_settings_fini(&settings);
}

static void test_blanks_around_a_value_are_ignored(void **state)
{
    (void)state;
    setenv("TRAIL_LEVEL", "  warn\n", 1);
    struct trl_settings settings = read_ok(NULL);
    assert_int_equal(settings.config.level, TRAIL_LEVEL_WARN);
    trl_settings_fini(&settings);
}

static void test_the_reach_takes_names_suffixes_addresses_and_networks(void **state)
{
    (void)state;
    setenv("TRAIL_PROPAGATE_TO",
           "api.example, .svc_1.example, db, 4u, 10.0.0.1, 10.0.0.0/8, ::1, fd00::/8, Private", 1);
    struct trl_settings settings = read_ok(NULL);
    assert_int_equal(settings.config.propagate_to.hosts.count, 9);
    assert_true(settings.config.propagate_to.private_names);
    trl_settings_fini(&settings);
}

static void test_foreign_variables_come_between_ours_and_the_option(void **state)
{
    struct trail_options options = {.level = "error"};

    (void)state;
    setenv("LOG_LEVEL", "WARNING", 1);
    setenv("OTEL_SERVICE_NAME", "cart", 1);
    struct trl_settings settings = read_ok(&options);
    assert_int_equal(settings.config.level, TRAIL_LEVEL_WARN);
    assert_string_equal(settings.config.service, "cart");
    trl_settings_fini(&settings);
    setenv("TRAIL_LEVEL", "fatal", 1);
    settings = read_ok(&options);
    assert_int_equal(settings.config.level, TRAIL_LEVEL_FATAL);
    trl_settings_fini(&settings);
}

/* What trl_settings_read() says on stderr. */
static void read_warned(const struct trail_options *options, struct trl_settings *ret_settings,
                        char text[512])
{
    int ends[2];
    int saved = dup(STDERR_FILENO);

    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    *ret_settings = read_ok(options);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(ends[1]);
    close(saved);
    ssize_t size = read(ends[0], text, 511);
    text[size > 0 ? size : 0] = '\0';
    close(ends[0]);
}

static void test_an_unusable_foreign_variable_is_ignored_with_one_warning(void **state)
{
    struct trl_settings settings;
    char warning[512];

    (void)state;
    setenv("LOG_LEVEL", "notice", 1);
    read_warned(&(struct trail_options){.level = "error"}, &settings, warning);
    assert_int_equal(settings.config.level, TRAIL_LEVEL_ERROR);
    assert_string_equal(warning,
                        "trail: warning: ignored: LOG_LEVEL is \"notice\"; allowed: debug, "
                        "info, warn, error, fatal, off\n");
    trl_settings_fini(&settings);
    setenv("TRAIL_LEVEL", "warn", 1); /* decides, so the other is not looked at */
    read_warned(NULL, &settings, warning);
    assert_string_equal(warning, "");
    trl_settings_fini(&settings);
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
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncmp(names[i], "TRAIL_", 6) == 0) {
            assert_refused(names[i], huge, NULL);
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

#define CASE(name) cmocka_unit_test_setup_teardown(name, clear_environment, clear_environment)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_defaults_are_those_of_the_manual),
        CASE(test_the_default_trust_is_loopback),
        CASE(test_every_option_is_read),
        CASE(test_the_environment_overrides_options),
        CASE(test_empty_and_blank_are_unset),
        CASE(test_blanks_around_a_value_are_ignored),
        CASE(test_the_reach_takes_names_suffixes_addresses_and_networks),
        CASE(test_foreign_variables_come_between_ours_and_the_option),
        CASE(test_an_unusable_foreign_variable_is_ignored_with_one_warning),
        CASE(test_bad_values_are_told_with_what_is_allowed),
        CASE(test_every_variable_refuses_what_it_cannot_mean),
        CASE(test_huge_values_are_refused_by_every_variable_but_harm_nothing),
        CASE(test_a_shown_value_is_cut_and_cannot_control_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
