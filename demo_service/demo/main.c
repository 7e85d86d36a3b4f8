/* checkout-demo: starts the checkout system and shows it at work; what `./dev demo` runs. */
#include "demo/fleet.h"
#include "demo/follow.h"
#include "demo/story.h"
#include "shared/clock.h"
#include "shared/options.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME      "checkout-demo"
#define FOLLOW_NS 200000000
#define MS_NS     1000000ull
#define UNUSABLE  2

struct demo {
    const char *folder;
    const char *mode;
    const char *queue;
    const char *orders;
    unsigned first_port; /* of four; 0: the kernel picks each */
    unsigned patience_ms;
    unsigned restart_ms;
};

enum lock_outcome { LOCK_TAKEN, LOCK_HELD, LOCK_FAILED };

/* One demo at a time keeps a folder; the descriptor is held to the end. */
static enum lock_outcome lock_folder(const char *folder)
{
    char path[PATH_MAX];

    (void)mkdir(folder, 0700);
    (void)snprintf(path, sizeof(path), "%s/lock", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        (void)fprintf(stderr, NAME ": can't open %s: %s\n", path, strerror(errno));
        return LOCK_FAILED;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        return LOCK_HELD;
    }
    return LOCK_TAKEN;
}

/* The stories may be told beside a demo that is being followed: they get a folder of their own. */
static bool take_folder(struct demo *demo, bool once)
{
    static char beside[PATH_MAX];
    enum lock_outcome outcome = lock_folder(demo->folder);

    if (outcome == LOCK_HELD && once) {
        (void)snprintf(beside, sizeof(beside), "%s/once", demo->folder);
        demo->folder = beside;
        outcome = lock_folder(beside);
    }
    if (outcome == LOCK_HELD) {
        (void)fprintf(stderr, NAME ": another demo runs in %s\n", demo->folder);
    }
    return outcome == LOCK_TAKEN;
}

static void block_signals(sigset_t *ret_set)
{
    (void)sigemptyset(ret_set);
    (void)sigaddset(ret_set, SIGINT);
    (void)sigaddset(ret_set, SIGTERM);
    (void)sigaddset(ret_set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, ret_set, NULL);
}

static void print_addresses(const struct fleet *fleet)
{
    printf("The checkout system runs. Order tea, in another terminal:\n\n"
           "  curl -i http://127.0.0.1:%u/orders -d "
           "'{\"userId\":\"ada\",\"items\":[{\"sku\":\"tea\",\"quantity\":2}],"
           "\"payment\":{\"token\":\"tok_visa\"}}'\n\n",
           fleet->ports[FLEET_GATEWAY]);
    for (int which = FLEET_SERVICES_ - 1; which >= 0; which--) {
        printf("  %-17s http://127.0.0.1:%u\n", fleet_name((enum fleet_service)which),
               fleet->ports[which]);
    }
    printf("\nLogs, mails and databases are in %s. Ctrl-C stops everything.\n\n",
           fleet->settings.folder);
    (void)fflush(stdout);
}

/* A service that somebody kills, to see what becomes of the orders, is away for a while. */
static void revive(struct fleet *fleet, enum fleet_service which, unsigned restart_ms,
                   uint64_t *due_ns)
{
    int status = 0;

    if (process_wait(&fleet->processes[which], 0, &status)) {
        (void)fprintf(stderr, NAME ": %s has ended with status %d; it is started again in %u ms\n",
                      fleet_name(which), status, restart_ms);
        *due_ns = clock_now_ns() + restart_ms * MS_NS;
    }
    if (*due_ns == 0 || clock_now_ns() < *due_ns) {
        return;
    }
    *due_ns = 0;
    if (!fleet_start_one(fleet, which)) {
        (void)fprintf(stderr, NAME ": %s\n", fleet->error);
        *due_ns = clock_now_ns() + restart_ms * MS_NS;
    }
}

/* Until Ctrl-C, or until nobody reads any more, as behind `| head`. */
static int follow(struct fleet *fleet, const struct demo *demo, const sigset_t *stop)
{
    struct follow log;
    uint64_t due_ns[FLEET_SERVICES_] = {0};

    print_addresses(fleet);
    follow_init(&log, fleet);
    while (follow_poll(&log) &&
           sigtimedwait(stop, NULL, &(struct timespec){.tv_nsec = FOLLOW_NS}) < 0) {
        for (int which = 0; which < FLEET_SERVICES_; which++) {
            revive(fleet, (enum fleet_service)which, demo->restart_ms, &due_ns[which]);
        }
    }
    int status = fleet_stop(fleet);
    follow_fini(&log);
    return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run(const struct demo *demo, bool once, const sigset_t *stop)
{
    struct fleet fleet;
    char self[PATH_MAX] = "";

    if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) {
        (void)fprintf(stderr, NAME ": can't tell where the programs are\n");
        return UNUSABLE;
    }
    *strrchr(self, '/') = '\0';
    struct fleet_settings settings = {
        .programs = self, .folder = demo->folder, .queue = demo->queue, .orders = demo->orders};
    if (demo->first_port != 0 && !once) {
        settings.ports[FLEET_GATEWAY] = demo->first_port;
        settings.ports[FLEET_CHECKOUT] = demo->first_port + 1;
        settings.ports[FLEET_PAYMENT] = demo->first_port + 2;
        settings.ports[FLEET_WORKER] = demo->first_port + 3;
    }
    if (!fleet_init(&fleet, &settings) || !fleet_start(&fleet)) {
        (void)fprintf(stderr, NAME ": %s\n", fleet.error);
        return UNUSABLE;
    }
    if (!once) {
        return follow(&fleet, demo, stop);
    }
    size_t broken = stories_tell(&fleet, demo->patience_ms);
    int status = fleet_stop(&fleet);
    return broken == 0 && status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct demo demo = {.folder = "build/demo",
                        .mode = "follow",
                        .first_port = 8080,
                        .patience_ms = 15000,
                        .restart_ms = 10000};
    const struct option_spec specs[] = {
        option_text("folder", NULL, "FOLDER", "where logs, mails and databases are kept",
                    &demo.folder),
        option_text("mode", NULL, "MODE", "follow, or once: place orders, show them, stop",
                    &demo.mode),
        option_number("first-port", NULL, "of four to listen on when it is followed; 0 picks them",
                      &demo.first_port, 0, 65532),
        option_number("patience-ms", NULL, "how long a trail may take until it is whole",
                      &demo.patience_ms, 1, 600000),
        option_number("restart-ms", NULL, "when a service that was killed is started again",
                      &demo.restart_ms, 1, 600000),
        option_text("queue", NULL, "ENGINE", "sqlite, sqlite:PATH, amqp://HOST:PORT", &demo.queue),
        option_text("orders", NULL, "ENGINE", "sqlite, sqlite:PATH, postgresql://HOST/NAME",
                    &demo.orders),
    };
    sigset_t stop;

    enum options_outcome outcome =
        options_read(NAME, specs, sizeof(specs) / sizeof(specs[0]), argc, argv);
    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? EXIT_SUCCESS : UNUSABLE;
    }
    bool once = strcmp(demo.mode, "once") == 0;
    if (!once && strcmp(demo.mode, "follow") != 0) {
        (void)fprintf(stderr, NAME ": --mode: \"%.32s\" is not allowed; allowed: follow, once\n",
                      demo.mode);
        return UNUSABLE;
    }
    if (!once) {
        /* Else they end this process, and its children stop by themselves. */
        block_signals(&stop);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    if (!take_folder(&demo, once) || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return UNUSABLE;
    }
    int status = run(&demo, once, &stop);
    curl_global_cleanup();
    return status;
}
