/* What a file's other writers do when a crash has been told. A write that is under way holds the
 * file's lock, as the kernel has it: here a mutex, which a wrapped fallocate() waits for. */
#include "unit.h"

#include "folder.h"

#include "sink/fd.h"
#include "sink/state.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char line[] = "{\"event\":\"whole\"}\n";
enum { LINE = sizeof(line) - 1 };

static char dir[FOLDER_PATH_BYTES];
static char path[FOLDER_PATH_BYTES + 8];
static struct trl_sink *sink;

static pthread_mutex_t file_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool halting; /* the next write stops in the middle */
static sem_t halted;
static sem_t goes_on;
static sem_t waited_for;
static sem_t napped;
static atomic_uint writes;
static _Atomic uint64_t now_ns;

ssize_t __real_pwrite(int fd, const void *bytes, size_t size, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    size_t half = atomic_exchange(&halting, false) ? size / 2 : 0;

    atomic_fetch_add(&writes, 1);
    pthread_mutex_lock(&file_lock);
    if (half > 0) {
        assert_int_equal(__real_pwrite(fd, bytes, half, offset), half);
        sem_post(&halted);
        sem_wait(&goes_on);
    }
    ssize_t rest = __real_pwrite(fd, (const char *)bytes + half, size - half, offset);
    pthread_mutex_unlock(&file_lock);
    return rest < 0 ? rest : rest + (ssize_t)half;
}

int __wrap_fallocate(int fd, int mode, off_t offset, off_t size);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t size)
{
    (void)fd;
    assert_int_equal(mode, FALLOC_FL_KEEP_SIZE);
    assert_true(offset >= 0 && size == 1);
    sem_post(&waited_for);
    pthread_mutex_lock(&file_lock);
    pthread_mutex_unlock(&file_lock);
    return 0;
}

int __real_nanosleep(const struct timespec *wanted, struct timespec *left);
int __wrap_nanosleep(const struct timespec *wanted, struct timespec *left);
int __wrap_nanosleep(const struct timespec *wanted, struct timespec *left)
{
    sem_post(&napped);
    return __real_nanosleep(wanted, left);
}

uint64_t __wrap_trl_clock_monotonic_ns(void);
uint64_t __wrap_trl_clock_monotonic_ns(void)
{
    return atomic_load(&now_ns);
}

static int open_file(void **state)
{
    char text[256] = "";

    (void)state;
    folder_make("/tmp", dir);
    snprintf(path, sizeof(path), "%s/log", dir);
    assert_int_equal(trl_sink_new_file(path, false, text, sizeof(text), &sink), TRAIL_OK);
    sem_init(&halted, 0, 0);
    sem_init(&goes_on, 0, 0);
    sem_init(&waited_for, 0, 0);
    sem_init(&napped, 0, 0);
    atomic_store(&now_ns, 1000000000u);
    atomic_store(&writes, 0);
    return 0;
}

static int close_file(void **state)
{
    (void)state;
    sink->ops->close(sink);
    folder_remove(dir);
    return 0;
}

static void *write_line(void *unused)
{
    assert_true(sink->ops->write(sink, TRAIL_LEVEL_INFO, line, LINE));
    return unused;
}

static void *settle(void *unused)
{
    sink->ops->crash_settle(sink);
    return unused;
}

static size_t size_of_file(void)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    return (size_t)status.st_size;
}

static pthread_t start(void *(*work)(void *))
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, work, NULL), 0);
    return thread;
}

static void drain(sem_t *semaphore)
{
    while (sem_trywait(semaphore) == 0) {}
}

/* One line is written, of another one half, and the crash that is told then waits for the rest. */
static void tell_in_mid_write(pthread_t *ret_writer, pthread_t *ret_crasher)
{
    write_line(NULL);
    atomic_store(&halting, true);
    *ret_writer = start(write_line);
    sem_wait(&halted);
    *ret_crasher = start(settle);
    sem_wait(&waited_for);
}

static void test_a_write_under_way_is_waited_for(void **state)
{
    pthread_t writer;
    pthread_t crasher;

    (void)state;
    tell_in_mid_write(&writer, &crasher);
    assert_int_equal(size_of_file(), LINE + LINE / 2);
    sem_post(&goes_on);
    pthread_join(crasher, NULL);
    assert_int_equal(size_of_file(), 2 * LINE);
    pthread_join(writer, NULL);
}

/* A second look at the file: the line that was behind the first is not cut either. */
static void test_a_file_that_grew_meanwhile_is_waited_for_again(void **state)
{
    pthread_t writer;
    pthread_t crasher;

    (void)state;
    tell_in_mid_write(&writer, &crasher);
    sem_post(&goes_on);
    pthread_join(crasher, NULL);
    pthread_join(writer, NULL);
    assert_int_equal(sem_trywait(&waited_for), 0);
}

static void await_with_a_writer(bool gap)
{
    write_line(NULL);
    settle(NULL);
    atomic_store(&sink->gap.open, gap);
    atomic_store(&now_ns, 1999999999u);
    drain(&napped);
    pthread_t writer = start(write_line);
    sem_wait(&napped);
    sem_wait(&napped);
    assert_int_equal(atomic_load(&writes), 1);
    write_line(NULL); /* who told the crash goes on */
    assert_int_equal(atomic_load(&writes), 2);
    drain(&napped);
    sem_wait(&napped);
    assert_int_equal(atomic_load(&writes), 2);
    atomic_store(&now_ns, 2000000000u);
    pthread_join(writer, NULL);
    assert_int_equal(size_of_file(), 3 * LINE);
}

static void test_a_line_that_comes_later_waits_a_second_at_most(void **state)
{
    (void)state;
    await_with_a_writer(false);
}

static void test_so_does_one_that_takes_the_lock(void **state)
{
    (void)state;
    await_with_a_writer(true);
}

static void test_a_second_later_nobody_waits(void **state)
{
    (void)state;
    write_line(NULL);
    settle(NULL);
    atomic_store(&now_ns, 2000000000u);
    drain(&napped);
    pthread_join(start(write_line), NULL);
    assert_int_equal(sem_trywait(&napped), -1);
    assert_int_equal(size_of_file(), 2 * LINE);
}

/* It queued for the sink's lock before the crash was told, and has it after. */
static void test_a_line_that_was_queued_waits_too(void **state)
{
    struct trl_fd_sink *file = (struct trl_fd_sink *)sink;

    (void)state;
    write_line(NULL);
    assert_true(trl_fd_hold(file, UINT64_MAX));
    pthread_t writer = start(write_line);
    while (atomic_load(&file->lock.state) != 2) {
        sched_yield();
    }
    settle(NULL);
    drain(&napped);
    trl_fd_let_go(file);
    sem_wait(&napped);
    assert_int_equal(atomic_load(&writes), 1);
    atomic_store(&now_ns, 2000000000u);
    pthread_join(writer, NULL);
    assert_int_equal(size_of_file(), 2 * LINE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_file, close_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_write_under_way_is_waited_for),
        TEST(test_a_file_that_grew_meanwhile_is_waited_for_again),
        TEST(test_a_line_that_comes_later_waits_a_second_at_most),
        TEST(test_so_does_one_that_takes_the_lock),
        TEST(test_a_second_later_nobody_waits),
        TEST(test_a_line_that_was_queued_waits_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
