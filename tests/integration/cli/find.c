#include "run.h"

#include <stdio.h>
#include <string.h>

static const char created[] = "{\"timestamp\":\"2026-01-31T10:00:02.000Z\",\"level\":\"info\","
                              "\"service\":\"api\",\"event\":\"order_created\",\"status\":201,"
                              "\"user\":{\"id\":\"u_1\"},\"tags\":[1,2],\"slow\":true}\n";
static const char failed[] = "{\"timestamp\":\"2026-01-31T10:00:01.000Z\",\"level\":\"error\","
                             "\"service\":\"api\",\"event\":\"order_failed\",\"status\":502,"
                             "\"slow\":\"true\",\"a.b\":\"dotted\",\"text\":\"caf\\u00e9\"}\n";

static int teardown(void **state)
{
    (void)state;
    files_remove();
    clear_variables();
    return 0;
}

static const char *both(void)
{
    static char text[2048];

    snprintf(text, sizeof text, "%s%s", created, failed);
    return text;
}

static void test_a_field_is_compared_as_text(void **state)
{
    (void)state;
    assert_run(RUN(both(), "find", "event=order_created"), 0, created, "");
    assert_run(RUN(both(), "find", "status=502"), 0, failed, "");
    assert_run(RUN(both(), "find", "status=502.0"), 0, failed, "");
    assert_run(RUN(both(), "find", "text=café"), 0, failed, "");
    assert_run(RUN(both(), "find", "slow=true"), 0, both(), "");
}

static void test_a_field_is_compared_as_json(void **state)
{
    (void)state;
    assert_run(RUN(both(), "find", "slow:=true"), 0, created, "");
    assert_run(RUN(both(), "find", "slow:=\"true\""), 0, failed, "");
    assert_run(RUN(both(), "find", "tags:=[ 1, 2 ]"), 0, created, "");
    assert_run(RUN(both(), "find", "user:={\"id\":\"u_1\"}"), 0, created, "");
    assert_run(RUN(both(), "find", "status:=2.01e2"), 0, created, "");
}

static void test_a_field_inside_an_object_is_reached(void **state)
{
    (void)state;
    assert_run(RUN(both(), "find", "user.id=u_1"), 0, created, "");
    assert_run(RUN(both(), "find", "a.b=dotted"), 0, failed, "");
    assert_run(RUN(both(), "find", "user.id.more=x"), 1, "", "");
}

static void test_every_condition_must_hold(void **state)
{
    (void)state;
    assert_run(RUN(both(), "find", "service=api", "status=201"), 0, created, "");
    assert_run(RUN(both(), "find", "service=api", "status!=201"), 0, failed, "");
    assert_run(RUN(both(), "find", "service=api", "tags!=x", "user!=x", "status!=1"), 0, both(),
               "");
    assert_run(RUN(both(), "find", "service=api", "status=404"), 1, "", "");
}

static void test_level_and_time_narrow_it(void **state)
{
    (void)state;
    assert_run(RUN(both(), "find", "--level=warn"), 0, failed, "");
    assert_run(RUN(both(), "find", "--since=2026-01-31T10:00:02Z"), 0, created, "");
    assert_run(RUN(both(), "find", "--until", "2026-01-31T11:00:02+01:00"), 0, failed, "");
}

static void test_several_files_are_merged_by_time(void **state)
{
    char expected[2048];

    (void)state;
    snprintf(expected, sizeof expected, "%s%s", failed, created);
    const char *first = file_with("1.jsonl", created, strlen(created));
    const char *second = file_with("2.jsonl", failed, strlen(failed));
    assert_run(RUN("", "find", "service=api", first, second), 0, expected, "");
}

static void test_pretty_is_for_people(void **state)
{
    (void)state;
    struct run run = RUN(created, "find", "--format=pretty", "service=api");
    assert_int_equal(run.status, 0);
    assert_non_null(strstr(run.out, "10:00:02.000 INFO "));
    run_free(&run);
    set_variable("TRAIL_FORMAT", "pretty");
    run = RUN(created, "find", "service=api");
    assert_non_null(strstr(run.out, "10:00:02.000 INFO "));
    run_free(&run);
}

