#include "unit.h"

#include "folder.h"
#include "sink/ring.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CAPACITY = 4096, THREADS = 4, LINES = 20000 };

static struct trl_ring ring;

static int set_up(void **state)
{
    (void)state;
    return trl_ring_init(&ring, CAPACITY) == TRAIL_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    trl_ring_fini(&ring);
    return 0;
}

/* Takes the oldest line; "" if there is none. */
static const char *take(void)
{
    static char text[CAPACITY];
    struct trl_ring_cursor cursor = trl_ring_begin(&ring);
    struct trl_ring_line line;

    if (!trl_ring_next(&ring, &cursor, &line)) {
        return "";
    }
    memcpy(text, line.text, line.size);
    text[line.size] = '\0';
    trl_ring_release(&ring, cursor);
    return text;
}

static bool put(enum trail_level level, const char *text)
{
    return trl_ring_put(&ring, level, text, strlen(text));
}

static void test_lines_come_out_in_order(void **state)
{
    struct trl_ring_cursor cursor = trl_ring_begin(&ring);
    struct trl_ring_line line;

    (void)state;
    assert_true(put(TRAIL_LEVEL_INFO, "one"));
    assert_true(put(TRAIL_LEVEL_ERROR, ""));
    assert_true(put(TRAIL_LEVEL_WARN, "three"));
    assert_true(trl_ring_next(&ring, &cursor, &line));
    assert_memory_equal(line.text, "one", 3);
    assert_int_equal(line.level, TRAIL_LEVEL_INFO);
    assert_true(trl_ring_next(&ring, &cursor, &line));
    assert_int_equal(line.size, 0);
    assert_int_equal(line.level, TRAIL_LEVEL_ERROR);
    assert_string_equal(take(), "one");
    assert_string_equal(take(), "");
    assert_string_equal(take(), "three");
    assert_int_equal(trl_ring_head(&ring), trl_ring_tail(&ring));
}

static void test_the_ring_goes_round_with_lines_of_any_size(void **state)
{
    char text[CAPACITY / 4 + 1];

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        size_t size = (i * 37) % sizeof(text);
        memset(text, 'a' + (int)(i % 26), size);
        text[size] = '\0';
        bool taken = put(TRAIL_LEVEL_ERROR, text);
        assert_int_equal(taken, size <= CAPACITY / 4);
        if (taken) {
            assert_string_equal(take(), text);
        }
    }
}

static void test_errors_find_room_where_lower_levels_find_none(void **state)
{
    static const enum trail_level levels[] = {TRAIL_LEVEL_DEBUG, TRAIL_LEVEL_INFO, TRAIL_LEVEL_WARN,
                                              TRAIL_LEVEL_ERROR};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        size_t before = 0;
        while (put(levels[i], "some line of text")) {
            before++;
        }
        assert_true(before > 0);
        for (size_t j = 0; j <= i; j++) {
            assert_false(put(levels[j], "some line of text"));
        }
    }
    assert_false(put(TRAIL_LEVEL_FATAL, "some line of text"));
    assert_string_equal(take(), "some line of text");
    assert_true(put(TRAIL_LEVEL_FATAL, "some line of text"));
}

static char directory[FOLDER_PATH_BYTES];

static size_t files_left(void)
{
    size_t count = 0;
    DIR *listing = opendir(directory);

    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    closedir(listing);
    return count;
}

