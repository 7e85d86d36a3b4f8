/* A process that logs numbered lines, for the fault suite to kill, starve and stall.
 *
 *     writer [--sync | --async] [--drop] [--spool DIR] [--spool-bytes N] [--threads N] [--count N]
 *            [--rate N] [--close-ms N] [--page FILE] [--fork | --linger] [--levels] [--public]
 *            [--failing] [--waits] [--locale NAME] [--crash-at N] [--crash-by SIGNAL] [--first N]
 *            OUTPUT…
 *
 * Each thread logs numbers from 1 to --count (0: until SIGTERM), --rate a second in all (0: as fast
 * as it can), and notes the latest one that was accepted in the page. SIGHUP reopens. With --fork,
 * a child logs 100 lines, too, under the next thread number; with --linger it then waits forever.
 * With --levels every hundredth line is an error, the others are debug. With --public lines are
 * events of the library's public face, in the locale and under changing time zones, and thread 0
 * crashes before it logs number --crash-at, by signal number --crash-by. Threads are numbered from
 * --first on. With --failing, outputs fail when the page says so. With --waits, each time that a
 * thread gives the processor up inside a call is noted in the page. */
#include "writer.h"

#include "core/clock.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct writer_config config = {.spool_bytes = 16u << 20, .threads = 1, .close_ms = 20000};
struct fault_page *page;

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

static void *work(void *argument)
{
    unsigned thread = (unsigned)(uintptr_t)argument;
    uint64_t begun_ns = trl_clock_monotonic_ns();

    for (uint64_t number = 1; !atomic_load_explicit(&stop, memory_order_relaxed) &&
                              (config.count == 0 || number <= config.count);
         number++) {
        pace(begun_ns, number);
        if (number == config.crash_at && thread == 0) {
            raise(config.crash_signal);
        }
        writer_log(thread, number);
    }
    if (page != NULL && config.first == 0) {
        atomic_store(&page->ended_ns, trl_clock_monotonic_ns());
    }
    atomic_fetch_sub(&running, 1);
    return NULL;
}

static void map_page(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *mapped = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (mapped == MAP_FAILED) {
        exit(3);
    }
    page = mapped;
    close(fd);
}

static bool parse_switch(const char *option)
{
    struct {
        const char *name;
        bool *set;
    } const switches[] = {
        {"async", &config.async},     {"drop", &config.drop},     {"fork", &config.forks},
        {"linger", &config.lingers},  {"levels", &config.levels}, {"public", &config.public},
        {"failing", &config.failing}, {"waits", &config.waits},
    };

    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        if (strcmp(option, switches[i].name) == 0) {
            *switches[i].set = true;
            config.forks |= config.lingers;
            return true;
        }
    }
    return strcmp(option, "sync") == 0;
}

static void parse_value(const char *option, const char *value)
{
    unsigned long long number = strtoull(value, NULL, 10);

    if (strcmp(option, "spool") == 0) {
        config.spool = value;
    } else if (strcmp(option, "spool-bytes") == 0) {
        config.spool_bytes = number;
    } else if (strcmp(option, "threads") == 0) {
        config.threads = (unsigned)number;
    } else if (strcmp(option, "count") == 0) {
        config.count = number;
    } else if (strcmp(option, "rate") == 0) {
        config.rate = number;
    } else if (strcmp(option, "close-ms") == 0) {
        config.close_ms = (unsigned)number;
    } else if (strcmp(option, "crash-at") == 0) {
        config.crash_at = number;
    } else if (strcmp(option, "crash-by") == 0) {
        config.crash_signal = (int)number;
    } else if (strcmp(option, "locale") == 0) {
        config.locale = value;
    } else if (strcmp(option, "first") == 0) {
        config.first = (unsigned)number;
    } else if (strcmp(option, "page") == 0) {
        map_page(value);
    } else {
        exit(3);
    }
}

static int parse(int argc, char **argv)
{
    int at = 1;

    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (parse_switch(argv[at] + 2)) {
            continue;
        }
        if (at + 1 >= argc) {
            exit(3);
        }
        parse_value(argv[at] + 2, argv[at + 1]);
        at++;
    }
    return at;
}

/* A child that logs under the thread number after the last, from the middle of the parent's work.
 */
static void fork_child(void)
{
    pid_t child = fork();

    if (child == 0) {
        for (uint64_t number = 1; number <= 100; number++) {
            writer_log(config.first + config.threads, number);
        }
        if (config.lingers) {
            atomic_store(&page->child, getpid());
            pause();
        }
        writer_close(5000);
        _exit(0);
    }
    if (!config.lingers) {
        waitpid(child, NULL, 0);
    }
}

/* Another time zone at each look, each half an hour further. */
static void change_zone(void)
{
    static unsigned looks;
    char zone[32];

    snprintf(zone, sizeof(zone), "ZON%d:30", (int)(looks++ % 24) - 12);
    setenv("TZ", zone, 1);
    tzset();
}

static void wait_for_signals(const sigset_t *signals)
{
    const struct timespec step = {.tv_nsec = 10000000};

    while (atomic_load(&running) > 0) {
        int got = sigtimedwait(signals, NULL, &step);
        if (got == SIGTERM) {
            atomic_store(&stop, true);
        } else if (got == SIGHUP && !writer_reopen()) {
            fprintf(stderr, "writer: reopen failed\n");
        }
        if (config.locale != NULL) {
            change_zone();
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
    if (config.locale != NULL && setlocale(LC_ALL, config.locale) == NULL) {
        fprintf(stderr, "writer: no locale %s\n", config.locale);
        return 3;
    }
    writer_open(argv + first, argc - first);
    if (page != NULL && config.threads > 0) { /* else it delivers what another one left */
        uint64_t never = 0;
        atomic_compare_exchange_strong(&page->begun_ns, &never, trl_clock_monotonic_ns());
    }
    atomic_store(&running, config.threads);
    for (unsigned i = 0; i < config.threads; i++) {
        if (pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)(config.first + i)) != 0) {
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
    writer_close(config.close_ms);
    return 0;
}
