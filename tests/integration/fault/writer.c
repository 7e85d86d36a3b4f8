/* A process that logs numbered lines, for the fault suite to kill, starve and stall.
 *
 *     writer [--sync | --async] [--drop] [--spool DIR] [--spool-bytes N] [--threads N] [--count N]
 *            [--rate N] [--close-ms N] [--progress FILE] [--fork | --linger] [--levels] OUTPUT…
 *
 * Each thread logs numbers from 1 to --count (0: until SIGTERM), --rate a second in all (0: as fast
 * as it can), and stores the latest one that was accepted in its slot of FILE. SIGHUP reopens. With
 * --fork, a child logs 100 lines, too, under the next thread number; with --linger it then waits
 * forever. With --levels every hundredth line is an error, the others are debug. */
#include "line.h"

#include "core/clock.h"
#include "core/counters.h"
#include "sink/output.h"
#include "sink/outputs.h"
#include "sink/spool_recover.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct {
    bool async;
    bool drop;
    bool forks;
    bool lingers;
    bool levels;
    const char *spool;
    size_t spool_bytes;
    unsigned threads;
    uint64_t count;
    uint64_t rate;
    unsigned close_ms;
    _Atomic uint64_t *progress;
} config = {.spool_bytes = 16u << 20, .threads = 1, .close_ms = 20000};

static atomic_bool stop;
static atomic_uint running;

static void pace(uint64_t begun_ns, uint64_t number)
{
    if (config.rate == 0) {
        return;
    }
    uint64_t due_ns = begun_ns + number * 1000000000u / config.rate * config.threads;
    uint64_t now_ns = trl_clock_monotonic_ns();
    if (due_ns > now_ns + 200000) {
        struct timespec wait = {
            .tv_nsec = (long)(due_ns - now_ns > 50000000 ? 50000000 : due_ns - now_ns)};
        nanosleep(&wait, NULL);
    }
}

static void log_number(unsigned thread, uint64_t number)
{
    enum trail_level level = TRAIL_LEVEL_INFO;

    if (config.levels) {
        level = number % 100 == 0 ? TRAIL_LEVEL_ERROR : TRAIL_LEVEL_DEBUG;
    }
    char *line = trl_output_begin(level);
    if (line != NULL) {
        trl_output_end(level, (size_t)fault_line(line, trail_level_name(level), thread, number));
    }
    if (config.progress != NULL) {
        atomic_store_explicit(&config.progress[thread], number, memory_order_release);
    }
}

static void *work(void *argument)
{
    unsigned thread = (unsigned)(uintptr_t)argument;
    uint64_t begun_ns = trl_clock_monotonic_ns();

    for (uint64_t number = 1; !atomic_load_explicit(&stop, memory_order_relaxed) &&
                              (config.count == 0 || number <= config.count);
         number++) {
        pace(begun_ns, number);
        log_number(thread, number);
    }
    atomic_fetch_sub(&running, 1);
    return NULL;
}

static struct trl_sink *make_sink(void *arg, const char *name, enum trail_level level,
                                  const char *transform)
{
    struct trl_sink *sink = NULL;
    char text[256] = "";
    enum trail_status status = TRAIL_ERR_INVALID;

    (void)arg;
    (void)transform;
    if (strncmp(name, "file:", 5) == 0) {
        status = trl_sink_new_file(name + 5, false, text, sizeof(text), &sink);
    } else if (strcmp(name, "stdout") == 0) {
        status = trl_sink_new_fd(STDOUT_FILENO, name, &sink);
    } else if (strcmp(name, "null") == 0) {
        status = trl_sink_new_null(&sink);
    }
    if (status != TRAIL_OK) {
        fprintf(stderr, "writer: %s: %s\n", name, text);
        return NULL;
    }
    sink->level = level;
    return sink;
}

static void map_progress(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || ftruncate(fd, 4096) != 0) {
        exit(3);
    }
    void *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) {
        exit(3);
    }
    config.progress = mapped;
    close(fd);
}

