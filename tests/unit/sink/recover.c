#include "unit.h"

#include "sink/spool_file.h"
#include "sink/spool_recover.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A batch of six lines in two chunks, and what each output makes of them. */
static const char *const lines[] = {
    "{\"level\":\"info\",\"n\":1}\n",  "{\"level\":\"debug\",\"n\":2}\n",
    "{\"level\":\"error\",\"n\":3}\n", "{\"level\":\"info\",\"n\":4}\n",
    "{\"level\":\"debug\",\"n\":5}\n", "{\"level\":\"warn\",\"n\":6}\n"};
static const enum trail_level levels[] = {TRAIL_LEVEL_INFO, TRAIL_LEVEL_DEBUG, TRAIL_LEVEL_ERROR,
                                          TRAIL_LEVEL_INFO, TRAIL_LEVEL_DEBUG, TRAIL_LEVEL_WARN};

enum { LINES = 6 };

struct scene {
    char dir[64];
    char log[96];
    char moved[96];
    enum trail_level level;
    const char *transform; /* "": none; "loud" */
    char expected[1024];   /* what the batch comes to at the output */
    unsigned reports;
    struct trl_recover_report report;
};

static size_t loud(const void *arg, const char *line, size_t size, char *out, size_t out_size)
{
    (void)arg;
    return (size_t)snprintf(out, out_size, "LOUD %.*s!\n", (int)size - 1, line);
}

static struct trl_sink *open_output(void *arg, const char *service, const char *name,
                                    enum trail_level level, const char *transform)
{
    struct trl_sink *sink;
    char text[256];

    (void)arg;
    assert_string_equal(service, "dead");
    assert_memory_equal(name, "file:", 5);
    if (trl_sink_new_file(name + 5, false, text, sizeof(text), &sink) != TRAIL_OK) {
        return NULL;
    }
    sink->level = level;
    if (strcmp(transform, "loud") == 0) {
        sink->transform.fn = loud;
    }
    return sink;
}

static int setup(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    strcpy(scene->dir, "/tmp/trail-recover-XXXXXX");
    if (mkdtemp(scene->dir) == NULL) {
        free(scene);
        return -1;
    }
    snprintf(scene->log, sizeof(scene->log), "%s/log", scene->dir);
    snprintf(scene->moved, sizeof(scene->moved), "%s/log.1", scene->dir);
    scene->transform = "";
    *state = scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    unlink(scene->log);
    unlink(scene->moved);
    int status = rmdir(scene->dir);
    free(scene);
    return status;
}

static void expect_lines(struct scene *scene)
{
    char *out = scene->expected;

    for (size_t i = 0; i < LINES; i++) {
        if (levels[i] >= scene->level) {
            out += *scene->transform == '\0' ? (size_t)sprintf(out, "%s", lines[i])
                                             : loud(NULL, lines[i], strlen(lines[i]), out, 256);
        }
    }
    *out = '\0';
}

static void write_file(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "a");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void add_line(struct trl_spool_map *map, uint32_t number, size_t i)
{
    struct trl_chunk *chunk = trl_chunk_at(map, number);
    uint32_t at_line = trl_place_lines(chunk->committed);
    uint32_t at = trl_place_bytes(chunk->committed);

    memcpy(chunk->text + at, lines[i], strlen(lines[i]));
    *trl_chunk_entry(map, chunk, at_line) = trl_entry(levels[i], strlen(lines[i]));
    atomic_store(&chunk->committed, trl_place(at_line + 1, at + (uint32_t)strlen(lines[i])));
}

/* The spool of a process that died in the middle of the batch, when the file at path was as it is
 * now. */
static void leave_spool(struct scene *scene, const char *path)
{
    struct trl_spool_map map;
    char text[256];
    struct stat status;

    assert_int_equal(trl_spool_file_create(scene->dir, 1 << 20, text, sizeof(text), &map),
                     TRAIL_OK);
    struct trl_spool_head *head = map.head;
    strcpy(head->service, "dead");
    head->output_count = 1;
    snprintf(head->outputs[0].name, sizeof(head->outputs[0].name), "file:%s", scene->log);
    strcpy(head->outputs[0].transform, scene->transform);
    head->outputs[0].level = (uint32_t)scene->level;
    for (size_t i = 0; i < LINES; i++) {
        add_line(&map, i < 4 ? 2 : 1, i);
    }
    atomic_store(&trl_chunk_at(&map, 2)->ticket, 7);
    atomic_store(&trl_chunk_at(&map, 1)->ticket, 8);
    head->piece_count = 2;
    head->pieces[0] = (struct trl_piece){.chunk = 2, .to = trl_chunk_at(&map, 2)->committed};
    head->pieces[1] = (struct trl_piece){.chunk = 1, .to = trl_chunk_at(&map, 1)->committed};
    assert_int_equal(stat(path, &status), 0);
    head->progress[0].slots[1].is_file = 1;
    head->progress[0].slots[1].mark = (struct trl_file_mark){
        .device = status.st_dev, .inode = status.st_ino, .size_bytes = (uint64_t)status.st_size};
    atomic_store(&head->progress[0].state, TRL_PROGRESS_SLOT_1);
    atomic_store(&head->batch_open, 1);
    assert_int_equal(trl_spool_file_publish(&map), TRAIL_OK);
    trl_spool_file_close(&map, false);
}

static void take_report(void *arg, const struct trl_recover_report *report)
{
    struct scene *scene = arg;

    scene->reports++;
    scene->report = *report;
}

