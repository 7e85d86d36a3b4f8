#include "unit.h"

#include "folder.h"

#include "sink/outputs.h"
#include "sink/spool.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char directory[FOLDER_PATH_BYTES];
static int ends[2];

static int setup(void **state)
{
    struct trl_sink *sink;
    char text[256] = "";

    (void)state;
    folder_make("/tmp", directory);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(trl_sink_new_fd(ends[1], "stdout", &sink), TRAIL_OK);
    assert_int_equal(trl_outputs_open(&(struct trl_outputs_options){.sinks = &sink,
                                                                    .count = 1,
                                                                    .identity = "\"service\":\"t\"",
                                                                    .async = true,
                                                                    .spool_dir = directory,
                                                                    .spool_bytes = 1 << 20,
                                                                    .service = "t",
                                                                    .error_text = text,
                                                                    .error_size = sizeof(text)}),
                     TRAIL_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    close(ends[0]);
    folder_remove(directory);
    return 0;
}

static sigjmp_buf before_the_line;

static void jump(int number)
{
    (void)number;
    siglongjmp(before_the_line, 1);
}

static const char line[] = "{\"event\":\"process_crashed\"}\n";

static void test_a_line_after_one_that_faulted_is_taken(void **state)
{
    struct sigaction action = {.sa_handler = jump};
    struct sigaction was;
    char text[256];

    (void)state;
    const char *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaction(SIGSEGV, &action, &was);
    if (sigsetjmp(before_the_line, 1) == 0) {
        trl_outputs_crash(TRAIL_LEVEL_ERROR, nowhere, 100);
        fail_msg("there was no fault");
    }
    sigaction(SIGSEGV, &was, NULL);
    trl_outputs_crash(TRAIL_LEVEL_FATAL, line, sizeof(line) - 1);
    trl_outputs_close(10000);
    close(ends[1]);
    assert_int_equal(read(ends[0], text, sizeof(text)), sizeof(line) - 1);
    assert_memory_equal(text, line, sizeof(line) - 1);
    munmap((void *)(uintptr_t)nowhere, 4096);
}

enum { LINES = 3000, LONG = 1000 };

struct came {
    unsigned lines;
    unsigned told;
};

static void *read_all(void *argument)
{
    static char text[65536];
    struct came *came = argument;
    FILE *stream = fdopen(dup(ends[0]), "r");

    while (stream != NULL && fgets(text, sizeof(text), stream) != NULL) {
        unsigned told;
        const char *counted = strstr(text, "\"count\":");
        if (counted != NULL && sscanf(counted, "\"count\":%u", &told) == 1) {
            came->told += told;
        } else {
            came->lines++;
        }
    }
    fclose(stream);
    return NULL;
}

static void test_lines_that_find_no_room_are_told(void **state)
{
    char text[LONG];
    struct came came = {0};
    struct trail_stats stats = {0};
    pthread_t reader;

    (void)state;
    snprintf(text, sizeof(text), "{\"event\":\"detail\",\"pad\":\"%0*d\"}", LONG - 40, 7);
    size_t size = strlen(text);
    text[size++] = '\n';
    for (unsigned i = 0; i < LINES; i++) { /* three times what the spool takes */
        trl_outputs_crash(TRAIL_LEVEL_ERROR, text, size);
    }
    trl_outputs_stats(&stats);
    uint64_t dropped = stats.dropped[TRAIL_DROP_OVERFLOW][TRAIL_LEVEL_ERROR];
    assert_in_range(dropped, LINES / 2, LINES);
    assert_int_equal(pthread_create(&reader, NULL, read_all, &came), 0);
    trl_outputs_close(60000);
    close(ends[1]);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_int_equal(came.told, dropped);
    assert_int_equal(came.lines + came.told, LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_line_after_one_that_faulted_is_taken, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_lines_that_find_no_room_are_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
