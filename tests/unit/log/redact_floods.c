/* What is made to cost: the time is linear all the same. */
#include "unit.h"

#include "log/redact.h"

#include <stdlib.h>
#include <string.h>

/* Quadratic time would be hours. */
static void flood(const char *const *pieces, size_t count)
{
    size_t size = 1 << 20;
    char *text = malloc(size);
    char *result = malloc(trl_redact_bound(size));
    size_t result_size;

    assert_true(text != NULL && result != NULL);
    for (size_t i = 0; i < count; i++) {
        size_t piece = strlen(pieces[i]);
        for (size_t at = 0; at < size; at++) {
            text[at] = pieces[i][at % piece];
        }
        (void)trl_redact_text(text, size, result, trl_redact_bound(size), &result_size);
    }
    free(result);
    free(text);
}

static void test_redaction_takes_linear_time_on_hostile_texts(void **state)
{
    static const char *const pieces[] = {"-----BEGIN ",
                                         "eyJ",
                                         "eyJ.",
                                         "4111 ",
                                         "1234",
                                         "://a:",
                                         "://",
                                         "\"",
                                         "a=",
                                         "a\":",
                                         "password=\"\"",
                                         "bearer ",
                                         "basic ",
                                         "sk-",
                                         "-",
                                         "\\\"",
                                         "token: [",
                                         "\"token\":[",
                                         "AKIA",
                                         "SG.",
                                         "<password>",
                                         "<a ",
                                         "--password ",
                                         "token\\u003d",
                                         "\\u003d",
                                         "---- BEGIN SSH2 E",
                                         "PuTTY-User-Key-File-2",
                                         "1//0",
                                         "12345:A",
                                         "A==",
                                         "dapi",
                                         "a_",
                                         ",aK",
                                         "B",
                                         "dp.pt."};

    (void)state;
    flood(pieces, sizeof(pieces) / sizeof(pieces[0]));
}

#define N "\xC3\xB1"

static void test_keys_of_any_script_take_linear_time_on_hostile_texts(void **state)
{
    static const char *const pieces[] = {
        N,         N "=",        N ":",           N N N N N N N N "=",
        "-" N,     "--" N " ",   " -" N "-" N,    "%20-" N,
        "<" N,     N "%3D",      N "%3A" N "%20", "\\u00f1",
        "<" N ">", "\\u00f1:",   N "\\u003d",     "\\\\u00f1=",
        "\"" N,    "\"" N "\":", N " ",           "\\"};

    (void)state;
    assert_int_equal(trl_redact_configure(N "," N N, N "a"), TRAIL_OK);
    flood(pieces, sizeof(pieces) / sizeof(pieces[0]));
    assert_int_equal(trl_redact_configure(NULL, NULL), TRAIL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redaction_takes_linear_time_on_hostile_texts),
        cmocka_unit_test(test_keys_of_any_script_take_linear_time_on_hostile_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