static void recover(struct scene *scene)
{
    scene->reports = 0;
    assert_int_equal(trl_spool_recover(&(struct trl_recover_options){.dir = scene->dir,
                                                                     .timeout_ms = 5000,
                                                                     .open = open_output,
                                                                     .report = take_report,
                                                                     .report_arg = scene}),
                     TRAIL_OK);
    assert_int_equal(scene->reports, 1);
    assert_int_equal(scene->report.result, TRL_RECOVER_DELIVERED);
}

static void check_file(const char *path, const char *before, const char *after)
{
    char expected[2048];
    char found[2048] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    size_t size = fread(found, 1, sizeof(found) - 1, file);
    found[size] = '\0';
    fclose(file);
    snprintf(expected, sizeof(expected), "%s%s", before, after);
    assert_string_equal(found, expected);
}

/* Killed after each single byte of the batch. */
static void cut_everywhere(struct scene *scene)
{
    static const char before[] = "{\"n\":0}\n";

    expect_lines(scene);
    for (size_t cut = 0; cut <= strlen(scene->expected); cut++) {
        unlink(scene->log);
        write_file(scene->log, before, strlen(before));
        leave_spool(scene, scene->log);
        write_file(scene->log, scene->expected, cut);
        recover(scene);
        check_file(scene->log, before, scene->expected);
    }
}

static void test_a_batch_cut_after_any_byte_is_completed(void **state)
{
    cut_everywhere(*state);
}

static void test_a_batch_of_some_levels_is_completed(void **state)
{
    struct scene *scene = *state;

    scene->level = TRAIL_LEVEL_WARN;
    cut_everywhere(scene);
}

static void test_a_transformed_batch_is_completed(void **state)
{
    struct scene *scene = *state;

    scene->transform = "loud";
    cut_everywhere(scene);
    scene->level = TRAIL_LEVEL_INFO;
    cut_everywhere(scene);
}

static void test_lines_of_other_writers_in_between_are_passed_over(void **state)
{
    struct scene *scene = *state;
    static const char other[] = "somebody else\n";
    char after[2048];
    size_t first = strlen(lines[0]);

    expect_lines(scene);
    write_file(scene->log, "", 0);
    leave_spool(scene, scene->log);
    write_file(scene->log, other, strlen(other));
    write_file(scene->log, lines[0], first);
    write_file(scene->log, other, strlen(other));
    write_file(scene->log, lines[1], 5);
    recover(scene);
    snprintf(after, sizeof(after), "%s%s%s%s", other, lines[0], other, scene->expected + first);
    check_file(scene->log, "", after);
}

static void test_a_torn_line_in_a_renamed_file_is_completed_there(void **state)
{
    struct scene *scene = *state;
    size_t cut = strlen(lines[0]) + 7;

    expect_lines(scene);
    write_file(scene->log, "", 0);
    leave_spool(scene, scene->log);
    write_file(scene->log, scene->expected, cut);
    assert_int_equal(rename(scene->log, scene->moved), 0);
    recover(scene);
    check_file(scene->moved, lines[0], lines[1]);
    check_file(scene->log, "", scene->expected + strlen(lines[0]) + strlen(lines[1]));
}

static void test_where_the_file_is_gone_all_lines_come_again(void **state)
{
    struct scene *scene = *state;

    expect_lines(scene);
    write_file(scene->log, "x\n", 2);
    leave_spool(scene, scene->log);
    assert_int_equal(unlink(scene->log), 0);
    recover(scene);
    check_file(scene->log, "", scene->expected);
}

static void test_spools_of_other_services_and_without_a_way_out_are_left(void **state)
{
    struct scene *scene = *state;
    struct trl_recover_options options = {.dir = scene->dir,
                                          .service = "other",
                                          .open = open_output,
                                          .report = take_report,
                                          .report_arg = scene};
    char real[112];

    write_file(scene->log, "", 0);
    leave_spool(scene, scene->log);
    assert_int_equal(trl_spool_recover(&options), TRAIL_OK);
    assert_int_equal(scene->reports, 0);
    options.service = "dead";
    snprintf(real, sizeof(real), "%s.real", scene->log);
    assert_int_equal(rename(scene->log, real), 0);
    assert_int_equal(symlink(real, scene->log), 0); /* not followed */
    assert_int_equal(trl_spool_recover(&options), TRAIL_OK);
    assert_int_equal(scene->reports, 1);
    assert_int_equal(scene->report.result, TRL_RECOVER_LEFT);
    assert_int_equal(unlink(scene->log), 0);
    assert_int_equal(rename(real, scene->log), 0);
    recover(scene);
    assert_int_equal(scene->report.lines, LINES);
}

static void test_without_a_directory_there_is_nothing_to_recover(void **state)
{
    (void)state;
    assert_int_equal(trl_spool_recover(&(struct trl_recover_options){.dir = "/nonexistent/spool"}),
                     TRAIL_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_batch_cut_after_any_byte_is_completed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_batch_of_some_levels_is_completed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_transformed_batch_is_completed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines_of_other_writers_in_between_are_passed_over,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_torn_line_in_a_renamed_file_is_completed_there,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_where_the_file_is_gone_all_lines_come_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            test_spools_of_other_services_and_without_a_way_out_are_left, setup, teardown),
        cmocka_unit_test(test_without_a_directory_there_is_nothing_to_recover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
