#include "unit.h"

#include "sink/output.h"
#include "sink/outputs.h"

#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];
static char path[96];

static int setup(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/trail-file-XXXXXX");
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/log", dir);
    return 0;
}

static int teardown(void **state)
{
    char moved[128];

    (void)state;
    unlink(path);
    snprintf(moved, sizeof(moved), "%s.1", path);
    unlink(moved);
    return rmdir(dir);
}

static void open_file(void)
{
    struct trl_sink *sink;
    char text[256] = "";

    assert_int_equal(trl_sink_new_file(path, false, text, sizeof(text), &sink), TRAIL_OK);
    assert_int_equal(trl_outputs_open(&(struct trl_outputs_options){
                         .sinks = &sink, .count = 1, .identity = "\"service\":\"t\""}),
                     TRAIL_OK);
}

static void log_line(const char *line)
{
    char *room = trl_output_begin(TRAIL_LEVEL_INFO);

    assert_non_null(room);
    memcpy(room, line, strlen(line));
    trl_output_end(TRAIL_LEVEL_INFO, strlen(line));
}

static void check_content(const char *name, const char *expected)
{
    char found[1024] = "";
    FILE *file = fopen(name, "r");

    assert_non_null(file);
    size_t size = fread(found, 1, sizeof(found) - 1, file);
    found[size] = '\0';
    fclose(file);
    assert_string_equal(found, expected);
}

static void expect_refusal(const char *name, const char *reason)
{
    struct trl_sink *sink = NULL;
    char text[512] = "";

    assert_int_equal(trl_sink_new_file(name, false, text, sizeof(text), &sink), TRAIL_ERR_IO);
    assert_null(sink);
    if (strstr(text, reason) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", text, reason);
    }
}