static int parse(int argc, char **argv)
{
    int at = 1;

    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        const char *option = argv[at] + 2;
        if (strcmp(option, "async") == 0 || strcmp(option, "sync") == 0) {
            config.async = *option == 'a';
        } else if (strcmp(option, "drop") == 0) {
            config.drop = true;
        } else if (strcmp(option, "fork") == 0) {
            config.forks = true;
        } else if (strcmp(option, "linger") == 0) {
            config.forks = true;
            config.lingers = true;
        } else if (strcmp(option, "levels") == 0) {
            config.levels = true;
        } else if (at + 1 >= argc) {
            exit(3);
        } else if (strcmp(option, "spool") == 0) {
            config.spool = argv[++at];
        } else if (strcmp(option, "spool-bytes") == 0) {
            config.spool_bytes = strtoull(argv[++at], NULL, 10);
        } else if (strcmp(option, "threads") == 0) {
            config.threads = (unsigned)strtoul(argv[++at], NULL, 10);
        } else if (strcmp(option, "count") == 0) {
            config.count = strtoull(argv[++at], NULL, 10);
        } else if (strcmp(option, "rate") == 0) {
            config.rate = strtoull(argv[++at], NULL, 10);
        } else if (strcmp(option, "close-ms") == 0) {
            config.close_ms = (unsigned)strtoul(argv[++at], NULL, 10);
        } else if (strcmp(option, "progress") == 0) {
            map_progress(argv[++at]);
        } else {
            exit(3);
        }
    }
    return at;
}

static void open_outputs(char **names, int count)
{
    struct trl_sink *sinks[TRL_OUTPUTS_MAX];
    char text[256] = "";

    for (int i = 0; i < count; i++) {
        sinks[i] = make_sink(NULL, names[i], TRAIL_LEVEL_DEFAULT, "");
        if (sinks[i] == NULL) {
            exit(2);
        }
    }
    if (trl_outputs_open(&(struct trl_outputs_options){
            .sinks = sinks,
            .count = (size_t)count,
            .identity = "\"service\":\"writer\",\"environment\":\"test\"",
            .async = config.async,
            .overflow_drop = config.drop,
            .spool_dir = config.spool,
            .spool_bytes = config.spool_bytes,
            .service = "writer",
            .recover_open = make_sink,
            .error_text = text,
            .error_size = sizeof(text),
        }) != TRAIL_OK) {
        fprintf(stderr, "writer: %s\n", text);
        exit(2);
    }
}

/* A child that logs under the thread number after the last, from the middle of the parent's work.
 */
static void fork_child(void)
{
    pid_t child = fork();

    if (child == 0) {
        for (uint64_t number = 1; number <= 100; number++) {
            log_number(config.threads, number);
        }
        if (config.lingers) {
            config.progress[FAULT_CHILD_SLOT] = (uint64_t)getpid();
            pause();
        }
        trl_outputs_close(5000);
        _exit(0);
    }
    if (!config.lingers) {
        waitpid(child, NULL, 0);
    }
}

static void wait_for_signals(const sigset_t *signals)
{
    const struct timespec step = {.tv_nsec = 10000000};

    while (atomic_load(&running) > 0) {
        int got = sigtimedwait(signals, NULL, &step);
        if (got == SIGTERM) {
            atomic_store(&stop, true);
        } else if (got == SIGHUP && trl_outputs_reopen() != TRAIL_OK) {
            fprintf(stderr, "writer: reopen failed\n");
        }
    }
}

int main(int argc, char **argv)
{
    int first = parse(argc, argv);
    pthread_t threads[FAULT_THREADS_MAX];
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    open_outputs(argv + first, argc - first);
    /* A child must not need memory first: sanitizers' allocators do not survive a fork under load.
     */
    if (trl_output_begin(TRAIL_LEVEL_INFO) != NULL) {
        trl_output_abandon();
    }
    trl_count_add(TRL_COUNT_WRITTEN, 0);
    atomic_store(&running, config.threads);
    for (unsigned i = 0; i < config.threads; i++) {
        if (pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i) != 0) {
            return 3;
        }
    }
    if (config.forks) {
        fork_child();
    }
    wait_for_signals(&signals);
    for (unsigned i = 0; i < config.threads; i++) {
        pthread_join(threads[i], NULL);
    }
    trl_outputs_close(config.close_ms);
    return 0;
}
