#include "unit.h"

#include "folder.h"

#include <trail/memory.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static size_t lines_of(const char *path)
{
    size_t lines = 0;
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    for (int c = getc(file); c != EOF; c = getc(file)) {
        lines += c == '\n' ? 1 : 0;
    }
    fclose(file);
    return lines;
}

static void check_own_levels(const char *delivery)
{
    char directory[FOLDER_PATH_BYTES];
    char all[80];
    char few[80];
    char none[80];
    char output[300];
    struct trail_memory *memory;
    struct trail *trail;

    folder_make("/tmp", directory);
    snprintf(all, sizeof(all), "%s/all", directory);
    snprintf(few, sizeof(few), "%s/few", directory);
    snprintf(none, sizeof(none), "%s/none", directory);
    snprintf(output, sizeof(output), "file:%s@debug,file:%s@error,file:%s@off", all, few, none);
    assert_int_equal(trail_memory_new(&memory), TRAIL_OK);
    assert_int_equal(trail_open(&(struct trail_options){.output = output,
                                                        .memory = memory,
                                                        .delivery = delivery,
                                                        .spool_dir = directory,
                                                        .ignore_environment = true},
                                &trail),
                     TRAIL_OK);
    trail_debug("one", NULL);
    trail_info("two", NULL);
    trail_error("three", NULL);
    assert_int_equal(trail_flush_outputs(trail, 60000), TRAIL_OK);
    assert_int_equal(trail_memory_size(memory), 2); /* the process's level: info */
    trail_set_level(trail, TRAIL_LEVEL_OFF);
    trail_error("four", NULL);
    trail_close(trail);
    assert_int_equal(lines_of(all), 4);
    assert_int_equal(lines_of(few), 2);
    assert_int_equal(lines_of(none), 0);
    assert_int_equal(trail_memory_size(memory), 2);
    trail_memory_free(memory);
    folder_remove(directory);
}

static void test_an_output_may_have_a_level_of_its_own(void **state)
{
    (void)state;
    check_own_levels("sync");
    check_own_levels("async");
}

enum { LINE_BYTES = 1000 };

/* What a file holds after one event under these options. */
static void log_into_file(struct trail_options options, char ret_text[LINE_BYTES])
{
    char directory[FOLDER_PATH_BYTES];
    char output[100];
    struct trail *trail;

    folder_make("/tmp", directory);
    snprintf(output, sizeof(output), "file:%s/log", directory);
    options.output = output;
    options.ignore_environment = true;
    assert_int_equal(trail_open(&options, &trail), TRAIL_OK);
    trail_info("shop_opened", "Come in");
    trail_close(trail);
    FILE *file = fopen(output + strlen("file:"), "r");
    assert_non_null(file);
    size_t size = fread(ret_text, 1, LINE_BYTES - 1, file);
    ret_text[size] = '\0';
    fclose(file);
    folder_remove(directory);
}

static void test_lines_for_people_go_where_they_are_asked_for(void **state)
{
    char text[LINE_BYTES];

    (void)state;
    for (int pretty = 0; pretty < 2; pretty++) {
        log_into_file((struct trail_options){.format = pretty == 1 ? "pretty" : "auto"}, text);
        assert_non_null(strstr(text, "shop_opened"));
        assert_null(strchr(text, '\x1b'));
        assert_int_equal(text[0] == '{', pretty == 0);
    }
}

static void test_lines_are_written_in_the_schema_that_is_asked_for(void **state)
{
    static const char *const cases[][2] = {
        {"ecs", "@timestamp"}, {"otel", "Timestamp"}, {"gcp", "severity"}, {"trail", "timestamp"}};
    char text[LINE_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        log_into_file((struct trail_options){.schema = cases[i][0]}, text);
        cJSON *line = cJSON_Parse(text);
        assert_true(cJSON_HasObjectItem(line, cases[i][1]));
        cJSON_Delete(line);
    }
}

static void test_a_symbolic_link_is_followed_only_where_it_is_asked_for(void **state)
{
    char directory[FOLDER_PATH_BYTES];
    char target[80];
    char link[80];
    char output[100];
    struct trail_options options = {.output = output, .ignore_environment = true};
    struct trail *trail;

    (void)state;
    folder_make("/tmp", directory);
    snprintf(target, sizeof(target), "%s/target", directory);
    snprintf(link, sizeof(link), "%s/link", directory);
    assert_int_equal(symlink(target, link), 0);
    snprintf(output, sizeof(output), "file:%s", link);
    assert_int_equal(trail_open(&options, &trail), TRAIL_ERR_IO);
    snprintf(output, sizeof(output), "linked-file:%s", link);
    assert_int_equal(trail_open(&options, &trail), TRAIL_OK);
    trail_info("linked", NULL);
    trail_close(trail);
    assert_int_equal(lines_of(target), 1);
    folder_remove(directory);
}

static void test_one_file_under_two_names_is_refused(void **state)
{
    char directory[FOLDER_PATH_BYTES];
    char output[300];
    char text[400] = "";
    struct trail_options options = {.output = output,
                                    .ignore_environment = true,
                                    .error_text = text,
                                    .error_size = sizeof(text)};
    struct trail *trail;

    (void)state;
    folder_make("/tmp", directory);
    snprintf(output, sizeof(output), "file:%s/a,file:%s/b,linked-file:%s/./a", directory, directory,
             directory);
    assert_int_equal(trail_open(&options, &trail), TRAIL_ERR_CONFIG);
    assert_non_null(strstr(text, "/./a\": it is another output's file"));
    snprintf(output, sizeof(output), "file:/dev/null,linked-file:/dev/null");
    assert_int_equal(trail_open(&options, &trail), TRAIL_OK);
    trail_close(trail);
    folder_remove(directory);
}

static void test_an_output_that_cannot_be_opened_is_named(void **state)
{
    struct trail *trail = NULL;
    char text[200] = "";
    struct trail_options options = {.output = "null,file:/no/such/place/x",
                                    .ignore_environment = true,
                                    .error_text = text,
                                    .error_size = sizeof(text)};

    (void)state;
    assert_int_equal(trail_open(&options, &trail), TRAIL_ERR_IO);
    assert_non_null(strstr(text, "/no/such/place/x"));
    assert_null(trail);
    options.output = "null";
    assert_int_equal(trail_open(&options, &trail), TRAIL_OK);
    trail_close(trail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_output_may_have_a_level_of_its_own),
        cmocka_unit_test(test_lines_for_people_go_where_they_are_asked_for),
        cmocka_unit_test(test_lines_are_written_in_the_schema_that_is_asked_for),
        cmocka_unit_test(test_a_symbolic_link_is_followed_only_where_it_is_asked_for),
        cmocka_unit_test(test_one_file_under_two_names_is_refused),
        cmocka_unit_test(test_an_output_that_cannot_be_opened_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