static void test_what_can_not_be_opened_is_told_with_its_reason(void **state)
{
    char name[160];
    char long_name[1000];

    (void)state;
    expect_refusal("/nonexistent/here/log", "there is no directory /nonexistent/here");
    expect_refusal(dir, "directory");
    snprintf(name, sizeof(name), "%s/link", dir);
    assert_int_equal(symlink("/etc/passwd", name), 0);
    expect_refusal(name, "symbolic link");
    unlink(name);
    snprintf(name, sizeof(name), "%s/fifo", dir);
    assert_int_equal(mkfifo(name, 0600), 0);
    expect_refusal(name, "nobody reads");
    unlink(name);
    memset(long_name, 'x', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = '\0';
    expect_refusal(long_name, "too long");
}

static void test_a_relative_path_means_the_same_after_a_change_of_directory(void **state)
{
    struct trl_sink *sink;
    char text[256];
    char name[160];
    char *here = getcwd(NULL, 0);

    (void)state;
    assert_non_null(here);
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(trl_sink_new_file("log", false, text, sizeof(text), &sink), TRAIL_OK);
    assert_int_equal(chdir(here), 0);
    free(here);
    snprintf(name, sizeof(name), "file:%s", path);
    assert_string_equal(sink->name, name);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(sink->ops->reopen(sink), TRAIL_OK);
    assert_int_equal(access(path, F_OK), 0);
    sink->ops->close(sink);
}

static void test_a_symbolic_link_is_followed_where_that_is_asked(void **state)
{
    struct trl_sink *sink;
    char name[160];
    char text[256];

    (void)state;
    snprintf(name, sizeof(name), "%s/link", dir);
    assert_int_equal(symlink(path, name), 0);
    assert_int_equal(trl_sink_new_file(name, true, text, sizeof(text), &sink), TRAIL_OK);
    sink->ops->close(sink);
    assert_int_equal(access(path, F_OK), 0);
    unlink(name);
}

static void test_a_new_file_is_not_for_everyone(void **state)
{
    struct stat status;
    mode_t mask = umask(0);

    (void)state;
    open_file();
    trl_outputs_close(1000);
    umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
}

static void test_a_line_that_was_left_torn_is_ended_first(void **state)
{
    FILE *file = fopen(path, "w");

    (void)state;
    fputs("{\"torn\":", file);
    fclose(file);
    open_file();
    log_line("{\"n\":1}\n");
    trl_outputs_close(1000);
    check_content(path, "{\"torn\":\n{\"n\":1}\n");
}

static void test_a_reopen_that_fails_keeps_the_old_file(void **state)
{
    char moved[128];

    (void)state;
    snprintf(moved, sizeof(moved), "%s.1", path);
    open_file();
    log_line("{\"n\":1}\n");
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(trl_outputs_reopen(), TRAIL_ERR_IO);
    log_line("{\"n\":2}\n");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(trl_outputs_reopen(), TRAIL_OK);
    log_line("{\"n\":3}\n");
    trl_outputs_close(1000);
    check_content(moved, "{\"n\":1}\n{\"n\":2}\n");
    check_content(path, "{\"n\":3}\n");
}

static void test_a_pipe_in_the_place_of_a_file_is_written_to(void **state)
{
    char read_back[64] = "";

    (void)state;
    open_file();
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_int_equal(trl_outputs_reopen(), TRAIL_OK);
    log_line("{\"after\":1}\n");
    assert_int_equal(read(reader, read_back, sizeof(read_back) - 1), 12);
    assert_string_equal(read_back, "{\"after\":1}\n");
    close(reader);
    trl_outputs_close(1000);
}

static void test_what_was_left_out_is_told_by_level_and_reason(void **state)
{
    char found[1024] = "";
    struct trail_stats stats = {0};

    (void)state;
    open_file();
    trl_output_dropped(TRAIL_DROP_LIMIT, TRAIL_LEVEL_WARN);
    trl_output_dropped(TRAIL_DROP_LIMIT, TRAIL_LEVEL_WARN);
    trl_output_dropped(TRAIL_DROP_LIMIT, TRAIL_LEVEL_DEBUG);
    log_line("{\"n\":1}\n");
    trl_outputs_stats(&stats);
    trl_outputs_close(1000);
    assert_int_equal(stats.dropped[TRAIL_DROP_LIMIT][TRAIL_LEVEL_WARN], 2);
    assert_int_equal(stats.written, 1);
    FILE *file = fopen(path, "r");
    assert_non_null(fgets(found, sizeof(found), file));
    fclose(file);
    cJSON *event = cJSON_Parse(found);
    assert_string_equal(cJSON_GetObjectItem(event, "event")->valuestring, "log_events_dropped");
    assert_string_equal(cJSON_GetObjectItem(event, "reason")->valuestring, "limit");
    assert_string_equal(cJSON_GetObjectItem(event, "service")->valuestring, "t");
    assert_int_equal(cJSON_GetObjectItem(event, "count")->valueint, 3);
    const cJSON *by_level = cJSON_GetObjectItem(event, "levels");
    assert_int_equal(cJSON_GetObjectItem(by_level, "warn")->valueint, 2);
    assert_int_equal(cJSON_GetObjectItem(by_level, "debug")->valueint, 1);
    assert_int_equal(cJSON_GetArraySize(by_level), 2);
    cJSON_Delete(event);
}

static void test_outputs_are_open_once_and_lines_outside_are_nothing(void **state)
{
    (void)state;
    assert_null(trl_output_begin(TRAIL_LEVEL_FATAL));
    open_file();
    assert_int_equal(trl_outputs_open(&(struct trl_outputs_options){.identity = ""}),
                     TRAIL_ERR_STATE);
    trl_outputs_close(1000);
    trl_outputs_close(1000);
    assert_null(trl_output_begin(TRAIL_LEVEL_FATAL));
}

static void test_a_line_keeps_errno(void **state)
{
    (void)state;
    open_file();
    errno = E2BIG;
    log_line("{\"n\":1}\n");
    assert_int_equal(errno, E2BIG);
    trl_outputs_close(1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_can_not_be_opened_is_told_with_its_reason, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            test_a_relative_path_means_the_same_after_a_change_of_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_symbolic_link_is_followed_where_that_is_asked, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_new_file_is_not_for_everyone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_line_that_was_left_torn_is_ended_first, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_reopen_that_fails_keeps_the_old_file, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_pipe_in_the_place_of_a_file_is_written_to, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_what_was_left_out_is_told_by_level_and_reason, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_outputs_are_open_once_and_lines_outside_are_nothing,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_line_keeps_errno, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
