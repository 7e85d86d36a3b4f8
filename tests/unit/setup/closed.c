#include "unit.h"

#include "folder.h"

#include <trail/trail.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[FOLDER_PATH_BYTES];
static char file[FOLDER_PATH_BYTES + 8];

static int make_folder(void **state)
{
    (void)state;
    folder_make("/tmp", directory);
    snprintf(file, sizeof(file), "%s/log", directory);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    folder_remove(directory);
    return 0;
}

/* Logs one line without that descriptor; 0 if an output has failed. */
static int log_without(int fd, const char *output, const char *delivery)
{
    struct trail *trail;
    struct trail_stats stats = {0};

    close(fd);
    if (trail_open(&(struct trail_options){.output = output,
                                           .delivery = delivery,
                                           .spool_dir = directory,
                                           .ignore_environment = true},
                   &trail) != TRAIL_OK) {
        return 1;
    }
    trail_info("one", NULL);
    (void)(trail_flush_outputs(trail, 1000) == TRAIL_OK);
    bool failed = trail_get_stats(trail, &stats) == TRAIL_OK && stats.sink_errors > 0;
    trail_close(trail);
    return failed ? 0 : 2;
}

static void assert_an_output_fails_without(int fd, const char *output, const char *delivery)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        _exit(log_without(fd, output, delivery));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void assert_one_line_in_file(void)
{
    char line[1000];
    int lines = 0;
    FILE *log = fopen(file, "r");

    assert_non_null(log);
    while (fgets(line, sizeof(line), log) != NULL) {
        cJSON *event = cJSON_Parse(line);
        assert_non_null(event);
        cJSON_Delete(event);
        lines++;
    }
    fclose(log);
    assert_int_equal(lines, 1);
}

static void test_a_closed_stdout_is_no_file(void **state)
{
    char output[100];

    (void)state;
    snprintf(output, sizeof(output), "stdout,file:%s", file);
    assert_an_output_fails_without(STDOUT_FILENO, output, "sync");
    assert_one_line_in_file();
}

static void test_a_closed_stdout_is_no_spool(void **state)
{
    (void)state;
    assert_an_output_fails_without(STDOUT_FILENO, "stdout", "async");
}

static void test_a_closed_stderr_is_no_file(void **state)
{
    char output[100];

    (void)state;
    snprintf(output, sizeof(output), "file:%s,file:/dev/full", file);
    assert_an_output_fails_without(STDERR_FILENO, output, "sync");
    assert_one_line_in_file();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_closed_stdout_is_no_file, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_a_closed_stdout_is_no_spool, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_a_closed_stderr_is_no_file, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
