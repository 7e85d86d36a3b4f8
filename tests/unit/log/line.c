/* A line where there is little room, as at the end of a chunk: it is whole, or wants more. */
#include "lines.h"

#include "log/line.h"
#include "log/scope.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MAX = 4096, TIMESTAMP_END = 14 + 24 };

static char whole[TRAIL_LINE_MAX];

/* In memory that ends where the room does, for AddressSanitizer to see what is written behind. */
static size_t format(size_t room, const struct trail_logger *logger, const struct trl_event *event)
{
    char *out = malloc(room);

    assert_non_null(out);
    size_t size = trl_line_format(out, room, logger, event);
    assert_true(size <= room);
    if (size > 0) {
        assert_memory_equal(out + TIMESTAMP_END, whole + TIMESTAMP_END, size - TIMESTAMP_END);
    }
    free(out);
    return size;
}

/* Returns the least room that the line was made in. */
static size_t try_rooms(const struct trail_logger *logger, const struct trl_event *event)
{
    size_t size = trl_line_format(whole, sizeof(whole), logger, event);
    size_t sufficed = SIZE_MAX;

    assert_true(size > TIMESTAMP_END);
    size_t least = trl_line_least(logger, event);
    for (size_t room = least; room < ROOM_MAX; room += room < least + 200 ? 1 : 17) {
        size_t made = format(room, logger, event);
        assert_true(made == 0 || made == size);
        sufficed = made > 0 && room < sufficed ? room : sufficed;
    }
    return sufficed;
}

static struct trail_logger logger;
static char long_text[ROOM_MAX];
static char controls[ROOM_MAX]; /* \u0001 each */

static void test_a_usual_line_needs_little_more_than_its_size(void **state)
{
    const struct trail_field fields[] = {trail_kv("method", "POST"), trail_kv("path", "/orders"),
                                         trail_kv("status", 201),    trail_kv("durationMs", 12.345),
                                         trail_kv("bytesOut", 512),  trail_kv("userId", "usr_42")};
    static struct {
        struct trail_site_ site;
        struct trail_site_key_ keys[sizeof(fields) / sizeof(fields[0]) + 1];
    } place;
    const struct trl_event event = {
        .level = TRAIL_LEVEL_INFO,
        .name = "request_completed",
        .name_size = 17,
        .message = "Request completed",
        .literal_message = true,
        .site = (struct trl_site *)&place.site,
        .fields = fields,
        .count = sizeof(fields) / sizeof(fields[0]),
    };

    (void)state;
    assert_true(trl_line_least(&logger, &event) < 1024);
    assert_int_equal(try_rooms(&logger, &event), trl_line_least(&logger, &event));
}

/* Values that are cut, escaped or hidden, names and messages of any length. */
static void test_a_line_is_whole_or_wants_more_room(void **state)
{
    static const size_t sizes[] = {0, 1, 16, 63, 64, 65, 170, 171, 400, 1100, 3000};
    const struct trail_field fields[] = {
        trail_kv("short", 1), trail_kv("password", "hunter2"), trail_kv("quoted", "\"\"\"\n\n"),
        trail_text("long", long_text, 900), trail_kv("last", "value")};
    const size_t count = sizeof(sizes) / sizeof(sizes[0]);

    (void)state;
    for (size_t i = 0; i < count * count; i++) {
        char message[ROOM_MAX];
        memset(message, i % 2 == 0 ? 'm' : '"', sizes[i / count]);
        message[sizes[i / count]] = '\0';
        const struct trl_event event = {
            .level = TRAIL_LEVEL_WARN,
            .name = i % 3 == 0 ? controls : long_text,
            .name_size = sizes[i % count],
            .message = message,
            .fields = fields,
            .count = i % (sizeof(fields) / sizeof(fields[0]) + 1),
        };
        (void)try_rooms(&logger, &event);
    }
}

/* The IDs of a request; then a process, and a logger as well, that have as much as they hold. */
static int fill(void **state)
{
    static const struct trl_ids ids = {.request_id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
                                       .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"};

    memset(long_text, 'n', sizeof(long_text));
    long_text[sizeof(long_text) - 1] = '\0';
    memset(controls, 1, sizeof(controls));
    trl_logger_init_ids(&logger, &ids, NULL);
    return lines_open(state);
}

static int fill_process(void **state)
{
    int result = fill(state);

    trl_log_set_process(long_text, long_text);
    return result;
}

static int fill_all(void **state)
{
    const struct trail_field bound = trail_text("bound", long_text, TRAIL_LOGGER_BYTES - 200);
    int result = fill_process(state);

    trl_logger_bind(&logger, &bound, 1);
    assert_true(logger.bound_size_ > TRAIL_LOGGER_BYTES / 2);
    return result;
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, lines_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_usual_line_needs_little_more_than_its_size, fill),
        TEST(test_a_line_is_whole_or_wants_more_room, fill),
        TEST(test_a_line_is_whole_or_wants_more_room, fill_process),
        TEST(test_a_line_is_whole_or_wants_more_room, fill_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
