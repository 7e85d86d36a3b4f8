/* Wall clocks that jump, time zones that change, and locales with a decimal comma, under load: no
 * form and no duration changes. */
#include "unit.h"

#include "fault.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS   4
#define YEAR_NS   (INT64_C(365) * 86400 * 1000000000)
#define MINUTE_MS 60000.0

/* A locale with a decimal comma, compiled into the test's folder. False: there is no source. */
static bool make_locale(struct fault_run *run)
{
    char command[256];

    snprintf(command, sizeof(command), "localedef -c -i de_DE -f UTF-8 '%s/de_DE.UTF-8' 2>&1",
             run->dir);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    char line[512];
    while (fgets(line, sizeof(line), output) != NULL) {}
    snprintf(line, sizeof(line), "%s/de_DE.UTF-8/LC_NUMERIC", run->dir);
    pclose(output);
    if (access(line, R_OK) != 0) {
        print_message("no locale with a decimal comma can be made here\n");
        return false;
    }
    return setenv("LOCPATH", run->dir, 1) == 0;
}

static void jump_while_logging(struct fault_run *run, const char *locale, const char *delivery,
                               const char *rate)
{
    static const int64_t shifts[] = {YEAR_NS, -YEAR_NS, 0};
    struct fault_count count = {0};
    char what[96];

    fault_again(run);
    fault_start(run, -1,
                (const char *const[]){delivery, "--public", "--locale", locale, "--threads", "4",
                                      "--count", "0", "--rate", rate, run->output, NULL});
    for (unsigned i = 0; i < (fault_long() ? 60 : 9); i++) {
        fault_wait_more(run, THREADS, 400);
        atomic_store(&run->page->shift_ns, shifts[i % 3]);
    }
    assert_int_equal(fault_end(run, SIGTERM), 0);
    fault_count_file(&count, run->log);
    assert_true(count.past > 100);
    assert_true(count.future > 100);
    assert_true(count.calls > 10);
    assert_true(count.longest_call_ms < MINUTE_MS);
    snprintf(what, sizeof(what), "clock, zone and locale %s, %s", locale, delivery + 2);
    assert_int_equal(fault_settle(run, &count, THREADS, what, rate), 0);
}

static void jump_in(struct fault_run *run, const char *locale)
{
    for (unsigned i = 0; i < FAULT_RATES; i++) {
        jump_while_logging(run, locale, "--sync", fault_rates[i]);
        jump_while_logging(run, locale, "--async", fault_rates[i]);
    }
}

static void test_clocks_and_zones_change_no_form_and_no_duration(void **state)
{
    jump_in(*state, "C");
}

static void test_nor_does_a_locale_with_a_decimal_comma(void **state)
{
    if (!make_locale(*state)) {
        skip();
    }
    jump_in(*state, "de_DE.UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_clocks_and_zones_change_no_form_and_no_duration),
        FAULT_CASE(test_nor_does_a_locale_with_a_decimal_comma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