static int make_directory(void **state)
{
    (void)state;
    folder_make("/tmp", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    folder_remove(directory);
    return 0;
}

static void test_an_empty_file_goes_with_its_ring(void **state)
{
    (void)state;
    assert_int_equal(trl_ring_create(&ring, CAPACITY, directory, "key", ""), TRAIL_OK);
    assert_true(put(TRAIL_LEVEL_INFO, "one"));
    assert_string_equal(take(), "one");
    trl_ring_fini(&ring);
    assert_int_equal(files_left(), 0);
}

static void test_a_successor_takes_over_what_a_killed_process_left(void **state)
{
    int status;

    (void)state;
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child == 0) {
            if (trl_ring_create(&ring, CAPACITY, directory, "key", "") == TRAIL_OK) {
                put(TRAIL_LEVEL_INFO, "one");
                put(TRAIL_LEVEL_INFO, "two");
                take();
                raise(SIGKILL);
            }
            _exit(1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
    }
    assert_int_equal(files_left(), 2);
    assert_int_equal(trl_ring_create(&ring, CAPACITY, directory, "another key", ""), TRAIL_OK);
    trl_ring_adopt(&ring, directory);
    assert_string_equal(take(), "");
    trl_ring_fini(&ring);
    assert_int_equal(trl_ring_create(&ring, CAPACITY, directory, "key", ""), TRAIL_OK);
    trl_ring_adopt(&ring, directory);
    assert_string_equal(take(), "two");
    assert_string_equal(take(), "two");
    assert_string_equal(take(), "");
    trl_ring_fini(&ring);
    assert_int_equal(files_left(), 0);
}

static void test_the_ring_of_a_living_process_is_not_touched(void **state)
{
    struct trl_ring living;

    (void)state;
    assert_int_equal(trl_ring_create(&living, CAPACITY, directory, "key", ""), TRAIL_OK);
    assert_true(trl_ring_put(&living, TRAIL_LEVEL_INFO, "one", 3));
    assert_int_equal(trl_ring_create(&ring, CAPACITY, directory, "key", ""), TRAIL_OK);
    trl_ring_adopt(&ring, directory);
    assert_string_equal(take(), "");
    trl_ring_fini(&ring);
    trl_ring_fini(&living);
    assert_int_equal(files_left(), 1);
}

/* Fills one file with seeded rubbish behind a head that is right. */
static void leave_rubbish(unsigned seed)
{
    assert_int_equal(trl_ring_create(&ring, CAPACITY, directory, "key", ""), TRAIL_OK);
    assert_true(put(TRAIL_LEVEL_INFO, "one"));
    srand(seed);
    for (size_t i = 0; i < CAPACITY; i++) {
        ring.bytes[i] = (char)(rand() % (seed % 2 == 0 ? 256 : 3));
    }
    ring.state->tail = (uint64_t)(rand() % 100) * (seed % 3 == 0 ? 8 : 1);
    ring.state->head = (uint64_t)rand();
    trl_ring_abandon(&ring);
}

static void test_a_damaged_file_harms_nobody(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 300; seed++) {
        leave_rubbish(seed);
    }
    assert_int_equal(trl_ring_create(&ring, CAPACITY, directory, "key", ""), TRAIL_OK);
    trl_ring_adopt(&ring, directory);
    trl_ring_fini(&ring);
}

static void test_a_ring_in_a_missing_directory_is_refused(void **state)
{
    (void)state;
    assert_int_equal(trl_ring_create(&ring, CAPACITY, "/no/such/place", "key", ""), TRAIL_ERR_IO);
}

static void *produce(void *argument)
{
    unsigned long thread = *(unsigned long *)argument;

    for (unsigned long i = 0; i < LINES;) {
        char text[64];
        int size = snprintf(text, sizeof(text), "%lu %lu%.*s", thread, i, (int)(i % 20),
                            "                    ");
        i += trl_ring_put(&ring, TRAIL_LEVEL_INFO, text, (size_t)size) ? 1 : 0;
    }
    return NULL;
}

static void test_lines_of_many_threads_are_whole_and_in_order_for_each(void **state)
{
    pthread_t threads[THREADS];
    unsigned long numbers[THREADS];
    unsigned long next[THREADS] = {0};
    unsigned long total = 0;

    (void)state;
    for (unsigned long i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, produce, &numbers[i]), 0);
    }
    while (total < (unsigned long)THREADS * LINES) {
        const char *text = take();
        unsigned long thread;
        unsigned long number;
        if (*text != '\0') {
            assert_int_equal(sscanf(text, "%lu %lu", &thread, &number), 2);
            assert_int_equal(number, next[thread]++);
            total++;
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_string_equal(take(), "");
}

#define FILE_CASE(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
#define CASE(name)      cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_lines_come_out_in_order),
        CASE(test_the_ring_goes_round_with_lines_of_any_size),
        CASE(test_errors_find_room_where_lower_levels_find_none),
        FILE_CASE(test_an_empty_file_goes_with_its_ring),
        FILE_CASE(test_a_successor_takes_over_what_a_killed_process_left),
        FILE_CASE(test_the_ring_of_a_living_process_is_not_touched),
        FILE_CASE(test_a_damaged_file_harms_nobody),
        FILE_CASE(test_a_ring_in_a_missing_directory_is_refused),
        CASE(test_lines_of_many_threads_are_whole_and_in_order_for_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
