#include "run.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"

static char folder[] = "/tmp/trail-recover-XXXXXX";
static char spools[64];
static char output[64];

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(spools, sizeof(spools), "%s/spools", folder);
    snprintf(output, sizeof(output), "%s/out.jsonl", folder);
    return 0;
}

static int remove_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

/* A writer that is killed while lines are on their way. */
static void write_and_die(void)
{
    char variables[4][128];
    int pipe_ends[2];

    snprintf(variables[0], sizeof(variables[0]), "TRAIL_DELIVERY=async");
    snprintf(variables[1], sizeof(variables[1]), "TRAIL_SPOOL_DIR=%s", spools);
    snprintf(variables[2], sizeof(variables[2]), "TRAIL_OUTPUT=file:%s", output);
    snprintf(variables[3], sizeof(variables[3]), "TRAIL_SPOOL_BYTES=1048576");
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(pipe_ends[0], STDIN_FILENO);
        close(pipe_ends[1]);
        execle(TRAIL_COMMAND, "trail", "log", "row_read", "--stdin", (char *)NULL,
               ((char *const[]){variables[0], variables[1], variables[2], variables[3], NULL}));
        _exit(127);
    }
    close(pipe_ends[0]);
    FILE *rows = fdopen(pipe_ends[1], "w");
    for (int i = 0; i < 50000; i++) { /* many times what the pipe holds */
        fprintf(rows, "{\"row\":%d}\n", i);
    }
    fflush(rows);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    fclose(rows);
}

/* The rows of the output: from 0 on, each once, none torn. Returns how many. */
static int count_rows(void)
{
    char line[1024];
    int count = 0;
    FILE *file = fopen(output, "r");

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        cJSON *event = cJSON_Parse(line);
        const cJSON *row = cJSON_GetObjectItem(event, "row");

        assert_non_null(event);
        if (row != NULL) {
            assert_int_equal(row->valueint, count);
            count++;
        }
        cJSON_Delete(event);
    }
    fclose(file);
    return count;
}

static void assert_nothing_is_found(struct run run)
{
    char expected[128];

    snprintf(expected, sizeof(expected), "trail: recover: no dead process left anything in %s\n",
             spools);
    assert_run(run, 1, "", expected);
}

static void test_the_lines_of_a_killed_process_are_delivered_once(void **state)
{
    (void)state;
    write_and_die();
    struct run run = RUN("", "recover", spools);
    assert_int_equal(run.status, 0);
    assert_string_equal(run.out, "");
    assert_non_null(strstr(run.err, ".spool: delivered, trail ("));
    run_free(&run);
    assert_true(count_rows() > 0);
    int rows = count_rows();
    assert_nothing_is_found(RUN("", "recover", spools));
    assert_int_equal(count_rows(), rows);
}

static void test_a_damaged_spool_is_told_and_left(void **state)
{
    char path[128];
    char expected[256];

    (void)state;
    snprintf(path, sizeof(path), "%s/x.spool", spools);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("this is no spool", file);
    fclose(file);
    snprintf(expected, sizeof(expected), "%s: left as it is: it is damaged, or no spool\n", path);
    assert_run(RUN("", "recover", spools), 2, "", expected);
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
}

/* A writer whose standard output takes nothing: it ends, and leaves its lines in its spool. */
static void write_in_vain(void)
{
    static char delivery[] = "TRAIL_DELIVERY=async";
    static char schema[] = "TRAIL_SCHEMA=gcp";
    static char trace[] = "TRACEPARENT=00-" TRACE "-00f067aa0ba902b7-01";
    char dir[96];
    char *const environment[] = {dir, delivery, schema, trace, NULL};
    static const char filling[4096];
    int input[2];
    int full[2];

    snprintf(dir, sizeof(dir), "TRAIL_SPOOL_DIR=%s", spools);
    assert_int_equal(pipe(input), 0);
    assert_int_equal(pipe2(full, O_NONBLOCK), 0);
    while (write(full[1], filling, sizeof(filling)) > 0) {}
    assert_int_equal(write(input[1], "{\"row\":0}\n", 10), 10);
    close(input[1]);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(full[1], STDOUT_FILENO);
        execle(TRAIL_COMMAND, "trail", "log", "row_read", "--stdin", (char *)NULL, environment);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    close(input[0]);
    close(full[0]);
    close(full[1]);
}

static void test_lines_name_traces_by_the_project(void **state)
{
    (void)state;
    write_in_vain();
    set_variable("GOOGLE_CLOUD_PROJECT", "shop-17");
    struct run run = RUN("", "recover", spools);
    clear_variables();
    assert_int_equal(run.status, 0);
    assert_non_null(strstr(run.out, "\"row\":0"));
    assert_non_null(
        strstr(run.out, "\"logging.googleapis.com/trace\":\"projects/shop-17/traces/" TRACE "\""));
    run_free(&run);
}

static void test_the_environment_names_the_directory(void **state)
{
    (void)state;
    set_variable("TRAIL_SPOOL_DIR", spools);
    assert_nothing_is_found(RUN("", "recover"));
    clear_variables();
}

static void test_a_directory_that_is_missing_is_an_error(void **state)
{
    (void)state;
    assert_run(RUN("", "recover", "/nonexistent"), 2, "", "trail: /nonexistent: not found\n");
    assert_run(RUN("", "recover", "a", "b"), 2, "",
               "trail: recover: takes one directory\nTry 'trail recover --help'.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_lines_of_a_killed_process_are_delivered_once),
        cmocka_unit_test(test_a_damaged_spool_is_told_and_left),
        cmocka_unit_test(test_lines_name_traces_by_the_project),
        cmocka_unit_test(test_the_environment_names_the_directory),
        cmocka_unit_test(test_a_directory_that_is_missing_is_an_error),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
