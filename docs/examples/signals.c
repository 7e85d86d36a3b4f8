/* A program that is told by signals to open its files anew and to log more or less: what
 * docs/configuration.md quotes. */
#include <trail/trail.h>

#include <signal.h>
#include <stdlib.h>

static void obey(struct trail *trail, int number)
{
    switch (number) {
    case SIGHUP:
        if (trail_reopen(trail) != TRAIL_OK) {
            trail_warn("reopen_failed", NULL);
        }
        break;
    case SIGUSR1:
        trail_set_level(trail, TRAIL_LEVEL_DEBUG);
        break;
    case SIGUSR2:
        trail_set_level(trail, TRAIL_LEVEL_DEFAULT); /* as it was configured */
        break;
    default:
        break;
    }
}

int main(void)
{
    struct trail *trail;
    sigset_t signals;
    int number = 0;

    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGUSR2);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL); /* before any thread is started */
    if (trail_open(&(struct trail_options){.service = "shop"}, &trail) != TRAIL_OK) {
        return 2;
    }
    trail_info("shop_opened", NULL);
    while (number != SIGTERM && sigwait(&signals, &number) == 0) {
        obey(trail, number);
        trail_debug("signal_obeyed", NULL, trail_kv("signal", number));
    }
    trail_info("shop_closed", NULL);
    trail_close(trail);
    return EXIT_SUCCESS;
}
