/* Running the command under test. */
#include "run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define VARIABLES_MAX 16
#define FILES_MAX     16

static char *variables[VARIABLES_MAX + 1];
static size_t variable_count;
static char directory[64];
static char *files[FILES_MAX];
static size_t file_count;

void set_variable(const char *name, const char *value)
{
    assert_true(variable_count < VARIABLES_MAX);
    assert_true(asprintf(&variables[variable_count], "%s=%s", name, value) > 0);
    variable_count++;
}

void clear_variables(void)
{
    for (size_t i = 0; i < variable_count; i++) {
        free(variables[i]);
        variables[i] = NULL;
    }
    variable_count = 0;
}

static void write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);

        assert_true(written > 0);
        bytes += written;
        size -= (size_t)written;
    }
}

static char *read_all(int fd, size_t *ret_size)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *bytes = calloc(1, (size_t)size + 1);

    assert_non_null(bytes);
    assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
    close(fd);
    if (ret_size != NULL) {
        *ret_size = (size_t)size;
    }
    return bytes;
}

static void become_trail(const char *const *arguments, int in, int out, int err)
{
    const char *argv[64] = {"trail"};

    for (size_t i = 0; arguments[i] != NULL && i < 62; i++) {
        argv[i + 1] = arguments[i];
    }
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execve(TRAIL_COMMAND, (char *const *)argv, variables);
    _exit(127);
}

struct run run_trail(const char *const *arguments, const char *input, size_t input_size)
{
    int in = memfd_create("in", 0);
    int out = memfd_create("out", 0);
    int err = memfd_create("err", 0);
    int status;

    assert_true(in >= 0 && out >= 0 && err >= 0);
    write_all(in, input, input_size);
    lseek(in, 0, SEEK_SET);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        become_trail(arguments, in, out, err);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    close(in);
    struct run run = {.status = WEXITSTATUS(status)};
    run.out = read_all(out, &run.out_size);
    run.err = read_all(err, NULL);
    return run;
}

void run_free(struct run *run)
{
    free(run->out);
    free(run->err);
}

const char *file_with(const char *name, const char *content, size_t size)
{
    char *path;

    if (directory[0] == '\0') {
        strcpy(directory, "/tmp/trail-cli-XXXXXX");
        assert_non_null(mkdtemp(directory));
    }
    assert_true(file_count < FILES_MAX);
    assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    write_all(fd, content, size);
    close(fd);
    files[file_count++] = path;
    return path;
}

void files_remove(void)
{
    for (size_t i = 0; i < file_count; i++) {
        unlink(files[i]);
        free(files[i]);
    }
    file_count = 0;
    if (directory[0] != '\0') {
        rmdir(directory);
        directory[0] = '\0';
    }
}

void assert_run(struct run run, int status, const char *out, const char *err)
{
    assert_string_equal(run.err, err);
    assert_string_equal(run.out, out);
    assert_int_equal(run.status, status);
    run_free(&run);
}

const char *event_at(const char *time, const char *service, const char *event, const char *members)
{
    static char lines[64][1024];
    static size_t next;
    char *line = lines[next++ % 64];

    snprintf(line, sizeof lines[0],
             "{\"timestamp\":\"2026-01-31T10:00:%sZ\",\"level\":\"info\",\"service\":\"%s\","
             "\"environment\":\"test\",\"event\":\"%s\"%s}\n",
             time, service, event, members);
    return line;
}
