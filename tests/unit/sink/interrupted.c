#include "unit.h"

#include "sink/output.h"
#include "sink/outputs.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static const char line[] = "{\"a\":1}\n";

static sem_t interrupted;

static void on_alarm(int number)
{
    (void)number;
    sem_post(&interrupted);
}

/* Signals come every other millisecond, and interrupt what waits. */
static void start_signals(void)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    const struct itimerval every = {{0, 2000}, {0, 2000}};

    assert_int_equal(sem_init(&interrupted, 0, 0), 0);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static void stop_signals(void)
{
    const struct itimerval never = {{0, 0}, {0, 0}};

    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_true(signal(SIGALRM, SIG_DFL) != SIG_ERR);
}

/* Reads all that is there when the writer was interrupted a few times. */
static void *read_late(void *arg)
{
    static char bytes[1 << 20];
    int fd = *(int *)arg;

    for (int i = 0; i < 5; i++) {
        while (sem_wait(&interrupted) != 0) {}
    }
    return read(fd, bytes, sizeof(bytes)) > 0 ? arg : NULL;
}

static void start_reader(pthread_t *thread, int *fd)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    assert_int_equal(pthread_create(thread, NULL, read_late, fd), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void open_output(int fd)
{
    struct trl_sink *sink;
    char text[256];

    assert_int_equal(trl_sink_new_fd(fd, "stdout", &sink), TRAIL_OK);
    assert_int_equal(trl_outputs_open(&(struct trl_outputs_options){.sinks = &sink,
                                                                    .count = 1,
                                                                    .identity = "",
                                                                    .error_text = text,
                                                                    .error_size = sizeof(text)}),
                     TRAIL_OK);
}

static void log_line(void)
{
    char *room = trl_output_begin(TRAIL_LEVEL_INFO);

    assert_non_null(room);
    memcpy(room, line, sizeof(line) - 1);
    trl_output_end(TRAIL_LEVEL_INFO, sizeof(line) - 1);
}

static void test_a_signal_does_not_end_the_wait_for_room(void **state)
{
    static const char filling[4096];
    struct trail_stats stats;
    pthread_t reader;
    void *read;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    while (write(ends[1], filling, sizeof(filling)) > 0) {}
    open_output(ends[1]);
    start_signals();
    start_reader(&reader, &ends[0]);
    log_line();
    trl_outputs_stats(&stats);
    assert_int_equal(pthread_join(reader, &read), 0);
    stop_signals();
    trl_outputs_close(1000);
    close(ends[0]);
    close(ends[1]);
    assert_non_null(read);
    assert_int_equal(stats.written, 1);
    assert_int_equal(stats.dropped[TRAIL_DROP_OVERFLOW][TRAIL_LEVEL_INFO], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_signal_does_not_end_the_wait_for_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
