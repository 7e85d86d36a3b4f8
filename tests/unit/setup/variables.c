#include "unit.h"

#include "environment.h"

#include "setup/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static struct trl_settings read_ok(const struct trail_options *options)
{
    struct trl_settings settings;
    struct trl_problem problem;

    assert_int_equal(trl_settings_read(options, &settings, &problem), TRAIL_OK);
    return settings;
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
    for (size_t i = 0; variables[i] != NULL; i++) {
        setenv(variables[i], i % 2 == 0 ? "" : " \t ", 1);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
