/* Children that crash, and what they left in their log. */
#include "crashing.h"

#include "folder.h"
#include "unit.h"

#include <trail/trail.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[FOLDER_PATH_BYTES];
static char path[128];
char log_output[160];
struct trail *crashing_trail;

const int deadly_signals[DEADLY_SIGNALS] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

cJSON *lines[LINES_MAX];
size_t line_count;

int crashing_setup(void **state)
{
    (void)state;
    folder_make("/tmp", directory);
    snprintf(path, sizeof(path), "%s/log", directory);
    snprintf(log_output, sizeof(log_output), "file:%s", path);
    line_count = 0;
    return 0;
}

int crashing_teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < line_count; i++) {
        cJSON_Delete(lines[i]);
    }
    folder_remove(directory);
    return 0;
}

void read_lines(void)
{
    static char text[TRAIL_LINE_MAX + 1];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    while (fgets(text, sizeof(text), file) != NULL) {
        assert_true(line_count < LINES_MAX);
        assert_non_null(strchr(text, '\n'));
        lines[line_count] = cJSON_Parse(text);
        assert_non_null(lines[line_count]);
        line_count++;
    }
    fclose(file);
}

const char *text_of(const cJSON *line, const char *name)
{
    const cJSON *member = cJSON_GetObjectItem(line, name);

    return cJSON_IsString(member) ? member->valuestring : "";
}

const cJSON *the_line(const char *event, const char *request_id)
{
    const cJSON *found = NULL;

    for (size_t i = 0; i < line_count; i++) {
        if (strcmp(text_of(lines[i], "event"), event) == 0 &&
            (*request_id == '\0' || strcmp(text_of(lines[i], "requestId"), request_id) == 0)) {
            assert_null(found);
            found = lines[i];
        }
    }
    assert_non_null(found);
    return found;
}

static void open_trail(const char *delivery)
{
    struct rlimit no_core = {0, 0};

    setrlimit(RLIMIT_CORE, &no_core);
    if (trail_open(&(struct trail_options){.service = "shop",
                                           .output = log_output,
                                           .delivery = delivery,
                                           .spool_dir = directory,
                                           .crash = "on",
                                           .ignore_environment = true},
                   &crashing_trail) != TRAIL_OK) {
        _exit(99);
    }
}

int run_child(act *before, act *crash, const char *delivery)
{
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        for (size_t i = 0; i < DEADLY_SIGNALS; i++) {
            signal(deadly_signals[i],
                   SIG_DFL); /* the sanitizer's handlers do not die by the signal */
        }
        before();
        open_trail(delivery);
        crash();
        _exit(98);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

void nothing(void) {}

void fault(void)
{
    volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    page[0] = 1;
}

void assert_died_of(int status, int number)
{
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
}