static void test_what_is_no_event_is_passed_over(void **state)
{
    (void)state;
    assert_run(RUN("x service=api\n[]\n\n{\"service\":\"api\"\n{\"service\":\"web\"}", "find",
                   "service=api"),
               1, "", "");
}

static void test_a_wrong_question_is_an_error(void **state)
{
    (void)state;
    assert_run(RUN("", "find"), 2, "",
               "trail: find: find what? KEY=VALUE is missing\nTry 'trail find --help'.\n");
    assert_run(RUN("", "find", "=x"), 2, "",
               "trail: find: '=x' is none of KEY=VALUE, KEY!=VALUE, KEY:=JSON\n"
               "Try 'trail find --help'.\n");
    assert_run(RUN("", "find", "a:={"), 2, "",
               "trail: find: 'a:={' is none of KEY=VALUE, KEY!=VALUE, KEY:=JSON\n"
               "Try 'trail find --help'.\n");
    assert_run(RUN("", "find", "--level=loud", "a=b"), 2, "",
               "trail: find: --level is debug, info, warn, error or fatal, not 'loud'\n"
               "Try 'trail find --help'.\n");
    assert_run(RUN("", "find", "--level=off", "a=b"), 2, "",
               "trail: find: --level is debug, info, warn, error or fatal, not 'off'\n"
               "Try 'trail find --help'.\n");
    assert_run(RUN("", "find", "--since=yesterday", "a=b"), 2, "",
               "trail: find: --since is a time like 2026-01-31T23:59:59Z, not 'yesterday'\n"
               "Try 'trail find --help'.\n");
    assert_run(RUN("", "find", "a=b", "/nonexistent"), 2, "",
               "trail: /nonexistent: No such file or directory\n");
}

static void test_the_environment_is_read_as_by_programs_that_log(void **state)
{
    (void)state;
    set_variable("TRAIL_FORMAT", " json ");
    assert_run(RUN(created, "find", "service=api"), 0, created, "");
    clear_variables();
    set_variable("TRAIL_FORMAT", "xml");
    assert_run(RUN(created, "find", "service=api"), 2, "",
               "trail: TRAIL_FORMAT is \"xml\"; allowed: auto, json, pretty\n");
    clear_variables();
}

static void test_lines_of_every_schema_are_looked_into(void **state)
{
    static const char *const schemas[] = {"ecs", "otel", "gcp"};

    (void)state;
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
        set_variable("TRAIL_SCHEMA", schemas[i]);
        set_variable("TRAIL_REQUEST_ID", "req-7");
        struct run written = RUN("", "log", "mail_sent", "userId=u1", "durationMs:=1.500");
        clear_variables();
        assert_int_equal(written.status, 0);
        struct run found = RUN(written.out, "find", "event=mail_sent", "userId=u1",
                               "durationMs:=1.500", "--level=info", "--since=2026-01-01T00:00:00Z");
        assert_int_equal(found.status, 0);
        assert_memory_equal(found.out, "{\"timestamp\":\"", 14);
        run_free(&found);
        struct run shown = RUN(written.out, "show", "req-7");
        assert_int_equal(shown.status, 0);
        assert_non_null(strstr(shown.out, "mail_sent"));
        run_free(&shown);
        struct run pretty = RUN(written.out, "pretty");
        assert_null(strchr(pretty.out, '{'));
        assert_non_null(strstr(pretty.out, "mail_sent"));
        run_free(&pretty);
        run_free(&written);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_field_is_compared_as_text),
        cmocka_unit_test(test_a_field_is_compared_as_json),
        cmocka_unit_test(test_a_field_inside_an_object_is_reached),
        cmocka_unit_test(test_every_condition_must_hold),
        cmocka_unit_test(test_level_and_time_narrow_it),
        cmocka_unit_test_teardown(test_several_files_are_merged_by_time, teardown),
        cmocka_unit_test_teardown(test_pretty_is_for_people, teardown),
        cmocka_unit_test_teardown(test_lines_of_every_schema_are_looked_into, teardown),
        cmocka_unit_test(test_what_is_no_event_is_passed_over),
        cmocka_unit_test(test_a_wrong_question_is_an_error),
        cmocka_unit_test(test_the_environment_is_read_as_by_programs_that_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
