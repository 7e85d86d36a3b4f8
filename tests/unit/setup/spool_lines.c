/* Lines of any length where they are formatted: in a thread's chunk of the spool, up to its end. */
#include "unit.h"

#include "folder.h"

#include <trail/memory.h>
#include <trail/trail.h>

#include <cjson/cJSON.h>
#include <string.h>

enum { EVENTS = 600, LONGEST = 40000 };

static char text[LONGEST + 1];

/* Lengths that end in every part of a chunk. */
static size_t length_of(int event)
{
    static const size_t lengths[] = {0, 100, 300, 3000, 9000, 20000, 32000, LONGEST};

    return lengths[event % 8] + (size_t)(event * 37 % 200) * (event % 8 != 7);
}

static void log_all(void)
{
    for (int event = 0; event < EVENTS; event++) {
        trail_info("text_came", "Text came", trail_kv("number", event),
                   trail_text("text", text, length_of(event)), trail_kv("password", "hunter2"));
    }
}

static bool has_whole_text(const cJSON *line, int event)
{
    const char *came = cJSON_GetObjectItem(line, "text")->valuestring;

    return strlen(came) == length_of(event) && strncmp(came, text, strlen(came)) == 0;
}

/* Returns how many lines were cut. */
static unsigned check_lines(const struct trail_memory *memory)
{
    unsigned cut = 0;

    assert_int_equal(trail_memory_size(memory), EVENTS);
    for (int event = 0; event < EVENTS; event++) {
        const char *written = trail_memory_line(memory, (size_t)event);
        assert_true(strlen(written) <= TRAIL_LINE_MAX);
        cJSON *line = cJSON_Parse(written);
        assert_non_null(line);
        assert_int_equal(cJSON_GetObjectItem(line, "number")->valueint, event);
        assert_string_equal(cJSON_GetObjectItem(line, "password")->valuestring, "[redacted]");
        bool whole = has_whole_text(line, event);
        assert_int_equal(cJSON_HasObjectItem(line, "truncated"), !whole);
        assert_int_equal(whole, length_of(event) < TRAIL_LINE_MAX - 400);
        cut += !whole;
        cJSON_Delete(line);
    }
    return cut;
}

static void check_delivery(const char *delivery)
{
    char directory[FOLDER_PATH_BYTES];
    struct trail_memory *memory;
    struct trail_stats stats;
    struct trail *trail;

    folder_make("/tmp", directory);
    assert_int_equal(trail_memory_new(&memory), TRAIL_OK);
    assert_int_equal(trail_open(&(struct trail_options){.output = "null",
                                                        .memory = memory,
                                                        .delivery = delivery,
                                                        .spool_dir = directory,
                                                        .spool_bytes = "1048576",
                                                        .ignore_environment = true},
                                &trail),
                     TRAIL_OK);
    log_all();
    assert_int_equal(trail_flush_outputs(trail, 60000), TRAIL_OK);
    unsigned cut = check_lines(memory);
    assert_int_equal(trail_get_stats(trail, &stats), TRAIL_OK);
    assert_int_equal(stats.redacted, EVENTS);
    assert_int_equal(stats.truncated, cut);
    trail_close(trail);
    trail_memory_free(memory);
    folder_remove(directory);
}

static void test_a_line_is_cut_at_its_bound_and_not_at_a_chunks_end(void **state)
{
    (void)state;
    memset(text, 'x', LONGEST);
    check_delivery("sync");
    check_delivery("async");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_is_cut_at_its_bound_and_not_at_a_chunks_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
